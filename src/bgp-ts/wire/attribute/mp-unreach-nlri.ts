import { concat, readU16, u16 } from '../bytes.ts';
import { familyAfi, familyId, familySafi, UpdateSubcode } from '../constants.ts';
import type { FamilyRoutes } from '../nlri/nlri.ts';
import { decodeNlri, encodeNlri } from '../nlri/registry.ts';
import { ok } from '../result.ts';
import type { AttributeCodec } from './codec.ts';
import { malformed } from './malformed.ts';

/** Withdrawn routes of one family; none at all is its End-of-RIB (RFC 4724 §2). */
export type MpUnreachNlri = FamilyRoutes;

/** AFI and SAFI. */
const MINIMUM_LENGTH = 3;

/** MP_UNREACH_NLRI (RFC 4760 §4, RFC 7606 §5.3). */
export const mpUnreachNlri: AttributeCodec<MpUnreachNlri> = {
  decode(bytes, start, end, ctx) {
    const subcode = UpdateSubcode.OptionalAttribute;
    if (end - start < MINIMUM_LENGTH) {
      return malformed('mp-unreach-length', start, `length ${end - start} below ${MINIMUM_LENGTH}`, { subcode });
    }
    const family = familyId(readU16(bytes, start), bytes[start + 2]);
    const options = { addPath: ctx.addPath.has(family) };
    const { routes, fault } = decodeNlri(family, bytes, start + MINIMUM_LENGTH, end, options);
    // the decoder of a family gives its routes and no others
    const value = { family, nlri: routes } as MpUnreachNlri;
    if (fault === undefined) return ok(value);
    const { code, offset, reason, outcome } = fault;
    return { ok: false, fault: { code, offset, reason, outcome, subcode, family }, partial: value };
  },
  encode({ family, nlri }, ctx) {
    const head = Uint8Array.of(...u16(familyAfi(family)), familySafi(family));
    return concat([head, encodeNlri(family, nlri, { addPath: ctx.addPath.has(family) })]);
  },
};
