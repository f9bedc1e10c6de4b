import type { Capability, DomainId, EvpnNlri, PathAttributes, SpeakerOptions } from 'bgp-ts';
import { describe, expect, it } from 'vitest';
import { Peer } from '../../../../src/api/contract/peers.ts';
import { Route, RouteDetail, type RouteFilter } from '../../../../src/api/contract/routes.ts';
import type { ApiSource, RouteRows } from '../../../../src/api/source.ts';
import { speakerSource } from '../../../../src/api/speaker/speaker-source.ts';
import { decodeRd } from '../../../../src/bgp-ts/wire/rd.ts';
import { announcement, esi0, macIp, plain } from '../../bgp-ts/rib/kit.ts';
import { Lab, type Router } from '../../bgp-ts/speaker/kit.ts';
import { hex } from '../../bgp-ts/wire/hex.ts';

const epoch = '1970-01-01T00:00:00.000Z';
const rd = decodeRd(hex('0001c0a801010003'));
const base = { family: 6470, rd, ethernetTag: 0 } as const;
const esi = '0102030405060708090a';

/** A route of every type that is decoded, one of a type that is shown as octets, and one that nobody knows. */
const routes = {
  autoDiscovery: { ...base, kind: 'ethernet-auto-discovery', type: 1, esi, label: 100 },
  macIp: {
    ...base,
    kind: 'mac-ip-advertisement',
    type: 2,
    esi,
    mac: '02:00:00:00:00:11',
    ip: '172.16.10.11',
    label1: 100,
    label2: 9000,
  },
  multicast: { ...base, kind: 'inclusive-multicast', type: 3, originator: '192.168.1.1' },
  segment: { family: 6470, rd, kind: 'ethernet-segment', type: 4, esi, originator: '2001:db8::1' },
  prefix: {
    ...{ ...base, kind: 'ip-prefix', type: 5, esi: esi0 },
    ...{ prefix: '10.20.0.0/16', gateway: '172.16.10.1', label: 9000 },
  },
  leaf: { ...base, kind: 'per-region-i-pmsi', type: 9, regionId: '0009fde800000001' },
  opaque: { family: 6470, kind: 'opaque-evpn', type: 200, octets: 'c0ffee' },
} as const satisfies Record<string, EvpnNlri>;

interface Setup {
  /** Addresses of peers that were forgotten by hand. */
  readonly forgotten: readonly string[];
  readonly lab: Lab;
  readonly source: ApiSource;
  rows(filter?: Partial<RouteFilter>, limit?: number, after?: string): RouteRows;
  detail(text: string): RouteDetail;
}

async function setUp(options: Partial<SpeakerOptions> = {}): Promise<Setup> {
  const lab = await Lab.listening(options);
  lab.speaker.addDynamic({ prefix: '10.0.0.0/16', reflection: 'client' });
  lab.speaker.addDynamic({ prefix: '10.1.0.0/16', reflection: 'non-client' });
  lab.speaker.addDynamic({ prefix: '10.2.0.0/16', reflection: 'client', asn: 65001, description: 'another domain' });
  const forgotten: string[] = [];
  const source = speakerSource(
    { version: '1.2.3', domain: 'dc1', startedAt: 0 },
    {
      speaker: lab.speaker,
      now: () => lab.clock.now(),
      readiness: () => ({ ready: true, reasons: [] }),
      forgotten: (address) => void forgotten.push(address),
      apiAddress: () => '127.0.0.1:8080',
      logLevels: () => ({ bgp: 'info' }),
      setLogLevel: () => undefined,
      md5Drops: () => ({ missing: 1, unexpected: 2, wrong: 3 }),
    },
  );
  const rows = (filter: Partial<RouteFilter> = {}, limit = 100, after?: string) => {
    const found = source.routes({ filter: { family: 'evpn', ...filter }, limit, after });
    if (typeof found === 'string' || found instanceof Promise) throw new Error(String(found));
    for (const route of found.routes) Route.parse(route);
    return found;
  };
  const detail = (text: string) => {
    const route = rows().routes.find((candidate) => candidate.text === text);
    const found = source.route(route?.key ?? '');
    return RouteDetail.parse(found);
  };
  return { lab, source, rows, detail, forgotten };
}

const say = (router: Router, nlri: readonly EvpnNlri[], attributes: PathAttributes = plain, nextHop = router.address) =>
  router.say(announcement(nlri, attributes, nextHop));

const texts = ({ routes: found }: RouteRows) => found.map(({ text }) => text);
const mac = (key: number) => `[2]:[65000:7]:[0]:[48]:[02:00:00:00:00:${key.toString(16).padStart(2, '0')}]`;

