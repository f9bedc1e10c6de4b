import { concat, readU16, u16 } from '../bytes.ts';
import { type FamilyId, familyAfi, familyId, familySafi } from '../constants.ts';
import { checkUint } from '../encode-error.ts';
import { ok } from '../result.ts';
import { type CapabilityCodec, malformed } from './codec.ts';

export interface LabelLimit {
  readonly family: FamilyId;
  /** The most labels that the sender takes with one prefix; 255 is no limit. */
  readonly count: number;
}

const TUPLE = 4;

/** Multiple Labels (RFC 8277 §2.1). */
export const multipleLabels: CapabilityCodec<readonly LabelLimit[]> = {
  decode(bytes, start, end) {
    if ((end - start) % TUPLE !== 0) return malformed(`length ${end - start} is no multiple of ${TUPLE}`);
    const limits: LabelLimit[] = [];
    for (let at = start; at < end; at += TUPLE) {
      limits.push({ family: familyId(readU16(bytes, at), bytes[at + 2]), count: bytes[at + 3] });
    }
    return ok(limits);
  },
  encode(limits) {
    return concat(
      limits.map(({ family, count }) =>
        Uint8Array.of(...u16(familyAfi(family)), familySafi(family), checkUint('label count', count, 255)),
      ),
    );
  },
};
