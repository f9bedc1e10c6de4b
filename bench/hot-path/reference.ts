/**
 * Work of the same kind as that of the hot path, which never changes: goes through UPDATEs, hashes each route's octets,
 * puts it into a table of integers, makes an object for each message and copies octets together. What the machine does to
 * the one it does to the other, so that their ratio tells of the code alone.
 */
const HEADER = 19;
const HASH_START = 0x811c9dc5;
const HASH_FACTOR = 0x01000193;
const TABLE = 1 << 16;
const EMPTY = -1;

export class Reference {
  readonly #octets: Uint8Array;
  readonly #messages: readonly (readonly [start: number, end: number])[];
  readonly #table = new Int32Array(TABLE);
  readonly #hashes = new Int32Array(TABLE);
  readonly #out: Uint8Array;

  /** @param spans stretches of `octets` that hold whole UPDATEs with routes of at least ten octets. */
  constructor(octets: Uint8Array, spans: readonly { readonly offset: number; readonly length: number }[]) {
    this.#octets = octets;
    this.#out = new Uint8Array(octets.length);
    this.#messages = spans.flatMap(({ offset, length }) => {
      const found: [number, number][] = [];
      for (let at = offset; at < offset + length; at += (octets[at + 16] << 8) | octets[at + 17]) {
        found.push([at, at + ((octets[at + 16] << 8) | octets[at + 17])]);
      }
      return found;
    });
  }

  /** Does the work once; the answer depends on all of it. */
  run(): number {
    this.#table.fill(EMPTY);
    let sum = 0;
    let end = 0;
    for (const [start, stop] of this.#messages) {
      const message = { start, routes: 0, octets: 0 };
      // Behind the header of MP_REACH_NLRI and the next hop.
      for (let at = start + HEADER + 17; at + 2 < stop; at += 2 + this.#octets[at + 1]) {
        const length = Math.min(2 + this.#octets[at + 1], stop - at);
        if (this.#insert(at, length)) message.routes++;
        for (let i = 0; i < length; i++) this.#out[end + i] = this.#octets[at + i];
        end += length;
        message.octets += length;
      }
      sum = (sum + message.routes * 31 + message.octets) | 0;
    }
    return sum;
  }

  /** False when a route with the same hash is there already. */
  #insert(at: number, length: number): boolean {
    let hash = HASH_START;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ this.#octets[at + i], HASH_FACTOR);
    for (let slot = hash & (TABLE - 1); ; slot = (slot + 1) & (TABLE - 1)) {
      if (this.#table[slot] === EMPTY) {
        this.#table[slot] = at;
        this.#hashes[slot] = hash;
        return true;
      }
      if (this.#hashes[slot] === hash) return false;
    }
  }
}
