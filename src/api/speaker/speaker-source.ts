/** What the HTTP API asks, answered from the speaker. */
import { encodeRd, findRoute, parseRd, type Speaker } from 'bgp-ts';
import type { Health, Readiness } from '../contract/health.ts';
import type { LogLevel } from '../contract/log-levels.ts';
import type { PeerReset } from '../contract/peers.ts';
import type { Route, RouteFilter } from '../contract/routes.ts';
import type { ApiSource, ResetRefusal, RouteRows, RouteSlice } from '../source.ts';
import { peerView } from './peer-view.ts';
import { type AttributeCache, keyOctets, type RouteRow, routeDetail, routeRow } from './route-view.ts';

export interface SpeakerSourceOptions {
  readonly version: string;
  readonly domain: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

export interface SpeakerSourceModules {
  readonly speaker: Speaker;
  /** Speakers of neighbour domains, by the domain; none when absent. */
  readonly domains?: () => ReadonlyMap<string, Speaker>;
  readonly now: () => number;
  readonly readiness: () => Readiness;
  /** A peer was forgotten by hand. */
  readonly forgotten: (address: string) => void;
  readonly apiAddress: () => string | undefined;
  readonly logLevels: () => Readonly<Record<string, LogLevel>>;
  readonly setLogLevel: (component: string, level: LogLevel) => void;
  readonly md5Drops: ApiSource['md5Drops'];
  /** Why a route may not be used, by the number that the speaker's admission gave. */
  readonly explainRefusal?: (refusal: number) => string;
}

/** Milliseconds of looking at routes before a slice is given as it is. */
const SLICE_BUDGET = 15;

export function speakerSource(options: SpeakerSourceOptions, modules: SpeakerSourceModules): ApiSource {
  const { speaker, now } = modules;
  const explain = modules.explainRefusal ?? (() => 'it is not admitted');
  const cache: AttributeCache = new WeakMap();
  const speakerOf = (domain: string | undefined) => (domain === undefined ? speaker : modules.domains?.().get(domain));
  return {
    peers: () =>
      [...sides(modules)].flatMap(([side, domain]) =>
        [...side.neighbours].map((neighbour) => peerView(neighbour, side, now(), domain)),
      ),
    peer: (address) => {
      const found = findPeer(modules, address);
      return found && peerView(found.neighbour, found.side, now(), found.domain);
    },
    resetPeer: (address, reset) => resetPeer(modules, address, reset),
    routes: (slice) => {
      const side = speakerOf(slice.filter.domain);
      return side === undefined ? 'no-such-domain' : routes(side, slice, cache, now);
    },
    route: (key, domain) => {
      const side = speakerOf(domain);
      if (side === undefined) return undefined;
      const destination = findRoute(side.table, keyOctets(key));
      return destination < 0 ? undefined : routeDetail(side, destination, cache, explain);
    },
    readiness: modules.readiness,
    health: () => health(options, modules),
    logLevels: modules.logLevels,
    setLogLevel: modules.setLogLevel,
    md5Drops: modules.md5Drops,
  };
}

/** Our own domain's speaker, and those of neighbour domains with their names. */
function* sides({ speaker, domains }: SpeakerSourceModules): Iterable<readonly [Speaker, domain?: string]> {
  yield [speaker];
  for (const [domain, outer] of domains?.() ?? []) yield [outer, domain];
}

function findPeer(modules: SpeakerSourceModules, address: string) {
  for (const [side, domain] of sides(modules)) {
    const neighbour = side.neighbour(address);
    if (neighbour !== undefined) return { neighbour, side, domain };
  }
  return undefined;
}

function resetPeer(
  modules: SpeakerSourceModules,
  address: string,
  reset: PeerReset,
): ResetRefusal | 'forgotten' | undefined {
  const found = findPeer(modules, address);
  if (found === undefined) return 'no-such-peer';
  const { neighbour, side } = found;
  if (reset.kind === 'hard') {
    if (side.reset(neighbour, reset.communication)) return undefined;
    if (!side.forget(neighbour)) return 'peer-not-established';
    modules.forgotten(address);
    return 'forgotten';
  }
  if (neighbour.negotiated === undefined) return 'peer-not-established';
  return side.requestRefresh(neighbour) ? undefined : 'no-route-refresh';
}

function routes(
  speaker: Speaker,
  { filter, limit, after }: RouteSlice,
  cache: AttributeCache,
  now: () => number,
): RouteRows | 'bad-position' {
  if (after !== undefined && !/^\d{1,10}$/.test(after)) return 'bad-position';
  const { table } = speaker;
  const mayMatch = octetFilter(speaker, filter);
  const found: Route[] = [];
  const until = now() + SLICE_BUDGET;
  let destination = after === undefined ? 0 : Number(after);
  for (; destination < table.end && found.length < limit; destination++) {
    if ((destination & 63) === 0 && now() > until) break;
    if (!table.isUsed(destination) || !mayMatch(table.keyAt(destination))) continue;
    const row = routeRow(speaker, destination, cache);
    if (row !== undefined && matches(row, filter)) found.push(row.route);
  }
  const unfiltered = Object.keys(filter).every((name) => name === 'family' || name === 'domain');
  return {
    routes: found,
    next: destination < table.end ? String(destination) : undefined,
    total: unfiltered ? table.routes : undefined,
  };
}

/** A look at key octets alone, which spares decoding most routes that cannot match. */
function octetFilter(speaker: Speaker, filter: RouteFilter): (keyAt: number) => boolean {
  const { arena } = speaker.table;
  const rd = filter.rd === undefined ? undefined : parseRd(filter.rd);
  // Types 0 and 2 of route distinguisher look alike in text, so only the last two octets are compared.
  const rdEnd = rd === undefined ? undefined : encodeRd(rd).subarray(6);
  const mac = filter.mac === undefined ? undefined : Buffer.from(filter.mac.replaceAll(':', ''), 'hex');
  return (keyAt) => {
    const type = arena.type(keyAt);
    if (filter.type !== undefined && type !== filter.type) return false;
    if (mac !== undefined && type !== 2) return false;
    if (filter.prefix !== undefined && type !== 5) return false;
    const { bytes } = arena;
    const start = arena.start(keyAt);
    if (rdEnd !== undefined && (bytes[start + 6] !== rdEnd[0] || bytes[start + 7] !== rdEnd[1])) return false;
    // RFC 7432 §7.2 without the ESI: RD, Ethernet tag, MAC length, MAC.
    return mac === undefined || mac.every((octet, i) => bytes[start + 13 + i] === octet);
  };
}

function matches({ route, summaries }: RouteRow, filter: RouteFilter): boolean {
  const { type, rd, mac, ip, prefix, esi, vni, nextHop, peer, routeTarget } = filter;
  if (type !== undefined && route.type !== type) return false;
  if (rd !== undefined && route.rd !== rd) return false;
  if (mac !== undefined && route.mac !== mac) return false;
  if (ip !== undefined && route.ip !== ip && route.originator !== ip) return false;
  if (prefix !== undefined && route.prefix !== prefix) return false;
  return summaries.some(
    (path) =>
      (esi === undefined || path.esi === esi || route.esi === esi) &&
      (vni === undefined || path.vnis.includes(vni)) &&
      (nextHop === undefined || path.nextHop === nextHop) &&
      (peer === undefined || path.peer === peer) &&
      (routeTarget === undefined || path.routeTargets.includes(routeTarget)),
  );
}

function health(
  { version, domain, startedAt }: SpeakerSourceOptions,
  modules: SpeakerSourceModules,
): Omit<Health, 'readiness' | 'eventLoopDelay' | 'memory'> {
  const { speaker, now, apiAddress } = modules;
  const neighbours = [...speaker.neighbours];
  const peers = [...sides(modules)].flatMap(([side]) => [...side.neighbours]);
  const api = apiAddress();
  return {
    version,
    domain,
    asn: speaker.options.asn,
    routerId: speaker.options.routerId,
    clusterId: speaker.options.clusterId,
    startedAt: new Date(startedAt).toISOString(),
    uptimeSeconds: Math.floor((now() - startedAt) / 1000),
    counts: {
      peers: peers.length,
      peersEstablished: peers.filter(({ source }) => source !== undefined).length,
      routes: speaker.table.routes,
      paths: speaker.table.paths,
      attributeSets: speaker.attributes.size,
    },
    listeners: [
      ...speaker.listening.map(({ address, port }) => ({
        purpose: 'bgp' as const,
        address: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
      })),
      ...(api === undefined ? [] : [{ purpose: 'api' as const, address: api }]),
    ],
    replicas: neighbours
      .filter(({ policy }) => policy.reflection === 'non-client')
      .map(({ address, peer }) => ({ address, state: peer.state, since: new Date(peer.since).toISOString() })),
  };
}
