/**
 * Cuts a byte stream into BGP messages (RFC 4271 §4.1, §6.1). Owns no socket and no timer.
 *
 * Messages that lie whole inside a chunk are reported where they are; only the cut end of a chunk is copied, and
 * never more of it than the longest message that its header allows. That makes receiving cost one look at each header.
 */
import { HEADER_LENGTH } from './constants.ts';
import type { Fault } from './fault.ts';
import { headerFault, messageLength } from './message/header.ts';

/**
 * Told of one message at `bytes[start, end)`, header included. The octets are only lent for the time of the call.
 * Returning false stops the framer: the session is down and what follows in the stream is nobody's.
 */
export type OnMessage = (bytes: Uint8Array, start: number, end: number, type: number) => unknown;

/** Cuts a stream of octets into BGP messages, however the octets come. */
export class Framer {
  /** Set once both sides have advertised extended messages (RFC 8654 §4); applies from the next message on. */
  extended = false;
  #tail = new Uint8Array(512);
  #held = 0;
  #stopped = false;

  /** Octets of an incomplete message that wait for their rest. */
  get pending(): number {
    return this.#held;
  }

  /**
   * Takes the next octets of the stream and reports each message that is now complete. The fault of a bad header is
   * returned, the messages before it having been reported; after it, or after a stop, nothing is taken any more.
   */
  push(chunk: Uint8Array, onMessage: OnMessage): Fault | undefined {
    if (this.#stopped) return undefined;
    let at = 0;
    if (this.#held > 0) {
      at = this.#hold(chunk, 0, HEADER_LENGTH);
      if (this.#held < HEADER_LENGTH) return undefined;
      const fault = headerFault(this.#tail, 0, this.extended);
      if (fault !== undefined) return this.#stop(fault);
      const length = messageLength(this.#tail, 0);
      at = this.#hold(chunk, at, length);
      if (this.#held < length) return undefined;
      this.#held = 0;
      if (onMessage(this.#tail, 0, length, this.#tail[HEADER_LENGTH - 1]) === false) return this.#stop();
    }
    while (at + HEADER_LENGTH <= chunk.length) {
      const fault = headerFault(chunk, at, this.extended);
      if (fault !== undefined) return this.#stop(fault);
      const end = at + messageLength(chunk, at);
      if (end > chunk.length) break;
      if (onMessage(chunk, at, end, chunk[at + HEADER_LENGTH - 1]) === false) return this.#stop();
      at = end;
    }
    this.#hold(chunk, at, chunk.length - at);
    return undefined;
  }

  /** Copies from `chunk` at `at` until `wanted` octets are held or the chunk is used up; returns the new place. */
  #hold(chunk: Uint8Array, at: number, wanted: number): number {
    const take = Math.min(wanted - this.#held, chunk.length - at);
    if (take <= 0) return at;
    const needed = this.#held + take;
    if (needed > this.#tail.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#tail.length));
      larger.set(this.#tail.subarray(0, this.#held));
      this.#tail = larger;
    }
    this.#tail.set(chunk.subarray(at, at + take), this.#held);
    this.#held = needed;
    return at + take;
  }

  #stop(fault?: Fault): Fault | undefined {
    this.#stopped = true;
    this.#held = 0;
    return fault;
  }
}
