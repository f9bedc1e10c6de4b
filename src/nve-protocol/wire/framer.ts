/**
 * Cuts a byte stream into payloads: four octets of length, most significant first, then as many octets. Owns no socket and
 * no timer. A length is judged before anything is held for it.
 */
import type { WireFault } from './fault.ts';

export const FRAME_HEADER = 4;

/** Told of one payload at `bytes[start, end)`, lent for the time of the call. False stops the framer for good. */
export type OnPayload = (bytes: Uint8Array, start: number, end: number) => unknown;

export class Framer {
  readonly #longest: number;
  #held = new Uint8Array(512);
  #length = 0;
  #stopped = false;

  /** `longest`: octets of a payload, at most. */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** Octets of an unfinished frame that wait for their rest. */
  get pending(): number {
    return this.#length;
  }

  /** Takes the next octets and reports the payloads that are now whole. After a fault nothing is taken any more. */
  push(chunk: Uint8Array, onPayload: OnPayload): WireFault | undefined {
    if (this.#stopped) return undefined;
    let at = 0;
    if (this.#length > 0) {
      at = this.#hold(chunk, 0, FRAME_HEADER);
      if (this.#length < FRAME_HEADER) return undefined;
      const length = lengthAt(this.#held, 0);
      if (length === 0 || length > this.#longest) return this.#refuse(length);
      at = this.#hold(chunk, at, FRAME_HEADER + length);
      if (this.#length < FRAME_HEADER + length) return undefined;
      this.#length = 0;
      if (onPayload(this.#held, FRAME_HEADER, FRAME_HEADER + length) === false) return this.#stop();
    }
    while (at + FRAME_HEADER <= chunk.length) {
      const length = lengthAt(chunk, at);
      if (length === 0 || length > this.#longest) return this.#refuse(length);
      const end = at + FRAME_HEADER + length;
      if (end > chunk.length) break;
      if (onPayload(chunk, at + FRAME_HEADER, end) === false) return this.#stop();
      at = end;
    }
    this.#hold(chunk, at, chunk.length - at);
    return undefined;
  }

  /** Copies from `chunk` at `at` until `wanted` octets are held or the chunk is used up; returns the new place. */
  #hold(chunk: Uint8Array, at: number, wanted: number): number {
    const take = Math.min(wanted - this.#length, chunk.length - at);
    if (take <= 0) return at;
    const needed = this.#length + take;
    if (needed > this.#held.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#held.length));
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    this.#held.set(chunk.subarray(at, at + take), this.#length);
    this.#length = needed;
    return at + take;
  }

  #refuse(length: number): WireFault {
    this.#stop();
    return length === 0
      ? { code: 'not-a-message', reason: 'A frame has no octets.' }
      : { code: 'too-long', reason: `A message of ${length} octets is longer than ${this.#longest}.` };
  }

  #stop(): undefined {
    this.#stopped = true;
    this.#length = 0;
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x1000000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
}