describe('a route', () => {
  const none = { ethernetTag: null, esi: null, mac: null, ip: null, prefix: null, originator: null, octets: null };
  const best = {
    peer: '10.0.0.2',
    nextHop: '10.0.0.2',
    esi: null,
    gateway: null,
    routeTargets: ['65000:1217'],
    encapsulation: 'vxlan',
    mobility: null,
    since: epoch,
    longLivedStale: false,
    stale: false,
  };
  const attributes: PathAttributes = {
    ...plain,
    extendedCommunities: ['0002fde8000004c1', '030c000000000008'],
    pmsiTunnel: { flags: 0, label: 1217, tunnel: { kind: 'ingress-replication', type: 6, endpoint: '10.0.0.2' } },
  };

  it.each([
    [
      routes.autoDiscovery,
      {
        key: 'AQABwKgBAQADAQIDBAUGBwgJCgAAAAA',
        type: 1,
        text: '[1]:[192.168.1.1:3]:[01:02:03:04:05:06:07:08:09:0a]:[0]',
        rd: '192.168.1.1:3',
        ethernetTag: 0,
        esi: '01:02:03:04:05:06:07:08:09:0a',
        best: { ...best, vnis: [100] },
      },
    ],
    [
      routes.macIp,
      {
        key: 'AgABwKgBAQADAAAAADACAAAAABEgrBAKCw',
        type: 2,
        text: '[2]:[192.168.1.1:3]:[0]:[48]:[02:00:00:00:00:11]:[32]:[172.16.10.11]',
        rd: '192.168.1.1:3',
        ethernetTag: 0,
        mac: '02:00:00:00:00:11',
        ip: '172.16.10.11',
        best: { ...best, vnis: [100, 9000], esi: '01:02:03:04:05:06:07:08:09:0a' },
      },
    ],
    [
      routes.multicast,
      {
        key: 'AwABwKgBAQADAAAAACDAqAEB',
        type: 3,
        text: '[3]:[192.168.1.1:3]:[0]:[32]:[192.168.1.1]',
        rd: '192.168.1.1:3',
        ethernetTag: 0,
        originator: '192.168.1.1',
        best: { ...best, vnis: [1217] },
      },
    ],
    [
      routes.segment,
      {
        key: 'BAABwKgBAQADAQIDBAUGBwgJCoAgAQ24AAAAAAAAAAAAAAAB',
        type: 4,
        text: '[4]:[192.168.1.1:3]:[01:02:03:04:05:06:07:08:09:0a]:[128]:[2001:db8::1]',
        rd: '192.168.1.1:3',
        esi: '01:02:03:04:05:06:07:08:09:0a',
        originator: '2001:db8::1',
        best: { ...best, vnis: [] },
      },
    ],
    [
      routes.prefix,
      {
        key: 'BQABwKgBAQADAAAAABAKFAAA',
        type: 5,
        text: '[5]:[192.168.1.1:3]:[0]:[16]:[10.20.0.0]',
        rd: '192.168.1.1:3',
        ethernetTag: 0,
        prefix: '10.20.0.0/16',
        best: { ...best, vnis: [9000], esi: '00:00:00:00:00:00:00:00:00:00', gateway: '172.16.10.1' },
      },
    ],
    [
      routes.leaf,
      {
        key: 'CQABwKgBAQADAAAAAAAJ_egAAAAB',
        type: 9,
        text: '[9]:[192.168.1.1:3]:[0]:[0009fde800000001]',
        rd: '192.168.1.1:3',
        ethernetTag: 0,
        octets: '0001c0a801010003000000000009fde800000001',
        best: { ...best, vnis: [] },
      },
    ],
    [
      routes.opaque,
      {
        key: 'yMD_7g',
        type: 200,
        text: '[200]:[c0ffee]',
        rd: null,
        octets: 'c0ffee',
        best: { ...best, vnis: [] },
      },
    ],
  ])('of $kind is shown field by field', async (nlri, expected) => {
    const { lab, source, rows } = await setUp();
    say(lab.join('10.0.0.2'), [nlri], attributes);
    const { routes: found } = rows();
    expect(found).toEqual([{ ...none, family: 'evpn', paths: 1, unusable: null, ...expected }]);
    expect(source.route(expected.key)).toMatchObject({ key: expected.key, text: expected.text });
  });

  it('that has been in a domain of ours is not usable', async () => {
    const { lab, detail } = await setUp({ domainIds: ['65000:1'] });
    const listener = lab.join('10.0.0.3');
    const through = (domain: DomainId) => ({ ...plain, dPath: [[{ domain, isfSafi: 70 }]] });
    say(lab.join('10.0.0.2'), [macIp(1)], through('65000:1'));
    say(lab.join('10.0.0.4'), [macIp(2)], through('65000:2'));
    expect(detail(mac(1)).paths[0]).toMatchObject({
      usable: false,
      unusableBecause: 'D-PATH has a domain of ours: the route has been in it before (RFC 10039 §4)',
    });
    expect(detail(mac(2)).paths[0]).toMatchObject({ usable: true, unusableBecause: null });
    expect(listener.read().filter((line) => /^[+-]/.test(line))).toEqual(['+2']);
  });

  it('without a usable path has no best one', async () => {
    const { lab, rows, detail } = await setUp();
    say(lab.join('10.0.0.2'), [macIp(1)], { ...plain, clusterList: ['10.0.0.100'] });
    expect(rows().routes.map(({ paths, best: one }) => [paths, one])).toEqual([[1, null]]);
    const found = detail(mac(1));
    expect(found.decision).toBeNull();
    expect(found.paths[0]).toMatchObject({
      best: false,
      usable: false,
      unusableBecause: 'CLUSTER_LIST has our own cluster id: the route was reflected here before (RFC 4456 §8)',
      lost: null,
    });
    expect(found.advertised).toEqual({
      count: 0,
      peers: [{ address: '10.0.0.2', advertised: false, reason: 'no path may be used' }],
    });
  });

  it('shows its attributes, known and unknown, with flags and in the order of their codes', async () => {
    const { lab, detail } = await setUp();
    say(lab.join('10.0.0.2'), [macIp(1)], {
      ...plain,
      extendedCommunities: ['0002fde8000004c1'],
      unknown: [{ flags: 0xe0, code: 99, value: Uint8Array.of(1, 2) }],
    });
    const transitive = { optional: true, transitive: true, partial: false };
    const wellKnown = { optional: false, transitive: true, partial: false };
    expect(detail(mac(1)).paths[0]?.attributes).toEqual([
      { code: 1, name: 'ORIGIN', flags: wellKnown, text: 'igp', value: 'igp' },
      { code: 2, name: 'AS_PATH', flags: wellKnown, text: expect.any(String), value: [] },
      { code: 5, name: 'LOCAL_PREF', flags: wellKnown, text: '100', value: 100 },
      expect.objectContaining({ code: 14, name: 'MP_REACH_NLRI' }),
      {
        code: 16,
        name: 'EXTENDED COMMUNITIES',
        flags: transitive,
        text: 'RT:65000:1217',
        value: ['0002fde8000004c1'],
      },
      { code: 99, name: 'UNKNOWN', flags: { ...transitive, partial: true }, text: '0102', value: '0102' },
    ]);
  });
});

