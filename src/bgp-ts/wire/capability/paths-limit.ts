import { concat, readU16, u16 } from '../bytes.ts';
import { type FamilyId, familyAfi, familyId, familySafi } from '../constants.ts';
import { checkUint } from '../encode-error.ts';
import { ok } from '../result.ts';
import { type CapabilityCodec, malformed } from './codec.ts';

export interface PathsLimit {
  readonly family: FamilyId;
  /** The most paths for one prefix that the sender wants; 0 says nothing. */
  readonly limit: number;
}

const TUPLE = 5;

/** PATHS-LIMIT (draft-abraitis-idr-addpath-paths-limit §2), beside ADD-PATH. */
export const pathsLimit: CapabilityCodec<readonly PathsLimit[]> = {
  decode(bytes, start, end) {
    if ((end - start) % TUPLE !== 0) return malformed(`length ${end - start} is no multiple of ${TUPLE}`);
    const limits: PathsLimit[] = [];
    for (let at = start; at < end; at += TUPLE) {
      limits.push({ family: familyId(readU16(bytes, at), bytes[at + 2]), limit: readU16(bytes, at + 3) });
    }
    return ok(limits);
  },
  encode(limits) {
    return concat(
      limits.map(({ family, limit }) =>
        Uint8Array.of(...u16(familyAfi(family)), familySafi(family), ...u16(checkUint('paths limit', limit, 0xffff))),
      ),
    );
  },
};
