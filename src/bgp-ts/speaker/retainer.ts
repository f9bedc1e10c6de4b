/**
 * Routes that are kept although their neighbour has not confirmed them: its session was lost and it may come back
 * (RFC 4724 §4.2), it is back and has not said End-of-RIB, or it is telling everything anew (RFC 7313 §4). In the route
 * table that is an epoch of its source; here is when the epoch begins, and how and when it ends at the latest.
 */
import type { DownReason } from '../fsm/action.ts';
import type { RouteTable } from '../rib/route-table.ts';
import type { NeighbourSource } from '../rib/source.ts';
import { type Clock, setAlarm, type Timer } from '../session/clock.ts';
import type { Negotiated } from '../session/negotiate.ts';
import { Family } from '../wire/constants.ts';
import { keptForwarding, retentionTimes, sameStanding } from './graceful-restart.ts';
import type { Neighbour } from './neighbour.ts';
import type { Retention, RetentionEvent } from './retention.ts';
import type { Sweeper } from './sweeper.ts';

export interface RetainerModules {
  readonly clock: Clock;
  readonly table: RouteTable;
  readonly sweeper: Sweeper;
  readonly told: (neighbour: Neighbour, event: RetentionEvent) => void;
  /** Something is to be swept. */
  readonly wake: () => void;
}

export class Retainer {
  readonly #modules: RetainerModules;
  readonly #timers = new Map<Neighbour, Timer>();

  constructor(modules: RetainerModules) {
    this.#modules = modules;
  }

  /**
   * The session of `source` has ended. Keeps its routes, where the rules have it so; otherwise answers false, and they
   * are to be withdrawn.
   */
  lost(neighbour: Neighbour, source: NeighbourSource, negotiated: Negotiated, reason: DownReason): boolean {
    const { clock, table, sweeper, told } = this.#modules;
    const { retention: before, gracefulRestart: policy } = neighbour;
    this.forget(neighbour);
    const unconfirmed = before?.phase === 'resynchronising' ? before : undefined;
    if (table.pathsOf(source.index) === 0 || unconfirmed?.spent === true) return false;
    const now = clock.now();
    const { lostAt = now, longLivedUntil } = unconfirmed ?? {};
    const times = retentionTimes(reason, negotiated, policy);
    const latest = longLivedUntil ?? lostAt + 1000 * policy.staleTime;
    const until = Math.min(now + 1000 * times.restart, latest);
    if (until <= now && times.longLived === 0) return false;
    sweeper.cancel(source.index);
    table.beginRefresh(source.index);
    const since = { source, since: now, lostAt, longLivedTime: times.longLived, longLivedUntil, spent: false };
    const retention: Retention = { ...since, phase: 'restarting', until };
    if (until <= now) {
      this.#age(neighbour, retention);
      return true;
    }
    this.#enter(neighbour, retention);
    const routes = table.staleOf(source.index);
    told(neighbour, { type: 'retained', routes, seconds: Math.ceil((until - now) / 1000) });
    return true;
  }

  /**
   * The neighbour is established again, as a source like `wanted`. Answers the source that its old routes are under,
   * so that the same routes are no change; undefined when there are none, or none that may stay.
   */
  returned(
    neighbour: Neighbour,
    negotiated: Negotiated,
    wanted: Omit<NeighbourSource, 'index'>,
  ): NeighbourSource | undefined {
    const { clock, table, told } = this.#modules;
    const { retention, gracefulRestart: policy } = neighbour;
    if (retention === undefined) return undefined;
    const { source, lostAt, longLivedUntil } = retention;
    const routes = table.pathsOf(source.index);
    if (!keptForwarding(negotiated, longLivedUntil !== undefined, policy) || !sameStanding(source, wanted)) {
      this.withdraw(neighbour);
      told(neighbour, { type: 'returned-without-state', routes });
      return undefined;
    }
    const until = longLivedUntil ?? lostAt + 1000 * policy.staleTime;
    this.#enter(neighbour, { ...retention, phase: 'resynchronising', since: clock.now(), until });
    told(neighbour, { type: 'returned', routes });
    return source;
  }

  /**
   * The time for which the neighbour's routes are long-lived stale is another one than `before`, in seconds: where it has
   * begun, counted from when it did. What the neighbour asked for less of stays at that.
   */
  retime(neighbour: Neighbour, before: number): void {
    const { retention, gracefulRestart: policy } = neighbour;
    if (retention === undefined || retention.longLivedTime === 0 || retention.spent) return;
    const { longLivedTime: asked, longLivedUntil: over } = retention;
    const longLivedTime = asked === before ? policy.longLivedStaleTime : Math.min(asked, policy.longLivedStaleTime);
    const longLivedUntil = over && over + 1000 * (longLivedTime - asked);
    this.#enter(neighbour, { ...retention, longLivedTime, longLivedUntil, until: longLivedUntil ?? retention.until });
  }

