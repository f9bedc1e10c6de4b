import { Family, type FamilyId, familyId } from '../wire/constants.ts';

const afis: Readonly<Record<string, number>> = { ipv4: 1, ipv6: 2, l2vpn: 25, 'bgp-ls': 16388, ls: 16388 };

/** By the names that routers have for them. */
const safis: Readonly<Record<string, number>> = {
  unicast: 1,
  multicast: 2,
  labelled: 4,
  labeled: 4,
  'labelled-unicast': 4,
  'labeled-unicast': 4,
  'mpls-label': 4,
  'nlri-mpls': 4,
  'mcast-vpn': 5,
  mvpn: 5,
  vpls: 65,
  evpn: 70,
  'bgp-ls': 71,
  ls: 71,
  'bgp-ls-vpn': 72,
  'ls-vpn': 72,
  'sr-policy': 73,
  srpolicy: 73,
  mup: 85,
  vpn: 128,
  'mpls-vpn': 128,
  'vpn-unicast': 128,
  'vpn-multicast': 129,
  rtc: 132,
  'rt-constrain': 132,
  'route-target': 132,
  flow: 133,
  flowspec: 133,
  'flow-vpn': 134,
  'flowspec-vpn': 134,
};

/** Names that say both at once. */
const families: Readonly<Record<string, FamilyId>> = {
  vpnv4: Family.Ipv4Vpn,
  vpnv6: Family.Ipv6Vpn,
  evpn: Family.Evpn,
  vpls: familyId(25, 65),
  rtc: Family.RtConstrain,
};

/** A family written as `AFI/SAFI` in numbers, or in names with a dash, an underscore, a slash or a space between them:
 * `l2vpn-evpn`. */
export function parseFamily(text: string): FamilyId | undefined {
  const name = text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_/]+/g, '-');
  const numbers = /^(\d{1,5})-(\d{1,3})$/.exec(name);
  if (numbers !== null) {
    const [afi, safi] = [Number(numbers[1]), Number(numbers[2])];
    return afi <= 0xffff && safi <= 0xff ? familyId(afi, safi) : undefined;
  }
  const [, afiName, safiName] = /^(ipv4|ipv6|l2vpn|bgp-ls|ls)-(.+)$/.exec(name) ?? [];
  const [afi, safi] = [afis[afiName ?? ''], safis[safiName ?? '']];
  return afi === undefined || safi === undefined ? families[name] : familyId(afi, safi);
}

/** SAFIs with NLRI that can be told apart, and so may have path identifiers, by AFI. */
const known: readonly (readonly [afi: number, safis: readonly number[]])[] = [
  [1, [1, 2, 4, 5, 73, 85, 128, 129, 132, 133, 134]],
  [2, [1, 2, 4, 5, 73, 85, 128, 129, 133, 134]],
  [25, [65, 70, 133, 134]],
  [16388, [71, 72]],
];

export const ipv4Families = familiesOf(1);
export const ipv6Families = familiesOf(2);
export const allFamilies: readonly FamilyId[] = known.flatMap(([afi]) => familiesOf(afi));

function familiesOf(afi: number): readonly FamilyId[] {
  return known.flatMap(([own, safis]) => (own === afi ? safis.map((safi) => familyId(afi, safi)) : []));
}
