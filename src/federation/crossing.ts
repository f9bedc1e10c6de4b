/**
 * One direction between two domains: routes of one speaker's table, announced anew in another.
 *
 * How it works. The speaker that routes come from tells of its decisions (`decided`); a route that has changed is queued, and
 * when the queue gives it (late enough for its last state, no faster than agreed) it is judged: the {@link Judge} says what
 * routes with its attributes are on the other side, and only octets of its NLRI are left to be changed. What crosses goes
 * into UPDATEs, as many routes with one set of attributes as fit, and these into the other speaker under a source of our own.
 *
 * Each route of theirs is one route of ours, with a key that follows from its own, so that nothing but a number is kept of
 * it here. Only where several routes cross as one (flooding by a gateway, a prefix in place of its hosts) are the members
 * counted. That is also why a withdrawn route's number is held at its table until its withdrawal has crossed.
 */
import {
  type AttributeSet,
  type Changes,
  emptySplit,
  type NlriSplit,
  type OwnSource,
  type Speaker,
  splitEvpn,
  toHex,
} from 'bgp-ts';
import { factsOfRoute, type RouteFacts } from '../evpn/facts.ts';
import { LABEL, readLabel } from '../evpn/label.ts';
import { ethernetTagThere, reOriginateNlri } from '../evpn/re-originate.ts';
import { grown } from '../nva/columns.ts';
import { DestinationColumn } from '../nva/destination-column.ts';
import { NumberList } from '../nva/number-list.ts';
import { AgeChanges } from './age-changes.ts';
import type { CrossingQueue } from './crossing-queue.ts';
import type { RouteLook } from './crossing-view.ts';
import { BY_ROUTE, type FlapKey } from './flap-groups.ts';
import type { ImportLimits, ImportLimitsOptions } from './import-limits.ts';
import { type Judge, type Plan, type Refused, saysTheSame } from './judge.ts';
import { type Membership, Merged, membershipOf } from './merged.ts';
import type { CrossingRate, Direction } from './model.ts';
import { Outbox } from './outbox.ts';
import { explainPolicy, type PolicyExplanation } from './policy/explain.ts';
import type { ComparedRoute, Outcome } from './policy-comparison.ts';
import { type Refusal, refusals } from './refusals.ts';
import type { RouteDistinguishers } from './route-distinguishers.ts';
import { nameWhereFrom, type SharedNetwork } from './shares.ts';

export interface CrossingModules {
  readonly direction: Direction;
  /** The other domain. */
  readonly neighbour: string;
  /** Whose routes cross. */
  readonly from: Pick<Speaker, 'table' | 'attributes'>;
  /** Under which source they go, each share's. */
  readonly to: (share: SharedNetwork) => OwnSource | undefined;
  readonly judge: Judge;
  readonly queue: CrossingQueue;
  readonly distinguishers: RouteDistinguishers;
  /** Absent where as many as there are may cross. */
  readonly limits?: ImportLimits;
  /** Whether something of an NLRI may not come from there. */
  readonly isForged?: (facts: RouteFacts, share: SharedNetwork) => boolean;
  /** Whether only we make route distinguishers with this IPv4 address. */
  readonly isOurAdministrator?: (address: number) => boolean;
  /** Our AS, which only we put into a route distinguisher; absent where routes are our own. */
  readonly ourAsn?: number;
  /** Milliseconds. */
  readonly now: () => number;
  /** There is something to do, at once or (milliseconds) by then. */
  readonly wake: (at?: number) => void;
  /** Told of each route that has changed what it is: undefined when it crosses no more. */
  readonly crossed?: (destination: number, plan: Plan | undefined) => void;
}

/** A route that stands for several. */
export interface CrossingPart {
  /** As it is there. */
  readonly nlri: Uint8Array;
  /** The network that it is in there. */
  readonly share: SharedNetwork;
}

/** What becomes of one route, and why. */
export interface CrossingExplanation {
  /** As it comes. */
  readonly route: RouteFacts;
  readonly set: AttributeSet;
  readonly answer: Plan | Refused;
  /** Undefined where there is no policy, or the route did not get as far as that. */
  readonly policy: PolicyExplanation | undefined;
  /** What the other side was told last: the route by itself, or one that stands for several. */
  readonly told: 'nothing' | 'alone' | 'merged';
  /** It has changed, and that has not crossed. */
  readonly queued: 'waiting' | 'damped' | undefined;
  readonly isFrozen: boolean;
  /** The route that it is counted in, where it does not cross by itself. */
  readonly merged: CrossingPart | undefined;
  /** The route distinguisher there, of itself or of what it is counted in: eight octets in hexadecimal. */
  readonly rd: string | undefined;
}

