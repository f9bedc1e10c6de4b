/** What numbers are called, for people: IANA's names in short. */
import { type FamilyId, familyAfi, familySafi, MessageType } from '../wire/constants.ts';

const afis: Readonly<Record<number, string>> = { 1: 'IPv4', 2: 'IPv6', 25: 'L2VPN', 16388: 'BGP-LS' };
const safis: Readonly<Record<number, string>> = {
  1: 'unicast',
  2: 'multicast',
  4: 'labelled unicast',
  5: 'MCAST-VPN',
  65: 'VPLS',
  70: 'EVPN',
  71: 'link state',
  72: 'link state VPN',
  73: 'SR policy',
  85: 'mobile user plane',
  128: 'VPN',
  129: 'multicast VPN',
  132: 'route target constraint',
  133: 'flow specification',
  134: 'flow specification VPN',
};

/** `AFI/SAFI`, and the names of both where they have one: `25/70 L2VPN EVPN`. */
export function familyText(family: FamilyId): string {
  const [afi, safi] = [familyAfi(family), familySafi(family)];
  const names = [afis[afi], safis[safi]];
  return names.every((name) => name !== undefined) ? `${afi}/${safi} ${names.join(' ')}` : `${afi}/${safi}`;
}

const tunnelTypes: Readonly<Record<number, string>> = {
  1: 'L2TPv3 over IP',
  2: 'GRE',
  7: 'IP in IP',
  8: 'VXLAN',
  9: 'NVGRE',
  10: 'MPLS',
  11: 'MPLS in GRE',
  12: 'VXLAN GPE',
  13: 'MPLS in UDP',
  15: 'SR policy',
  19: 'Geneve',
};

/** Of BGP Tunnel Encapsulation: `8 VXLAN`. */
export function tunnelTypeText(type: number): string {
  return withName(type, tunnelTypes);
}

const pmsiTunnelTypes: Readonly<Record<number, string>> = {
  0: 'no tunnel information',
  1: 'RSVP-TE P2MP LSP',
  2: 'mLDP P2MP LSP',
  3: 'PIM-SSM tree',
  4: 'PIM-SM tree',
  5: 'BIDIR-PIM tree',
  6: 'ingress replication',
  7: 'mLDP MP2MP LSP',
  8: 'transport tunnel',
  10: 'assisted replication',
  11: 'BIER',
};

/** Of PMSI_TUNNEL: `6 ingress replication`. */
export function pmsiTunnelTypeText(type: number): string {
  return withName(type, pmsiTunnelTypes);
}

const evpnRouteTypes: Readonly<Record<number, string>> = {
  1: 'Ethernet Auto-discovery',
  2: 'MAC/IP Advertisement',
  3: 'Inclusive Multicast Ethernet Tag',
  4: 'Ethernet Segment',
  5: 'IP Prefix',
  6: 'Selective Multicast Ethernet Tag',
  7: 'Multicast Membership Report Synch',
  8: 'Multicast Leave Synch',
  9: 'Per-Region I-PMSI A-D',
  10: 'S-PMSI A-D',
  11: 'Leaf A-D',
};

/** Of EVPN routes: `2 MAC/IP Advertisement`. */
export function evpnRouteTypeText(type: number): string {
  return withName(type, evpnRouteTypes);
}

function withName(number: number, names: Readonly<Record<number, string>>): string {
  const name = names[number];
  return name === undefined ? String(number) : `${number} ${name}`;
}

const messageTypes = new Map<number, string>(Object.entries(MessageType).map(([name, type]) => [type, name]));

/** `Update`; `Route Refresh (Cisco)` for its pre-standard number. */
export function messageTypeName(type: number): string {
  return messageTypes.get(type) ?? (type === 128 ? 'RouteRefresh (Cisco)' : 'unknown');
}
