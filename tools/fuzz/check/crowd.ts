/**
 * Neighbours that make it hard for a distributor: they take some routes, cannot take others, take all paths, change their
 * minds, stand still until the log has left them behind, go and come again. What each must hold is known when all of
 * them have read.
 */
import {
  everything,
  type Interest,
  interestIn,
  nothing,
  type TargetPrefix,
} from '../../../src/bgp-ts/egress/interest.ts';
import type { Member } from '../../../src/bgp-ts/egress/member.ts';
import type { NeighbourTraits } from '../../../src/bgp-ts/egress/neighbour-class.ts';
import { Requirement } from '../../../src/bgp-ts/rib/requirements.ts';
import { routeTargetsOf } from '../../../src/bgp-ts/rib/target-set.ts';
import { endOfRib } from '../../../src/bgp-ts/speaker/end-of-rib.ts';
import type { ExtendedCommunity } from '../../../src/bgp-ts/wire/community/extended/octets.ts';
import { Family } from '../../../src/bgp-ts/wire/constants.ts';
import type { Random } from '../random.ts';
import { Broken } from './broken.ts';
import { type Candidate, candidatesOf, compare, formsFor, looped, type Sender, same } from './model.ts';
import { classOf, Receiver } from './receiver.ts';
import { type Rig, traits } from './rig.ts';
import type { HeldFamilyId, HeldRoute } from './routes.ts';
import { show } from './show.ts';

/** What a neighbour takes, as the model sees it: of the prefixes, those that lie over a target; all without a list. */
interface Wish {
  readonly prefixes?: readonly TargetPrefix[];
  readonly cannot: number;
}

/** One sort of neighbour. */
interface Role {
  readonly name: string;
  readonly from: keyof Rig['distributors'];
  readonly traits: NeighbourTraits;
  readonly source: number;
  /** Takes what it asks for: of targets seen, or by the memberships that the source of the same number announced. */
  readonly asks?: 'at random' | 'by membership';
  readonly cannot?: number;
}

const { Ipv6Originator, Ipv6TunnelEnd, NewPmsiTunnel, PartialTarget, SeveralTunnels } = Requirement;
const ofAttributes = Ipv6TunnelEnd | NewPmsiTunnel | SeveralTunnels;
const { client, nonClient, extendedClient, external } = traits;
const here = { nextHop: '10.0.0.1' } as const;

/** Those that are no sources have numbers that no source has. */
const roles: readonly Role[] = [
  { name: 'all', from: Family.Evpn, traits: client, source: 50_001 },
  { name: 'some', from: Family.Evpn, traits: client, source: 50_002, asks: 'at random' },
  { name: 'spared', from: Family.Evpn, traits: client, source: 50_003, cannot: Ipv6Originator | ofAttributes },
  {
    ...{ name: 'some-spared', from: Family.Evpn, traits: nonClient, source: 50_004 },
    ...{ asks: 'at random', cannot: Ipv6TunnelEnd },
  },
  { name: 'source', from: Family.Evpn, traits: client, source: 0, asks: 'by membership' },
  { name: 'paths', from: 'paths', traits: extendedClient, source: 1 },
  { name: 'some-paths', from: 'paths', traits: client, source: 50_005, asks: 'at random', cannot: Ipv6Originator },
  { name: 'members', from: Family.RtConstrain, traits: { ...client, ...here, echo: true }, source: 0 },
  { name: 'members-spared', from: Family.RtConstrain, traits: client, source: 50_006, cannot: PartialTarget },
  { name: 'members-inside', from: Family.RtConstrain, traits: { ...nonClient, ...here }, source: 1 },
  { name: 'members-outside', from: Family.RtConstrain, traits: { ...external, ...here }, source: 50_007 },
];

interface Present {
  readonly member: Member;
  readonly receiver: Receiver;
  wish: Wish;
}

/** Octets that a membership's next hop may grow by, and more. */
const MEMBERSHIP_SPARE = 300;
/** Octets of a key and its path identifier that are more than path-mirror.ts holds. */
const MIRRORED_KEY = 255 - 4;

