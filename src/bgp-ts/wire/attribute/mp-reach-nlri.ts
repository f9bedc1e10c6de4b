import { concat, readU16, u16 } from '../bytes.ts';
import { familyAfi, familyId, familySafi, UpdateSubcode } from '../constants.ts';
import type { FamilyRoutes } from '../nlri/nlri.ts';
import { decodeNlri, encodeNlri } from '../nlri/registry.ts';
import { ok } from '../result.ts';
import type { AttributeCodec } from './codec.ts';
import { malformed } from './malformed.ts';
import { decodeMpNextHop, encodeMpNextHop, type MpNextHop, namesHost } from './mp-next-hop.ts';

/** Routes of one family with their next hop. */
export type MpReachNlri = MpNextHop & FamilyRoutes;

/** AFI, SAFI, next hop length, reserved octet. */
const MINIMUM_LENGTH = 5;

const noHost = (offset: number, { nextHop }: MpNextHop) => ({
  code: 'mp-reach-next-hop-address',
  offset,
  reason: `${nextHop} is no host's address`,
  outcome: 'treat-as-withdraw' as const,
});

/** MP_REACH_NLRI (RFC 4760 §3, RFC 7606 §5.3, §7.11). */
export const mpReachNlri: AttributeCodec<MpReachNlri> = {
  decode(bytes, start, end, ctx) {
    const subcode = UpdateSubcode.OptionalAttribute;
    if (end - start < MINIMUM_LENGTH) {
      return malformed('mp-reach-length', start, `length ${end - start} below ${MINIMUM_LENGTH}`, { subcode });
    }
    const family = familyId(readU16(bytes, start), bytes[start + 2]);
    const nextHopLength = bytes[start + 3];
    // one octet behind the next hop is reserved, and ignored (RFC 4760 §3)
    const nlriStart = start + MINIMUM_LENGTH + nextHopLength;
    if (nlriStart > end) {
      return malformed('mp-reach-next-hop-overrun', start + 3, 'the next hop runs past the attribute', {
        subcode,
        family,
      });
    }
    const hop = decodeMpNextHop(family, bytes, start + 4, nextHopLength, ctx);
    if (hop === undefined) {
      const reason = `a next hop of ${nextHopLength} octets does not belong to AFI ${family >> 8}, SAFI ${family & 255}`;
      return malformed('mp-reach-next-hop-length', start + 3, reason, { subcode, family });
    }
    const { routes, fault } = decodeNlri(family, bytes, nlriStart, end, { addPath: ctx.addPath.has(family) });
    // the decoder of a family gives its routes and no others
    const value = { family, ...hop, nlri: routes } as MpReachNlri;
    const named = namesHost(family, bytes, start + 4, nextHopLength);
    if (named && fault === undefined) return ok(value);
    // where the routes could not be located, that is what counts (RFC 7606 §3 h)
    const { code, offset, reason, outcome } =
      fault !== undefined && (named || fault.outcome === 'session-reset') ? fault : noHost(start + 4, hop);
    return { ok: false, fault: { code, offset, reason, outcome, subcode, family }, partial: value };
  },
  encode(value, ctx) {
    const { family, nlri } = value;
    const hop = encodeMpNextHop(family, value);
    const head = Uint8Array.of(...u16(familyAfi(family)), familySafi(family), hop.length, ...hop, 0);
    return concat([head, encodeNlri(family, nlri, { addPath: ctx.addPath.has(family) })]);
  },
};