/** Destinations taken from the queue in one go. */
const SLICE = 512;
/** Of a route that does not cross. */
const NOTHING = 0;
/** It crosses as a route of its own. */
const ALONE = 1;
/** It is counted in a route that crosses for several: at least this. */
const FIRST_MERGED = 2;
/** The route itself has changed since it was looked at. */
const CHANGED = 1;
/** What it is judged by has changed: what is shared, a policy, a gateway, or what an operator does to the neighbour. */
const RECONSIDERED = 2;
/** Destinations there is room for at first. */
const CAPACITY = 1024;
/** Withdrawn destinations that are remembered at most because they flapped, when nothing of theirs has still to cross. */
const MOST_REMEMBERED = 65_536;
/** Of those, looked at in one go, and milliseconds to the next. */
const LET_GO_STRIDES = 8;
const LET_GO_REST = 500;
const LONGEST_NLRI = 2 + 255 + 10;
/** Where an NLRI has its route distinguisher: behind its type and length. */
const RD_START = 2;
const RD_END = RD_START + 8;
/** Between the ESI of a type-2 route and its MAC address are the Ethernet tag and the length of the address (RFC 7432 §7.2). */
const MAC_BEHIND_ESI = 4 + 1;
/** Addresses that {@link CrossingModules.isOurAdministrator} is not asked about twice. */
const MOST_ADMINISTRATORS = 65_536;

/** Places from which on those that differ in what routes passed are not told apart: a neighbour says what that is. */
const MANY_PLACES = 16_384;

/** Where routes went: under which source, and of which network; and by which domains they came ({@link Plan.passed}). */
interface Place {
  readonly source: OwnSource;
  readonly network: NetworkCount;
  readonly passed: string;
  routes: number;
}

/** Routes of a network that cross. */
interface NetworkCount {
  readonly name: string;
  routes: number;
}

export class Crossing {
  readonly #modules: CrossingModules;
  /** By destination: {@link NOTHING}, {@link ALONE}, or the number of a merged route and {@link FIRST_MERGED}. */
  #told: Int32Array = new Int32Array(CAPACITY);
  /** By destination of what is told, the number of its place. */
  #placeOf: Uint16Array = new Uint16Array(CAPACITY);
  readonly #places: Place[] = [];
  /** Of the last route, in one run: what follows is mostly of the same network. */
  #lastShare: SharedNetwork | undefined;
  #lastSource: OwnSource | undefined;
  #lastPlan: Plan | undefined;
  #lastPlace = -1;
  readonly #placeNumbers = new Map<OwnSource, Map<string, number>>();
  /** By destination of what is told, as what. */
  readonly #planOf = new DestinationColumn<Plan>();
  /** By destination, why it is to be looked at: {@link CHANGED}, {@link RECONSIDERED}. */
  #pending: Uint8Array = new Uint8Array(CAPACITY);
  readonly #merged: Merged;
  readonly #slice = new Int32Array(SLICE);
  readonly #nlri = new Uint8Array(LONGEST_NLRI);
  readonly #split: NlriSplit = emptySplit();
  /** The destination whose NLRI these are, and what the judge is given of it. */
  #read = 0;
  readonly #look: RouteLook = { nlri: this.#nlri, split: this.#split, since: () => this.#since() };
  /** Of the route that was read. */
  readonly #flapKey: FlapKey = { network: BY_ROUTE, address: 0 };
  readonly #rewritten = new Uint8Array(LONGEST_NLRI);
  readonly #outbox = new Outbox();
  readonly #ages = new AgeChanges();
  /** Withdrawn, and held for their withdrawal or because they flapped. */
  readonly #held = new NumberList();
  /** Destination from which on all are still to be looked at anew; -1 when none are. */
  #reconsiderFrom = -1;
  /** Nothing crosses until it is released. */
  #isFrozen = false;
  #crossing = 0;
  /** By network. */
  readonly #networks = new Map<string, NetworkCount>();
  #changes = 0;
  /** What does not cross now, by the number of its reason, which is kept by destination: {@link refusalNumbers}. */
  readonly #refused = new Int32Array(codes.length + 1);
  /** What {@link CrossingModules.isOurAdministrator} has said, until everything is looked at anew. */
  readonly #administrators = new Map<number, boolean>();
  #lastAdministrator = -1;
  #isLastOurs = false;
  #refusalOf: Uint8Array = new Uint8Array(CAPACITY);

