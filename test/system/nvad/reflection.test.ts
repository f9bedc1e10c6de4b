import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BgpClient, ReceivedRoute } from '../support/bgp-client.ts';
import { address, hex, u32 } from '../support/bytes.ts';
import {
  ethernetAd,
  ethernetSegment,
  inclusiveMulticast,
  ipPrefix,
  macIp,
  macOf,
  rd,
  unknownType,
} from '../support/evpn-routes.ts';
import { announceMany, macRoutes } from '../support/many-routes.ts';
import {
  announce,
  capability,
  encapsulationVxlan,
  endOfRib,
  macMobility,
  routeRefresh,
  routeTarget,
  Type,
  update,
  withdraw,
} from '../support/messages.ts';
import { isRoot } from '../support/namespace.ts';
import { clusterId, ReflectorBench, routerId } from '../support/reflector-bench.ts';
import { until } from '../support/until.ts';

const ORIGINATOR_ID = 9;
const CLUSTER_LIST = 10;
const id = (text: string) => hex(address(text));
const flagsOf = (route: ReceivedRoute, code: number) => route.attributes.get(code)?.flags;
const octetsOf = (route: ReceivedRoute, code: number) => route.attributes.get(code)?.value;

/** nvad as a process and clients over TCP in a network of its own: needs root, and is skipped without. */
describe.runIf(isRoot)('reflection by a running nvad', () => {
  let bench: ReflectorBench;
  let sentinels = 0;

  beforeAll(async () => {
    bench = new ReflectorBench();
    await bench.dut.up();
  });
  afterEach(() => bench.leave());
  afterAll(() => bench.clear());

  /** What `from` sent before has reached `to`, if ever it will: a route sent behind it has. */
  async function settled(from: BgpClient, ...to: readonly BgpClient[]): Promise<void> {
    const route = macIp({ rd: rd('10.8.8.8', 8), mac: macOf(++sentinels) });
    from.send(announce([route], { nextHop: '10.0.0.1' }));
    for (const client of to) await client.route(route);
  }

  describe('who is told, and what changes on the way (RFC 4456 §6, §8; RFC 4271 §5.1)', () => {
    const route = macIp({ rd: rd('10.0.0.11', 2), mac: macOf(1), ip: '192.168.100.1', labels: [100] });
    const sent = { nextHop: '10.0.0.11', localPref: 120, more: [[0x80, 4, u32(7)]] } as const;

    it('a client’s route goes to clients, non-clients and eBGP neighbours, and not back to it', async () => {
      const from = await bench.join('client');
      const client = await bench.join('client');
      const nonClient = await bench.join('replica');
      const ebgp = await bench.join('as65001');
      from.send(announce([route], sent));
      for (const to of [client, nonClient]) {
        const got = await to.route(route);
        expect(got.nlri).toBe(hex(route));
        expect(got.nextHop).toBe(id('10.0.0.11'));
        expect(Object.fromEntries(got.attributes)).toEqual({
          1: { flags: 0x40, value: '00' },
          2: { flags: 0x40, value: '' },
          4: { flags: 0x80, value: '00000007' },
          5: { flags: 0x40, value: '00000078' },
          [ORIGINATOR_ID]: { flags: 0x80, value: id(from.address) },
          [CLUSTER_LIST]: { flags: 0x80, value: id(clusterId) },
          16: { flags: 0xc0, value: hex([...routeTarget(65000, 100), ...encapsulationVxlan]) },
        });
      }
      const outside = await ebgp.route(route);
      expect(outside.nextHop).toBe(id('10.0.0.11'));
      expect(Object.fromEntries(outside.attributes)).toEqual({
        1: { flags: 0x40, value: '00' },
        2: { flags: 0x40, value: hex([2, 1, ...u32(65000)]) },
        16: { flags: 0xc0, value: hex([...routeTarget(65000, 100), ...encapsulationVxlan]) },
      });
      await settled(client, from);
      expect(from.holds(route)).toBe(false);
    });

    it('a non-client’s route goes to clients and eBGP neighbours only', async () => {
      const from = await bench.join('replica');
      const other = await bench.join('replica');
      const client = await bench.join('client');
      const ebgp = await bench.join('as65001');
      from.send(announce([route], sent));
      const got = await client.route(route);
      expect(octetsOf(got, ORIGINATOR_ID)).toBe(id(from.address));
      expect(octetsOf(got, CLUSTER_LIST)).toBe(id(clusterId));
      await ebgp.route(route);
      await settled(client, from, other);
      expect(other.holds(route)).toBe(false);
    });

    it('an eBGP neighbour’s route goes to everyone, begins here and is not marked as reflected', async () => {
      const from = await bench.join('as65001');
      const client = await bench.join('client');
      const nonClient = await bench.join('replica');
      from.send(announce([route], { nextHop: '10.0.0.11', localPref: null, asPath: [65001] }));
      for (const to of [client, nonClient]) {
        const got = await to.route(route);
        expect(got.nextHop).toBe(id('10.0.0.11'));
        expect(Object.fromEntries(got.attributes)).toEqual({
          1: { flags: 0x40, value: '00' },
          2: { flags: 0x40, value: hex([2, 1, ...u32(65001)]) },
          5: { flags: 0x40, value: '00000064' },
          16: { flags: 0xc0, value: hex([...routeTarget(65000, 100), ...encapsulationVxlan]) },
        });
      }
    });

    it('an ORIGINATOR_ID that is there stays; our CLUSTER_ID stands in front of the CLUSTER_LIST', async () => {
      const from = await bench.join('replica');
      const client = await bench.join('client');
      const more = [
        [0x80, ORIGINATOR_ID, address('10.1.1.1')],
        [0x80, CLUSTER_LIST, address('10.2.2.2')],
      ] as const;
      from.send(announce([route], { nextHop: '10.0.0.11', more }));
      const got = await client.route(route);
      expect(octetsOf(got, ORIGINATOR_ID)).toBe(id('10.1.1.1'));
      expect(octetsOf(got, CLUSTER_LIST)).toBe(id(clusterId) + id('10.2.2.2'));
    });

    it('a CLUSTER_LIST that grows over 255 octets takes the extended length (RFC 4271 §4.3)', async () => {
      const from = await bench.join('replica');
      const client = await bench.join('client');
      const list = Array.from({ length: 63 }, (_, i) => address(`10.7.0.${i + 1}`)).flat();
      const more = [
        [0x80, ORIGINATOR_ID, address('10.1.1.1')],
        [0x80, CLUSTER_LIST, list],
      ] as const;
      from.send(announce([route], { nextHop: '10.0.0.11', more }));
      const got = await client.route(route);
      expect(flagsOf(got, CLUSTER_LIST)).toBe(0x90);
      expect(octetsOf(got, CLUSTER_LIST)).toBe(id(clusterId) + hex(list));
    });

    it('a route that has been here before is used by nobody, and the API says why', async () => {
      const from = await bench.join('client');
      const client = await bench.join('client');
      const nlri = (number: number) => macIp({ rd: rd('10.0.0.11', 2), mac: macOf(number) });
      const own = { nextHop: '10.0.0.11' };
      from.send(
        announce([nlri(11)], { ...own, more: [[0x80, ORIGINATOR_ID, address(routerId)]] }),
        announce([nlri(12)], { ...own, more: [[0x80, CLUSTER_LIST, address(clusterId)]] }),
        announce([nlri(13)], { ...own, asPath: [65009, 65000] }),
      );
      await settled(from, client);
      expect(client.routes.size).toBe(1);
      const { routes } = await bench.dut.get<{ routes: { mac: string; key: string; best: unknown }[] }>('/v1/routes');
      const reasons: Record<string, unknown> = {};
      for (const { mac, key, best } of routes.filter((one) => one.best === null)) {
        const { paths } = await bench.dut.get<{ paths: { unusableBecause: string }[] }>(`/v1/routes/${key}`);
        reasons[mac] = [best, ...paths.map(({ unusableBecause }) => unusableBecause)];
      }
      expect(Object.keys(reasons).sort()).toEqual(['02:00:00:00:00:0b', '02:00:00:00:00:0c', '02:00:00:00:00:0d']);
      expect(reasons['02:00:00:00:00:0b']).toEqual([null, expect.stringContaining('ORIGINATOR_ID')]);
      expect(reasons['02:00:00:00:00:0c']).toEqual([null, expect.stringContaining('CLUSTER_LIST')]);
      expect(reasons['02:00:00:00:00:0d']).toEqual([null, expect.stringContaining('AS_PATH')]);
    });

    it('an unknown transitive attribute goes along with the Partial bit, a non-transitive one goes no further', async () => {
      const from = await bench.join('client');
      const client = await bench.join('client');
      const ebgp = await bench.join('as65001');
      const more = [
        [0xc0, 200, [1, 2, 3]],
        [0x80, 201, [4, 5, 6]],
        [0xe0, 202, [7]],
      ] as const;
      from.send(announce([route], { nextHop: '10.0.0.11', more }));
      for (const to of [client, ebgp]) {
        const got = await to.route(route);
        expect(got.attributes.get(200)).toEqual({ flags: 0xe0, value: '010203' });
        expect(got.attributes.has(201)).toBe(false);
        expect(got.attributes.get(202)).toEqual({ flags: 0xe0, value: '07' });
      }
    });
  });

  describe('what is one route and what is another (RFC 7432 §7, RFC 9136 §3.1)', () => {
    it('types 1 to 5 and a type nobody knows are relayed octet for octet', async () => {
      const from = await bench.join('client');
      const client = await bench.join('client');
      const esi = '0102030405060708090a';
      const at = { rd: rd('10.0.0.11', 7), tag: 5 };
      const routes = [
        ethernetAd({ ...at, esi, label: 1234 }),
        ethernetAd({ ...at, esi, tag: 0xffffffff }),
        macIp({ ...at, esi, mac: macOf(1), labels: [0xfffffe] }),
        macIp({ ...at, mac: macOf(1), ip: '192.168.100.1', labels: [100, 200] }),
        macIp({ ...at, mac: macOf(1), ip: '2001:db8::1', labels: [100] }),
        inclusiveMulticast({ ...at, originator: '10.0.0.11' }),
        inclusiveMulticast({ ...at, originator: '2001:db8::11' }),
        ethernetSegment({ rd: at.rd, esi, originator: '10.0.0.11' }),
        ipPrefix({ ...at, prefix: '192.0.2.0/24', gateway: '10.9.0.1', label: 777 }),
        ipPrefix({ ...at, prefix: '2001:db8::/32', gateway: '2001:db8::9', label: 777 }),
        unknownType(200, 'deadbeef00ff'),
        unknownType(201, ''),
      ];
      const tunnel = [[0xc0, 22, [0, 6, 0, 0, 100, ...address('10.0.0.11')]]] as const;
      const communities = [routeTarget(65000, 100), [6, 3, 2, 0, 0, 0, 0, 9]];
      from.send(announce(routes, { nextHop: '10.0.0.11', extendedCommunities: communities, more: tunnel }));
      await client.holdsNumber(routes.length);
      expect([...client.routes.values()].map(({ nlri }) => nlri).sort()).toEqual(routes.map(hex).sort());
      for (const got of client.routes.values()) {
        expect(octetsOf(got, 22)).toBe(`000600006${'4'}${id('10.0.0.11')}`);
        expect(octetsOf(got, 16)).toBe(hex(communities.flat()));
      }
      from.send(withdraw(routes));
      await client.holdsNumber(0);
    });

    it('of type 2 neither the label nor the ESI is key: a change replaces, a withdrawal may carry any', async () => {
      const from = await bench.join('client');
      const client = await bench.join('client');
      const key = { rd: rd('10.0.0.11', 2), mac: macOf(1), ip: '192.168.100.1' };
      const first = macIp({ ...key, labels: [100] });
      const relabelled = macIp({ ...key, labels: [101, 5001] });
      const multihomed = macIp({ ...key, esi: '000102030405060708ff', labels: [101] });
      for (const nlri of [first, relabelled, multihomed]) {
        from.send(announce([nlri], { nextHop: '10.0.0.11' }));
        await client.route(nlri);
        expect(client.routes.size).toBe(1);
      }
      expect(client.withdrawals).toBe(0);
      from.send(withdraw([macIp({ ...key, labels: [0] })]));
      await client.holdsNumber(0);
      expect((await bench.dut.get<{ total: number }>('/v1/routes')).total).toBe(0);
    });

    it('of type 5 neither the gateway nor the label is key', async () => {
      const from = await bench.join('client');
      const client = await bench.join('client');
      const key = { rd: rd('10.0.0.11', 2), prefix: '192.0.2.0/24' };
      from.send(announce([ipPrefix({ ...key, gateway: '10.9.0.1', label: 1 })], { nextHop: '10.0.0.11' }));
      await client.holdsNumber(1);
      const changed = ipPrefix({ ...key, gateway: '10.9.0.2', label: 2 });
      from.send(announce([changed], { nextHop: '10.0.0.11' }));
      await client.route(changed);
      expect(client.routes.size).toBe(1);
      from.send(withdraw([ipPrefix({ ...key, gateway: '0.0.0.0', label: 0 })]));
      await client.holdsNumber(0);
    });
  });

  describe('which of several paths', () => {
    it('the higher MAC mobility sequence wins before LOCAL_PREF, there and back (RFC 7432 §15)', async () => {
      const [one, two] = [await bench.join('client'), await bench.join('client')];
      const observer = await bench.join('client');
      const route = macIp({ rd: rd('10.0.0.99', 2), mac: macOf(1) });
      const path = (nextHop: string, sequence?: number, localPref = 100) => {
        const mobility = sequence === undefined ? [] : [macMobility(sequence)];
        return announce([route], { nextHop, localPref, extendedCommunities: [routeTarget(65000, 100), ...mobility] });
      };
      const seen = (nextHop: string) =>
        until(() => [...observer.routes.values()][0]?.nextHop === id(nextHop), {
          within: 5000,
          what: `the path by ${nextHop}`,
        });
      one.send(path('10.0.0.11', undefined, 200));
      await seen('10.0.0.11');
      two.send(path('10.0.0.12', 1));
      await seen('10.0.0.12');
      one.send(path('10.0.0.11', 2));
      await seen('10.0.0.11');
      two.send(withdraw([route]));
      one.send(withdraw([route]));
      await observer.holdsNumber(0);
    });

    it('a sticky MAC does not move (RFC 7432 §15.2), and the next path takes over when the best one goes', async () => {
      const [one, two] = [await bench.join('client'), await bench.join('client')];
      const observer = await bench.join('client');
      const route = macIp({ rd: rd('10.0.0.99', 2), mac: macOf(1) });
      const path = (nextHop: string, sequence: number, sticky: boolean) =>
        announce([route], { nextHop, extendedCommunities: [routeTarget(65000, 100), macMobility(sequence, sticky)] });
      one.send(path('10.0.0.11', 0, true));
      await observer.route(route);
      two.send(path('10.0.0.12', 9, false));
      await settled(two, observer);
      expect((await observer.route(route)).nextHop).toBe(id('10.0.0.11'));
      one.destroy();
      await until(async () => (await observer.route(route)).nextHop === id('10.0.0.12'), { within: 5000 });
    });
  });

  describe('sessions of other kinds', () => {
    it('ROUTE-REFRESH: everything again (RFC 2918), and asked for by us at a soft reset', async () => {
      const from = await bench.join('client');
      const client = await bench.join('client');
      const routes = macRoutes(0, 300);
      from.send(announceMany(routes, { nextHop: '10.0.0.11' }));
      await client.holdsNumber(300);
      client.routes.clear();
      client.send(routeRefresh);
      await client.holdsNumber(300);
      expect(client.endsOfRib).toHaveLength(1);

      const { status } = await bench.dut.http(`/v1/peers/${from.address}/reset`, 'POST', { kind: 'soft' });
      expect(status).toBe(202);
      expect(hex((await from.received(Type.routeRefresh)).octets)).toBe(`${'ff'.repeat(16)}00170500190046`);
    });

    it('two-octet and four-octet AS numbers side by side (RFC 6793 §4.2)', async () => {
      const old = await bench.join('as65002', { capabilities: [capability.evpn, capability.gracefulRestart] });
      const ebgp = await bench.join('as65001');
      const client = await bench.join('client');
      const fromNew = macIp({ rd: rd('10.0.0.11', 2), mac: macOf(1) });
      ebgp.send(announce([fromNew], { nextHop: '10.0.0.11', localPref: null, asPath: [65001, 4200000001] }));
      const seenByOld = await old.route(fromNew);
      expect(seenByOld.attributes.get(2)).toEqual({ flags: 0x40, value: '0203fde8fde95ba0' });
      expect(seenByOld.attributes.get(17)).toEqual({
        flags: 0xc0,
        value: hex([2, 3, ...u32(65000), ...u32(65001), ...u32(4200000001)]),
      });

      const fromOld = macIp({ rd: rd('10.0.0.12', 2), mac: macOf(2) });
      const as4Path = [[0xc0, 17, [2, 2, ...u32(65002), ...u32(4200000009)]]] as const;
      old.send(
        announce([fromOld], {
          nextHop: '10.0.0.12',
          localPref: null,
          asPath: [65002, 23456],
          asn2: true,
          more: as4Path,
        }),
      );
      const seenByNew = await client.route(fromOld);
      expect(octetsOf(seenByNew, 2)).toBe(hex([2, 2, ...u32(65002), ...u32(4200000009)]));
      expect(seenByNew.attributes.has(17)).toBe(false);
    });

    it('IPv6 transport and IPv6 next hops, unchanged', async () => {
      const six = await bench.joinFrom('fd00::10', 'fd00::1', { asn: 65000, id: '10.255.6.1' });
      const four = await bench.join('client');
      const fromSix = macIp({ rd: rd('10.0.0.11', 2), mac: macOf(1) });
      const fromFour = macIp({ rd: rd('10.0.0.12', 2), mac: macOf(2) });
      six.send(announce([fromSix], { nextHop: '2001:db8::11' }));
      expect((await four.route(fromSix)).nextHop).toBe(hex(address('2001:db8::11')));
      four.send(announce([fromFour], { nextHop: '10.0.0.12' }));
      expect((await six.route(fromFour)).nextHop).toBe(id('10.0.0.12'));
      const { peers } = await bench.dut.get<{ peers: { address: string; state: string }[] }>('/v1/peers');
      const stateOf = (wanted: string) => peers.find((peer) => peer.address === wanted)?.state;
      expect([stateOf('fd00::10'), stateOf(four.address)]).toEqual(['Established', 'Established']);
    });

    it('extended messages, only where both sides have them (RFC 8654 §4)', async () => {
      const { evpn, routeRefresh: refresh, extendedMessage, gracefulRestart, asn4 } = capability;
      const capabilities = [evpn, refresh, extendedMessage, gracefulRestart, asn4(65000)];
      const large = await bench.join('client', { capabilities });
      const small = await bench.join('client');
      const routes = macRoutes(0, 1000);
      const message = announce(routes, { nextHop: '10.0.0.11' });
      expect(message.length).toBeGreaterThan(30_000);
      large.send(message);
      await small.holdsNumber(1000);
      expect(Math.max(...small.messages.map(({ octets }) => octets.length))).toBeLessThanOrEqual(4096);
      const second = await bench.join('client', { capabilities });
      expect(second.endsOfRib).toEqual([1000]);
      expect(Math.max(...second.messages.map(({ octets }) => octets.length))).toBeGreaterThan(30_000);
    });
  });

  describe('many routes', () => {
    const COUNT = 50_000;

    it('End-of-RIB stands behind the last route, also for who comes while routes are still coming', async () => {
      const from = await bench.join('client');
      expect(from.endsOfRib).toEqual([0]);
      const held = async () => (await bench.dut.get<{ counts: { routes: number } }>('/v1/health')).counts.routes;
      const first = macRoutes(0, COUNT / 2);
      from.send(announceMany(first, { nextHop: '10.0.0.11' }));
      await until(async () => (await held()) >= 1000, { within: 10_000 });
      const before = await held();
      from.send(announceMany(macRoutes(COUNT / 2, COUNT), { nextHop: '10.0.0.11' }), endOfRib);
      const early = await bench.join('client');
      expect(early.endsOfRib[0]).toBeGreaterThanOrEqual(before);
      await early.holdsNumber(COUNT);
      const late = await bench.join('client');
      expect(late.endsOfRib).toEqual([COUNT]);
      expect(late.withdrawals).toBe(0);
      expect(early.endsOfRib).toHaveLength(1);
    });

    it('a client that stops reading slows nobody and costs no memory, and catches up when it reads again', async () => {
      const from = await bench.join('client');
      const stalled = await bench.join('client');
      const reader = await bench.join('client');
      for (const client of [from, stalled, reader]) client.keepMessages = false;
      from.send(announceMany(macRoutes(0, COUNT), { nextHop: '10.0.0.11' }));
      await reader.holdsNumber(COUNT);
      await stalled.holdsNumber(COUNT);
      stalled.socket.pause();
      const memory = bench.dut.residentOctets();
      const octets = reader.octets;
      const rounds = 10;
      let last: number[][] = [];
      for (let round = 1; round <= rounds; round++) {
        last = macRoutes(0, COUNT, 100 + round);
        from.send(announceMany(last, { nextHop: '10.0.0.11' }));
        await reader.route(last[COUNT - 1]!, 10_000);
      }
      const passed = reader.octets - octets;
      expect(passed).toBeGreaterThan(16_000_000);
      expect(bench.dut.residentOctets() - memory).toBeLessThan(100_000_000);
      const [peer] = (await bench.dut.get<{ peers: { address: string; state: string }[] }>('/v1/peers')).peers.filter(
        (one) => one.address === stalled.address,
      );
      expect(peer?.state).toBe('Established');

      const gone = macRoutes(0, 100);
      from.send(withdraw(gone));
      await reader.holdsNumber(COUNT - gone.length);
      const heldBack = stalled.octets;
      stalled.socket.resume();
      await stalled.holdsNumber(COUNT - gone.length, 20_000);
      await stalled.route(last[COUNT - 1]!);
      const labels = new Set([...stalled.routes.values()].map(({ nlri }) => nlri.slice(-6)));
      expect([...labels]).toEqual([hex([0, 0, 100 + rounds])]);
      expect(stalled.octets - heldBack).toBeLessThan(passed);
      expect(stalled.closed).toBe(false);
    });

    it('routes of a client that dies are withdrawn from everyone', async () => {
      const from = await bench.join('client');
      const observer = await bench.join('client');
      const other = await bench.join('client');
      observer.keepMessages = false;
      from.send(announceMany(macRoutes(0, COUNT), { nextHop: '10.0.0.11' }));
      const stays = macIp({ rd: rd('10.0.0.12', 2), mac: macOf(1) });
      other.send(announce([stays], { nextHop: '10.0.0.12' }));
      await observer.holdsNumber(COUNT + 1);
      from.socket.resetAndDestroy();
      await observer.holdsNumber(1);
      expect(observer.holds(stays)).toBe(true);
      expect(observer.withdrawals).toBe(COUNT);
    });
  });

  it('an UPDATE for a family that was not negotiated disturbs nothing', async () => {
    const from = await bench.join('client');
    const client = await bench.join('client');
    // MP_REACH_NLRI of IPv6 unicast: 2001:db8::/32 by 2001:db8::1.
    const reach = [0, 2, 1, 16, ...address('2001:db8::1'), 0, 32, 0x20, 0x01, 0x0d, 0xb8];
    from.send(
      update([
        [0x80, 14, reach],
        [0x40, 1, [0]],
        [0x40, 2, []],
        [0x40, 5, u32(100)],
      ]),
    );
    await settled(from, client);
    expect(client.routes.size).toBe(1);
  });
});
