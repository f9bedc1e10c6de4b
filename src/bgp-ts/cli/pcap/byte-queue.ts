/** Octets of a stream of chunks, taken in pieces of any length. Holds what was asked for and the end of a chunk. */
export class ByteQueue {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  /** Octets taken so far. */
  position = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** The next `length` octets, of which the caller has checked that they may be held; fewer where the stream ends. */
  async take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      if (this.#rest.length === 0 && !(await this.#next())) break;
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      missing -= part.length;
      parts.push(part);
    }
    this.position += length - missing;
    return parts.length === 1 ? parts[0] : joined(parts, length - missing);
  }

  /** Passes over `length` octets without holding them; says whether they were there. */
  async skip(length: number): Promise<boolean> {
    let missing = length;
    while (missing > 0) {
      if (this.#rest.length === 0 && !(await this.#next())) break;
      const part = Math.min(missing, this.#rest.length);
      this.#rest = this.#rest.subarray(part);
      missing -= part;
    }
    this.position += length - missing;
    return missing === 0;
  }

  async #next(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done) return false;
    this.#rest = value;
    return true;
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
