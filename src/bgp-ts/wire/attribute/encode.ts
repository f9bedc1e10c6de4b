/** {@link PathAttributes} to the attribute field of an UPDATE. */
import { concat } from '../bytes.ts';
import { AttributeCode, AttributeFlag } from '../constants.ts';
import type { EncodeContext } from '../context.ts';
import { checkUint } from '../encode-error.ts';
import { splitAs4 } from './as4.ts';
import type { PathAttributes } from './path-attributes.ts';
import { type AttributeKey, attributeRow, attributes as registry, type WireAttributes } from './registry.ts';

/** One attribute: flags, type code, length of one octet or two, value. */
export function encodeAttribute(flags: number, code: number, value: Uint8Array): Uint8Array {
  const length = checkUint(`length of attribute ${code}`, value.length, 0xffff);
  const isExtended = length > 255;
  const header = isExtended ? 4 : 3;
  const octets = new Uint8Array(header + length);
  octets[0] = isExtended ? flags | AttributeFlag.ExtendedLength : flags & ~AttributeFlag.ExtendedLength;
  octets[1] = code;
  if (isExtended) octets[2] = length >>> 8;
  octets[header - 1] = length;
  octets.set(value, header);
  return octets;
}

const keys = Object.keys(registry) as AttributeKey[];

/** MP_REACH_NLRI and MP_UNREACH_NLRI stand first, so that a receiver finds the routes whatever follows (RFC 7606 §5.1). */
function rank(code: number): number {
  return code === AttributeCode.MpReachNlri || code === AttributeCode.MpUnreachNlri ? code - 256 : code;
}

/** The attributes in ascending type code order (RFC 4271 §5), those with routes first. Throws an EncodeError for a value that has none. */
export function encodeAttributes(attributes: PathAttributes, ctx: EncodeContext): Uint8Array {
  const { unknown = [], partial = [], ...known } = attributes;
  const wire: WireAttributes = ctx.asn4 ? known : splitAs4(known);
  const parts: { code: number; octets: Uint8Array }[] = [];
  for (const key of keys) {
    const value = wire[key];
    if (value === undefined) continue;
    const { code, flags, codec } = attributeRow(key);
    const withPartial = partial.includes(code) ? flags | AttributeFlag.Partial : flags;
    parts.push({ code, octets: encodeAttribute(withPartial, code, codec.encode(value, ctx)) });
  }
  for (const { flags, code, value } of unknown) parts.push({ code, octets: encodeAttribute(flags, code, value) });
  parts.sort((a, b) => rank(a.code) - rank(b.code));
  return concat(parts.map((part) => part.octets));
}
