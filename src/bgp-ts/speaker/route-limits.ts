/**
 * How many routes a neighbour may have (RFC 4486 §4): a warning on the way there, Cease/Maximum Number of Prefixes
 * beyond, and then, if so configured, no session for a while. Likewise how much their attributes may take, as each route
 * may have attributes of its own that are a hundred times as large.
 *
 * Routes count that the neighbour has announced and not taken back. What it has not confirmed since it restarted or
 * began a refresh does not count, as it may well announce others instead; but both together are never more than twice
 * the limit, however often it begins anew.
 */
import type { AttributeStore } from '../rib/attribute-store.ts';
import type { RouteTable } from '../rib/route-table.ts';
import type { Source } from '../rib/source.ts';
import { type Clock, setAlarm, type Timer } from '../session/clock.ts';
import { CeaseSubcode, Family, type FamilyId, familyAfi, familySafi, NotificationCode } from '../wire/constants.ts';
import type { Fault } from '../wire/fault.ts';
import { MAX_MEMBERSHIPS } from './membership.ts';
import type { Neighbour } from './neighbour.ts';

/** What a neighbour's number of routes led to. */
export type RouteLimitEvent =
  /** More routes than the warning is for; told once until there are clearly fewer again. */
  | { readonly type: 'near-limit'; readonly routes: number; readonly warnAbove: number; readonly limit: number }
  /** Too many routes, route target memberships or attributes: the session ends. */
  | { readonly type: 'exceeded'; readonly limit: number; readonly reason: string }
  /** No session with the neighbour for so many seconds, or until it is reset by hand. */
  | { readonly type: 'held'; readonly seconds: number | 'never' }
  | { readonly type: 'released' };

export interface RouteLimitsModules {
  readonly clock: Clock;
  readonly table: RouteTable;
  readonly attributes: Pick<AttributeStore, 'octetsOf'>;
  readonly told: (neighbour: Neighbour, event: RouteLimitEvent) => void;
}

/** Of the number that is warned for: with fewer routes than this part the warning is over. */
const CLEARLY_FEWER = 0.95;

export class RouteLimits {
  readonly #modules: RouteLimitsModules;
  readonly #timers = new Map<Neighbour, Timer>();
  /** Those whose session is about to end for it. */
  readonly #exceeded = new Set<Neighbour>();

  constructor(modules: RouteLimitsModules) {
    this.#modules = modules;
  }

  /** To be asked after each UPDATE and each change of the limit: the fault that ends the session, when there are too many routes. */
  check(neighbour: Neighbour, source: Source): Fault | undefined {
    const { policy, membership } = neighbour;
    if (membership !== undefined && membership.size > MAX_MEMBERSHIPS) {
      const reason = `${membership.size} route target memberships, more than the ${MAX_MEMBERSHIPS} allowed`;
      return this.#tooMany(neighbour, Family.RtConstrain, MAX_MEMBERSHIPS, reason);
    }
    const { routeLimit } = policy;
    if (routeLimit === undefined) return undefined;
    const { table, attributes, told } = this.#modules;
    const { limit, warnAbove = limit, attributeOctets = Number.POSITIVE_INFINITY } = routeLimit;
    if (attributes.octetsOf(source.index) > attributeOctets) {
      neighbour.limitExceeded++;
      this.#exceeded.add(neighbour);
      const reason = `attributes that take more than the ${attributeOctets} octets allowed`;
      told(neighbour, { type: 'exceeded', limit, reason });
      return tooMuch(neighbour, CeaseSubcode.OutOfResources, NO_DATA, reason, Family.Evpn);
    }
    const held = table.pathsOf(source.index);
    const routes = held - table.staleOf(source.index);
    if (routes > limit || held > 2 * limit) {
      const reason =
        routes > limit
          ? `${routes} routes, more than the ${limit} allowed`
          : `${held} routes with those it has not confirmed, more than twice the ${limit} allowed`;
      return this.exceed(neighbour, limit, reason);
    }
    if (neighbour.nearLimit) neighbour.nearLimit = routes >= warnAbove * CLEARLY_FEWER;
    else if (routes > warnAbove) {
      neighbour.nearLimit = true;
      told(neighbour, { type: 'near-limit', routes, warnAbove, limit });
    }
    return undefined;
  }

  /**
   * There are too many routes of a neighbour with a session by what somebody else counts: the fault that ends it, as if its
   * own limit were exceeded.
   */
  exceed(neighbour: Neighbour, limit: number, reason: string): Fault {
    neighbour.limitExceeded++;
    this.#exceeded.add(neighbour);
    return this.#tooMany(neighbour, Family.Evpn, limit, reason);
  }

  /** A session has ended. If that was for too many routes, the neighbour is kept down as long as it is to be. */
  ended(neighbour: Neighbour): void {
    neighbour.nearLimit = false;
    const restart = neighbour.policy.routeLimit?.restart;
    if (!this.#exceeded.delete(neighbour) || restart === undefined) return;
    const { clock, told } = this.#modules;
    void neighbour.peer.stop();
    neighbour.heldUntil = restart === 'never' ? Number.POSITIVE_INFINITY : clock.now() + 1000 * restart;
    if (restart !== 'never') {
      this.#timers.set(
        neighbour,
        setAlarm(clock, neighbour.heldUntil, () => this.release(neighbour)),
      );
    }
    told(neighbour, { type: 'held', seconds: restart });
  }

  /** Lets a neighbour come back that is kept down; false when it is not. */
  release(neighbour: Neighbour): boolean {
    if (neighbour.heldUntil === undefined) return false;
    this.forget(neighbour);
    neighbour.peer.start();
    this.#modules.told(neighbour, { type: 'released' });
    return true;
  }

  forget(neighbour: Neighbour): void {
    this.#timers.get(neighbour)?.cancel();
    this.#timers.delete(neighbour);
    neighbour.heldUntil = undefined;
  }

  #tooMany(neighbour: Neighbour, family: FamilyId, limit: number, reason: string): Fault {
    this.#modules.told(neighbour, { type: 'exceeded', limit, reason });
    return tooMany(neighbour, family, limit, reason);
  }

  /** Lets nobody come back any more. */
  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}

function tooMany(neighbour: Neighbour, family: FamilyId, limit: number, reason: string): Fault {
  const afi = familyAfi(family);
  // RFC 4486 §4: AFI, SAFI and the upper bound.
  const data = Uint8Array.of(afi >> 8, afi, familySafi(family), limit >>> 24, limit >>> 16, limit >>> 8, limit);
  return tooMuch(neighbour, CeaseSubcode.MaximumPrefixes, data, reason, family);
}

const NO_DATA = new Uint8Array(0);

function tooMuch(neighbour: Neighbour, subcode: number, data: Uint8Array, reason: string, family: FamilyId): Fault {
  const notification = { code: NotificationCode.Cease, subcode, data };
  return {
    code: 'max-routes',
    outcome: 'session-reset',
    offset: 0,
    reason,
    notification: neighbour.peer.forGood(notification),
    family,
  };
}