  /** End-of-RIB (RFC 4724 §4.2). */
  endOfRib(neighbour: Neighbour): void {
    const { retention } = neighbour;
    if (retention?.phase !== 'resynchronising') return;
    const routes = this.#removeStale(neighbour, retention);
    this.#modules.told(neighbour, { type: 'resynchronised', routes });
  }

  /** BoRR (RFC 7313 §4). A second one starts over: what was not told again yet stays stale. */
  beginRefresh(neighbour: Neighbour, source: NeighbourSource, negotiated: Negotiated): void {
    const { clock, table, sweeper, told } = this.#modules;
    if (negotiated.gracefulRestart !== undefined && !neighbour.counts.endsOfRib.has(Family.Evpn)) {
      told(neighbour, { type: 'refresh-too-early' });
      return;
    }
    const now = clock.now();
    sweeper.cancel(source.index);
    table.beginRefresh(source.index);
    const until = now + 1000 * neighbour.gracefulRestart.staleTime;
    const never = { longLivedTime: 0, longLivedUntil: undefined };
    this.#enter(neighbour, { phase: 'refreshing', source, since: now, until, lostAt: now, ...never, spent: false });
    told(neighbour, { type: 'refresh-begun', routes: table.pathsOf(source.index) });
  }

  /** EoRR; without a BoRR before it, it is ignored (RFC 7313 §4). */
  endRefresh(neighbour: Neighbour): void {
    const { retention } = neighbour;
    if (retention?.phase !== 'refreshing') return;
    const routes = this.#removeStale(neighbour, retention);
    this.#modules.told(neighbour, { type: 'refresh-ended', routes });
  }

  /** Withdraws what is kept of a neighbour that has no session. */
  withdraw(neighbour: Neighbour): void {
    const { retention } = neighbour;
    this.forget(neighbour);
    if (retention === undefined) return;
    this.#modules.sweeper.withdraw(retention.source.index);
    this.#modules.wake();
  }

  /** Ends the phase and leaves the routes to the caller. */
  forget(neighbour: Neighbour): void {
    this.#timers.get(neighbour)?.cancel();
    this.#timers.delete(neighbour);
    neighbour.retention = undefined;
  }

  /** Ends all phases. */
  stop(): void {
    for (const neighbour of [...this.#timers.keys()]) this.forget(neighbour);
  }

  #enter(neighbour: Neighbour, retention: Retention): void {
    this.forget(neighbour);
    neighbour.retention = retention;
    const alarm = setAlarm(this.#modules.clock, retention.until, () => this.#over(neighbour, retention));
    this.#timers.set(neighbour, alarm);
  }

  #over(neighbour: Neighbour, retention: Retention): void {
    const { table, told } = this.#modules;
    const { phase, source, longLivedTime } = retention;
    if (phase === 'restarting' && longLivedTime > 0) {
      this.#age(neighbour, retention);
      return;
    }
    const routes = table.staleOf(source.index);
    if (phase === 'restarting' || phase === 'long-lived') this.withdraw(neighbour);
    else this.#removeStale(neighbour, retention);
    // That End-of-RIB has not come yet still matters if the session is lost before it does; from a neighbour without
    // RFC 4724, whose routes were kept all the same, none is owed.
    const awaitsEnd = phase === 'resynchronising' && neighbour.negotiated?.gracefulRestart !== undefined;
    if (awaitsEnd) neighbour.retention = { ...retention, spent: true };
    told(neighbour, { type: 'expired', phase, routes });
  }

  /** Begins the long-lived period, or goes on with the one that had begun before the neighbour was back for a while. */
  #age(neighbour: Neighbour, retention: Retention): void {
    const { clock, table, sweeper, told, wake } = this.#modules;
    const { source, longLivedTime } = retention;
    const now = clock.now();
    const until = retention.longLivedUntil ?? now + 1000 * longLivedTime;
    this.#enter(neighbour, { ...retention, phase: 'long-lived', since: now, until, longLivedUntil: until });
    sweeper.ageStale(source.index);
    wake();
    const seconds = Math.max(0, Math.ceil((until - now) / 1000));
    told(neighbour, { type: 'long-lived', routes: table.staleOf(source.index), seconds });
  }

  #removeStale(neighbour: Neighbour, { source }: Retention): number {
    const { table, sweeper, wake } = this.#modules;
    this.forget(neighbour);
    const routes = table.staleOf(source.index);
    if (routes > 0) {
      sweeper.removeStale(source.index);
      wake();
    }
    return routes;
  }
}