describe('the decision', () => {
  const mobile = (sequence: number) => ({
    ...plain,
    extendedCommunities: [`06000000${sequence.toString(16).padStart(8, '0')}`],
  });

  it('names the only path, or the only one that may be used', async () => {
    const { lab, detail } = await setUp();
    const [a, b] = [lab.join('10.0.0.2'), lab.join('10.0.0.3')];
    say(a, [macIp(1)]);
    const only = { step: 'only-path', reference: null };
    expect(detail(mac(1)).decision).toEqual({ ...only, text: 'it is the only path' });
    say(b, [macIp(1)], { ...plain, originatorId: '10.0.0.1' });
    expect(detail(mac(1)).decision).toEqual({ ...only, text: 'it is the only path that may be used' });
  });

  it('is the step against the runner-up, with both values, whatever order the paths came in', async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
      [1, 2, 0],
    ]) {
      const { lab, detail } = await setUp();
      const routers = ['10.0.0.2', '10.0.0.3', '10.0.0.4'].map((address) => lab.join(address));
      const carried = [mobile(5), { ...mobile(4), localPref: 300 }, plain];
      for (const i of order) say(routers[i] as Router, [macIp(1)], carried[i]);
      const found = detail(mac(1));
      const reference = 'RFC 7432 §15';
      expect(found.decision).toEqual({
        step: 'mobility-sequence',
        text: 'higher MAC mobility sequence number (5 > 4)',
        reference,
      });
      expect(found.paths[0]).toMatchObject({ peer: '10.0.0.2', best: true, lost: null });
      const lost = Object.fromEntries(found.paths.slice(1).map((path) => [path.peer, path.lost]));
      expect(lost).toEqual({
        '10.0.0.3': found.decision,
        '10.0.0.4': {
          step: 'mobility-sequence',
          text: 'higher MAC mobility sequence number (5 > 0)',
          reference,
        },
      });
    }
  });

  it.each<[PathAttributes, PathAttributes, string]>([
    [
      { ...plain, extendedCommunities: ['0600010000000000'] },
      mobile(9),
      'static (sticky) MAC (static, not mobile), RFC 7432 §15.2',
    ],
    [{ ...plain, localPref: 200 }, plain, 'higher LOCAL_PREF (200 > 100), RFC 4271 §9.1.1'],
    [
      { ...plain, originatorId: '10.0.0.7' },
      { ...plain, originatorId: '10.0.0.8' },
      'lower ORIGINATOR_ID or BGP identifier (10.0.0.7 < 10.0.0.8), RFC 4271 §9.1.2.2 f, RFC 4456 §9',
    ],
    [
      { ...plain, originatorId: '10.0.0.7' },
      { ...plain, originatorId: '10.0.0.7', clusterList: ['10.0.0.200'] },
      'shorter CLUSTER_LIST (0 < 1), RFC 4456 §9',
    ],
    [
      { ...plain, originatorId: '10.0.0.7' },
      { ...plain, originatorId: '10.0.0.7' },
      'lower peer address (10.0.0.2 < 10.0.0.3), RFC 4271 §9.1.2.2 g',
    ],
  ])('between %j and %j says %s', async (better, worse, expected) => {
    const { lab, detail } = await setUp();
    say(lab.join('10.0.0.2'), [macIp(1)], better, '10.9.9.9');
    say(lab.join('10.0.0.3'), [macIp(1)], worse, '10.9.9.9');
    const { decision } = detail(mac(1));
    expect(`${decision?.text}, ${decision?.reference}`).toBe(expected);
  });

  it('names the lower MED that took out a path which would have been better than the best', async () => {
    const { lab, detail } = await setUp();
    lab.speaker.addDynamic({ prefix: '10.3.0.0/16', reflection: 'client', asn: 65002 });
    const learnt = (asn: number, multiExitDisc: number) =>
      ({ origin: 'igp', asPath: [{ type: 'sequence', asns: [asn] }], multiExitDisc }) as const;
    const nlri = [routes.multicast];
    say(lab.join('10.2.0.1', { asn: 65001, bgpId: '10.9.0.1' }), nlri, learnt(65001, 10));
    say(lab.join('10.3.0.2', { asn: 65002, bgpId: '10.9.0.2' }), nlri, learnt(65002, 0));
    say(lab.join('10.2.0.3', { asn: 65001, bgpId: '10.9.0.3' }), nlri, learnt(65001, 5));
    const found = detail('[3]:[192.168.1.1:3]:[0]:[32]:[192.168.1.1]');
    const lost = Object.fromEntries(found.paths.map((path) => [path.peer, path.lost?.text ?? 'best']));
    expect(lost).toEqual({
      '10.3.0.2': 'best',
      '10.2.0.1': 'lower MULTI_EXIT_DISC from the same neighbouring AS (5 < 10)',
      '10.2.0.3': 'lower ORIGINATOR_ID or BGP identifier (10.9.0.2 < 10.9.0.3)',
    });
  });
});