  constructor(modules: CrossingModules) {
    this.#modules = modules;
    this.#merged = new Merged(modules.distinguishers);
  }

  /** Routes that cross now. */
  get routes(): number {
    return this.#crossing;
  }
  /** Route distinguishers that routes of ours have because of them. */
  get distinguishers(): number {
    return this.#modules.distinguishers.size;
  }
  /** Those of one network. */
  routesOf(network: string): number {
    return this.#networks.get(network)?.routes ?? 0;
  }
  /** Of which networks routes cross now, and which domains they have passed ({@link Plan.passed}); a pair may come twice. */
  *spans(): Iterable<{ readonly network: string; readonly passed: string }> {
    for (const { network, passed, routes } of this.#places) if (routes > 0) yield { network: network.name, passed };
  }
  /** Changes that have crossed since the start. */
  get changes(): number {
    return this.#changes;
  }
  /** Routes that have changed and not crossed. */
  get waiting(): number {
    return this.#modules.queue.size;
  }
  /** Milliseconds for which the oldest of them has waited; those that rest are not counted. */
  get lag(): number {
    const { queue, now } = this.#modules;
    const at = now();
    return Math.max(0, at - (queue.waitingSince ?? at));
  }
  /** Those that rest because they flapped. */
  get damped(): number {
    return this.#modules.queue.damped;
  }
  /** Whether nothing is on its way. */
  get isSettled(): boolean {
    return this.#modules.queue.size === 0 && this.#reconsiderFrom < 0;
  }
  /** Routes that are there and do not cross, by reason. */
  get refused(): ReadonlyMap<Refusal, number> {
    return new Map(codes.flatMap((code, i) => (this.#refused[i + 1] === 0 ? [] : [[code, this.#refused[i + 1]]])));
  }

  /** For the speaker that routes come from. */
  decided({ destinations, oldSets, length }: Changes): void {
    const { queue, now, wake, from } = this.#modules;
    const at = now();
    const before = queue.size;
    for (let i = 0; i < length; i++) {
      const destination = destinations[i];
      const setId = from.table.sentSet(destination);
      const set = from.attributes.get(setId >= 0 ? setId : oldSets[i]);
      if (destination >= this.#told.length) this.#grow(destination);
      if (this.#isOf(set) && this.#told[destination] === NOTHING) {
        this.#noteRefusal(destination, this.#whyNotBack(setId));
        continue;
      }
      this.#pending[destination] |= CHANGED;
      queue.mark(destination, at);
    }
    if (queue.size > before) wake();
  }

  /**
   * Whether the route was told to where it would cross: what comes in is looked for in the table in which what goes out is
   * as well, and what goes out in the one that has what came in.
   */
  #isOf({ source }: AttributeSet): boolean {
    const { direction, neighbour } = this.#modules;
    return direction === 'import' ? source.kind === 'local' : source.onBehalfOf === neighbour;
  }

  /** Why a route that has come from there does not cross; nothing is counted of what is told to there. */
  #whyNotBack(setId: number): Refusal | undefined {
    return setId >= 0 && this.#modules.direction === 'export' ? 'came-from-there' : undefined;
  }

  /** For the same: whether a withdrawn destination has still to be looked at. */
  isHeld(destination: number): boolean {
    const { queue, now } = this.#modules;
    const isTold = (this.#told[destination] ?? NOTHING) !== NOTHING;
    // What came and went while nothing crosses was told to nobody: it is not held for as long as that lasts.
    const isRemembered = !this.#isFrozen && this.#held.size < MOST_REMEMBERED && queue.hasFlapped(destination, now());
    if (isTold || isRemembered) {
      this.#held.add(destination);
      return true;
    }
    // The number may come to mean another destination.
    this.#held.delete(destination);
    this.#noteRefusal(destination, undefined);
    queue.forget(destination);
    return false;
  }

  /** Looks at all routes anew: what is shared, a policy or a gateway has changed. */
  reconsider(): void {
    this.#reconsiderFrom = 0;
    this.#ages.clear();
    this.#administrators.clear();
    this.#lastAdministrator = -1;
    this.#modules.wake();
  }

  get direction(): Direction {
    return this.#modules.direction;
  }

  /** What waits goes on waiting, by another rate. */
  rateChanged(rate: CrossingRate): void {
    const { queue, now, wake } = this.#modules;
    queue.become(rate, now());
    wake();
  }

  /** Where routes are counted: what has crossed stays. */
  limitsChanged(limits: ImportLimitsOptions): void {
    this.#modules.limits?.become(limits);
  }

  /** Lets nothing cross until it is let again; what crosses then is the last state. */
  freeze(isFrozen: boolean): void {
    this.#isFrozen = isFrozen;
    if (!isFrozen) this.#modules.wake();
  }

  /** It is not run any more: what is held for it is let go of. */
  stop(): void {
    for (let held = this.#held.take(); held >= 0; held = this.#held.take()) this.#modules.from.table.letGo(held);
  }

  /** Works until `until`, which is looked at after each `stride` of routes; true when there is more to do at once. */
  run(until: number, stride = SLICE): boolean {
    const { queue, now, wake } = this.#modules;
    if (this.#isFrozen) return false;
    this.#lastShare = undefined;
    for (;;) {
      const at = now();
      if (this.#reconsiderFrom >= 0) this.#reconsiderSome(at);
      for (const destination of this.#ages.due(Math.floor(at / 1000))) queue.mark(destination, at);
      const count = queue.take(at, stride, this.#slice);
      for (let i = 0; i < count; i++) this.#cross(this.#slice[i], at);
      this.#tellMerged();
      this.#outbox.flush();
      this.#modules.distinguishers.sweep();
      if (count === 0 && this.#reconsiderFrom < 0) break;
      if (now() >= until) {
        this.#letGo(at, stride);
        return true;
      }
    }
    const aged = 1000 * (this.#ages.next ?? Number.POSITIVE_INFINITY);
    const next = Math.min(queue.nextAt(now()) ?? Number.POSITIVE_INFINITY, this.#letGo(now(), stride), aged);
    if (next < Number.POSITIVE_INFINITY) wake(next);
    return false;
  }

  /** What becomes of a route of the table; undefined of one that is none of those that may cross. */
  explain(destination: number): CrossingExplanation | undefined {
    const { from, judge, queue, distinguishers } = this.#modules;
    const setId = from.table.sentSet(destination);
    if (setId < 0) return undefined;
    if (this.#modules.direction === 'import' && from.attributes.get(setId).source.kind === 'local') return undefined;
    this.#readRoute(destination);
    const route = factsOfRoute(this.#nlri, this.#split);
    const now = this.#modules.now();
    const set = from.attributes.get(setId);
    const answer = this.#judge(set, now);
    const number = this.#refusalOf[destination] ?? 0;
    const kept = number === 0 ? undefined : codes[number - 1];
    // A limit has decided when the route came, and is not asked again.
    const isLimited = kept === 'over-limit' || kept === 'over-network-limit' || kept === 'too-many-distinguishers';
    const told = this.#told[destination] ?? NOTHING;
    const merged = told >= FIRST_MERGED ? this.#merged.at(told - FIRST_MERGED) : undefined;
    const alone = told === ALONE ? distinguishers.of(this.#nlri, this.#split.valueStart) : undefined;
    const rd = merged === undefined ? alone : merged.nlri.subarray(RD_START, RD_END);
    const seen = judge.viewOf(set, this.#look);
    return {
      route,
      set,
      answer: isLimited && !('refusal' in answer) ? { refusal: kept, share: answer.share } : answer,
      policy: seen && judge.policy && explainPolicy(judge.policy, seen, Math.floor(now / 1000)),
      told: told === NOTHING ? 'nothing' : told === ALONE ? 'alone' : 'merged',
      queued: queue.stateOf(destination),
      isFrozen: this.#isFrozen,
      merged: merged && { nlri: merged.nlri, share: merged.plan.share },
      rd: rd && toHex(rd),
    };
  }

  /** Routes that a policy is asked about, by it and by that of another judge: each until the next one is asked for. */
  *compared(other: Judge): Iterable<ComparedRoute> {
    const { from, judge, now } = this.#modules;
    const facts = () => factsOfRoute(this.#nlri, this.#split);
    const at = now();
    for (let destination = 0; destination < from.table.end; destination++) {
      const setId = from.table.sentSet(destination);
      if (setId < 0) continue;
      const set = from.attributes.get(setId);
      if (this.#isOf(set)) continue;
      this.#readRoute(destination);
      const share = judge.shareOf(set, this.#split.type);
      if (share === undefined || this.#wrong(share) !== undefined) continue;
      yield { share, before: this.#outcome(judge, set, at), after: this.#outcome(other, set, at), facts };
    }
  }

  /** Of the route that was read; limits are not asked. */
  #outcome(judge: Judge, set: AttributeSet, now: number): Outcome {
    const answer = judge.judge(set, this.#look, Math.floor(now / 1000));
    if ('refusal' in answer) return { answer, membership: undefined };
    if (this.#sourceOf(answer.share) !== undefined) return { answer, membership: this.#membershipOf(answer) };
    return { answer: { refusal: 'not-shared', verdict: answer.verdict }, membership: undefined };
  }

  /** Marks a slice of all destinations: those that are there, and those that were told of. */
  #reconsiderSome(now: number): void {
    const { from, queue } = this.#modules;
    const end = Math.min(from.table.end, this.#reconsiderFrom + SLICE);
    for (let destination = this.#reconsiderFrom; destination < end; destination++) {
      if (!from.table.isUsed(destination)) continue;
      if (destination >= this.#told.length) this.#grow(destination);
      this.#pending[destination] |= RECONSIDERED;
      queue.mark(destination, now, true);
    }
    this.#reconsiderFrom = end < from.table.end ? end : -1;
  }

  #cross(destination: number, now: number): void {
    const { from, queue } = this.#modules;
    if (destination >= this.#told.length) this.#grow(destination);
    const setId = from.table.sentSet(destination);
    const isGone = setId < 0 || this.#isOf(from.attributes.get(setId));
    const isUntold = isGone && this.#told[destination] === NOTHING;
    if (!isUntold) {
      this.#readRoute(destination);
      this.#findFlapKey(destination);
      // What we decide anew holds at once: only what a route does by itself is damped.
      const isDamped = this.#pending[destination] === CHANGED && !queue.admits(destination, this.#flapKey);
      if (isDamped) return;
    }
    const isChanged = (this.#pending[destination] & CHANGED) !== 0;
    this.#pending[destination] = 0;
    if (isGone) {
      this.#noteRefusal(destination, this.#whyNotBack(setId));
      if (isUntold) return;
      this.#take(destination);
      this.#changes++;
      queue.crossed(destination, isChanged ? this.#flapKey : undefined, now);
      return;
    }
    const set = from.attributes.get(setId);
    const answer = this.#judge(set, now);
    this.#planAge(destination, set, now);
    const membership = 'refusal' in answer ? undefined : this.#membershipOf(answer);
    const refusal = 'refusal' in answer ? answer.refusal : this.#room(destination, answer, membership);
    this.#noteRefusal(destination, refusal);
    if ('refusal' in answer || refusal !== undefined) {
      if (this.#told[destination] === NOTHING) return;
      this.#take(destination);
    } else if (!this.#tell(destination, answer, membership, isChanged)) return;
    this.#changes++;
    queue.crossed(destination, isChanged ? this.#flapKey : undefined, now);
  }

  /** With what the route that was read is damped: with all to its MAC address in the network that it is or was told in. */
  #findFlapKey(destination: number): void {
    const key = this.#flapKey;
    const { type, midStart, midLength, tailStart } = this.#split;
    if (type !== 2) {
      key.network = BY_ROUTE;
      key.address = destination;
      return;
    }
    // Whoever withdraws by what contradicts itself is not to choose the network that it counts in.
    key.network = this.#planOf.get(destination)?.vniBefore ?? readLabel(this.#nlri, tailStart);
    const mac = midStart + midLength + MAC_BEHIND_ESI;
    key.address = readLabel(this.#nlri, mac) * 2 ** 24 + readLabel(this.#nlri, mac + 3);
  }

  /** Where a rule asks for the age of the route that was read, it is looked at again when that says otherwise. */
  #planAge(destination: number, set: AttributeSet, now: number): void {
    const { judge } = this.#modules;
    if (judge.policy?.looksAtAge !== true) return;
    const seen = judge.viewOf(set, this.#look);
    const second = seen && judge.policy.nextChangeAt(seen, Math.floor(now / 1000));
    if (second !== undefined) this.#ages.plan(destination, second);
  }

  /** Why there is no room for the route that was read; otherwise it has taken its place within the limits. */
  #room(destination: number, plan: Plan, membership: Membership | undefined): Refusal | undefined {
    const { limits } = this.#modules;
    const { share } = plan;
    if (this.#sourceOf(share) === undefined) return 'not-shared';
    const { name } = share.network;
    const told = this.#told[destination] !== NOTHING;
    const before = told ? this.#places[this.#placeOf[destination]].network.name : undefined;
    if (!this.#hasDistinguisher(plan, membership)) return 'too-many-distinguishers';
    if (limits === undefined || before === name) return undefined;
    const verdict = limits.add(name);
    if (verdict === 'over-network') return 'over-network-limit';
    if (verdict === 'over-all') return 'over-limit';
    if (before === undefined) return undefined;
    limits.remove(before);
    return undefined;
  }

  /** Whether the route that was read, or what it is counted in, has a distinguisher or can have one. */
  #hasDistinguisher(plan: Plan, membership: Membership | undefined): boolean {
    if (membership !== undefined) return this.#merged.hasRoom(plan);
    return this.#modules.distinguishers.of(this.#nlri, this.#split.valueStart) !== undefined;
  }

  /** What the route that was read is a part of. */
  #membershipOf(plan: Plan): Membership | undefined {
    return membershipOf(plan, this.#split.type, this.#tagThere(plan));
  }

  #tagThere(plan: Plan): number {
    return ethernetTagThere(this.#nlri, this.#split, plan);
  }

  #readRoute(destination: number): void {
    this.#read = destination;
    const end = this.#modules.from.table.writeNlri(destination, this.#nlri, 0);
    splitEvpn(this.#nlri, 0, end, this.#split);
  }

  #since(): number {
    return this.#modules.from.table.pathsTo(this.#read)[0]?.since ?? 0;
  }

  /** Of the route that was read, by itself. */
  #judge(set: AttributeSet, now: number): Plan | Refused {
    const answer = this.#modules.judge.judge(set, this.#look, Math.floor(now / 1000));
    if ('refusal' in answer) return answer;
    const wrong = this.#wrong(answer.from);
    return wrong === undefined ? answer : { refusal: wrong, share: answer.from };
  }

  /** What speaks against the route that was read, whatever its attributes. */
  #wrong(share: SharedNetwork): Refusal | undefined {
    const { isForged } = this.#modules;
    const wrong = this.#contradiction(share);
    if (wrong !== undefined) return wrong;
    if (this.#isOfOurRd()) return 'inside-identifier';
    if (isForged === undefined || this.#split.type !== 3) return undefined;
    return isForged(factsOfRoute(this.#nlri, this.#split), share) ? 'inside-identifier' : undefined;
  }

  /** What the octets of a route say against the name that its network has where it comes from. */
  #contradiction(share: SharedNetwork): Refusal | undefined {
    const { type, midStart, midLength, tailStart, tailLength, next } = this.#split;
    const { direction } = this.#modules;
    const { vni } = nameWhereFrom(direction, share);
    if (type === 2) {
      if (readLabel(this.#nlri, tailStart) !== vni) return 'wrong-vni';
      const l3 = tailLength > LABEL ? readLabel(this.#nlri, tailStart + LABEL) : 0;
      // Of a network that does not cross nobody there knows the number, and the label is left out.
      const isMeant = l3 === 0 || share.routing === undefined || l3 === nameWhereFrom(direction, share.routing).vni;
      return isMeant ? undefined : 'wrong-vni';
    }
    if (type !== 5) return undefined;
    for (let at = midStart; at < tailStart && at < midStart + midLength; at++)
      if (this.#nlri[at] !== 0) return 'esi-overlay-index';
    const label = readLabel(this.#nlri, next - 3);
    return label === vni || label === 0 ? undefined : 'wrong-vni';
  }

  /** Whether its RD is of type 1 (RFC 4364 §4.2) with an address of ours, or of one of the others with our AS number. */
  #isOfOurRd(): boolean {
    const { isOurAdministrator, ourAsn } = this.#modules;
    const at = this.#split.valueStart;
    if (isOurAdministrator === undefined || this.#nlri[at] !== 0) return false;
    const administrator = ((readLabel(this.#nlri, at + 2) << 8) | this.#nlri[at + 5]) >>> 0;
    const type = this.#nlri[at + 1];
    if (type !== 1) return (type === 0 ? administrator >>> 16 : administrator) === ourAsn;
    return this.#isOurAddress(administrator, isOurAdministrator);
  }

  #isOurAddress(address: number, ask: (address: number) => boolean): boolean {
    // Routes of one NVE come one after the other.
    if (address === this.#lastAdministrator) return this.#isLastOurs;
    let isOurs = this.#administrators.get(address);
    if (isOurs === undefined) {
      isOurs = ask(address);
      if (this.#administrators.size === MOST_ADMINISTRATORS) this.#administrators.clear();
      this.#administrators.set(address, isOurs);
    }
    this.#lastAdministrator = address;
    this.#isLastOurs = isOurs;
    return isOurs;
  }

  /**
   * Announces it, or counts it in; false where nothing has changed by that. Without `isChanged` the route itself is as it was
   * when it was told last.
   */
  #tell(destination: number, plan: Plan, membership: Membership | undefined, isChanged: boolean): boolean {
    const { distinguishers, crossed } = this.#modules;
    const source = this.#sourceOf(plan.share);
    if (source === undefined) return false;
    const before = this.#told[destination];
    const placeBefore = before === NOTHING ? undefined : this.#places[this.#placeOf[destination]];
    const told = this.#planOf.get(destination);
    let isTold = false;
    if (membership !== undefined) {
      const number = this.#merged.join(membership, plan, source);
      if (number === undefined) return false;
      if (before === number + FIRST_MERGED) {
        if (told !== undefined) this.#merged.leave(number, told);
        this.#planOf.set(destination, plan);
        this.#move(destination, placeBefore, this.#place(source, plan));
        crossed?.(destination, plan);
        return false;
      }
      if (before !== NOTHING) this.#withdraw(destination);
      this.#told[destination] = number + FIRST_MERGED;
      this.#planOf.set(destination, plan);
    } else {
      // Under another tag it is another route: the one before would stay.
      const isSameRoute = told !== undefined && this.#tagThere(told) === this.#tagThere(plan);
      const isAtPlace = before === ALONE && placeBefore?.source === source && isSameRoute;
      isTold = isAtPlace && !isChanged && saysTheSame(told, plan);
      if (before !== NOTHING && !isAtPlace) this.#withdraw(destination);
      if (this.#told[destination] === NOTHING) distinguishers.retain(this.#nlri, this.#split.valueStart);
      this.#told[destination] = ALONE;
      this.#planOf.set(destination, plan);
      if (!isTold) this.#announce(source, plan);
    }
    if (before === NOTHING) this.#crossing++;
    this.#move(destination, placeBefore, this.#place(source, plan));
    crossed?.(destination, plan);
    return !isTold;
  }

  #sourceOf(share: SharedNetwork): OwnSource | undefined {
    if (share !== this.#lastShare) {
      this.#lastShare = share;
      this.#lastSource = this.#modules.to(share);
    }
    return this.#lastSource;
  }

  #move(destination: number, before: Place | undefined, place: number): void {
    this.#placeOf[destination] = place;
    this.#count(before, this.#places[place]);
  }

  /** A route of one place is of another now. */
  #count(before: Place | undefined, now: Place | undefined): void {
    if (before !== undefined) {
      before.routes--;
      before.network.routes--;
    }
    if (now !== undefined) {
      now.routes++;
      now.network.routes++;
    }
  }

  /** Its number. Routes of one plan come one after the other. */
  #place(source: OwnSource, plan: Plan): number {
    if (this.#lastPlan !== plan || this.#places[this.#lastPlace]?.source !== source) {
      this.#lastPlan = plan;
      this.#lastPlace = this.#findPlace(source, plan);
    }
    return this.#lastPlace;
  }

  #findPlace(source: OwnSource, { share, passed }: Plan): number {
    const { name } = share.network;
    let known = this.#placeNumbers.get(source);
    if (known === undefined) {
      known = new Map();
      this.#placeNumbers.set(source, known);
    }
    let key = `${name} ${passed}`;
    let number = known.get(key);
    if (number !== undefined) return number;
    const isTold = this.#places.length < MANY_PLACES;
    if (!isTold) key = `${name} `;
    number = known.get(key) ?? this.#places.length;
    if (number < this.#places.length) return number;
    known.set(key, number);
    const network = this.#networks.get(name) ?? { name, routes: 0 };
    this.#networks.set(name, network);
    this.#places.push({ source, network, passed: isTold ? passed : '', routes: 0 });
    return number;
  }

  #announce(source: OwnSource, plan: Plan): void {
    const rd = this.#modules.distinguishers.of(this.#nlri, this.#split.valueStart);
    if (rd === undefined) return;
    const end = reOriginateNlri(this.#nlri, this.#split, plan, rd, this.#rewritten, 0);
    if (end > 0) this.#outbox.announce(source, plan, this.#rewritten, end);
  }

  /** The route that was read crosses no more. */
  #take(destination: number): void {
    const place = this.#places[this.#placeOf[destination]];
    this.#withdraw(destination);
    this.#modules.limits?.remove(place.network.name);
    this.#crossing--;
    this.#count(place, undefined);
    this.#modules.crossed?.(destination, undefined);
  }

  /** Withdraws what is told of the route that was read, or counts it out. */
  #withdraw(destination: number): void {
    const { distinguishers } = this.#modules;
    const before = this.#told[destination];
    const plan = this.#planOf.get(destination);
    this.#told[destination] = NOTHING;
    this.#planOf.set(destination, undefined);
    if (plan === undefined) return;
    if (before >= FIRST_MERGED) {
      this.#merged.leave(before - FIRST_MERGED, plan);
      return;
    }
    const { source } = this.#places[this.#placeOf[destination]];
    const at = this.#split.valueStart;
    const rd = distinguishers.of(this.#nlri, at);
    if (rd !== undefined) {
      // By the plan that it was told by: its tag is a part of the key.
      const end = reOriginateNlri(this.#nlri, this.#split, plan, rd, this.#rewritten, 0);
      if (end > 0) this.#outbox.withdraw(source, this.#rewritten, end);
    }
    distinguishers.release(this.#nlri, at);
  }

  #tellMerged(): void {
    for (const { plan, source, nlri, members } of this.#merged.changed()) {
      if (members > 0) this.#outbox.announce(source, plan, nlri, nlri.length);
      else this.#outbox.withdraw(source, nlri, nlri.length);
    }
  }

  #noteRefusal(destination: number, refusal: Refusal | undefined): void {
    const number = this.#refusalOf[destination] ?? 0;
    if (number === 0 && refusal === undefined) return;
    const now = refusal === undefined ? 0 : (refusalNumbers.get(refusal) as number);
    if (number === now) return;
    this.#refused[number]--;
    this.#refusalOf[destination] = now;
    this.#refused[now]++;
  }

  /**
   * Lets go of some of those that are held, which were not looked at for longest; each is asked about again at its table.
   * Answers when there will be more.
   */
  #letGo(now: number, stride: number): number {
    const { from, queue } = this.#modules;
    const count = Math.min(LET_GO_STRIDES * stride, this.#held.size);
    let next = count < this.#held.size ? now + LET_GO_REST : Number.POSITIVE_INFINITY;
    for (let left = count; left > 0; left--) {
      const destination = this.#held.take();
      // One that has come back is asked about when it goes again.
      if (from.table.sentSet(destination) >= 0) continue;
      const isTold = this.#told[destination] !== NOTHING;
      if (isTold || (this.#held.size < MOST_REMEMBERED && queue.remembers(destination, now))) {
        this.#held.add(destination);
        const at = queue.forgetsAt(destination);
        if (at > now) next = Math.min(next, at);
        continue;
      }
      queue.forget(destination);
      from.table.letGo(destination);
    }
    return next;
  }

  #grow(destination: number): void {
    const capacity = Math.max(2 * this.#told.length, 2 ** Math.ceil(Math.log2(destination + 1)));
    this.#told = grown(this.#told, new Int32Array(capacity));
    this.#placeOf = grown(this.#placeOf, new Uint16Array(capacity));
    this.#refusalOf = grown(this.#refusalOf, new Uint8Array(capacity));
    this.#pending = grown(this.#pending, new Uint8Array(capacity));
  }
}

const codes = Object.keys(refusals) as Refusal[];
/** 0 is for what is not refused. */
const refusalNumbers: ReadonlyMap<Refusal, number> = new Map(codes.map((code, i) => [code, i + 1]));
