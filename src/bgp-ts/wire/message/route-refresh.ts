/**
 * ROUTE-REFRESH (RFC 2918 §3) with the subtypes of RFC 7313 §3.2. Outbound route filters behind the first four octets
 * (RFC 5291 §4) are kept as they are.
 */
import { readU16, u16 } from '../bytes.ts';
import {
  type FamilyId,
  familyAfi,
  familyId,
  familySafi,
  HEADER_LENGTH,
  MessageType,
  NotificationCode,
} from '../constants.ts';
import type { DecodeContext } from '../context.ts';
import { checkUint } from '../encode-error.ts';
import { sessionReset } from '../fault.ts';
import { fail, ok, type Result } from '../result.ts';
import { frame } from './header.ts';

/** RFC 7313 §3.2. A receiver ignores any other subtype (§5). */
export const RefreshSubtype = { Request: 0, BeginningOfRib: 1, EndOfRib: 2 } as const;

/** A ROUTE-REFRESH (RFC 2918 §3): the sender asks for all routes of a family again, or marks that it sends them. */
export interface RouteRefresh {
  /** Whose routes are to be sent, or begin or end here. */
  readonly family: FamilyId;
  /**
   * One of {@link RefreshSubtype}, or a number nobody has given a meaning yet; from a sender that did not offer enhanced
   * route refresh, a reserved octet that means nothing (RFC 2918 §3).
   */
  readonly subtype: number;
  /** Outbound route filter entries, undecoded; absent when there are none. */
  readonly filters?: Uint8Array;
}

const BODY_LENGTH = 4;
/** RFC 7313 §5. */
const INVALID_MESSAGE_LENGTH = 1;

/** Reads the ROUTE-REFRESH at `bytes[start, end)`, header included. A fault ends the session (RFC 7313 §5). */
export function decodeRouteRefresh(
  bytes: Uint8Array,
  ctx: Pick<DecodeContext, 'enhancedRouteRefresh'>,
  start = 0,
  end = bytes.length,
): Result<RouteRefresh> {
  const at = start + HEADER_LENGTH;
  const length = end - at;
  const subtype = bytes[at + 2];
  // RFC 7313 §5, which is for peers that offered it; a request may be followed by filters (RFC 5291 §4), and one below
  // four octets names no family
  const marksRib =
    ctx.enhancedRouteRefresh && (subtype === RefreshSubtype.BeginningOfRib || subtype === RefreshSubtype.EndOfRib);
  if (length < BODY_LENGTH || (length > BODY_LENGTH && marksRib)) {
    const reason = `ROUTE-REFRESH body of ${length} octets instead of ${BODY_LENGTH}`;
    const data = bytes.slice(start, end);
    return fail(
      sessionReset('route-refresh-length', at, reason, NotificationCode.RouteRefresh, INVALID_MESSAGE_LENGTH, data),
    );
  }
  const family = familyId(readU16(bytes, at), bytes[at + 3]);
  if (length === BODY_LENGTH) return ok({ family, subtype });
  return ok({ family, subtype, filters: bytes.slice(at + BODY_LENGTH, end) });
}

/**
 * The message's octets, header included; `extended` where both sides announced longer messages (RFC 8654). Throws an
 * EncodeError for one that is longer than that, or a subtype above 255.
 */
export function encodeRouteRefresh(refresh: RouteRefresh, extended = false): Uint8Array {
  const { family, subtype, filters = [] } = refresh;
  const body = Uint8Array.of(
    ...u16(familyAfi(family)),
    checkUint('subtype', subtype, 255),
    familySafi(family),
    ...filters,
  );
  return frame(MessageType.RouteRefresh, body, extended);
}
