/**
 * What the HTTP server asks of the daemon. The values are the contract's own, so that what the daemon tells is what
 * goes over the wire; the server adds checks of the request, pages and problem documents.
 */
import type { EventLoopDelay, Health, Readiness } from './contract/health.ts';
import type { LogLevel } from './contract/log-levels.ts';
import type { Peer, PeerReset } from './contract/peers.ts';
import type { Route, RouteDetail, RouteFilter } from './contract/routes.ts';

/** A part of the route table, to be read in slices. */
export interface RouteSlice {
  readonly filter: RouteFilter;
  /** Rows to give at most. */
  readonly limit: number;
  /** `next` of the slice before; undefined for the first. Made by the source and opaque to everyone else. */
  readonly after: string | undefined;
}

/**
 * A slice of the route table. The source chooses the order; it must be such that a route which is present from the
 * first slice to the last is given exactly once, whatever else changes meanwhile. A source that has looked at many
 * routes without finding enough rows may stop early: `routes` shorter than the limit, `next` set.
 */
export interface RouteRows {
  readonly routes: readonly Route[];
  /** Where to go on; undefined after the last route. At most 300 characters. */
  readonly next: string | undefined;
  /** About how many routes match the filter in all; undefined when that would cost a walk. */
  readonly total: number | undefined;
}

type RouteAnswer = RouteRows | 'bad-position' | 'no-such-domain';

/** Why a peer could not be reset; `peer-not-established` and `no-route-refresh` are answered with 409. */
export type ResetRefusal = 'no-such-peer' | 'peer-not-established' | 'no-route-refresh';

/** Segments that the system dropped because of TCP-MD5, by what was wrong; of the whole network namespace. */
export type Md5Drops = Readonly<Record<'missing' | 'unexpected' | 'wrong', number>>;

export interface ApiSource {
  /** All peers. The server sorts them. */
  peers(): readonly Peer[];
  /** By canonical address (RFC 5952 for IPv6; IPv4-mapped as plain IPv4). */
  peer(address: string): Peer | undefined;
  /** Begins a reset; undefined when it has begun, `forgotten` when a peer of a prefix had no session to be reset. */
  resetPeer(address: string, reset: PeerReset): ResetRefusal | 'forgotten' | undefined;
  /** An `after` that the source did not make, or that it no longer understands, gives `bad-position`. */
  routes(slice: RouteSlice): RouteAnswer | Promise<RouteAnswer>;
  /**
   * By the `key` its rows carry, and the neighbour domain they were asked of. Undefined when there is no such route or
   * domain, or the key is none of the source's.
   */
  route(key: string, domain?: string): RouteDetail | undefined | Promise<RouteDetail | undefined>;
  readiness(): Readiness;
  /** Everything of {@link Health} that the server does not know itself. */
  health(): Omit<Health, 'readiness' | 'eventLoopDelay' | 'memory'>;
  /** Level by component. */
  logLevels(): Readonly<Record<string, LogLevel>>;
  /** `component` is one that `logLevels` names. */
  setLogLevel(component: string, level: LogLevel): void;
  /** Undefined where the system does not count them. */
  md5Drops(): Md5Drops | undefined;
}

/** Reads how late the event loop ran its timers since the reading before. */
export type ReadEventLoopDelay = () => EventLoopDelay;
