import { decodeUpdate, defaultContext } from 'bgp-ts';
import { describe, expect, it } from 'vitest';
import type { Border } from '../../../src/federation/border.ts';
import { bytes } from '../bgp-ts/session/hand-peer.ts';
import type { Router } from '../bgp-ts/speaker/kit.ts';
import { mac, orchestrator, put, web } from '../nva/kit.ts';
import { type FederationLab, federationLab, rest } from './federation-lab.ts';

const addresses = ['10.0.0.253', '10.0.0.254'];
const gateways = { export: addresses, import: addresses };
const remote = { vni: 2010, routeTarget: '65002:2010' };
const nameOf = (address: string) => `gw${address.slice(-1)}`;
const far = 'web@dc2';

/** `web` is shared by two gateways that ask for mappings, and the neighbour has nothing said yet. */
async function shared() {
  const all = await federationLab({ networks: [{ network: 'web', remote, gateways }] });
  return { ...all, hello: (address: string) => hello(all, address) };
}

function hello({ nva }: FederationLab, tunnelAddress: string, domain = 'dc2'): void {
  const legs = [{ domain, tunnelAddress: tunnelAddress.replace('10.0.', '10.9.') }];
  const name = nameOf(tunnelAddress);
  expect(nva.hello({ name, tunnelAddress, encapsulations: ['vxlan'], legs })).toMatchObject({ ok: true });
}

const floodsAt = ({ nva }: FederationLab) =>
  addresses.filter((address) => nva.crossings(nameOf(address)).some(({ floods }) => floods));

const nextHopsAt = (router: Router) =>
  router.take().flatMap((message) => {
    const { mpReachNlri } = decodeUpdate(bytes(message), defaultContext).update.attributes;
    return mpReachNlri === undefined ? [] : [mpReachNlri.nextHop];
  });

describe('the far side of a network', () => {
  it('is there for a gateway from its first hello on, with all that has crossed before', async () => {
    const all = await shared();
    all.announce(all.joinNeighbour(), 'wire', 1, 2);
    rest(all);
    all.hello('10.0.0.254');
    rest(all);
    expect(all.nva.network(far)).toMatchObject({ name: far, vni: 2010, service: 'l2' });
    expect(all.nva.network(far)).toBe(all.nva.network(far));
    expect(all.nva.hasConverged(far)).toBe(true);
    const seen = [...(all.nva.mappings('gw4', far)?.snapshot() ?? [])];
    expect(seen).toMatchObject([
      { mac: mac(1), nve: '10.9.0.2', vni: 2010 },
      { mac: mac(2), nve: '10.9.0.2', vni: 2010 },
    ]);
  });

  it('follows what the neighbour withdraws, and goes with the share', async () => {
    const all = await shared();
    const neighbour = all.joinNeighbour();
    all.hello('10.0.0.254');
    all.announce(neighbour, 'wire', 1, 2);
    rest(all);
    let changes = 0;
    const unwatch = all.nva.watch(far, () => void changes++);
    all.withdraw(neighbour, 'wire', 1);
    rest(all);
    expect([...(all.nva.mappings('gw4', far)?.snapshot() ?? [])]).toMatchObject([{ mac: mac(2) }]);
    const before = changes;
    expect(before).toBeGreaterThan(0);
    const { config } = all.federation.border('dc2') as Border;
    all.federation.become({ neighbour: { ...config, networks: [] }, sessions: [], policies: {} });
    expect(changes).toBeGreaterThan(before);
    expect([all.nva.network(far), all.nva.mappings('gw4', far)]).toEqual([undefined, undefined]);
    unwatch();
  });

  it('is not said to be all before the neighbour has said what it has, or has been waited for', async () => {
    const all = await shared();
    all.hello('10.0.0.254');
    rest(all);
    expect([all.nva.hasConverged(far), all.nva.hasConverged('web')]).toEqual([false, false]);
    // Nobody waits for it with networks that are not shared with it.
    expect(all.nva.hasConverged('other')).toBe(true);
    all.lab.clock.advance(30_000);
    expect([all.nva.hasConverged(far), all.nva.hasConverged('web')]).toEqual([true, true]);
  });
});

describe('a gateway without an end in the neighbour domain', () => {
  it('serves nothing, also where there is no other', async () => {
    const all = await shared();
    hello(all, '10.0.0.253', 'dc3');
    rest(all);
    expect(floodsAt(all)).toEqual([]);
    all.hello('10.0.0.254');
    rest(all);
    expect(floodsAt(all)).toEqual(['10.0.0.254']);
    all.nva.goodbye('gw4');
    hello(all, '10.0.0.254', 'dc3');
    expect(floodsAt(all)).toEqual([]);
  });
});

describe('a gateway that dies', () => {
  it('is followed by the other at once, and has its networks again five seconds after it is back', async () => {
    const all = await shared();
    for (const address of addresses) all.hello(address);
    rest(all);
    const [home] = floodsAt(all) as [string];
    const other = addresses.find((address) => address !== home) as string;
    all.told.length = 0;
    all.nva.goodbye(nameOf(home));
    expect(floodsAt(all)).toEqual([other]);
    all.hello(home);
    expect(floodsAt(all)).toEqual([other]);
    all.lab.clock.advance(4999);
    expect(floodsAt(all)).toEqual([other]);
    all.lab.clock.advance(1);
    expect(floodsAt(all)).toEqual([home]);
    expect(all.told).toEqual([
      `gateway ${home} dead`,
      `web to dc2 by ${other}`,
      `gateway ${home} returning`,
      `gateway ${home} alive`,
      `web to dc2 by ${home}`,
    ]);
  });
});

describe('a gateway that speaks BGP', () => {
  const bgp = '10.0.0.253';
  const list = { export: [bgp], import: [bgp] };
  const networks = [{ network: 'web', remote, gateways: list }];

  it('is used as soon as its session is up, also after one that was lost', async () => {
    const all = await federationLab({ networks });
    const gateway = all.joinNve(bgp);
    expect(all.federation.border('dc2')?.serving('import').get('web')?.by).toBe(bgp);
    gateway.connection.destroy();
    all.lab.settle();
    expect(all.federation.border('dc2')?.serving('import').get('web')?.by).toBeUndefined();
    all.joinNve(bgp);
    expect(all.federation.border('dc2')?.serving('import').get('web')?.by).toBe(bgp);
  });

  it('has a new session when it is a gateway of other networks, so that it hears the true ends', async () => {
    const all = await federationLab();
    const gateway = all.joinNve(bgp);
    const { config } = all.federation.border('dc2') as Border;
    all.federation.become({ neighbour: { ...config, networks }, sessions: [], policies: {} });
    all.lab.settle();
    expect(gateway.read()).toContain('notification 6/4');
    all.announce(all.joinNeighbour(), 'wire', 1);
    const anew = all.joinNve(bgp);
    rest(all);
    expect(nextHopsAt(anew)).toEqual(['10.9.0.2']);
    // What does not concern it leaves it alone.
    all.federation.become({ neighbour: { ...config, networks, keepStale: 1 }, sessions: [], policies: {} });
    all.lab.settle();
    expect(anew.read()).toEqual([]);
  });

  it('serves a network that is made later', async () => {
    const all = await federationLab({ networks: [{ network: 'new', remote, gateways: list }] });
    all.joinNve(bgp);
    all.nva.apply([put({ ...web, name: 'new', vni: 11, routeTargets: ['65000:11'] })], orchestrator);
    expect(all.federation.border('dc2')?.serving('import').get('new')?.by).toBe(bgp);
  });
});
