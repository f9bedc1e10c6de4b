import { readU16, readU32, u32 } from '../bytes.ts';
import { AttributeFlag, UpdateSubcode } from '../constants.ts';
import { checkUint, EncodeError } from '../encode-error.ts';
import { ok } from '../result.ts';
import type { AttributeCodec } from './codec.ts';
import { malformed, wrongLength } from './malformed.ts';

/** A customer's own attributes, carried through a provider. */
export interface AttrSet {
  /** The customer's AS number. */
  readonly originAs: number;
  /** Path attributes as they stand in an UPDATE, AS numbers of four octets. */
  readonly attributes: Uint8Array;
}

const ORIGIN_AS = 4;

/** Where the first attribute of `[start, end)` that does not fit begins, if one does not. */
function misfit(bytes: Uint8Array, start: number, end: number): number | undefined {
  for (let at = start; at < end; ) {
    const extended = (bytes[at] & AttributeFlag.ExtendedLength) !== 0;
    const value = at + (extended ? 4 : 3);
    if (value > end) return at;
    const next = value + (extended ? readU16(bytes, at + 2) : bytes[at + 2]);
    if (next > end) return at;
    at = next;
  }
  return undefined;
}

/**
 * ATTR_SET (RFC 6368 §5, RFC 7606 §7.16). The attributes inside are for the PE that hands the route to the customer:
 * here only their headers are looked at.
 */
export const attrSet: AttributeCodec<AttrSet> = {
  decode(bytes, start, end) {
    const subcode = UpdateSubcode.OptionalAttribute;
    if (end - start < ORIGIN_AS) return wrongLength('attr-set', start, end, `${ORIGIN_AS} or more`);
    const wrong = misfit(bytes, start + ORIGIN_AS, end);
    if (wrong !== undefined) return malformed('attr-set-overrun', wrong, 'an attribute runs past the set', { subcode });
    return ok({ originAs: readU32(bytes, start), attributes: bytes.slice(start + ORIGIN_AS, end) });
  },
  encode({ originAs, attributes }) {
    if (misfit(attributes, 0, attributes.length) !== undefined) throw new EncodeError('the set does not add up');
    return Uint8Array.of(...u32(checkUint('origin AS', originAs, 0xffffffff)), ...attributes);
  },
};
