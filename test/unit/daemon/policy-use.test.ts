import { expect, it } from 'vitest';
import { policyUse } from '../../../src/daemon/federation-service.ts';
import { defaultLimits, defaultRate, type NeighbourDomain } from '../../../src/federation/model.ts';
import { networkOf } from '../federation/kit.ts';

const members = ['10.1.0.253', '10.1.0.254'];
const gateways = { export: members, import: members, anycast: { import: '10.1.9.9' } };
const home = { asn: 65001, domainId: '65001:0', networks: [networkOf('web', 1217)] } as const;
const dc2 = (networks: NeighbourDomain['networks']): NeighbourDomain => ({
  ...{ domain: 'dc2', asn: 65002, domainId: '65002:0', networks, keepStale: 0, limits: defaultLimits, policy: {} },
  rate: { import: defaultRate, export: defaultRate },
});

it('a rule may name the gateways of a list, or the address that they share', () => {
  for (const networks of [[{ network: 'web', gateways }], { vniOffset: 0, routeTargetAsn: 65001, gateways }]) {
    const named = (direction: 'import' | 'export') =>
      policyUse(dc2(networks), direction, home).networks.get('web')?.gateways;
    expect([named('import'), named('export')]).toEqual([['10.1.9.9'], members]);
  }
});

it('a network is routed where its L3 network is shared as well', () => {
  const networks = [networkOf('web', 1217, { l3: 'tenant' }), networkOf('tenant', 5001, { service: 'l3' })];
  const direct = { export: [], import: [] };
  const isRouted = (shared: NeighbourDomain['networks']) =>
    policyUse(dc2(shared), 'export', { ...home, networks }).networks.get('web')?.isRouted;
  const web = { network: 'web', gateways: direct };
  expect(isRouted([web])).toBeUndefined();
  expect(isRouted([web, { network: 'tenant', gateways: direct }])).toBe(true);
  expect(isRouted({ vniOffset: 0, routeTargetAsn: 65001, gateways: direct })).toBe(true);
});

it('a network that has no VNI on the wire is not shared, nor routes for others', () => {
  const networks = [networkOf('web', 1217, { l3: 'tenant' }), networkOf('tenant', 501, { service: 'l3' })];
  const shared = (vniOffset: number) =>
    policyUse(dc2({ vniOffset, routeTargetAsn: 65002, gateways }), 'export', { ...home, networks }).networks;
  expect([...shared(-500).keys()]).toEqual(['web', 'tenant']);
  expect([...shared(-501)]).toEqual([['web', { gateways: members, service: 'l2' }]]);
});

it('no route may come by what our networks are called inside alone', () => {
  const networks = [networkOf('web', 1217), networkOf('db', 1218), networkOf('old', 1219)];
  const direct = { export: [], import: [] };
  const remote = { vni: 2217, routeTarget: '65002:2217' };
  const shares = [
    { network: 'web', remote, gateways: direct },
    { network: 'db', gateways: direct },
  ];
  const forged = (direction: 'import' | 'export') => [
    ...policyUse(dc2(shares), direction, { ...home, networks }).forgedTargets,
  ];
  expect(forged('import')).toEqual(['65001:1217', '65001:1219']);
  expect(forged('export')).toEqual([]);
});
