/**
 * Storage for route keys: one growing byte array, a slot per key. A slot holds the NLRI's type octet, the key's
 * length in one octet, and the key; freed slots of one length are reused for the next key of that length, which
 * suits EVPN, where a table knows only a handful of lengths.
 */
import { copyShort } from './bytes.ts';

const HEADER = 2;
const NONE = -1;

export class KeyArena {
  bytes: Uint8Array;
  #end = 0;
  /** First free slot by key length; a free slot's key octets hold the next one's offset. */
  readonly #free = new Int32Array(256).fill(NONE);

  constructor(initialBytes = 1 << 25) {
    this.bytes = new Uint8Array(initialBytes);
  }

  /** Octets in use, freed slots included. */
  get used(): number {
    return this.#end;
  }

  /** Reserves a slot for a key of `length` octets (4 to 255) and returns its offset. */
  allocate(type: number, length: number): number {
    let at = this.#free[length];
    if (at !== NONE) {
      this.#free[length] = this.#readLink(at + HEADER);
    } else {
      at = this.#end;
      // At least four octets, so that a freed slot can hold a link.
      const next = at + HEADER + Math.max(length, 4);
      if (next > this.bytes.length) this.#grow(next);
      this.#end = next;
    }
    this.bytes[at] = type;
    this.bytes[at + 1] = length;
    return at;
  }

  free(at: number): void {
    const length = this.bytes[at + 1];
    this.#writeLink(at + HEADER, this.#free[length]);
    this.#free[length] = at;
  }

  type(at: number): number {
    return this.bytes[at];
  }

  length(at: number): number {
    return this.bytes[at + 1];
  }

  /** Offset of the key's first octet. */
  start(at: number): number {
    return at + HEADER;
  }

  #readLink(at: number): number {
    const b = this.bytes;
    return b[at] | (b[at + 1] << 8) | (b[at + 2] << 16) | (b[at + 3] << 24);
  }

  #writeLink(at: number, value: number): void {
    const b = this.bytes;
    b[at] = value;
    b[at + 1] = value >> 8;
    b[at + 2] = value >> 16;
    b[at + 3] = value >> 24;
  }

  #grow(needed: number): void {
    const bigger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    bigger.set(this.bytes.subarray(0, this.#end));
    this.bytes = bigger;
  }
}

/** Writes `key` around `rider`: the NLRI's value octets (RFC 7432 §7 layouts), and returns the offset behind them. */
export function writeJoined(
  key: Uint8Array,
  keyStart: number,
  keyLength: number,
  rider: Uint8Array,
  mid: number,
  out: Uint8Array,
  at: number,
): number {
  if (mid === 0) {
    const behind = copyShort(key, keyStart, keyStart + keyLength, out, at);
    return copyShort(rider, 0, rider.length, out, behind);
  }
  // The ESI stands behind the eight octets of the Route Distinguisher in types 2 and 5.
  let o = copyShort(key, keyStart, keyStart + 8, out, at);
  o = copyShort(rider, 0, mid, out, o);
  o = copyShort(key, keyStart + 8, keyStart + keyLength, out, o);
  return copyShort(rider, mid, rider.length, out, o);
}