export class Crowd {
  readonly #rig: Rig;
  readonly #senders: readonly Sender[];
  readonly #random: Random;
  readonly #present = new Map<Role, Present>();
  /** No session has several paths of a membership, which would be one wish. */
  readonly #hasMemberships: boolean;
  readonly #roles: readonly Role[];
  #stirring = true;

  constructor(rig: Rig, senders: readonly Sender[], random: Random) {
    this.#rig = rig;
    this.#senders = senders;
    this.#random = random;
    this.#hasMemberships = !senders.some(({ source }) => source.decode.addPath.has(Family.RtConstrain));
    // A few at a time: with all of them, checking would take longer than the rest.
    this.#roles = roles.filter(() => random.chance(0.35));
    for (const role of this.#roles) if (random.chance(0.6)) this.#join(role);
  }

  /** Some read, some do not; some come, go, or want something else. */
  stir(): void {
    const random = this.#random;
    for (const role of this.#roles) {
      const present = this.#present.get(role);
      if (present === undefined) {
        if (random.chance(0.3)) this.#join(role);
        continue;
      }
      const { member } = present;
      if (random.chance(0.5)) readAgain(present);
      if (random.chance(0.1)) member.refresh();
      if (random.chance(0.1)) member.releaseEndOfRib();
      if (role.asks !== undefined && random.chance(0.4)) this.#ask(role, present);
      if (present.wish.cannot !== 0 && random.chance(0.1)) {
        const allowed = present.wish.cannot & -present.wish.cannot;
        member.allow(allowed);
        present.wish = { ...present.wish, cannot: present.wish.cannot & ~allowed };
      }
      if (random.chance(0.1)) this.#leave(role, present);
      else if (this.#rig.hopeless.has(role.source)) this.#join(role);
    }
    this.#rig.hopeless.clear();
  }

  /** Lets everybody read to the end, and checks what they hold. */
  settle(): void {
    this.#stirring = false;
    for (const role of this.#roles) if (!this.#present.has(role)) this.#join(role);
    for (const [role, present] of this.#present) {
      if (role.asks === 'by membership') this.#ask(role, present);
      present.member.releaseEndOfRib();
      readAgain(present);
    }
    this.#rig.distribute();
    if (this.#roles.length === 0) return;
    const evpn = candidatesOf(Family.Evpn, this.#senders);
    const memberships = candidatesOf(Family.RtConstrain, this.#senders);
    for (const [role, present] of this.#present) {
      if (role.from === 'paths') this.#checkPaths(role, present, evpn);
      else if (role.from === Family.RtConstrain) checkMemberships(role, present, memberships);
      else this.#checkBest(role, present, evpn);
      if (present.receiver.ends !== 1) {
        throw new Broken('end-of-rib', `${role.name} was sent ${present.receiver.ends} times End-of-RIB`);
      }
    }
    this.#stirring = true;
  }

  leave(): void {
    for (const [role, present] of this.#present) this.#leave(role, present);
  }

  #join(role: Role): void {
    const before = this.#present.get(role);
    if (before !== undefined) this.#leave(role, before);
    const family: HeldFamilyId = role.from === 'paths' ? Family.Evpn : role.from;
    const isFull = () => this.#stirring && this.#random.chance(0.4);
    const receiver = new Receiver(role.traits, { family, addPath: role.from === 'paths', isFull });
    const wish = this.#wishOf(role, role.cannot ?? 0);
    const isSelective = role.asks !== undefined || role.cannot !== undefined;
    const member = this.#rig.distributors[role.from].join(
      role.traits,
      {
        source: role.source,
        endOfRib: endOfRib(family),
        selection: isSelective
          ? { interest: interestOf(wish), cannot: wish.cannot, holdEndOfRib: role.asks !== undefined }
          : undefined,
      },
      receiver,
    );
    this.#present.set(role, { member, receiver, wish });
  }

  #leave(role: Role, { member }: Present): void {
    this.#rig.distributors[role.from].leave(member);
    this.#present.delete(role);
  }

  #ask(role: Role, present: Present): void {
    present.wish = this.#wishOf(role, present.wish.cannot);
    const membership = this.#rig.memberships.get(role.source);
    const isByMembership = role.asks === 'by membership' && this.#hasMemberships;
    const interest = isByMembership ? membership?.interest() : interestOf(present.wish);
    present.member.setInterest(interest ?? nothing);
  }

  #wishOf({ asks, source }: Role, cannot: number): Wish {
    if (asks === undefined) return { cannot };
    if (asks === 'at random' || !this.#hasMemberships) return { prefixes: this.#someTargets(), cannot };
    const sender = this.#senders.find(({ source: { index } }) => index === source);
    const wished = [...(sender?.routes[Family.RtConstrain] ?? [])].filter(([, { attributes }]) => !looped(attributes));
    const keys = wished.map(([path]) => path.split(' '));
    // behind the path identifier: bits, origin AS, target
    if (keys.some(([, bits]) => bits === '0')) return { cannot };
    const prefixes = keys.map(([, bits, , octets]) => ({ bits: Math.max(0, Number(bits) - 32), octets }));
    return { prefixes, cannot };
  }

  /** Prefixes of targets that were announced, or of others near to them. */
  #someTargets(): TargetPrefix[] {
    const random = this.#random;
    const seen: ExtendedCommunity[] = [];
    for (const { routes } of this.#senders) {
      // routes of one UPDATE share their attributes
      const attributes = new Set([...routes[Family.Evpn].values()].slice(0, 20).map((route) => route.attributes));
      for (const { extendedCommunities = [] } of attributes) seen.push(...routeTargetsOf(extendedCommunities));
    }
    if (seen.length === 0) seen.push('0002fde800000064');
    return Array.from({ length: random.below(4) }, () => {
      const bits = random.chance(0.5) ? 64 : random.chance(0.9) ? 16 + random.below(49) : 0;
      const kept =
        (BigInt(`0x${random.pick(seen)}`) >> BigInt(64 - bits)) ^ BigInt(random.chance(0.2) && bits > 0 ? 1 : 0);
      const octets = (kept << BigInt(64 - bits)).toString(16).padStart(16, '0');
      return { bits, octets: octets.slice(0, Math.ceil(bits / 4)) };
    });
  }

  /** Of best routes: what the listener of its class holds, as far as it takes that. */
  #checkBest(role: Role, { receiver, wish }: Present, candidates: ReadonlyMap<string, readonly Candidate[]>): void {
    if (role.source < 50_000) {
      compare(
        receiver,
        candidates,
        ({ source, route }) => source.index !== role.source && wants(wish, route.attributes),
      );
      return;
    }
    const listener = this.#rig.listeners.find(({ to }) => to.kind === role.traits.kind && to.asn4 && !to.longLived);
    const expected = [...(listener?.routes ?? [])].filter(
      ([key, route]) => wants(wish, route.attributes) && (needsOf(key, route) & wish.cannot) === 0,
    );
    expectRoutes(role, receiver, expected);
  }

  /** Of all paths: each one that may be sent, and is not its own. */
  #checkPaths(role: Role, { receiver, wish }: Present, candidates: ReadonlyMap<string, readonly Candidate[]>): void {
    const formOf = formsFor(receiver.to, 4);
    const found = Map.groupBy(receiver.routes, ([path]) => path.slice(path.indexOf(' ') + 1));
    for (const [key, list] of candidates) {
      const expected = list.flatMap((candidate) => {
        if (candidate.source.index === role.source || !wants(wish, candidate.route.attributes)) return [];
        if (key.slice(key.indexOf(' ') + 1).length / 2 > MIRRORED_KEY) return [];
        const route = formOf(candidate);
        return route === undefined || (needsOf(key, route) & wish.cannot) !== 0 ? [] : [route];
      });
      const held = (found.get(key) ?? []).map(([, route]) => route);
      for (const route of expected) {
        const at = held.findIndex((other) => same(route, other));
        if (at < 0) throw new Broken('path-lost', `${role.name} lacks ${show(route)}; it holds ${show(held)}`);
        held.splice(at, 1);
      }
      if (held.length > 0) throw new Broken('path-stale', `${role.name} still holds ${show(held)}`);
      found.delete(key);
    }
    if (found.size > 0) throw new Broken('path-stale', `${role.name} still holds ${show([...found.values()])}`);
  }
}