describe('advertised', () => {
  it('says who is told a route, and why or why not', async () => {
    const { lab, detail } = await setUp();
    const [client, other] = [lab.join('10.0.0.2'), lab.join('10.0.0.3')];
    const [replica] = [lab.join('10.1.0.2'), lab.join('10.1.0.3'), lab.join('10.2.0.2', { asn: 65001 })];
    const reasons = (key: number) => {
      const { count, peers } = detail(mac(key)).advertised;
      expect(count).toBe(peers.filter(({ advertised }) => advertised).length);
      return peers.map(({ advertised, reason }) => `${advertised ? '+' : '-'} ${reason}`);
    };
    const toClient = '+ clients are sent every best path (RFC 4456 §6)';
    say(client, [macIp(1)]);
    expect(reasons(1)).toEqual([
      '- the best path came from it',
      toClient,
      '+ non-clients are sent what clients announce (RFC 4456 §6)',
      '+ non-clients are sent what clients announce (RFC 4456 §6)',
      '+ external neighbours are sent every best path (RFC 4271 §9.2)',
    ]);
    say(replica as Router, [macIp(2)], { ...plain, communities: [0xffffff01] });
    expect(reasons(2)).toEqual([
      toClient,
      toClient,
      '- the best path came from it',
      '- both it and the route are non-client (RFC 4456 §6)',
      '- the route has the community no-export (RFC 1997)',
    ]);
    say(other, [macIp(3)], { ...plain, communities: [0xffffff02] });
    expect(reasons(3)[0]).toBe('- the route has the community no-advertise (RFC 1997)');
  });
});

