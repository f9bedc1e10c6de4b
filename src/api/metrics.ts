/** The metrics the API itself has, and those it reads from its source at each scrape. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, type Registry } from '@prometheus-io/client';
import { type Domain, domainStates } from './contract/domains.ts';
import type { Peer } from './contract/peers.ts';
import type { FederationSource } from './federation-source.ts';
import type { NvaSource } from './nva-source.ts';
import type { ApiSource } from './source.ts';

/** How long requests took, in seconds, by row of the route table and status. */
export function createRequestMetrics(registry: Registry) {
  return new Histogram({
    name: 'nvad_api_request_duration_seconds',
    help: 'Time from a request to the end of its answer',
    labelNames: ['endpoint', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
}

/** Streams that are open, as `read` counts them. */
export function registerStreams(registry: Registry, read: () => number): void {
  const gauge: Gauge = new Gauge({
    name: 'nvad_api_streams',
    help: 'Streams of events that are open',
    registers: [registry],
    collect: () => gauge.set(read()),
  });
}

/** Figures of the process itself: CPU, memory, file descriptors, event loop lag, garbage collection. */
export function registerProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
}

/** One figure of each thing of a kind; `labels` beside those that tell one from another. */
interface Figure<T> {
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  readonly labels: readonly string[];
  readonly read: (thing: T) => readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];
}

/** All figures of one scrape begin in one tick: things are asked for once and then forgotten. */
function askedOnce<T>(ask: () => T): () => T {
  let present: { readonly value: T } | undefined;
  return () => {
    if (present === undefined) {
      present = { value: ask() };
      queueMicrotask(() => {
        present = undefined;
      });
    }
    return present.value;
  };
}

/** `labels` tell one thing from another; `names` are theirs. */
function registerFigures<T>(
  registry: Registry,
  figures: readonly Figure<T>[],
  { names, labels }: { readonly names: readonly string[]; readonly labels: (thing: T) => Record<string, string> },
  things: () => readonly T[],
): void {
  for (const { name, help, kind, labels: more, read } of figures) {
    const options = { name, help, labelNames: [...names, ...more], registers: [registry] };
    const collect = (metric: { reset(): void }, add: (labels: Record<string, string>, value: number) => void) => {
      metric.reset();
      for (const thing of things()) {
        for (const [extra, value] of read(thing)) add({ ...labels(thing), ...extra }, value);
      }
    };
    if (kind === 'gauge') {
      const gauge: Gauge<string> = new Gauge({
        ...options,
        collect: () => collect(gauge, (of, value) => gauge.set(of, value)),
      });
    } else {
      const counter: Counter<string> = new Counter({
        ...options,
        collect: () => collect(counter, (of, value) => counter.inc(of, value)),
      });
    }
  }
}

const single =
  (read: (peer: Peer) => number): Figure<Peer>['read'] =>
  (peer) => [[{}, read(peer)]];

const byName =
  (label: string, read: (peer: Peer) => Readonly<Record<string, number>>): Figure<Peer>['read'] =>
  (peer) =>
    Object.entries(read(peer)).map(([name, value]) => [{ [label]: name }, value]);

const peerFigures: readonly Figure<Peer>[] = [
  {
    name: 'nvad_peer_up',
    help: '1 while the session is established',
    kind: 'gauge',
    labels: ['role'],
    read: (peer) => [[{ role: peer.role }, peer.state === 'Established' ? 1 : 0]],
  },
  {
    name: 'nvad_peer_uptime_seconds',
    help: 'Time in Established; 0 otherwise',
    kind: 'gauge',
    labels: [],
    read: single((peer) => peer.uptimeSeconds ?? 0),
  },
  {
    name: 'nvad_peer_sessions_total',
    help: 'Times the session was established',
    kind: 'counter',
    labels: [],
    read: single((peer) => peer.counters.sessions),
  },
  {
    name: 'nvad_peer_messages_total',
    help: 'BGP messages by direction and type',
    kind: 'counter',
    labels: ['direction', 'type'],
    read: ({ counters: { messages } }) =>
      (['in', 'out'] as const).flatMap((direction) =>
        Object.entries(messages[direction]).map(([type, value]) => [{ direction, type }, value] as const),
      ),
  },
  {
    name: 'nvad_peer_bytes_total',
    help: 'Octets of BGP messages by direction',
    kind: 'counter',
    labels: ['direction'],
    read: byName('direction', (peer) => peer.counters.bytes),
  },
  {
    name: 'nvad_peer_routes',
    help: 'Routes received from the peer and still held, accepted, best, not confirmed since a restart, and advertised to it',
    kind: 'gauge',
    labels: ['set'],
    read: byName('set', ({ counters: { routes }, gracefulRestart }) => ({
      received: routes.received,
      accepted: routes.accepted,
      best: routes.best,
      stale: gracefulRestart.staleRoutes,
      advertised: routes.advertised,
    })),
  },
  {
    name: 'nvad_peer_retained',
    help: '1 while routes are kept of a session that was lost',
    kind: 'gauge',
    labels: [],
    read: single(({ gracefulRestart: { phase } }) => (phase === 'restarting' || phase === 'long-lived' ? 1 : 0)),
  },
  {
    name: 'nvad_peer_route_limit',
    help: 'Most routes that the peer may announce, and the number above which it is warned for; none where it may have any',
    kind: 'gauge',
    labels: ['kind'],
    read: ({ routeLimit }) => {
      if (routeLimit === null) return [];
      const { limit, warnAbove } = routeLimit;
      const warning = warnAbove === null ? [] : [[{ kind: 'warning' }, warnAbove] as const];
      return [[{ kind: 'limit' }, limit], ...warning];
    },
  },
  {
    name: 'nvad_peer_near_route_limit',
    help: '1 while the peer has more routes than it is warned for',
    kind: 'gauge',
    labels: [],
    read: single(({ routeLimit }) => (routeLimit?.near === true ? 1 : 0)),
  },
  {
    name: 'nvad_peer_route_limit_exceeded_total',
    help: 'Sessions ended because the peer had too many routes',
    kind: 'counter',
    labels: [],
    read: single(({ routeLimit }) => routeLimit?.exceeded ?? 0),
  },
  {
    name: 'nvad_peer_routes_withdrawn_by_error',
    help: 'Routes treated as withdrawn since the session began (RFC 7606)',
    kind: 'gauge',
    labels: [],
    read: single((peer) => peer.counters.routes.withdrawnByError),
  },
  {
    name: 'nvad_peer_faults_total',
    help: 'Faults in received messages by code',
    kind: 'counter',
    labels: ['code'],
    read: byName('code', (peer) => peer.counters.faults),
  },
  {
    name: 'nvad_peer_changes_behind',
    help: 'Route changes the peer has still to be told',
    kind: 'gauge',
    labels: [],
    read: single((peer) => peer.egress.changesBehind),
  },
  {
    name: 'nvad_peer_socket_buffer_bytes',
    help: 'Octets written that the socket has not taken',
    kind: 'gauge',
    labels: [],
    read: single((peer) => peer.egress.socketBufferBytes),
  },
];

/** Registers figures of peers, routes and readiness; they are read from the source at each scrape, never stored. */
export function registerSourceMetrics(registry: Registry, source: ApiSource): void {
  const peers = askedOnce(() => source.peers());
  registerFigures(registry, peerFigures, { names: ['peer'], labels: ({ address }) => ({ peer: address }) }, peers);

  const reading = (name: string, help: string, read: () => number) => {
    const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect: () => gauge.set(read()) });
  };
  reading('nvad_ready', '1 when listening and converged', () => (source.readiness().ready ? 1 : 0));
  reading('nvad_routes', 'Routes held', () => source.health().counts.routes);
  reading('nvad_paths', 'Paths held', () => source.health().counts.paths);
  reading('nvad_attribute_sets', 'Different attribute blocks held', () => source.health().counts.attributeSets);
  const drops: Counter<'reason'> = new Counter({
    name: 'nvad_tcp_md5_dropped_segments_total',
    help: 'Segments dropped in this network namespace because their TCP-MD5 key was missing, unexpected or wrong',
    labelNames: ['reason'],
    registers: [registry],
    collect: () => {
      drops.reset();
      for (const [reason, value] of Object.entries(source.md5Drops() ?? {})) drops.inc({ reason }, value);
    },
  });
  const build: Gauge<'version'> = new Gauge({
    name: 'nvad_build_info',
    help: 'Always 1; the version is in the label',
    labelNames: ['version'],
    registers: [registry],
    collect: () => build.set({ version: source.health().version }, 1),
  });
}