function readAgain({ member, receiver }: Present): void {
  receiver.buffered = 0;
  member.writable();
}

/** Of memberships: each that all who announced it may be heard about, and none of which nobody may be. */
function checkMemberships(
  role: Role,
  { receiver: { to, routes }, wish }: Present,
  candidates: ReadonlyMap<string, readonly Candidate[]>,
): void {
  const surely = formsFor(to, MEMBERSHIP_SPARE);
  const maybe = formsFor({ ...to, maxMessage: to.maxMessage + MEMBERSHIP_SPARE });
  for (const [key, list] of candidates) {
    const isSpared = (wish.cannot & PartialTarget) !== 0 && Number.parseInt(key, 10) < 96;
    const others = list.filter(({ source }) => to.echo === true || source.index !== role.source);
    if (!routes.has(key)) {
      if (isSpared || others.length < list.length || list.some((candidate) => surely(candidate) === undefined))
        continue;
      throw new Broken('membership-lost', `${role.name} lacks ${key}`);
    }
    if (isSpared || others.every((candidate) => maybe(candidate) === undefined)) {
      throw new Broken('membership-leaked', `${role.name} was sent ${key}`);
    }
  }
  for (const [key, { attributes }] of routes) {
    if (!candidates.has(key)) throw new Broken('membership-stale', `${role.name} still holds ${key}`);
    // RFC 4684 §3.2 i
    if (to.kind === 'client' && attributes.originatorId !== '10.0.0.1') {
      throw new Broken('membership-originator', `${role.name}: ${show(attributes)}`);
    }
  }
}

