import { Family, type FamilyId, familyAfi, familySafi } from './constants.ts';

const names = new Map<FamilyId, string>([
  [Family.Evpn, 'evpn'],
  [Family.Ipv4Unicast, 'ipv4-unicast'],
  [Family.Ipv6Unicast, 'ipv6-unicast'],
  [Family.Ipv4Vpn, 'ipv4-vpn'],
  [Family.Ipv6Vpn, 'ipv6-vpn'],
  [Family.RtConstrain, 'rt-constrain'],
]);

/** As operators call an address family: `evpn`, `ipv4-unicast` …; one that has no name here reads `AFI/SAFI`. */
export function familyName(family: FamilyId): string {
  return names.get(family) ?? `${familyAfi(family)}/${familySafi(family)}`;
}
