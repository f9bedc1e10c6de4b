/** Byte-range helpers of the route table: no allocation, no bounds surprises (callers checked the ranges). */

/**
 * Continues a hash over `bytes[start, end)`. Four octets a step, then the rest; any seed. The hash of two ranges in turn
 * is that of their octets in one piece as long as the first is a multiple of four.
 *
 * Chosen for short keys in JavaScript (all operations stay 32-bit integers). Peers choose what is hashed, so tables take
 * a seed that is random in each process, and a step multiplies twice: after one multiplication the difference that the
 * highest bit of a word makes does not depend on the seed, and the next word could undo it.
 */
export function hashRange(seed: number, bytes: Uint8Array, start: number, end: number): number {
  let hash = seed;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
    hash ^= hash >>> 13;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193);
  return hash;
}

/** Spreads the last octets over all bits, so that a table may take the low ones. */
export function finishHash(hash: number): number {
  let h = hash;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  return h | 0;
}

export function sameRange(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aStart + i] !== b[bStart + i]) return false;
  return true;
}

/** Copies a short range; a loop beats a native call below some 50 octets. */
export function copyShort(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  let out = at;
  for (let i = start; i < end; i++) to[out++] = from[i];
  return out;
}

/** Lexical order of two ranges: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}