describe('the list of routes', () => {
  it.each<[Partial<RouteFilter>, string[]]>([
    [{ type: 3 }, ['multicast']],
    [{ rd: '192.168.1.1:3', type: 2 }, ['macIp']],
    [{ rd: '192.168.1.1:4' }, []],
    [{ mac: '02:00:00:00:00:11' }, ['macIp']],
    [{ mac: '02:00:00:00:00:12' }, []],
    [{ ip: '172.16.10.11' }, ['macIp']],
    [{ ip: '192.168.1.1' }, ['multicast']],
    [{ ip: '2001:db8::1' }, ['segment']],
    [{ prefix: '10.20.0.0/16' }, ['prefix']],
    [{ prefix: '10.20.0.0/15' }, []],
    [{ esi: '01:02:03:04:05:06:07:08:09:0a' }, ['autoDiscovery', 'macIp', 'segment']],
    [{ vni: 9000 }, ['macIp', 'prefix']],
    [{ vni: 100, mac: '02:00:00:00:00:11' }, ['macIp']],
    [{ routeTarget: '65000:1217' }, Object.keys(routes)],
    [{ routeTarget: '65000:1' }, []],
    [{ nextHop: '10.0.0.2' }, Object.keys(routes)],
    [{ nextHop: '10.0.0.3' }, []],
    [{ peer: '10.0.0.2' }, Object.keys(routes)],
    [{ peer: '10.0.0.3' }, []],
  ])('for %j holds %j', async (filter, expected) => {
    const { lab, rows } = await setUp();
    const router = lab.join('10.0.0.2');
    const all = Object.entries(routes);
    say(
      router,
      all.map(([, nlri]) => nlri),
      { ...plain, extendedCommunities: ['0002fde8000004c1'] },
    );
    const byText = new Map<string, string>();
    for (const [name, nlri] of all) {
      const one = await setUp();
      say(one.lab.join('10.0.0.2'), [nlri]);
      byText.set(texts(one.rows())[0] ?? '', name);
    }
    const found = rows(filter);
    expect(texts(found).map((text) => byText.get(text))).toEqual(expected);
    expect([found.total, found.next]).toEqual([undefined, undefined]);
  });

  it('wants one path that meets all filters on paths', async () => {
    const { lab, rows } = await setUp();
    const [a, b] = [lab.join('10.0.0.2'), lab.join('10.0.0.3')];
    say(a, [macIp(1, 100)], plain, '10.9.0.1');
    say(b, [macIp(1, 200)], plain, '10.9.0.2');
    expect(texts(rows({ peer: '10.0.0.3', vni: 200 }))).toEqual([mac(1)]);
    expect(texts(rows({ peer: '10.0.0.3', vni: 100 }))).toEqual([]);
    expect(texts(rows({ nextHop: '10.9.0.2' }))).toEqual([mac(1)]);
    expect(rows().routes[0]?.paths).toBe(2);
  });

  it('gives every route that stays exactly once, whatever comes and goes between pages', async () => {
    const { lab, rows } = await setUp();
    const [a, b] = [lab.join('10.0.0.2'), lab.join('10.0.0.3')];
    const stay = [...new Array(40).keys()];
    a.announce(...stay, ...stay.map((key) => key + 100));
    const seen: string[] = [];
    let after: string | undefined;
    let round = 0;
    do {
      const page = rows({}, 7, after);
      expect(page.routes.length).toBeLessThanOrEqual(7);
      seen.push(...texts(page));
      after = page.next;
      a.withdraw(100 + round, 101 + round);
      b.announce(200 + round, round);
      a.announce(round);
      round++;
    } while (after !== undefined);
    const kept = stay.map(mac);
    expect(seen.filter((text) => kept.includes(text)).sort()).toEqual(kept.sort());
    expect(round).toBeGreaterThan(5);
  });

  it('says how many there are where that costs nothing, and refuses a position that it did not give', async () => {
    const { lab, source, rows } = await setUp();
    lab.join('10.0.0.2').announce(1, 2, 3);
    expect([rows({}, 2).total, rows({}, 2).next, rows({ type: 2 }).total]).toEqual([3, '2', undefined]);
    expect(texts(rows({}, 2, '2'))).toEqual([mac(3)]);
    for (const after of ['x', '-1', '1.5', '12345678901', '']) {
      expect(source.routes({ filter: { family: 'evpn' }, limit: 2, after })).toBe('bad-position');
    }
    expect(rows({}, 2, '999999').routes).toEqual([]);
  });

  it('stops early rather than hold everything else up', async () => {
    const { lab, rows } = await setUp();
    const router = lab.join('10.0.0.2');
    for (let i = 0; i < 4; i++) router.announce(...[...new Array(64).keys()].map((key) => i * 64 + key));
    const { now } = lab.clock;
    let time = 0;
    lab.clock.now = () => {
      time += 10;
      return time;
    };
    const page = rows({ mac: '02:00:00:00:00:ff' });
    lab.clock.now = now;
    expect([page.routes, page.next]).toEqual([[], '64']);
    expect(texts(rows({ mac: '02:00:00:00:00:ff' }, 10, page.next))).toEqual([mac(255)]);
  });

  it('knows no route by a key that is none', async () => {
    const { lab, source } = await setUp();
    lab.join('10.0.0.2').announce(1);
    for (const key of ['', 'AA', 'not-a-key', 'A'.repeat(700)]) expect(source.route(key)).toBeUndefined();
  });
});

