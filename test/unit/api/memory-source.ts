/** An ApiSource over plain arrays, with the routes of a small domain. */
import type { Peer, PeerReset } from '../../../src/api/contract/peers.ts';
import type { Path, Route, RouteDetail, RouteFilter } from '../../../src/api/contract/routes.ts';
import type { ApiSource, ResetRefusal } from '../../../src/api/source.ts';

type LogLevel = ReturnType<ApiSource['logLevels']>[string];

const messages = { open: 1, update: 12, notification: 0, keepalive: 40, routeRefresh: 0 };

export function samplePeer(address: string, change: Partial<Peer> = {}): Peer {
  return {
    address,
    port: 45123,
    localAddress: '10.0.0.1',
    description: null,
    role: 'nve',
    domain: null,
    asn: 65000,
    localAsn: 65000,
    routerId: address.includes(':') ? '10.9.9.9' : address,
    kind: 'ibgp',
    reflection: 'client',
    tcpMd5: false,
    ttlSecurity: null,
    origin: 'dynamic',
    state: 'Established',
    since: '2026-01-02T03:04:05.000Z',
    uptimeSeconds: 3725,
    lastErrorSent: null,
    lastErrorReceived: null,
    lastFailure: null,
    capabilities: {
      sent: {
        families: ['evpn'],
        asn4: true,
        routeRefresh: true,
        enhancedRouteRefresh: false,
        extendedMessages: true,
        addPath: [],
        gracefulRestart: null,
        longLivedGracefulRestart: null,
        holdTimeSeconds: 90,
        hostname: null,
        otherCodes: [],
      },
      received: {
        families: ['evpn', 'ipv4-unicast'],
        asn4: true,
        routeRefresh: true,
        enhancedRouteRefresh: true,
        extendedMessages: false,
        addPath: [{ family: 'evpn', send: false, receive: true }],
        gracefulRestart: {
          restarting: false,
          notifications: true,
          restartTimeSeconds: 120,
          families: [{ family: 'evpn', forwardingPreserved: true }],
        },
        longLivedGracefulRestart: [{ family: 'evpn', forwardingPreserved: true, staleTimeSeconds: 600 }],
        holdTimeSeconds: 9,
        hostname: 'nve1',
        otherCodes: [128],
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
        holdTimeSeconds: 9,
        keepaliveSeconds: 3,
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
      messages: { in: messages, out: { ...messages, update: 7 } },
      bytes: { in: 2345, out: 1234 },
      sessions: 2,
      routes: { received: 3, accepted: 3, best: 2, advertised: 5, withdrawnByError: 1 },
      faults: { 'origin-value': 1 },
    },
    egress: {
      changesBehind: 0,
      socketBufferBytes: 0,
      endOfRibSent: true,
      endOfRibReceived: true,
      interest: null,
      heldBack: [],
    },
    ...change,
  };
}

const flags = { optional: true, transitive: true, partial: false };

export function samplePath(peer: string, change: Partial<Path> = {}): Path {
  return {
    peer,
    nextHop: peer,
    vnis: [10],
    esi: null,
    gateway: null,
    routeTargets: ['65000:10'],
    encapsulation: 'vxlan',
    mobility: null,
    since: '2026-01-02T03:04:06.000Z',
    longLivedStale: false,
    stale: false,
    pathId: null,
    best: true,
    usable: true,
    unusableBecause: null,
    lost: null,
    labels: [10],
    attributes: [
      {
        code: 1,
        flags: { optional: false, transitive: true, partial: false },
        text: 'igp',
        name: 'ORIGIN',
        value: 'igp',
      },
      {
        code: 5,
        flags: { optional: false, transitive: true, partial: false },
        text: '100',
        name: 'LOCAL_PREF',
        value: 100,
      },
      {
        code: 16,
        flags,
        text: 'RT:65000:10 ET:8',
        name: 'EXTENDED_COMMUNITIES',
        value: [
          { octets: '0002fde80000000a', text: 'RT:65000:10' },
          { octets: '030c000000000008', text: 'ET:8' },
        ],
      },
    ],
    ...change,
  };
}

const onlyPath = { step: 'only-path', text: 'only path', reference: null };

function detail(route: Partial<RouteDetail> & Pick<RouteDetail, 'key' | 'type' | 'text' | 'paths'>): RouteDetail {
  return {
    family: 'evpn',
    rd: null,
    ethernetTag: 0,
    esi: null,
    mac: null,
    ip: null,
    prefix: null,
    originator: null,
    octets: null,
    decision: onlyPath,
    advertised: {
      count: 1,
      peers: [
        { address: '10.0.0.12', advertised: true, reason: 'client' },
        { address: '10.0.0.11', advertised: false, reason: 'learnt from this peer' },
      ],
    },
    ...route,
  };
}

export function type2(rd: string, mac: string, ip: string | null, paths: Path[], change: Partial<RouteDetail> = {}) {
  const where = ip === null ? '' : `:[32]:[${ip}]`;
  const text = `[2]:[${rd}]:[0]:[48]:[${mac}]${where}`;
  return detail({ key: Buffer.from(text).toString('base64url'), type: 2, text, rd, mac, ip, paths, ...change });
}

function type3(rd: string, originator: string, paths: Path[]) {
  const text = `[3]:[${rd}]:[0]:[32]:[${originator}]`;
  return detail({ key: Buffer.from(text).toString('base64url'), type: 3, text, rd, originator, paths });
}

function type5(rd: string, prefix: string, paths: Path[]) {
  const [address, length] = prefix.split('/');
  const text = `[5]:[${rd}]:[0]:[${length}]:[${address}]`;
  return detail({ key: Buffer.from(text).toString('base64url'), type: 5, text, rd, prefix, paths });
}

/** The host with 02:…:11 moved from 10.0.0.11 to 10.0.0.12 under one route distinguisher. */
function sampleRoutes(): RouteDetail[] {
  const moved = samplePath('10.0.0.12', { mobility: { sequence: 1, sticky: false } });
  const stale = samplePath('10.0.0.11', {
    best: false,
    mobility: { sequence: 0, sticky: false },
    lost: {
      step: 'mobility-sequence',
      text: 'lower MAC mobility sequence (0 < 1)',
      reference: 'RFC 7432 §15',
    },
  });
  return [
    type2('10.0.0.11:2', '02:00:00:00:00:11', '172.16.10.11', [moved, stale], {
      decision: {
        step: 'mobility-sequence',
        text: 'higher MAC mobility sequence (1 > 0)',
        reference: 'RFC 7432 §15',
      },
    }),
    type2('10.0.0.12:2', '02:00:00:00:00:12', null, [
      samplePath('10.0.0.12', { vnis: [20], routeTargets: ['65000:20'] }),
    ]),
    type3('10.0.0.11:2', '10.0.0.11', [samplePath('10.0.0.11')]),
    type5('10.0.0.12:3', '10.20.0.0/16', [samplePath('10.0.0.12', { vnis: [500], routeTargets: ['65000:500'] })]),
  ];
}

function row({ decision: _decision, advertised: _advertised, paths, ...key }: RouteDetail): Route {
  const [best] = paths.filter((path) => path.best);
  const { peer, nextHop, vnis, esi, gateway, routeTargets, encapsulation, mobility, since, longLivedStale, stale } =
    best ?? (paths[0] as (typeof paths)[number]);
  const summary = {
    peer,
    nextHop,
    vnis,
    esi,
    gateway,
    routeTargets,
    encapsulation,
    mobility,
    since,
    longLivedStale,
    stale,
  };
  const known = best === undefined ? { best: null, unusable: summary } : { best: summary, unusable: null };
  return { ...key, paths: paths.length, ...known };
}

function matches(route: RouteDetail, filter: RouteFilter): boolean {
  const is = <T>(wanted: T | undefined, ...held: (T | null)[]) => wanted === undefined || held.includes(wanted);
  return (
    is(filter.type, route.type) &&
    is(filter.rd, route.rd) &&
    is(filter.mac, route.mac) &&
    is(filter.ip, route.ip, route.originator) &&
    is(filter.prefix, route.prefix) &&
    is(filter.vni, ...route.paths.flatMap((path) => path.vnis)) &&
    is(filter.esi, route.esi, ...route.paths.map((path) => path.esi)) &&
    is(filter.nextHop, ...route.paths.map((path) => path.nextHop)) &&
    is(filter.peer, ...route.paths.map((path) => path.peer)) &&
    is(filter.routeTarget, ...route.paths.flatMap((path) => path.routeTargets))
  );
}

export interface MemorySource extends ApiSource {
  peerList: Peer[];
  routeList: RouteDetail[];
  readonly resets: { readonly address: string; readonly reset: PeerReset }[];
  resetRefusal: ResetRefusal | undefined;
  notReady: string[];
  levels: Record<string, LogLevel>;
  drops: ReturnType<ApiSource['md5Drops']>;
}

/** Positions are texts of keys, so a slice goes on behind its key whether or not that route still exists. */
export function createMemorySource(): MemorySource {
  const source: MemorySource = {
    peerList: [
      samplePeer('10.0.0.12', { asn: 4200000001, kind: 'ebgp', reflection: 'non-client' }),
      samplePeer('10.0.0.2', {
        role: 'nva',
        origin: 'static',
        description: 'second replica',
        state: 'Active',
        uptimeSeconds: null,
        lastErrorReceived: {
          code: 6,
          subcode: 2,
          name: 'Cease/Administrative Shutdown',
          text: 'maintenance',
          at: '2026-01-02T03:00:00.000Z',
        },
      }),
      samplePeer('10.0.0.11'),
    ],
    routeList: sampleRoutes(),
    resets: [],
    resetRefusal: undefined,
    notReady: [],
    levels: { bgp: 'info', rib: 'info', api: 'warn' },
    drops: { missing: 3, unexpected: 0, wrong: 5 },
    peers: () => source.peerList,
    peer: (address) => source.peerList.find((peer) => peer.address === address),
    resetPeer: (address, reset) => {
      if (source.peer(address) === undefined) return 'no-such-peer';
      if (source.resetRefusal !== undefined) return source.resetRefusal;
      source.resets.push({ address, reset });
      return undefined;
    },
    routes: ({ filter, limit, after }) => {
      if (after?.startsWith('!')) return 'bad-position';
      if (filter.domain !== undefined && filter.domain !== 'dc2') return 'no-such-domain';
      const found = source.routeList
        .filter((route) => matches(route, filter))
        .sort((a, b) => (a.text < b.text ? -1 : 1));
      const rest = found.filter((route) => after === undefined || route.text > after);
      const slice = rest.slice(0, limit);
      return {
        routes: slice.map(row),
        next: rest.length > limit ? slice.at(-1)!.text : undefined,
        total: found.length,
      };
    },
    route: (key, domain) => (domain === undefined ? source.routeList.find((route) => route.key === key) : undefined),
    readiness: () => ({
      ready: source.notReady.length === 0,
      reasons: source.notReady.map((code) => ({ code, text: `waiting for ${code}` })),
    }),
    health: () => ({
      version: '0.1.0',
      domain: 'dc1',
      asn: 65000,
      routerId: '10.0.0.1',
      clusterId: '10.0.0.1',
      startedAt: '2026-01-02T03:00:00.000Z',
      uptimeSeconds: 90061,
      counts: { peers: 3, peersEstablished: 2, routes: 4, paths: 5, attributeSets: 3 },
      listeners: [{ purpose: 'bgp', address: '[::]:179' }],
      replicas: [{ address: '10.0.0.2', state: 'Active', since: '2026-01-02T03:04:05.000Z' }],
    }),
    logLevels: () => source.levels,
    setLogLevel: (component, level) => {
      source.levels[component] = level;
    },
    md5Drops: () => source.drops,
  };
  return source;
}
