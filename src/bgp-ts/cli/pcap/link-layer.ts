/** From a captured frame to the IP packet in it, by link type (tcpdump.org's list of link-layer header types). */
import { readU16 } from '../../wire/bytes.ts';

const LinkType = {
  Null: 0,
  Ethernet: 1,
  RawBsd: 12,
  RawOpenBsd: 14,
  Raw: 101,
  Loop: 108,
  LinuxCooked: 113,
  Ipv4: 228,
  Ipv6: 229,
  LinuxCooked2: 276,
} as const;

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
/** 802.1Q, 802.1ad, and what was used for the outer tag before it. */
const vlanTags = [0x8100, 0x88a8, 0x9100];
const MAX_TAGS = 4;

/** Offset of the IP packet, or why there is none: a few words that frames are counted by. */
export function ipOffset(linkType: number, bytes: Uint8Array): number | string {
  switch (linkType) {
    case LinkType.Ethernet:
      return behindEthertype(bytes, 12);
    case LinkType.LinuxCooked:
      return behindEthertype(bytes, 14);
    case LinkType.LinuxCooked2:
      return cooked2(bytes);
    case LinkType.Null:
    case LinkType.Loop:
      // the address family's number depends on the system and on its byte order; the packet says what it is
      return ipAt(bytes, 4);
    case LinkType.Raw:
    case LinkType.RawBsd:
    case LinkType.RawOpenBsd:
    case LinkType.Ipv4:
    case LinkType.Ipv6:
      return ipAt(bytes, 0);
    default:
      return `link type ${linkType}`;
  }
}

function behindEthertype(bytes: Uint8Array, at: number): number | string {
  for (let tags = 0; at + 2 <= bytes.length && tags <= MAX_TAGS; tags++) {
    const ethertype = readU16(bytes, at);
    if (ethertype === ETHERTYPE_IPV4 || ethertype === ETHERTYPE_IPV6) return ipAt(bytes, at + 2);
    if (!vlanTags.includes(ethertype)) return 'not IP';
    at += 4;
  }
  return at + 2 > bytes.length ? 'cut' : 'not IP';
}

/** The protocol stands at the beginning, the packet behind twenty octets. */
function cooked2(bytes: Uint8Array): number | string {
  if (bytes.length < 20) return 'cut';
  const ethertype = readU16(bytes, 0);
  if (vlanTags.includes(ethertype)) return behindEthertype(bytes, 22);
  return ethertype === ETHERTYPE_IPV4 || ethertype === ETHERTYPE_IPV6 ? ipAt(bytes, 20) : 'not IP';
}

function ipAt(bytes: Uint8Array, at: number): number | string {
  if (at >= bytes.length) return 'cut';
  const version = bytes[at] >> 4;
  return version === 4 || version === 6 ? at : 'not IP';
}
