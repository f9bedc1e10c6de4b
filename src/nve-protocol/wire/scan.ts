/**
 * Looks through msgpack before anything is made of it: whether it is one value that ends where the octets end, how deep
 * it goes, and whether each array and map can have as many members as it says, so that what a decoder allocates is
 * never more than the octets that were received could hold.
 */

/** Why `bytes[start, end)` is not one msgpack value of at most `depth` levels; undefined when it is. */
export function scanFault(bytes: Uint8Array, start: number, end: number, depth: number): string | undefined {
  /** Values that are still to come, for each level that is open. */
  const open: number[] = [];
  let left = 1;
  let at = start;
  while (true) {
    while (left === 0) {
      const outer = open.pop();
      if (outer === undefined) return at === end ? undefined : `${end - at} octets follow the message`;
      left = outer;
    }
    left--;
    if (at >= end) return 'the message ends within a value';
    const head = bytes[at++]!;
    let skip = 0;
    let members = -1;
    if (head < 0x80 || head >= 0xe0) continue;
    if (head < 0x90) members = 2 * (head & 0x0f);
    else if (head < 0xa0) members = head & 0x0f;
    else if (head < 0xc0) skip = head & 0x1f;
    else {
      const size = sizes[head - 0xc0]!;
      if (size < 0) return `0x${head.toString(16)} begins no msgpack value`;
      const width = size & 7;
      if (width > 0) {
        if (at + width > end) return 'the message ends within a value';
        let length = 0;
        for (let i = 0; i < width; i++) length = length * 256 + bytes[at + i]!;
        at += width;
        if (head === 0xdc || head === 0xdd) members = length;
        else if (head === 0xde || head === 0xdf) members = 2 * length;
        else skip = length + (size >> 3);
      } else skip = size >> 3;
    }
    if (members >= 0) {
      if (members > end - at) return 'an array or a map says that it has more members than there are octets';
      if (open.length + 1 > depth) return `values lie in one another more than ${depth} deep`;
      open.push(left);
      left = members;
      continue;
    }
    if (skip > end - at) return 'the message ends within a value';
    at += skip;
  }
}

/** Of the heads from 0xc0 on: octets of a length that follows, and 8 times the octets that are always there; -1 for none. */
const sizes: readonly number[] = [
  ...[0, -1, 0, 0], // nil, never used, false, true
  ...[1, 2, 4], // bin
  ...[1 + 8, 2 + 8, 4 + 8], // ext
  ...[4 * 8, 8 * 8], // float
  ...[1 * 8, 2 * 8, 4 * 8, 8 * 8], // uint
  ...[1 * 8, 2 * 8, 4 * 8, 8 * 8], // int
  ...[2 * 8, 3 * 8, 5 * 8, 9 * 8, 17 * 8], // fixext
  ...[1, 2, 4], // str
  ...[2, 4], // array
  ...[2, 4], // map
];
