import { concat, readU16, u16 } from '../bytes.ts';
import { type FamilyId, familyAfi, familyId, familySafi } from '../constants.ts';
import { checkUint } from '../encode-error.ts';
import { ok } from '../result.ts';
import { type CapabilityCodec, malformed } from './codec.ts';

export interface GracefulRestart {
  /** The sender has restarted and wants its End-of-RIB waited for (RFC 4724 §3, R bit). */
  readonly restarted: boolean;
  /** NOTIFICATIONs and hold timer expiry do not end the graceful restart (RFC 8538 §2, N bit). */
  readonly notification: boolean;
  /** Seconds within which the session should be back, 0 to 4095. */
  readonly restartTime: number;
  readonly families: readonly { readonly family: FamilyId; readonly forwardingPreserved: boolean }[];
  /** Restart flags without a meaning yet, as received: the low two bits of the nibble. Absent when zero. */
  readonly reservedFlags?: number;
}

const RESTARTED = 0x8;
const NOTIFICATION = 0x4;
const FORWARDING = 0x80;

/** Graceful Restart (RFC 4724 §3, RFC 8538 §2). */
export const gracefulRestart: CapabilityCodec<GracefulRestart> = {
  decode(bytes, start, end) {
    if ((end - start) % 4 !== 2) return malformed(`length ${end - start} is not 2 and a multiple of 4`);
    const flags = bytes[start] >> 4;
    const families = [];
    for (let at = start + 2; at < end; at += 4) {
      const family = familyId(readU16(bytes, at), bytes[at + 2]);
      families.push({ family, forwardingPreserved: (bytes[at + 3] & FORWARDING) !== 0 });
    }
    const reservedFlags = flags & 0x3;
    return ok({
      restarted: (flags & RESTARTED) !== 0,
      notification: (flags & NOTIFICATION) !== 0,
      restartTime: readU16(bytes, start) & 0xfff,
      families,
      ...(reservedFlags !== 0 && { reservedFlags }),
    });
  },
  encode({ restarted, notification, restartTime, families, reservedFlags = 0 }) {
    const flags = (restarted ? RESTARTED : 0) | (notification ? NOTIFICATION : 0) | (reservedFlags & 0x3);
    const head = Uint8Array.from(u16((flags << 12) | checkUint('restart time', restartTime, 0xfff)));
    const rest = families.map(({ family, forwardingPreserved }) =>
      Uint8Array.of(...u16(familyAfi(family)), familySafi(family), forwardingPreserved ? FORWARDING : 0),
    );
    return concat([head, ...rest]);
  },
};
