/** One community more in an attribute field, everything else as it came. Pure. */
import { AttributeCode, AttributeFlag } from '../wire/constants.ts';

const LENGTH = 4;

/**
 * The attribute field `field`, which begins at `from` and is well formed, with `community` (RFC 1997) at the end of its
 * COMMUNITIES, or with a COMMUNITIES of its own behind the other attributes.
 */
export function addCommunity(field: Uint8Array, from: number, community: number): Uint8Array {
  const octets = Uint8Array.of(community >>> 24, community >>> 16, community >>> 8, community);
  for (let at = from; at + 3 <= field.length; ) {
    const [flags, code] = [field[at], field[at + 1]];
    const isExtended = (flags & AttributeFlag.ExtendedLength) !== 0;
    const length = isExtended ? (field[at + 2] << 8) | field[at + 3] : field[at + 2];
    const value = at + (isExtended ? 4 : 3);
    if (code === AttributeCode.Communities) {
      const header = headerOf(flags, code, length + LENGTH);
      const out = new Uint8Array(field.length - (value - at) + header.length + LENGTH);
      out.set(field.subarray(0, at));
      out.set(header, at);
      const end = at + header.length + length;
      out.set(field.subarray(value, value + length), at + header.length);
      out.set(octets, end);
      out.set(field.subarray(value + length), end + LENGTH);
      return out;
    }
    at = value + length;
  }
  const header = headerOf(AttributeFlag.Optional | AttributeFlag.Transitive, AttributeCode.Communities, LENGTH);
  const out = new Uint8Array(field.length + header.length + LENGTH);
  out.set(field);
  out.set(header, field.length);
  out.set(octets, field.length + header.length);
  return out;
}

function headerOf(flags: number, code: number, length: number): Uint8Array {
  const extended = (flags & AttributeFlag.ExtendedLength) !== 0 || length > 255;
  return extended
    ? Uint8Array.of(flags | AttributeFlag.ExtendedLength, code, length >> 8, length)
    : Uint8Array.of(flags, code, length);
}
