import { type EvpnNlri, extendedCommunity, Family, type PathAttributes } from 'bgp-ts';
import { expect, it } from 'vitest';
import { announcement } from '../bgp-ts/rib/kit.ts';
import { federationLab } from './federation-lab.ts';

const flood: EvpnNlri = {
  family: Family.Evpn,
  kind: 'inclusive-multicast',
  type: 3,
  rd: { type: 1, address: '10.9.0.2', assigned: 7 },
  ethernetTag: 0,
  originator: '10.9.0.2',
};

it.each([
  ['no tunnel', { kind: 'opaque', type: 0, octets: '' }],
  ['a tunnel of a type that is not known', { kind: 'opaque', type: 77, octets: 'aabbccdd' }],
] as const)('a route that floods by %s is refused, and costs nobody else', async (_, tunnel) => {
  const { lab, federation, joinNeighbour, announce } = await federationLab();
  const neighbour = joinNeighbour();
  const attributes: PathAttributes = {
    origin: 'igp',
    asPath: [{ type: 'sequence', asns: [65002] }],
    extendedCommunities: [
      extendedCommunity({
        kind: 'route-target',
        transitive: true,
        value: { encoding: 'as2', asn: 65002, local: 2010 },
      }),
    ],
    pmsiTunnel: { flags: 0, label: 2010, tunnel },
  };
  neighbour.say(announcement([flood], attributes, '10.9.0.2'));
  announce(neighbour, 'wire', 1);
  lab.settle();
  const crossing = federation.border('dc2')?.import;
  expect([crossing?.routes, Object.fromEntries(crossing?.refused ?? [])]).toEqual([1, { 'no-receiver': 1 }]);
});
