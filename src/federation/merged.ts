/**
 * Routes that cross as one: flooding goes to the gateway once however many NVEs are behind it, a prefix crosses in place of its
 * hosts, and one unknown-MAC route in place of MAC addresses (RFC 9014 §3.5). Who is a member of which is counted.
 */
import { type OwnSource, parseIp } from 'bgp-ts';
import { type Plan, saysTheSame } from './judge.ts';
import type { Verdict } from './policy/verdict.ts';
import type { RouteDistinguishers } from './route-distinguishers.ts';

/** What a route is part of. */
export interface Membership {
  /** Tells merged routes apart, within one direction and domain. */
  readonly key: string;
  /** The NLRI without its route distinguisher: type, and what stands behind the RD. */
  readonly type: number;
  readonly behindRd: Uint8Array;
}

export interface MergedRoute {
  readonly number: number;
  readonly key: string;
  readonly source: OwnSource;
  /** The one of its members' plans that {@link preferredOf} prefers: the same in whatever order they joined. */
  plan: Plan;
  /** What it was announced with last. */
  told: Plan | undefined;
  readonly nlri: Uint8Array;
  members: number;
  /** How many members have each plan. */
  readonly membersOf: Map<Plan, number>;
}

const NO_ESI = new Uint8Array(10);
const NO_TAG = 0;
const RD = 8;
const MAC_BITS = 48;

/**
 * What a route with this plan crosses as a part of; undefined where it crosses by itself. `tag` is its Ethernet tag there: each is a
 * broadcast domain of its own (RFC 7432 §6), which prefixes know nothing of.
 */
export function membershipOf(
  { share, gateway, originator, verdict, vni }: Plan,
  type: number,
  tag: number,
): Membership | undefined {
  const network = share.network.name;
  if (type === 3 && gateway !== undefined && originator !== undefined) {
    const behindRd = Uint8Array.of(...u32(tag), originator.length * 8, ...originator);
    return { key: `flood ${network} ${vni} ${tag} ${gateway.tunnelAddress}`, type, behindRd };
  }
  if (type === 2 && verdict.summary === 'unknown-mac') {
    const behindRd = Uint8Array.of(...NO_ESI, ...u32(tag), MAC_BITS, 0, 0, 0, 0, 0, 0, 0, ...label(vni));
    return { key: `unknown-mac ${network} ${vni} ${tag}`, type, behindRd };
  }
  if (type !== 3 && verdict.aggregate !== undefined) {
    const [address = '', length] = verdict.aggregate.split('/');
    const octets = parseIp(address);
    if (octets === undefined) return undefined;
    const noGateway = new Uint8Array(octets.length);
    const behindRd = Uint8Array.of(...NO_ESI, ...u32(NO_TAG), Number(length), ...octets, ...noGateway, ...label(vni));
    return { key: `prefix ${network} ${vni} ${verdict.aggregate}`, type: 5, behindRd };
  }
  return undefined;
}

/**
 * Which of two members' plans is that of all: by the rule that stands first in the policy, so that of two rules that make one
 * route the first says with what; where that is the same, by the octets of what is sent.
 */
export function preferredOf(one: Plan, other: Plan): Plan {
  const byRule = indexOf(one.verdict) - indexOf(other.verdict);
  if (byRule !== 0) return byRule < 0 ? one : other;
  return (Buffer.compare(one.others, other.others) || Buffer.compare(one.reach, other.reach)) >= 0 ? one : other;
}

const indexOf = ({ rule }: Verdict): number => (rule === 'default' ? Number.MAX_SAFE_INTEGER : rule.index);

const label = (vni: number): number[] => [vni >>> 16, (vni >>> 8) & 0xff, vni & 0xff];
const u32 = (value: number): number[] => [value >>> 24, ...label(value & 0xff_ffff)];

/**
 * Eight octets that stand for the network where a route is nobody's alone, for our own distinguisher to be made of: of a type
 * that no RD has.
 */
const mergedDistinguisher = (vni: number): Uint8Array => Uint8Array.of(0xff, 0xff, 0, 0, 0, ...label(vni));

export class Merged {
  readonly #byKey = new Map<string, MergedRoute>();
  readonly #byNumber: (MergedRoute | undefined)[] = [];
  readonly #free: number[] = [];
  /** Whose members have changed since {@link changed} was asked. */
  readonly #touched = new Set<MergedRoute>();
  readonly #distinguishers: RouteDistinguishers;

  constructor(distinguishers: RouteDistinguishers) {
    this.#distinguishers = distinguishers;
  }

  /** Whether {@link join} finds a distinguisher for it. */
  hasRoom({ vni }: Plan): boolean {
    return this.#distinguishers.of(mergedDistinguisher(vni), 0) !== undefined;
  }

  /** The one with a number that {@link join} has given. */
  at(number: number): MergedRoute | undefined {
    return this.#byNumber[number];
  }

  /** Its number, to be {@link leave}d once for each time; undefined where there is no distinguisher for it. */
  join(membership: Membership, plan: Plan, source: OwnSource): number | undefined {
    const route = this.#routeOf(membership, plan, source);
    if (route === undefined) return undefined;
    this.#touched.add(route);
    route.plan = route.members === 0 ? plan : preferredOf(route.plan, plan);
    route.members++;
    route.membersOf.set(plan, (route.membersOf.get(plan) ?? 0) + 1);
    return route.number;
  }

  #routeOf({ key: name, type, behindRd }: Membership, plan: Plan, source: OwnSource): MergedRoute | undefined {
    // Under another source it is another route, or it would stay where it was.
    const key = `${source.source.index} ${name}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const theirs = mergedDistinguisher(plan.vni);
    const rd = this.#distinguishers.of(theirs, 0);
    if (rd === undefined) return undefined;
    this.#distinguishers.retain(theirs, 0);
    const number = this.#free.pop() ?? this.#byNumber.length;
    const nlri = Uint8Array.of(type, RD + behindRd.length, ...rd, ...behindRd);
    const route = { number, key, plan, told: undefined, source, nlri, members: 0, membersOf: new Map<Plan, number>() };
    this.#byKey.set(key, route);
    this.#byNumber[number] = route;
    return route;
  }

  /** `plan` is what it has joined with. */
  leave(number: number, plan: Plan): void {
    const route = this.#byNumber[number];
    if (route === undefined) return;
    const { membersOf } = route;
    const left = (membersOf.get(plan) ?? 1) - 1;
    if (left > 0) membersOf.set(plan, left);
    else membersOf.delete(plan);
    route.members--;
    this.#touched.add(route);
  }

  /** Those that have to be announced again, or withdrawn where they have no members; each once. */
  *changed(): Iterable<MergedRoute> {
    for (const route of this.#touched) {
      if (route.members > 0) {
        // Whose plan it was may have left.
        if (!route.membersOf.has(route.plan)) route.plan = [...route.membersOf.keys()].reduce(preferredOf);
        if (route.told === undefined || !saysTheSame(route.told, route.plan)) yield route;
        route.told = route.plan;
        continue;
      }
      if (route.told !== undefined) yield route;
      this.#distinguishers.release(mergedDistinguisher(route.plan.vni), 0);
      this.#byKey.delete(route.key);
      this.#byNumber[route.number] = undefined;
      this.#free.push(route.number);
    }
    this.#touched.clear();
  }
}
