/** The metrics the API itself has, and those it reads from its source at each scrape. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, type Registry } from '@prometheus-io/client';
import type { Peer } from './contract/peers.ts';
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

/** One figure of each peer; `labels` beside the peer's address. */
interface PeerFigure {
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  readonly labels: readonly string[];
  readonly read: (peer: Peer) => readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];
}

const single =
  (read: (peer: Peer) => number): PeerFigure['read'] =>
  (peer) => [[{}, read(peer)]];

const byName =
  (label: string, read: (peer: Peer) => Readonly<Record<string, number>>): PeerFigure['read'] =>
  (peer) =>
    Object.entries(read(peer)).map(([name, value]) => [{ [label]: name }, value]);

const peerFigures: readonly PeerFigure[] = [
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
  // All figures of one scrape begin in one tick: the peers are asked for once and then forgotten.
  let present: readonly Peer[] | undefined;
  const peers = () => {
    if (present === undefined) {
      present = source.peers();
      queueMicrotask(() => {
        present = undefined;
      });
    }
    return present;
  };

  for (const { name, help, kind, labels, read } of peerFigures) {
    const labelNames = ['peer', ...labels];
    if (kind === 'gauge') {
      const gauge = new Gauge({
        name,
        help,
        labelNames,
        registers: [registry],
        collect: () => {
          gauge.reset();
          for (const peer of peers()) {
            for (const [extra, value] of read(peer)) gauge.set({ peer: peer.address, ...extra }, value);
          }
        },
      });
    } else {
      const counter = new Counter({
        name,
        help,
        labelNames,
        registers: [registry],
        collect: () => {
          counter.reset();
          for (const peer of peers()) {
            for (const [extra, value] of read(peer)) counter.inc({ peer: peer.address, ...extra }, value);
          }
        },
      });
    }
  }

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
