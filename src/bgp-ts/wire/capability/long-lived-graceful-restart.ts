import { concat, readU16, readU24, u16, u24 } from '../bytes.ts';
import { type FamilyId, familyAfi, familyId, familySafi } from '../constants.ts';
import { checkUint } from '../encode-error.ts';
import { ok } from '../result.ts';
import { type CapabilityCodec, malformed } from './codec.ts';

export interface LongLivedFamily {
  readonly family: FamilyId;
  /** F bit: forwarding state was kept over the last restart. */
  readonly forwardingPreserved: boolean;
  /** Seconds for which stale routes may be kept, 24 bits. */
  readonly staleTime: number;
}

const TUPLE = 7;
const FORWARDING = 0x80;

/** Long-Lived Graceful Restart (RFC 9494 §4.1). */
export const longLivedGracefulRestart: CapabilityCodec<readonly LongLivedFamily[]> = {
  decode(bytes, start, end) {
    if ((end - start) % TUPLE !== 0) return malformed(`length ${end - start} is no multiple of ${TUPLE}`);
    const families: LongLivedFamily[] = [];
    for (let at = start; at < end; at += TUPLE) {
      families.push({
        family: familyId(readU16(bytes, at), bytes[at + 2]),
        forwardingPreserved: (bytes[at + 3] & FORWARDING) !== 0,
        staleTime: readU24(bytes, at + 4),
      });
    }
    return ok(families);
  },
  encode(families) {
    return concat(
      families.map(({ family, forwardingPreserved, staleTime }) =>
        Uint8Array.of(
          ...u16(familyAfi(family)),
          familySafi(family),
          forwardingPreserved ? FORWARDING : 0,
          ...u24(checkUint('stale time', staleTime, 0xffffff)),
        ),
      ),
    );
  },
};
