/**
 * What can be wrong with an NLRI, as small numbers for the hot path and as {@link Fault}s for everyone else.
 *
 * What each costs follows from one question: can the next NLRI still be found?
 *
 * - A prefix NLRI is located by its own length field. One that is too long for its family, or runs past the field,
 *   makes the whole field syntactically incorrect (RFC 7606 §5.3), so what follows cannot be trusted and the session is
 *   reset: Invalid Network Field for the UPDATE's own fields (RFC 4271 §6.3), Optional Attribute Error in
 *   MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760 §7).
 * - A route target membership prefix of 1 to 31 bits, or one that holds something else than a route target, is against
 *   RFC 4684 §4 but can be stepped over: treat-as-withdraw.
 * - An EVPN NLRI says its type and its length in octets (RFC 7432 §7). When that length runs past the field, the same
 *   holds. When it does not, the next NLRI is where it should be whatever lies inside, and an inside that its type does
 *   not allow costs that route only: treat-as-withdraw, as RFC 9136 §3 and §4 ask for type 5 and RFC 7606 §2 prefers.
 */
import { Family, type FamilyId, NotificationCode, UpdateSubcode } from '../constants.ts';
import type { Fault } from '../fault.ts';

export const NlriFaultCode = {
  None: 0,
  /** The NLRI, or its path identifier, runs past the end of the field. */
  Overrun: 1,
  /** A prefix length above what its address family has. */
  PrefixLength: 2,
  /** A length that leaves no room for label and RD. */
  LabelledLength: 3,
  /** 1 to 31 bits, which cut the origin AS (RFC 4684 §4). */
  RtConstrainLength: 4,
  /** An EVPN route whose octets do not add up to the fields of its type. */
  EvpnLength: 5,
  /** A MAC address length other than 48. */
  EvpnMacLength: 6,
  /** An IP address length other than 0, 32 and 128. */
  EvpnIpLength: 7,
  /** An originator address length other than 32 and 128. */
  EvpnOriginatorLength: 8,
  /** A type-5 prefix length above 32 or 128. */
  EvpnPrefixLength: 9,
  /** A multicast source length other than 0, 32 and 128. */
  EvpnSourceLength: 10,
  /** A multicast group length that its type does not allow. */
  EvpnGroupLength: 11,
  /** A Leaf A-D route in which no originator can be told from the route key. */
  EvpnRouteKey: 12,
  /** A membership of an extended community that is no route target (RFC 4684 §4). */
  RtConstrainTarget: 13,
  /** An announced type-5 route with ESI and gateway address (RFC 9136 §3.2). */
  EvpnOverlayIndexes: 14,
  /** An announced type-5 route with label 0 and no overlay index (RFC 9136 §3.1). */
  EvpnOverlayIndexMissing: 15,
  /** An announced type-5 route beside a Router's MAC that is no unicast MAC address (RFC 9136 §3.2). */
  EvpnRouterMac: 16,
} as const;
export type NlriFaultCode = (typeof NlriFaultCode)[keyof typeof NlriFaultCode];

interface Row {
  readonly code: string;
  /** Whether the NLRI behind the bad one can still be found. */
  readonly located: boolean;
  readonly reason: string;
}

const rows = {
  [NlriFaultCode.Overrun]: { code: 'nlri-overrun', located: false, reason: 'an NLRI runs past the end of its field' },
  [NlriFaultCode.PrefixLength]: {
    code: 'nlri-prefix-length',
    located: false,
    reason: 'a prefix is longer than an address of its family',
  },
  [NlriFaultCode.LabelledLength]: {
    code: 'nlri-labelled-length',
    located: false,
    reason: 'an NLRI is too short for its label and route distinguisher',
  },
  [NlriFaultCode.RtConstrainLength]: {
    code: 'nlri-rt-constrain-length',
    located: true,
    reason: 'a route target membership prefix cuts its origin AS short',
  },
  [NlriFaultCode.RtConstrainTarget]: {
    code: 'nlri-rt-constrain-target',
    located: true,
    reason: 'a route target membership is of an extended community that is no route target',
  },
  [NlriFaultCode.EvpnLength]: {
    code: 'evpn-length',
    located: true,
    reason: 'the length of an EVPN route does not fit its fields',
  },
  [NlriFaultCode.EvpnMacLength]: {
    code: 'evpn-mac-length',
    located: true,
    reason: 'the MAC address length of an EVPN route is not 48',
  },
  [NlriFaultCode.EvpnIpLength]: {
    code: 'evpn-ip-length',
    located: true,
    reason: 'the IP address length of an EVPN route is none of 0, 32 and 128',
  },
  [NlriFaultCode.EvpnOriginatorLength]: {
    code: 'evpn-originator-length',
    located: true,
    reason: 'the originator address length of an EVPN route is neither 32 nor 128',
  },
  [NlriFaultCode.EvpnPrefixLength]: {
    code: 'evpn-prefix-length',
    located: true,
    reason: 'the prefix of an EVPN route is longer than its address',
  },
  [NlriFaultCode.EvpnSourceLength]: {
    code: 'evpn-source-length',
    located: true,
    reason: 'the multicast source length of an EVPN route is none of 0, 32 and 128',
  },
  [NlriFaultCode.EvpnGroupLength]: {
    code: 'evpn-group-length',
    located: true,
    reason: 'the multicast group length of an EVPN route is not one that its type allows',
  },
  [NlriFaultCode.EvpnRouteKey]: {
    code: 'evpn-route-key',
    located: true,
    reason: 'a Leaf A-D route has no route key and originator that can be told apart',
  },
  [NlriFaultCode.EvpnOverlayIndexes]: {
    code: 'evpn-overlay-indexes',
    located: true,
    reason: 'an EVPN route for an IP prefix has both an ESI and a gateway address',
  },
  [NlriFaultCode.EvpnOverlayIndexMissing]: {
    code: 'evpn-overlay-index-missing',
    located: true,
    reason: 'an EVPN route for an IP prefix has neither a label nor an overlay index',
  },
  [NlriFaultCode.EvpnRouterMac]: {
    code: 'evpn-router-mac',
    located: true,
    reason: "the Router's MAC of an EVPN route for an IP prefix is no unicast MAC address",
  },
} as const satisfies Record<Exclude<NlriFaultCode, 0>, Row>;

const NO_DATA = new Uint8Array(0);

/** Whether the NLRI behind one with this fault can still be found. */
export function isLocated(code: Exclude<NlriFaultCode, 0>): boolean {
  return rows[code].located;
}

/** The full fault for a code found at `offset`, an index into the buffer that was read. */
export function nlriFault(code: Exclude<NlriFaultCode, 0>, offset: number, family: FamilyId): Fault {
  const row: Row = rows[code];
  return {
    code: row.code,
    outcome: row.located ? 'treat-as-withdraw' : 'session-reset',
    offset,
    reason: row.reason,
    notification: {
      code: NotificationCode.UpdateMessage,
      subcode: family === Family.Ipv4Unicast ? UpdateSubcode.InvalidNetworkField : UpdateSubcode.OptionalAttribute,
      data: NO_DATA,
    },
    family,
  };
}