describe('a peer', () => {
  it('that is protected is shown so, but not with its key', async () => {
    const { lab, source } = await setUp();
    lab.speaker.addDynamic({ prefix: '10.3.0.0/16', reflection: 'client', md5Key: 'a secret', ttlSecurity: 2 });
    lab.join('10.3.0.2');
    expect(Peer.parse(source.peer('10.3.0.2'))).toMatchObject({ tcpMd5: true, ttlSecurity: 2 });
    expect(JSON.stringify(source.peers())).not.toContain('a secret');
  });

  it('that is established is shown in full', async () => {
    const { lab, source } = await setUp();
    const router = lab.join('10.2.0.2', { asn: 65001, holdTime: 30 });
    lab.clock.advance(5000);
    say(router, [macIp(1)], { origin: 'igp', asPath: [{ type: 'sequence', asns: [65001] }] });
    const view = Peer.parse(source.peer('10.2.0.2'));
    expect(source.peers()).toEqual([view]);
    expect(view).toEqual({
      address: '10.2.0.2',
      port: 40001,
      localAddress: '10.0.0.1',
      description: 'another domain',
      role: 'nve',
      domain: null,
      asn: 65001,
      localAsn: 65000,
      routerId: '10.2.0.2',
      kind: 'ebgp',
      reflection: 'client',
      tcpMd5: false,
      ttlSecurity: null,
      origin: 'dynamic',
      state: 'Established',
      since: epoch,
      uptimeSeconds: 5,
      lastErrorSent: null,
      lastErrorReceived: null,
      lastFailure: null,
      capabilities: {
        sent: {
          families: ['evpn', 'rt-constrain'],
          asn4: true,
          routeRefresh: true,
          enhancedRouteRefresh: true,
          extendedMessages: true,
          addPath: [{ family: 'evpn', send: false, receive: true }],
          gracefulRestart: {
            restarting: false,
            notifications: true,
            restartTimeSeconds: 120,
            families: [{ family: 'evpn', forwardingPreserved: true }],
          },
          longLivedGracefulRestart: null,
          holdTimeSeconds: 90,
          hostname: null,
          otherCodes: [],
        },
        received: {
          families: ['evpn'],
          asn4: true,
          routeRefresh: true,
          enhancedRouteRefresh: false,
          extendedMessages: false,
          addPath: [],
          gracefulRestart: null,
          longLivedGracefulRestart: null,
          holdTimeSeconds: 30,
          hostname: null,
          otherCodes: [],
        },
        negotiated: {
          families: ['evpn'],
          asn4: true,
          routeRefresh: true,
          enhancedRouteRefresh: false,
          extendedMessages: false,
          addPath: [],
          gracefulRestart: false,
          longLivedGracefulRestart: false,
          holdTimeSeconds: 30,
          keepaliveSeconds: 10,
        },
      },
      gracefulRestart: {
        phase: 'none',
        since: null,
        until: null,
        staleRoutes: 0,
        helped: false,
        restartTimeSeconds: null,
        longLivedStaleTimeSeconds: null,
        notifications: false,
      },
      routeLimit: null,
      counters: {
        messages: {
          in: { open: 1, update: 1, notification: 0, keepalive: 1, routeRefresh: 0 },
          out: { open: 1, update: 1, notification: 0, keepalive: 1, routeRefresh: 0 },
        },
        bytes: { in: view.counters.bytes.in, out: view.counters.bytes.out },
        sessions: 1,
        routes: { received: 1, accepted: 1, best: 1, advertised: 0, withdrawnByError: 0 },
        faults: {},
      },
      egress: {
        changesBehind: 0,
        socketBufferBytes: 0,
        endOfRibSent: true,
        endOfRibReceived: false,
        interest: { from: 'all', complete: true, routeTargets: [] },
        heldBack: [],
      },
    });
    expect(view.counters.bytes.in).toBeGreaterThan(100);
  });

  it('whose interest is derived is shown with it, and why it is not sent a route', async () => {
    const { lab, source, detail } = await setUp();
    lab.speaker.addDynamic({ prefix: '10.3.0.0/16', reflection: 'client', interest: 'derived' });
    const [other, router] = [lab.join('10.0.0.2'), lab.join('10.3.0.2')];
    const targets = ['0002fde800000064', '0602020304050607'];
    say(other, [macIp(1)], { ...plain, extendedCommunities: ['0002fde8000000c8'] });
    say(other, [macIp(2)], { ...plain, extendedCommunities: ['0002fde900000064'] });
    say(router, [macIp(3)], { ...plain, extendedCommunities: targets });
    expect(Peer.parse(source.peer('10.3.0.2')).egress.interest).toEqual({
      from: 'derived',
      complete: true,
      routeTargets: ['*:100', 'ES-Import:02:03:04:05:06:07'],
    });
    const toIt = (key: number) => detail(mac(key)).advertised.peers.find(({ address }) => address === '10.3.0.2');
    expect([toIt(1), toIt(2), toIt(3)]).toMatchObject([
      {
        advertised: false,
        reason: 'it announces no route with one of the VNIs of the route targets (interest: derived)',
      },
      { advertised: true },
      { advertised: false },
    ]);
    router.near.lose();
    lab.settle();
    expect(source.peer('10.3.0.2')?.egress.interest).toBe(null);
  });

  it('shows every capability that it offers, by name or by code', async () => {
    const { lab, source } = await setUp();
    const capabilities: Capability[] = [
      { kind: 'multiprotocol', value: 6470 },
      { kind: 'multiprotocol', value: 257 },
      { kind: 'multiprotocol', value: 25 * 256 + 65 },
      { kind: 'fourOctetAs', value: 65000 },
      { kind: 'routeRefresh', value: true },
      { kind: 'ciscoRouteRefresh', value: true },
      { kind: 'enhancedRouteRefresh', value: true },
      { kind: 'extendedMessage', value: true },
      { kind: 'addPath', value: [{ family: 6470, send: true, receive: false }] },
      {
        kind: 'gracefulRestart',
        value: {
          restarted: true,
          notification: false,
          restartTime: 120,
          families: [{ family: 6470, forwardingPreserved: true }],
        },
      },
      { kind: 'longLivedGracefulRestart', value: [{ family: 6470, forwardingPreserved: true, staleTime: 600 }] },
      { kind: 'extendedNextHop', value: [] },
      { kind: 'role', value: 0 },
      { kind: 'fqdn', value: { hostname: 'leaf1', domain: 'example' } },
      { kind: 'unknown', code: 200, value: Uint8Array.of(1) },
    ];
    lab.join('10.0.0.2', { capabilities });
    const { received, negotiated } = Peer.parse(source.peer('10.0.0.2')).capabilities;
    expect(received).toEqual({
      families: ['evpn', 'ipv4-unicast', '25/65'],
      asn4: true,
      routeRefresh: true,
      enhancedRouteRefresh: true,
      extendedMessages: true,
      addPath: [{ family: 'evpn', send: true, receive: false }],
      gracefulRestart: {
        restarting: true,
        notifications: false,
        restartTimeSeconds: 120,
        families: [{ family: 'evpn', forwardingPreserved: true }],
      },
      longLivedGracefulRestart: [{ family: 'evpn', forwardingPreserved: true, staleTimeSeconds: 600 }],
      holdTimeSeconds: 90,
      hostname: 'leaf1',
      otherCodes: [128, 5, 9, 200],
    });
    // What we do not offer is not in common.
    expect(negotiated).toMatchObject({
      families: ['evpn'],
      enhancedRouteRefresh: true,
      extendedMessages: true,
      addPath: [{ family: 'evpn', send: false, receive: true }],
      gracefulRestart: true,
    });
  });

  it('that restarts shows what is kept of it, and its routes are stale', async () => {
    const { lab, source, rows, forgotten } = await setUp();
    const families = [{ family: 6470, forwardingPreserved: true }];
    const value = { restarted: false, notification: true, restartTime: 60, families };
    const offer = { holdTime: 0, more: [{ kind: 'gracefulRestart', value }] } as const;
    const router = lab.join('10.0.0.2', offer);
    router.announce(1, 2);
    const view = () => Peer.parse(source.peer('10.0.0.2'));
    const helped = { helped: true, restartTimeSeconds: 60, notifications: true };
    expect(view().gracefulRestart).toMatchObject({ phase: 'none', staleRoutes: 0, ...helped });
    lab.clock.advance(5000);
    router.near.lose('ECONNRESET');
    lab.settle();
    expect(view()).toMatchObject({
      state: 'Active',
      counters: { routes: { received: 2, accepted: 2, best: 2 } },
      gracefulRestart: {
        phase: 'restarting',
        since: '1970-01-01T00:00:05.000Z',
        until: '1970-01-01T00:01:05.000Z',
        staleRoutes: 2,
        helped: false,
        restartTimeSeconds: null,
      },
    });
    expect(rows().routes.map(({ best }) => [best?.peer, best?.stale])).toEqual(new Array(2).fill(['10.0.0.2', true]));
    const again = lab.join('10.0.0.2', offer);
    again.announce(1);
    expect(view().gracefulRestart).toMatchObject({ phase: 'resynchronising', staleRoutes: 1, ...helped });
    expect(rows().routes.map(({ best }) => best?.stale)).toEqual([false, true]);
    again.near.lose();
    lab.settle();
    expect(source.resetPeer('10.0.0.2', { kind: 'hard' })).toBeUndefined();
    lab.settle();
    expect([view().gracefulRestart.phase, rows().routes]).toEqual(['none', []]);
    expect(source.resetPeer('10.0.0.2', { kind: 'soft' })).toBe('peer-not-established');
    lab.speaker.addStatic({ address: '10.9.0.2', passive: true, reflection: 'client' });
    expect(source.resetPeer('10.9.0.2', { kind: 'hard' })).toBe('peer-not-established');
    expect([source.resetPeer('10.0.0.2', { kind: 'hard' }), forgotten]).toEqual(['forgotten', ['10.0.0.2']]);
    expect(source.resetPeer('10.0.0.2', { kind: 'hard' })).toBe('no-such-peer');
  });

  it('that is away for long shows so, its routes are long-lived stale, and who is not told says why', async () => {
    const { lab, source, rows, detail } = await setUp();
    const gracefulRestart = {
      enabled: true,
      restartTime: 120,
      staleTime: 360,
      longLivedStaleTime: 1000,
    };
    lab.speaker.addDynamic({ prefix: '10.4.0.0/16', reflection: 'client', gracefulRestart });
    const family = 6470;
    const restart = { restarted: false, notification: false, restartTime: 60 };
    const families = [{ family, forwardingPreserved: true }];
    const offer = {
      holdTime: 0,
      more: [
        { kind: 'gracefulRestart', value: { ...restart, families } },
        { kind: 'longLivedGracefulRestart', value: [{ family, forwardingPreserved: true, staleTime: 600 }] },
      ],
    } as const;
    const router = lab.join('10.4.0.2', offer);
    const told = lab.join('10.4.0.3', offer);
    lab.join('10.4.0.4', { holdTime: 0 });
    router.announce(1);
    told.read();
    const view = () => Peer.parse(source.peer('10.4.0.2'));
    expect(view().gracefulRestart).toMatchObject({ restartTimeSeconds: 60, longLivedStaleTimeSeconds: 600 });
    expect(view().capabilities.negotiated?.longLivedGracefulRestart).toBe(true);
    router.near.lose();
    lab.clock.advance(60_000);
    expect(view().gracefulRestart).toMatchObject({ phase: 'long-lived', until: '1970-01-01T00:11:00.000Z' });
    const [row] = rows().routes;
    expect(row?.best).toMatchObject({ stale: true, longLivedStale: true });
    expect(detail(row?.text ?? '').advertised.peers).toEqual([
      { address: '10.4.0.3', advertised: true, reason: 'clients are sent every best path (RFC 4456 §6)' },
      {
        address: '10.4.0.4',
        advertised: false,
        reason: 'the route is long-lived stale, which it does not know (RFC 9494 §4.3)',
      },
    ]);
  });

  it('that had too many routes shows until when it is kept down', async () => {
    const { lab, source } = await setUp();
    const policy = { reflection: 'client', routeLimit: { limit: 3, warnAbove: 1, restart: 60 } } as const;
    lab.speaker.setPolicy('10.0.0.0/16', policy);
    const router = lab.join('10.0.0.2', { holdTime: 0 });
    const view = () => Peer.parse(source.peer('10.0.0.2')).routeLimit;
    const limit = { limit: 3, warnAbove: 1, restartSeconds: 60, untilReset: false };
    router.announce(1, 2);
    expect(view()).toEqual({ ...limit, near: true, exceeded: 0, held: false, heldUntil: null });
    router.announce(3, 4);
    const heldUntil = '1970-01-01T00:01:00.000Z';
    expect(view()).toEqual({ ...limit, near: false, exceeded: 1, held: true, heldUntil });
    expect(source.resetPeer('10.0.0.2', { kind: 'soft' })).toBe('peer-not-established');
    expect(source.resetPeer('10.0.0.2', { kind: 'hard' })).toBeUndefined();
    expect(view()).toMatchObject({ held: false, heldUntil: null });
    lab.speaker.setPolicy('10.0.0.0/16', { reflection: 'client', routeLimit: { limit: 1, restart: 'never' } });
    lab.join('10.0.0.2', { holdTime: 0 }).announce(1, 2);
    expect(view()).toMatchObject({
      warnAbove: null,
      restartSeconds: null,
      untilReset: true,
      held: true,
      heldUntil: null,
    });
  });

  it('tells how its last session ended', async () => {
    const { lab, source } = await setUp();
    const router = lab.join('10.0.0.2');
    lab.clock.advance(1000);
    router.near.lose('ECONNRESET');
    lab.settle();
    expect(Peer.parse(source.peer('10.0.0.2'))).toMatchObject({
      state: 'Active',
      uptimeSeconds: null,
      lastErrorReceived: null,
      lastFailure: { name: 'connection lost', text: 'connection reset', at: '1970-01-01T00:00:01.000Z' },
      lastErrorSent: null,
      capabilities: { sent: null, received: null, negotiated: null },
      counters: { routes: { received: 0, advertised: 0 } },
    });
    const again = lab.join('10.0.0.2');
    expect(source.resetPeer('10.0.0.2', { kind: 'hard', communication: 'maintenance' })).toBeUndefined();
    lab.settle();
    expect(again.take().at(-1)?.slice(38)).toBe(`06040b${Buffer.from('maintenance').toString('hex')}`);
    expect(Peer.parse(source.peer('10.0.0.2')).lastErrorSent).toMatchObject({
      code: 6,
      subcode: 4,
      name: 'Cease/Administrative Reset',
      at: '1970-01-01T00:00:01.000Z',
    });
  });

  it('is asked for everything again by a soft reset, if it can be', async () => {
    const { lab, source } = await setUp();
    const [a] = [lab.join('10.0.0.2'), lab.join('10.0.0.3', { routeRefresh: false }), lab.dial('10.0.0.4')];
    a?.read();
    expect(
      ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'].map((address) => source.resetPeer(address, { kind: 'soft' })),
    ).toEqual([undefined, 'no-route-refresh', 'peer-not-established', 'no-such-peer']);
    lab.settle();
    expect(a?.read()).toEqual(['refresh']);
  });
});

it('health counts what there is', async () => {
  const { lab, source } = await setUp();
  const router = lab.join('10.0.0.2');
  lab.dial('10.1.0.2');
  router.announce(1, 2);
  lab.clock.advance(1500);
  expect(source.health()).toEqual({
    version: '1.2.3',
    domain: 'dc1',
    asn: 65000,
    routerId: '10.0.0.1',
    clusterId: '10.0.0.100',
    startedAt: epoch,
    uptimeSeconds: 1,
    counts: { peers: 2, peersEstablished: 1, routes: 2, paths: 2, attributeSets: 2 },
    listeners: [
      { purpose: 'bgp', address: '10.0.0.1:179' },
      { purpose: 'api', address: '127.0.0.1:8080' },
    ],
    replicas: [{ address: '10.1.0.2', state: 'OpenSent', since: epoch }],
  });
});
