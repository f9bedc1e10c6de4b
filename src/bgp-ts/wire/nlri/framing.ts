/**
 * Where an NLRI ends in families that are relayed but not taken apart: enough to tell one route from the next, and to
 * notice a field that does not add up (RFC 7606 §5.3).
 */
import { readU16 } from '../bytes.ts';
import { Afi, type FamilyId, familyAfi, familySafi } from '../constants.ts';
import { octetsOf } from './prefix.ts';

/** Octets of the NLRI at `at`, of which `left` (at least one) are there; undefined where its length is cut. */
export type Framing = (bytes: Uint8Array, at: number, left: number) => number | undefined;

/** `before` octets, a length of `width` octets, and so many octets. */
const counted =
  (before: number, width: 1 | 2): Framing =>
  (bytes, at, left) => {
    const head = before + width;
    if (left < head) return undefined;
    return head + (width === 1 ? bytes[at + before] : readU16(bytes, at + before));
  };

/** A length in bits. */
const bits: Framing = (bytes, at) => 1 + octetsOf(bytes[at]);

/** RFC 8955 §4.1: one octet below 240, else twelve bits behind 1111. */
const flowSpecification: Framing = (bytes, at, left) => {
  if (bytes[at] < 0xf0) return 1 + bytes[at];
  return left < 2 ? undefined : 2 + (readU16(bytes, at) & 0xfff);
};

const mcastVpn = counted(1, 1);
const linkState = counted(2, 2);

/** By SAFI, for IPv4 and IPv6. */
const ipFramings: Readonly<Record<number, Framing>> = {
  5: mcastVpn, // RFC 6514 §4
  73: bits, // RFC 9830 §2.1
  85: counted(3, 1), // draft-ietf-bess-mup-safi §3.1
  129: bits, // RFC 6514, as RFC 4364 §4.3.4
  133: flowSpecification, // RFC 8955 §4, RFC 8956 §3
  134: flowSpecification,
};

const AFI_LINK_STATE = 16388;

/** Undefined where nothing is known of the family's NLRI. */
export function framingOf(family: FamilyId): Framing | undefined {
  const safi = familySafi(family);
  switch (familyAfi(family)) {
    case Afi.Ipv4:
    case Afi.Ipv6:
      return ipFramings[safi];
    case Afi.L2vpn:
      if (safi === 65) return counted(0, 2); // RFC 4761 §3.2.2
      return safi === 133 || safi === 134 ? flowSpecification : undefined;
    case AFI_LINK_STATE:
      return safi === 71 || safi === 72 ? linkState : undefined; // RFC 9552 §5.2
    default:
      return undefined;
  }
}