/** What the authority over virtual networks has, read at each scrape. */
export function registerNvaMetrics(registry: Registry, nva: NvaSource): void {
  const conflicts: Gauge<'code'> = new Gauge({
    name: 'nvad_conflicts',
    help: 'Conflicts that are there, by code; see /v1/conflicts',
    labelNames: ['code'],
    registers: [registry],
    collect: () => {
      conflicts.reset();
      for (const { code } of nva.conflicts()) conflicts.inc({ code });
    },
  });
  const networks: Gauge = new Gauge({
    name: 'nvad_virtual_networks',
    help: 'Virtual networks, configured and made by the API',
    registers: [registry],
    collect: () => networks.set([...nva.networks()].length),
  });
}

const directions = ['import', 'export'] as const;

const byDirection =
  (read: (crossing: Domain['import']) => number): Figure<Domain>['read'] =>
  (domain) =>
    directions.map((direction) => [{ direction }, read(domain[direction])]);

const domainFigures: readonly Figure<Domain>[] = [
  {
    name: 'nvad_domain_state',
    help: '1 for the state that the neighbour domain is in',
    kind: 'gauge',
    labels: ['state'],
    read: (domain) => domainStates.map((state) => [{ state }, domain.state === state ? 1 : 0]),
  },
  {
    name: 'nvad_domain_sessions',
    help: 'Sessions with the neighbour domain that are established, and that are configured',
    kind: 'gauge',
    labels: ['set'],
    read: ({ sessions: { up, configured } }) => [
      [{ set: 'up' }, up],
      [{ set: 'configured' }, configured],
    ],
  },
  {
    name: 'nvad_domain_routes',
    help: 'Routes that cross now',
    kind: 'gauge',
    labels: ['direction'],
    read: byDirection(({ routes }) => routes),
  },
  {
    name: 'nvad_domain_routes_refused',
    help: 'Routes that are there and do not cross now',
    kind: 'gauge',
    labels: ['direction', 'reason'],
    read: (domain) =>
      directions.flatMap((direction) =>
        Object.entries(domain[direction].refused).map(([reason, value]) => [{ direction, reason }, value] as const),
      ),
  },
  {
    name: 'nvad_domain_changes_waiting',
    help: 'Changes that have not crossed yet, those of routes that flap included',
    kind: 'gauge',
    labels: ['direction'],
    read: byDirection(({ waiting }) => waiting),
  },
  {
    name: 'nvad_domain_routes_damped',
    help: 'Changes that have to rest because their routes flap',
    kind: 'gauge',
    labels: ['direction'],
    read: byDirection(({ damped }) => damped),
  },
  {
    name: 'nvad_domain_lag_seconds',
    help: 'For how long the oldest change has waited that does not rest',
    kind: 'gauge',
    labels: ['direction'],
    read: byDirection(({ lagMs }) => lagMs / 1000),
  },
  {
    name: 'nvad_domain_changes_total',
    help: 'Changes that have crossed',
    kind: 'counter',
    labels: ['direction'],
    read: byDirection(({ changes }) => changes),
  },
  {
    name: 'nvad_domain_gateway_alive',
    help: '1 while a gateway of a network that is shared may be used',
    kind: 'gauge',
    labels: ['network', 'direction', 'gateway'],
    read: ({ networks }) =>
      networks.flatMap(({ name: network, gateways }) =>
        directions.flatMap((direction) =>
          gateways[direction].map(
            ({ address, state }) => [{ network, direction, gateway: address }, state === 'alive' ? 1 : 0] as const,
          ),
        ),
      ),
  },
];

/** What crosses between neighbour domains and ours, read at each scrape. */
export function registerFederationMetrics(registry: Registry, federation: Pick<FederationSource, 'regions'>): void {
  const domains = askedOnce(() => federation.regions().domains);
  registerFigures(registry, domainFigures, { names: ['domain'], labels: ({ domain }) => ({ domain }) }, domains);
}
