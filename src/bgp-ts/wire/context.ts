import type { FamilyId } from './constants.ts';

/**
 * All that decoding depends on besides the bytes: one immutable value, made once when the session's OPENs have been
 * exchanged. The codec sees no session.
 */
export interface DecodeContext {
  /** Four-octet AS numbers were advertised by both sides (RFC 6793 §4.1). */
  readonly asn4: boolean;
  /** Who sent the bytes; some attributes are only believed from inside (RFC 7606 §7.5, §7.9, §7.10). */
  readonly session: 'ibgp' | 'ebgp' | 'confed';
  /** Families whose NLRI carry a path identifier in the direction concerned (RFC 7911 §3). */
  readonly addPath: ReadonlySet<FamilyId>;
  /** Messages up to 65,535 octets (RFC 8654 §4). */
  readonly extendedMessages: boolean;
  /** IPv4 families whose next hop may be an IPv6 address (RFC 8950 §4). */
  readonly extendedNextHop: ReadonlySet<FamilyId>;
  /** The sender offered enhanced route refresh, without which a ROUTE-REFRESH has no subtype (RFC 7313 §5). */
  readonly enhancedRouteRefresh: boolean;
}

/** What encoding depends on; `addPath` then names the families that are sent with path identifiers. */
export type EncodeContext = Pick<DecodeContext, 'asn4' | 'addPath' | 'extendedMessages'>;

/** An internal session that negotiated four-octet AS numbers and nothing else. */
export const defaultContext: DecodeContext = {
  asn4: true,
  session: 'ibgp',
  addPath: new Set(),
  extendedMessages: false,
  extendedNextHop: new Set(),
  enhancedRouteRefresh: false,
};
