/**
 * Next Hop Dependent Characteristics (draft-ietf-idr-nhc §2): an address family, the next hop that the characteristics
 * hold for, and the characteristics. Kept for relaying, which leaves the next hop as it is; nothing is decided by them.
 */
import { concat, fromHex, readU16, toHex, u16 } from '../bytes.ts';
import { type FamilyId, familyAfi, familyId, familySafi, UpdateSubcode } from '../constants.ts';
import { checkUint, EncodeError } from '../encode-error.ts';
import { ok } from '../result.ts';
import type { AttributeCodec } from './codec.ts';
import { malformed } from './malformed.ts';

export interface NextHopCharacteristics {
  readonly family: FamilyId;
  /** The next hop field's octets in hexadecimal, of the form that MP_REACH_NLRI has for the family. */
  readonly nextHop: string;
  readonly characteristics: readonly { readonly code: number; readonly value: Uint8Array }[];
}

/** AFI, SAFI, next hop length. */
const HEAD = 4;
const TLV_HEADER = 4;

const overrun = (at: number, what: string) =>
  malformed('next-hop-characteristics-overrun', at, `${what} runs past the attribute`, {
    subcode: UpdateSubcode.OptionalAttribute,
  });

export const nextHopCharacteristics: AttributeCodec<NextHopCharacteristics> = {
  decode(bytes, start, end) {
    const hop = start + HEAD;
    if (hop > end || hop + bytes[start + 3] > end) return overrun(start, 'the next hop');
    const first = hop + bytes[start + 3];
    const characteristics: { code: number; value: Uint8Array }[] = [];
    for (let at = first; at < end; ) {
      const value = at + TLV_HEADER;
      const next = value + (value <= end ? readU16(bytes, at + 2) : 0);
      if (next > end) return overrun(at, 'a characteristic');
      characteristics.push({ code: readU16(bytes, at), value: bytes.slice(value, next) });
      at = next;
    }
    const family = familyId(readU16(bytes, start), bytes[start + 2]);
    return ok({ family, nextHop: toHex(bytes, hop, first), characteristics });
  },
  encode({ family, nextHop, characteristics }) {
    const hop = fromHex(nextHop);
    if (hop === undefined) throw new EncodeError(`${JSON.stringify(nextHop)} is no hexadecimal`);
    const length = checkUint('next hop length', hop.length, 255);
    const tlvs = characteristics.map(({ code, value }) =>
      Uint8Array.of(
        ...u16(checkUint('characteristic code', code, 0xffff)),
        ...u16(checkUint('characteristic length', value.length, 0xffff)),
        ...value,
      ),
    );
    return concat([Uint8Array.of(...u16(familyAfi(family)), familySafi(family), length), hop, ...tlvs]);
  },
};
