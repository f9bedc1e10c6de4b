import { concat, readU16, u16 } from '../bytes.ts';
import { type FamilyId, familyAfi, familyId, familySafi } from '../constants.ts';
import { ok } from '../result.ts';
import { type CapabilityCodec, malformed } from './codec.ts';

/** A family whose routes may carry a next hop of another address family. */
export interface NextHopEncoding {
  readonly family: FamilyId;
  /** AFI of the next hop; 2 for IPv6. */
  readonly nextHopAfi: number;
}

const TUPLE = 6;

/** Extended Next Hop Encoding (RFC 8950 §4). */
export const extendedNextHop: CapabilityCodec<readonly NextHopEncoding[]> = {
  decode(bytes, start, end) {
    if ((end - start) % TUPLE !== 0) return malformed(`length ${end - start} is no multiple of ${TUPLE}`);
    const encodings: NextHopEncoding[] = [];
    for (let at = start; at < end; at += TUPLE) {
      // the SAFI takes two octets here, of which the first is zero (RFC 8950 §4)
      if (bytes[at + 2] !== 0) return malformed(`SAFI ${readU16(bytes, at + 2)} does not exist`);
      encodings.push({ family: familyId(readU16(bytes, at), bytes[at + 3]), nextHopAfi: readU16(bytes, at + 4) });
    }
    return ok(encodings);
  },
  encode(encodings) {
    return concat(
      encodings.map(({ family, nextHopAfi }) =>
        Uint8Array.of(...u16(familyAfi(family)), ...u16(familySafi(family)), ...u16(nextHopAfi)),
      ),
    );
  },
};
