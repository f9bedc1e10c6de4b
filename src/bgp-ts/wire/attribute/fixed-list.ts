import { concat } from '../bytes.ts';
import { EncodeError } from '../encode-error.ts';
import { ok } from '../result.ts';
import type { AttributeCodec } from './codec.ts';
import { wrongLength } from './malformed.ts';

/**
 * The codec of an attribute that is a list of one or more items of `length` octets each: the communities of all kinds
 * (RFC 7606 §7.8, §7.14, §7.15, RFC 8092 §6). Encoding an empty list throws, since no receiver would take it.
 */
export function fixedList<T>(
  name: string,
  length: number,
  read: (bytes: Uint8Array, at: number) => T,
  write: (item: T) => Uint8Array,
): AttributeCodec<readonly T[]> {
  return {
    decode(bytes, start, end) {
      if (end === start || (end - start) % length !== 0) {
        return wrongLength(name, start, end, `a multiple of ${length} above 0`);
      }
      const items: T[] = [];
      for (let at = start; at < end; at += length) items.push(read(bytes, at));
      return ok(items);
    },
    encode(items) {
      if (items.length === 0) throw new EncodeError(`${name} without any item has no encoding`);
      return concat(items.map(write));
    },
  };
}
