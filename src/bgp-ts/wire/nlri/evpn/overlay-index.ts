/**
 * What a type-5 route's prefix resolves through, and which combinations of its fields are refused (RFC 9136 §3.1, §3.2).
 * The rule is one for the hot path and for the full decoder, and so it works on octets. It is for routes that are
 * announced: in a withdrawal, what is not key means nothing.
 */
import type { PrefixSidTlv } from '../../attribute/prefix-sid.ts';
import { SRV6_L3_SERVICE } from '../../attribute/prefix-sid.ts';
import type { ExtendedCommunity } from '../../community/extended/octets.ts';
import { NlriFaultCode } from '../fault.ts';
import { LABEL } from './fields.ts';
import type { NlriSplit } from './split.ts';

/** The EVPN route type that {@link overlayIndexFault} is about. */
export const IP_PREFIX = 5;

/** Bits of what a set of attributes says on the prefixes that are announced with it. */
const Term = {
  /** There is a Router's MAC community. */
  RouterMac: 1,
  /** There is one whose address is no unicast MAC address. */
  BadRouterMac: 2,
  /** The label field is no label but a part of an SRv6 SID (RFC 9252 §4, §6.5). */
  SidInLabel: 4,
} as const;

/** Type and subtype of the Router's MAC community (RFC 9135 §8.1). */
const ROUTER_MAC = '0603';
const ZERO_MAC = '000000000000';

interface Terms {
  readonly extendedCommunities?: readonly ExtendedCommunity[];
  readonly prefixSid?: readonly PrefixSidTlv[];
}

/** What {@link overlayIndexFault} needs to know of the attributes beside a route, found out once for all of them. */
export function prefixTerms({ extendedCommunities = [], prefixSid = [] }: Terms): number {
  let terms = prefixSid.some(({ type }) => type === SRV6_L3_SERVICE) ? Term.SidInLabel : 0;
  for (const community of extendedCommunities) {
    if (!community.startsWith(ROUTER_MAC)) continue;
    terms |= isUnicastMac(community.slice(ROUTER_MAC.length)) ? Term.RouterMac : Term.BadRouterMac;
  }
  return terms;
}

/** Neither group address nor all zeros (RFC 9136 §3.2, note * of Table 1); `mac` in twelve hexadecimal digits. */
function isUnicastMac(mac: string): boolean {
  return mac !== ZERO_MAC && (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0;
}

/**
 * Judges the announced type-5 route that `split` found in `bytes`, by Table 1 of RFC 9136 §3.2. A label counts as zero
 * when all 24 bits are: then it is zero as a VNI and as an MPLS label, and which of them it is, tunnels may be
 * configured to know.
 */
export function overlayIndexFault(bytes: Uint8Array, split: NlriSplit, terms: number): NlriFaultCode {
  const { midStart, midLength, tailStart, tailLength } = split;
  const labelAt = tailStart + tailLength - LABEL;
  const hasEsi = !isZero(bytes, midStart, midStart + midLength);
  if (!isZero(bytes, tailStart, labelAt)) {
    // §3.2: beside a gateway address, the Router's MAC is ignored
    return hasEsi ? NlriFaultCode.EvpnOverlayIndexes : NlriFaultCode.None;
  }
  if ((terms & Term.BadRouterMac) !== 0) return NlriFaultCode.EvpnRouterMac;
  if (hasEsi || terms !== 0 || !isZero(bytes, labelAt, labelAt + LABEL)) return NlriFaultCode.None;
  return NlriFaultCode.EvpnOverlayIndexMissing;
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return false;
  return true;
}
