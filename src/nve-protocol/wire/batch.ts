import { encodePayload, writeLength } from './codec.ts';
import { FRAME_HEADER } from './framer.ts';
import type { Message } from './registry.ts';

/** Messages of one turn, laid one after the other, so that they are one write. Grows to what one turn needs. */
export class Batch {
  #bytes = new Uint8Array(4096);
  #length = 0;

  /** Octets that wait to be taken. */
  get length(): number {
    return this.#length;
  }

  add(message: Message): void {
    const payload = encodePayload(message);
    const needed = this.#length + FRAME_HEADER + payload.length;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    writeLength(this.#bytes, this.#length, payload.length);
    this.#bytes.set(payload, this.#length + FRAME_HEADER);
    this.#length = needed;
  }

  /** All that was added, as octets that are the caller's. */
  take(): Uint8Array {
    const bytes = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    // One large turn is no reason to hold as much for ever.
    if (this.#bytes.length > 65_536) this.#bytes = new Uint8Array(4096);
    return bytes;
  }
}
