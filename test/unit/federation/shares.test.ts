import { parseRouteTarget } from 'bgp-ts';
import { describe, expect, it } from 'vitest';
import type { NeighbourDomain } from '../../../src/federation/model.ts';
import { type SharedNetwork, ShareIndex, sharedNetworks } from '../../../src/federation/shares.ts';
import { networkOf, shareOf } from './kit.ts';

const networks = new Map(
  [
    networkOf('web', 1217, { l3: 'tenant' }),
    networkOf('db', 1218, { routeTargets: ['65001:1218', '65001:9'] }),
    networkOf('tenant', 5001, { service: 'l3' }),
  ].map((network) => [network.name, network]),
);
const shared = (shares: NeighbourDomain['networks']) => sharedNetworks({ networks: shares }, networks, 65001);
const names = ({ network, wire, routing }: SharedNetwork) => [
  network.name,
  wire.vni,
  wire.routeTarget,
  ...(routing === undefined ? [] : [routing.network.name]),
];

describe('what is shared', () => {
  it('goes by our own names where nothing else is said', () => {
    expect(shared([{ network: 'db', gateways: { export: [], import: [] } }]).map(names)).toEqual([
      ['db', 1218, '65001:1218'],
    ]);
    const half = { network: 'db', remote: { routeTarget: '65002:7' }, gateways: { export: [], import: [] } };
    expect(shared([half]).map(names)).toEqual([['db', 1218, '65002:7']]);
  });

  it('begins with its network, and is routed where the network that routes is shared too', () => {
    expect(shared([shareOf('web', 2217), shareOf('shop', 2300)]).map(names)).toEqual([['web', 2217, '65002:2217']]);
    expect(shared([shareOf('web', 2217), shareOf('tenant', 6001)]).map(names)).toEqual([
      ['web', 2217, '65002:2217', 'tenant'],
      ['tenant', 6001, '65002:6001'],
    ]);
  });

  it('is everything, by numbers that follow from ours, where they are numbers of networks', () => {
    const all = { vniOffset: 1000, routeTargetAsn: 65002, gateways: { export: [], import: [] } };
    expect(shared(all).map(names)).toEqual([
      ['web', 2217, '65002:2217', 'tenant'],
      ['db', 2218, '65002:2218'],
      ['tenant', 6001, '65002:6001'],
    ]);
    expect(shared({ ...all, vniOffset: -2000 }).map(names)).toEqual([['tenant', 3001, '65002:3001']]);
    expect(shared({ ...all, vniOffset: 0, routeTargetAsn: 65001 }).map(names)).toEqual([
      ['web', 1217, '65001:1217', 'tenant'],
      ['db', 1218, '65001:1218'],
      ['tenant', 5001, '65001:5001'],
    ]);
  });
});

describe('a route belongs to', () => {
  const of = (direction: 'import' | 'export', ...texts: string[]) => {
    const index = new ShareIndex(
      direction,
      shared([shareOf('web', 2217), shareOf('tenant', 6001), shareOf('db', 2218)]),
    );
    const targets = { targets: texts.map((text) => parseRouteTarget(text)) } as unknown as Parameters<
      ShareIndex['of']
    >[0];
    const { l2, l3 } = index.of(targets);
    expect(index.of(targets)).toBe(index.of(targets));
    return [l2?.network.name, l3?.network.name];
  };

  it('the networks whose names on its side it has', () => {
    expect(of('import', '65002:2217', '65002:6001')).toEqual(['web', 'tenant']);
    expect(of('export', '65002:2217')).toEqual([undefined, undefined]);
    expect(of('export', '65001:9')).toEqual(['db', undefined]);
    expect(of('import', '65001:9')).toEqual([undefined, undefined]);
    expect(of('import')).toEqual([undefined, undefined]);
  });

  it('the first of several', () => {
    expect(of('import', '65002:2218', '65002:2217')).toEqual(['db', undefined]);
  });
});
