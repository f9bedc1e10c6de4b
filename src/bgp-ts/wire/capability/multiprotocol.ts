import { readU16, u16 } from '../bytes.ts';
import { type FamilyId, familyAfi, familyId, familySafi } from '../constants.ts';
import { ok } from '../result.ts';
import { type CapabilityCodec, malformed } from './codec.ts';

/** Multiprotocol Extensions (RFC 4760 §8): one family that the speaker can exchange. */
export const multiprotocol: CapabilityCodec<FamilyId> = {
  decode(bytes, start, end) {
    if (end - start !== 4) return malformed(`length ${end - start} instead of 4`);
    // the third octet is reserved and ignored (RFC 4760 §8)
    return ok(familyId(readU16(bytes, start), bytes[start + 3]));
  },
  encode(family) {
    return Uint8Array.of(...u16(familyAfi(family)), 0, familySafi(family));
  },
};
