import { expect, it } from 'vitest';
import { policyUse } from '../../../src/daemon/federation-service.ts';
import { defaultLimits, defaultRate, type NeighbourDomain } from '../../../src/federation/model.ts';

const members = ['10.1.0.253', '10.1.0.254'];
const gateways = { export: members, import: members, anycast: { import: '10.1.9.9' } };
const home = { domainId: '65001:0', networks: [{ name: 'web', service: 'l2' }] } as const;
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
  const networks = [
    { name: 'web', service: 'l2', l3: 'tenant' },
    { name: 'tenant', service: 'l3' },
  ] as const;
  const direct = { export: [], import: [] };
  const isRouted = (shared: NeighbourDomain['networks']) =>
    policyUse(dc2(shared), 'export', { ...home, networks }).networks.get('web')?.isRouted;
  const web = { network: 'web', gateways: direct };
  expect(isRouted([web])).toBeUndefined();
  expect(isRouted([web, { network: 'tenant', gateways: direct }])).toBe(true);
  expect(isRouted({ vniOffset: 0, routeTargetAsn: 65001, gateways: direct })).toBe(true);
});