function expectRoutes(role: Role, { to, routes }: Receiver, expected: readonly (readonly [string, HeldRoute])[]): void {
  for (const [key, route] of expected) {
    const found = routes.get(key);
    if (found === undefined) throw new Broken('member-lacks', `${role.name} lacks ${key}, ${show(route)}`);
    if (!same(route, found)) {
      throw new Broken('member-differs', `${role.name} holds ${show(found)}, not ${show(route)} as ${classOf(to)}`);
    }
  }
  if (routes.size === expected.length) return;
  const wanted = new Set(expected.map(([key]) => key));
  const left = [...routes.keys()].filter((key) => !wanted.has(key));
  throw new Broken('member-stale', `${role.name} still holds ${show(left)}`);
}

function interestOf({ prefixes }: Wish): Interest {
  if (prefixes === undefined) return everything;
  return prefixes.length === 0 ? nothing : interestIn(prefixes);
}

/** RFC 4684 §6, bit by bit. */
function wants({ prefixes }: Wish, { extendedCommunities = [] }: HeldRoute['attributes']): boolean {
  if (prefixes === undefined) return true;
  const targets = routeTargetsOf(extendedCommunities).map((target) => BigInt(`0x${target}`));
  return prefixes.some(({ bits, octets }) => {
    const open = BigInt(64 - bits);
    const prefix = BigInt(`0x${octets.padEnd(16, '0')}`) >> open;
    return targets.some((target) => target >> open === prefix);
  });
}

/** What a route asks of its receiver, read from the key as it is written and the attributes as they were decoded. */
function needsOf(key: string, { attributes: { pmsiTunnel, tunnelEncapsulation = [] } }: HeldRoute): number {
  // RD, and Ethernet tag or ESI, and an originator of 128 bits
  const hasIpv6Originator = /^3 .{24}80/.test(key) || /^4 .{36}80/.test(key);
  const tunnel = pmsiTunnel?.tunnel;
  const hasIpv6End = tunnel?.kind === 'ingress-replication' && tunnel.endpoint.includes(':');
  return (
    (hasIpv6Originator ? Ipv6Originator : 0) |
    (hasIpv6End ? Ipv6TunnelEnd : 0) |
    (tunnel !== undefined && tunnel.type > 7 ? NewPmsiTunnel : 0) |
    (tunnelEncapsulation.length > 1 ? SeveralTunnels : 0)
  );
}
