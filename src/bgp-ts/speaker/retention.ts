import type { NeighbourSource } from '../rib/source.ts';

/**
 * `restarting`: the session is lost, the neighbour may come back. `long-lived`: it has not in its time, and its routes
 * are kept as the least preferred (RFC 9494 §4.2). `resynchronising`: it is back, its End-of-RIB is awaited.
 * `refreshing`: between BoRR and EoRR of an established session.
 */
export type RetentionPhase = 'restarting' | 'long-lived' | 'resynchronising' | 'refreshing';

/** Of one neighbour. Times are milliseconds since the epoch. */
export interface Retention {
  /** Where in RFC 4724 and RFC 9494 the neighbour is. */
  readonly phase: RetentionPhase;
  /** Whose routes; while the session is lost, what the neighbour's source was. */
  readonly source: NeighbourSource;
  /** When the phase began, and in `until` when it ends without the neighbour. */
  readonly since: number;
  readonly until: number;
  /** When the last session that had said End-of-RIB was lost. */
  readonly lostAt: number;
  /** Seconds for which what is stale may be long-lived stale, when `restarting` is over. */
  readonly longLivedTime: number;
  /** When that is over, once it has begun; it does not begin again before End-of-RIB (RFC 9494 §4.2). */
  readonly longLivedUntil: number | undefined;
  /** The time was over before End-of-RIB came: nothing is stale any more, and another loss takes all that there is. */
  readonly spent: boolean;
}

/** What became of routes; `routes` is how many it concerns. */
export type RetentionEvent =
  /** The session was lost and its routes stay, for at most so many seconds. */
  | { readonly type: 'retained'; readonly routes: number; readonly seconds: number }
  /** It has not come back in its time; its routes are the least preferred from now on, for so many seconds. */
  | { readonly type: 'long-lived'; readonly routes: number; readonly seconds: number }
  /** The neighbour is back; its routes are stale until it has said them again. */
  | { readonly type: 'returned'; readonly routes: number }
  /** It is back, but has not kept its forwarding state, or is another one: its old routes are withdrawn. */
  | { readonly type: 'returned-without-state'; readonly routes: number }
  /** End-of-RIB: those that it did not say again are withdrawn. */
  | { readonly type: 'resynchronised'; readonly routes: number }
  /** The time is over, without the neighbour or without its End-of-RIB: what is stale is withdrawn. */
  | { readonly type: 'expired'; readonly phase: RetentionPhase; readonly routes: number }
  | { readonly type: 'refresh-begun'; readonly routes: number }
  /** EoRR: those that it did not say again are withdrawn. */
  | { readonly type: 'refresh-ended'; readonly routes: number }
  /** A BoRR before End-of-RIB, which RFC 7313 §4 has us ignore and tell. */
  | { readonly type: 'refresh-too-early' };
