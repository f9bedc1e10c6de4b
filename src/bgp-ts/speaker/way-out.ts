/**
 * What neighbours are told: the tables of all families that are held, each with its {@link Distributor}, and the members
 * that read from them.
 *
 * A neighbour is a member of up to two: of EVPN, and of route target memberships where it speaks RT-Constrain (RFC 4684).
 * Its EVPN routes are the best paths, or all of them, from a second table that mirrors the first while somebody takes
 * several paths a route (RFC 7911). What it asks for and what it cannot take make its {@link Selection}.
 */
import type { EgressBounds } from '../egress/distributor.ts';
import { everything } from '../egress/interest.ts';
import type { Member, Selection } from '../egress/member.ts';
import { ClassIndex, isAddressed, type NeighbourTraits } from '../egress/neighbour-class.ts';
import { outboundForm } from '../egress/outbound.ts';
import { rtConstrainForm } from '../egress/rt-constrain-form.ts';
import type { Admission } from '../rib/admission.ts';
import { DEFAULT_LOCAL_PREF, type LocalIdentity } from '../rib/assess.ts';
import type { AttributeSet, AttributeStore } from '../rib/attribute-store.ts';
import { evpnFamily, type HeldFamily, type RouteListener, rtConstrainFamily } from '../rib/held-family.ts';
import { emptyCounts, type Ingest } from '../rib/ingest.ts';
import { PathMirror } from '../rib/path-mirror.ts';
import { keyRequirements, Requirement } from '../rib/requirements.ts';
import type { RiderStore } from '../rib/rider-store.ts';
import type { Changes, RouteTable } from '../rib/route-table.ts';
import type { NeighbourSource, Source } from '../rib/source.ts';
import type { Clock } from '../session/clock.ts';
import type { Negotiated } from '../session/negotiate.ts';
import { BgpRole } from '../wire/capability/role.ts';
import { Family, MAX_EXTENDED_MESSAGE_LENGTH, MAX_MESSAGE_LENGTH } from '../wire/constants.ts';
import { defaultContext } from '../wire/context.ts';
import { hardest } from '../wire/fault.ts';
import { encodeUpdate } from '../wire/message/update.ts';
import { emptySplit } from '../wire/nlri/evpn/split.ts';
import { splitRtConstrain } from '../wire/nlri/rt-constrain.ts';
import { DerivedInterest } from './derived-interest.ts';
import { endOfRib } from './end-of-rib.ts';
import { FamilyRib, type FamilyRibModules } from './family-rib.ts';
import { hearsLongLived } from './graceful-restart.ts';
import type { HeldBack } from './interop.ts';
import { localSource } from './local-source.ts';
import { Membership } from './membership.ts';
import type { Neighbour } from './neighbour.ts';
import { refreshMarks } from './route-refresh.ts';

export interface WayOutOptions {
  readonly hashSeed: number;
  readonly local: LocalIdentity;
  /** Of every way out. */
  readonly egress?: EgressBounds | undefined;
}

export interface WayOutModules {
  readonly clock: Clock;
  readonly attributes: AttributeStore;
  readonly riders: RiderStore;
  /** The neighbour behind a source index. */
  readonly neighbourOf: (source: number) => Neighbour | undefined;
  /** See {@link Distributor}. */
  readonly hopeless: (source: number) => void;
  /** Routes begin to be held back from a neighbour. */
  readonly heldBack: (neighbour: Neighbour, what: HeldBack) => void;
  /** There is something to do in the next turn. */
  readonly wake: () => void;
  readonly admission: Admission | undefined;
  /** Told of each decision on EVPN routes; see {@link Distributor}. */
  readonly decided: ((changes: Changes) => void) | undefined;
  readonly isHeld: ((destination: number) => boolean) | undefined;
  readonly groupsOf: ((address: string) => readonly string[]) | undefined;
}

/** Paths looked at in one turn for those who take several a route. */
const FILL_BUDGET = 65_536;
/** Milliseconds that End-of-RIB waits for a neighbour's own, behind its memberships (RFC 4684 §6). */
const MEMBERSHIP_PATIENCE = 60_000;
const NOT_LOOKED = -1;

export class WayOut {
  /** Of EVPN routes, and the families for the way in. */
  readonly table: RouteTable;
  readonly families: readonly HeldFamily[];
  readonly #options: WayOutOptions;
  readonly #modules: WayOutModules;
  readonly #ribModules: FamilyRibModules;
  readonly #evpn: FamilyRib;
  readonly #memberships: FamilyRib;
  /** Every path as a route, while somebody takes several paths a route. */
  #paths: { readonly rib: FamilyRib; readonly mirror: PathMirror } | undefined;
  /** Established neighbours that do not read yet. */
  readonly #joining = new Set<Neighbour>();
  /** Neighbours whose memberships or derived interests changed, or whose memberships were all told. */
  readonly #interested = new Set<Neighbour>();
  /** Neighbours whose interest is to be derived from routes that are there already. */
  readonly #underived = new Set<Neighbour>();
  /** Established neighbours from which something may be held back, and up to which change of what is it was looked at. */
  readonly #guarded = new Map<Neighbour, number>();

  constructor(options: WayOutOptions, modules: WayOutModules) {
    const { hashSeed, local, egress } = options;
    const { attributes, riders, clock, hopeless } = modules;
    this.#options = options;
    this.#modules = modules;
    this.#ribModules = {
      attributes,
      riders,
      classIndex: new ClassIndex(),
      outbound: (set, to) =>
        set.family === Family.RtConstrain ? rtConstrainForm(set, to, local) : outboundForm(set, to, local),
      now: () => clock.now(),
      hopeless,
    };
    const { decided, isHeld } = modules;
    this.#evpn = new FamilyRib({ ...egress, family: Family.Evpn, hashSeed }, { ...this.#ribModules, decided, isHeld });
    this.#memberships = new FamilyRib(
      { ...egress, family: Family.RtConstrain, hashSeed, capacity: 1024 },
      this.#ribModules,
    );
    this.table = this.#evpn.table;
    attributes.follow({
      added: (set) => this.#derivedOf(set)?.gain(set.targets),
      dropped: (set) => this.#derivedOf(set)?.lose(set.targets),
    });
    this.families = [
      evpnFamily(this.table, modules.admission),
      rtConstrainFamily(this.#memberships.table, this.#listener),
    ];
  }

  /** A reflector wants every route (RFC 4684 §4: the default route target). */
  announceDefaultTarget(ingest: Ingest): void {
    const source = localSource(this.#options.local);
    const family = Family.RtConstrain;
    const nlri = [{ kind: 'rt-constrain', family, length: 0, originAs: 0, routeTarget: '' } as const];
    const mpReachNlri = { family, nextHop: source.address, nlri };
    const attributes = { origin: 'igp', asPath: [], localPref: DEFAULT_LOCAL_PREF, mpReachNlri } as const;
    const update = encodeUpdate({ withdrawn: [], attributes, nlri: [] }, defaultContext);
    ingest.update(source, emptyCounts(), update, 0, update.length);
    this.#memberships.distributor.distribute();
  }

  /** Routes encoded for all classes of neighbours together, and those that fitted no message. */
  get distributed(): { readonly announced: number; readonly withdrawn: number; readonly oversized: number } {
    const sum = { announced: 0, withdrawn: 0, oversized: 0 };
    for (const { distributor } of this.#ribs()) {
      sum.announced += distributor.announced;
      sum.withdrawn += distributor.withdrawn;
      sum.oversized += distributor.oversized;
    }
    return sum;
  }

  /** Whether everything that came in is decided. */
  get settled(): boolean {
    return this.#ribs().every(({ table }) => table.pendingDecisions === 0);
  }

  /** Whether most EVPN neighbours have still to be told more than so many octets. */
  isBehind(octets: number): boolean {
    return this.#evpn.distributor.isBehind(octets);
  }

  /** Whether more input would only pile up; see {@link Distributor.congested}. */
  get congested(): boolean {
    return this.#ribs().some(({ distributor }) => distributor.congested);
  }

  /** A neighbour is established, and is to be told what there is as soon as {@link join} is called. */
  expect(neighbour: Neighbour, negotiated: Negotiated): void {
    if (negotiated.families.has(Family.RtConstrain)) neighbour.membership = new Membership();
    else if (neighbour.policy.interest === 'derived' && negotiated.families.has(Family.Evpn)) {
      // Of a new source there is nothing yet to be looked for.
      if (neighbour.retention !== undefined) this.#underived.add(neighbour);
      else neighbour.derived = new DerivedInterest(neighbour.policy.interestLost === 'keep');
    }
    this.#joining.add(neighbour);
  }

  /** The policy of a neighbour says something else of its interest than before. */
  followPolicy(neighbour: Neighbour): void {
    const { source, membership, derived, member, policy } = neighbour;
    if (source === undefined || membership !== undefined || !source.families.has(Family.Evpn)) return;
    if (policy.interest !== 'derived') {
      this.#underived.delete(neighbour);
      this.#interested.delete(neighbour);
      neighbour.derived = undefined;
      if (derived === undefined) return;
      member?.setInterest(everything);
    } else if (derived !== undefined) {
      derived.keepLost(policy.interestLost === 'keep');
      this.#interested.add(neighbour);
    } else {
      this.#underived.add(neighbour);
    }
    this.#modules.wake();
  }

  /** Looks once through all attribute sets for those of neighbours whose routes were there before. */
  #derive(): void {
    if (this.#underived.size === 0) return;
    for (const neighbour of this.#underived) {
      neighbour.derived = new DerivedInterest(neighbour.policy.interestLost === 'keep');
      if (neighbour.member !== undefined) this.#ribOf(neighbour).distributor.tellApartFor(neighbour.member);
    }
    for (const set of this.#modules.attributes) {
      const neighbour = this.#modules.neighbourOf(set.source.index);
      if (neighbour !== undefined && this.#underived.has(neighbour)) this.#derivedOf(set)?.gain(set.targets);
    }
    for (const neighbour of this.#underived) this.#interested.add(neighbour);
    this.#underived.clear();
  }

  /** What a set of attributes counts for, which is its source's interest if that is derived. */
  #derivedOf({ family, ineligible, faults, source }: AttributeSet): DerivedInterest | undefined {
    // A route that went in a circle is not the neighbour's wish, and one that is malformed is none.
    if (family !== Family.Evpn || ineligible !== undefined || hardest(faults) === 'treat-as-withdraw') return undefined;
    const neighbour = this.#modules.neighbourOf(source.index);
    if (neighbour?.derived === undefined || neighbour.source !== source) return undefined;
    this.#interested.add(neighbour);
    return neighbour.derived;
  }

  /** Decides and encodes until `until`, which is looked at after each `stride` of destinations; whether everything is. */
  distribute(until: number, stride?: number): boolean {
    this.#paths?.mirror.fill(FILL_BUDGET);
    for (const { distributor } of this.#ribs()) {
      while (distributor.distribute(stride) && this.#modules.clock.now() < until);
    }
    return this.settled;
  }

  /**
   * Lets members read for `budget` milliseconds, those of each family by itself, and frees at most `stride` destinations of
   * each; whether there is more to do.
   */
  pump(budget: number, stride?: number): boolean {
    this.#derive();
    this.#followInterest();
    if (this.#guarded.size > 0 && this.#ribs().some(({ distributor }) => distributor.demanding > 0)) this.#guard();
    let unread = false;
    for (const { distributor } of this.#ribs()) {
      if (distributor.pump(this.#modules.clock.now() + budget, stride)) unread = true;
    }
    // What waited for a walk need wait no longer.
    for (const { member } of this.#interested) if (member?.followsInterest === false) unread = true;
    return unread;
  }

  /**
   * Newcomers join when all that was received before is decided, so that their End-of-RIB comes after it. With
   * `membershipsOnly`, of EVPN nobody is told anything yet: a neighbour may wait for memberships before it announces.
   */
  join(membershipsOnly: boolean): void {
    this.#derive();
    for (const neighbour of this.#joining) {
      const { source, negotiated } = neighbour;
      if (source === undefined || negotiated === undefined) this.#joining.delete(neighbour);
      else if (this.#joinOne(neighbour, source, negotiated, membershipsOnly)) this.#joining.delete(neighbour);
    }
  }

  /** Whether nothing is left to be joined. */
  #joinOne(neighbour: Neighbour, source: NeighbourSource, negotiated: Negotiated, membershipsOnly: boolean): boolean {
    const { membership, derived, heldBack } = neighbour;
    const cannot = heldBack.reduce((bits, { requirement }) => bits | requirement, 0);
    if (cannot !== 0) this.#guarded.set(neighbour, NOT_LOOKED);
    if (membership !== undefined) {
      const selection = cannot === 0 ? undefined : { interest: everything, cannot, holdEndOfRib: false };
      neighbour.membershipMember ??= this.#memberOf(this.#memberships, neighbour, source, negotiated, selection);
    }
    if (!negotiated.families.has(Family.Evpn)) return true;
    if (membershipsOnly) return false;
    const rib = this.#ribOf(neighbour);
    if (rib === this.#paths?.rib && !(this.#paths.mirror.isFilled && rib.table.pendingDecisions === 0)) {
      // Its table is still being made.
      this.#modules.wake();
      return false;
    }
    const interest = (membership ?? derived)?.interest() ?? everything;
    const isSelective = membership !== undefined || derived !== undefined || cannot !== 0;
    // End-of-RIB never waits for routes of the neighbour's: one that restarts may wait for ours with them (RFC 4724 §4.1).
    const selection = isSelective ? { interest, cannot, holdEndOfRib: membership !== undefined } : undefined;
    neighbour.member = this.#memberOf(rib, neighbour, source, negotiated, selection);
    if (derived !== undefined) rib.distributor.tellApartFor(neighbour.member);
    if (membership !== undefined) this.#awaitMemberships(neighbour);
    return true;
  }

  /** RFC 4684 §6: the neighbour's End-of-RIB is waited for, but not for ever. */
  #awaitMemberships(neighbour: Neighbour): void {
    this.#interested.add(neighbour);
    neighbour.membershipTimer = this.#modules.clock.setTimer(MEMBERSHIP_PATIENCE, () => {
      neighbour.counts.endsOfRib.add(Family.RtConstrain);
      this.membershipsTold(neighbour);
    });
  }

  #memberOf(
    { family, distributor }: FamilyRib,
    { peer, policy, address }: Neighbour,
    source: NeighbourSource,
    negotiated: Negotiated,
    selection: Selection | undefined,
  ): Member {
    const { localAddress } = peer.connection ?? {};
    const ofMemberships = family === Family.RtConstrain;
    const groups = this.#modules.groupsOf?.(address) ?? [];
    return distributor.join(
      {
        kind: source.kind,
        asn4: negotiated.asn4,
        maxMessage: negotiated.extendedMessages ? MAX_EXTENDED_MESSAGE_LENGTH : MAX_MESSAGE_LENGTH,
        localAsn: this.#options.local.asn,
        longLived: hearsLongLived(negotiated),
        ...(source.kind === 'ebgp' && policy.role === BgpRole.RouteServer && { isRouteServerClient: true }),
        ...(policy.hearsOwnOnly === true && { hearsOwnOnly: true }),
        ...(groups.length > 0 && { groups }),
        ...(ofMemberships && localAddress !== undefined && { nextHop: localAddress }),
        ...(ofMemberships && source.kind === 'client' && { echo: true }),
      },
      {
        source: source.index,
        endOfRib: endOfRib(family),
        selection,
        refreshMarks: negotiated.enhancedRouteRefresh ? refreshMarks(family) : undefined,
      },
      {
        write: (bytes, messages) => peer.send(bytes, messages),
        writeRefresh: (bytes) => peer.sendRouteRefresh(bytes),
        get buffered() {
          return peer.bufferedBytes;
        },
      },
    );
  }

  /** See {@link Speaker.traitsOf}. */
  traitsOf(neighbour: Neighbour): NeighbourTraits | undefined {
    const { member } = neighbour;
    return member === undefined ? undefined : this.#ribOf(neighbour).distributor.traitsOf(member);
  }

  /** A neighbour's session has ended. */
  leave(neighbour: Neighbour): void {
    const { member, membershipMember, source } = neighbour;
    this.#joining.delete(neighbour);
    this.#interested.delete(neighbour);
    this.#underived.delete(neighbour);
    this.#guarded.delete(neighbour);
    if (member !== undefined) this.#ribOf(neighbour).distributor.leave(member);
    if (membershipMember !== undefined) this.#memberships.distributor.leave(membershipMember);
    // Interest is for a session (RFC 4684 says nothing of a restart); memberships are few.
    if (source !== undefined) this.#memberships.table.withdrawSource(source.index, 0, Number.MAX_SAFE_INTEGER);
    if (this.#paths?.rib.distributor.isEmpty === true) {
      this.table.unwatch(this.#paths.mirror);
      this.#paths.rib.table.clear();
      this.#paths = undefined;
    }
    neighbour.membershipTimer?.cancel();
    neighbour.member = neighbour.membershipMember = neighbour.membership = neighbour.membershipTimer = undefined;
    neighbour.derived = undefined;
  }

  /** A neighbour's socket takes bytes again. */
  writable({ member, membershipMember }: Neighbour): void {
    member?.writable();
    membershipMember?.writable();
  }

  /** A neighbour has said End-of-RIB of its memberships, or is taken to have. */
  membershipsTold(neighbour: Neighbour): void {
    if (neighbour.membership === undefined) return;
    this.#interested.add(neighbour);
    this.#modules.wake();
  }

  /** BoRR of memberships (RFC 7313 §4). */
  beginMembershipRefresh({ membership }: Neighbour): void {
    membership?.beginRefresh();
  }

  /** EoRR: what was not told again is withdrawn. */
  endMembershipRefresh({ membership, source }: Neighbour): void {
    if (source === undefined) return;
    for (const nlri of membership?.endRefresh() ?? []) {
      const split = emptySplit();
      splitRtConstrain(nlri, 0, nlri.length, split);
      if (this.#memberships.table.withdraw(source.index, nlri, split)) this.#listener.lost(source, nlri, split);
    }
    this.#modules.wake();
  }

  /** See {@link Speaker.advertisedTo}; `others` are all neighbours, `own` all sources of our own. */
  advertisedTo(neighbour: Neighbour, others: Iterable<Neighbour>, own: readonly Source[]): number {
    const { member, source } = neighbour;
    const traits = this.traitsOf(neighbour);
    if (member === undefined || source === undefined || traits === undefined) return 0;
    const { table, distributor } = this.#ribOf(neighbour);
    const sent = member.selective === 'never' ? undefined : distributor.sentTo(member);
    if (sent !== undefined) return sent.routes;
    const best = (sources: readonly Source[]) => sources.reduce((sum, { index }) => sum + table.bestOf(index), 0);
    if (traits.hearsOwnOnly === true) return best(own.filter((one) => isAddressed(one, traits)));
    let kept = best(own.filter((one) => !isAddressed(one, traits)));
    if (source.kind !== 'non-client') return table.emitted - table.bestOf(source.index) - kept;
    for (const { holding } of others) if (holding?.kind === 'non-client') kept += table.bestOf(holding.index);
    return table.emitted - kept;
  }

  /** See {@link Speaker.withheld}. */
  withheld({ member }: Neighbour, set: AttributeSet, destination: number): 'not-wanted' | 'cannot-take' | undefined {
    if (member === undefined) return undefined;
    if (!member.interest.wants(set.targets)) return 'not-wanted';
    const needs = set.needs | keyRequirements(Family.Evpn)(this.table.arena, this.table.keyAt(destination));
    return (needs & member.cannot) === 0 ? undefined : 'cannot-take';
  }

  /** See {@link Speaker.changesBehind}. */
  changesBehind(neighbour: Neighbour): number {
    const { member } = neighbour;
    return member === undefined ? 0 : Math.max(0, this.#ribOf(neighbour).table.version - member.version);
  }

  /** See {@link Speaker.heldBackFrom}. */
  heldBackFrom(neighbour: Neighbour, { requirement }: HeldBack): number {
    const ofMemberships = requirement === Requirement.PartialTarget;
    const member = ofMemberships ? neighbour.membershipMember : neighbour.member;
    const { distributor } = ofMemberships ? this.#memberships : this.#ribOf(neighbour);
    return member === undefined ? 0 : (distributor.sentTo(member, requirement)?.heldBack ?? 0);
  }

  /** Where a neighbour's EVPN routes come from: the best paths, or all of them. */
  #ribOf({ negotiated }: Neighbour): FamilyRib {
    if (negotiated?.addPathSend.has(Family.Evpn) !== true) return this.#evpn;
    if (this.#paths === undefined) {
      const { egress, hashSeed } = this.#options;
      const options = { ...egress, family: Family.Evpn, hashSeed, pathIds: true };
      const rib = new FamilyRib(options, this.#ribModules);
      const mirror = new PathMirror({ from: this.table, to: rib.table, riders: this.#modules.riders });
      this.#paths = { rib, mirror };
    }
    return this.#paths.rib;
  }

  /** Who announces a route that it is spared can take it after all. */
  #guard(): void {
    const changes = this.#ribs().reduce((sum, { distributor }) => sum + distributor.demandChanges, 0);
    for (const [neighbour, looked] of this.#guarded) {
      // Counting goes through all sets: not again before there is another such route.
      if (looked === changes) continue;
      const { member, source } = neighbour;
      if (member !== undefined) this.#guarded.set(neighbour, changes);
      for (const what of neighbour.heldBack) {
        const { requirement } = what;
        const { distributor } = this.#ribOf(neighbour);
        if (source !== undefined && member !== undefined && distributor.demandsOf(source.index, requirement)) {
          neighbour.heldBack = neighbour.heldBack.filter((other) => other !== what);
          member.allow(requirement);
        } else if (this.#isNew(neighbour, requirement) && this.heldBackFrom(neighbour, what) > 0) {
          neighbour.heldBackTold.add(requirement);
          this.#modules.heldBack(neighbour, what);
        }
      }
    }
  }

  /** Not told yet, and there are such routes: only then are they counted. */
  #isNew({ heldBackTold }: Neighbour, requirement: number): boolean {
    return (
      !heldBackTold.has(requirement) && this.#ribs().some(({ distributor }) => distributor.isDemanded(requirement))
    );
  }

  /** What neighbours said of their interest since the last turn, or let be derived. */
  #followInterest(): void {
    for (const neighbour of this.#interested) {
      const { member, membership, derived, counts } = neighbour;
      const asked = membership ?? derived;
      if (member === undefined || asked === undefined) continue;
      // Derived, it changes with each few routes of a neighbour that begins: one walk of the table for many of them.
      if (derived !== undefined && member.followsInterest) continue;
      this.#interested.delete(neighbour);
      const interest = asked.interest();
      if (interest !== member.interest) {
        member.setInterest(interest);
        if (this.#guarded.has(neighbour)) this.#guarded.set(neighbour, NOT_LOOKED);
      }
      if (membership !== undefined && counts.endsOfRib.has(Family.RtConstrain)) {
        neighbour.membershipTimer?.cancel();
        member.releaseEndOfRib();
      }
    }
  }

  readonly #listener: RouteListener = {
    learnt: (source, set, bytes, { type, valueStart }) => {
      const membership = this.#membershipOf(source);
      // One that went in a circle is not the neighbour's wish.
      if (set.ineligible === undefined) membership?.learn(type, bytes, valueStart);
      else membership?.lose(type, bytes, valueStart);
    },
    lost: (source, bytes, { type, valueStart }) => this.#membershipOf(source)?.lose(type, bytes, valueStart),
  };

  #membershipOf(source: Source): Membership | undefined {
    const neighbour = this.#modules.neighbourOf(source.index);
    if (neighbour?.membership !== undefined) this.#interested.add(neighbour);
    return neighbour?.membership;
  }

  #ribs(): readonly FamilyRib[] {
    const { rib } = this.#paths ?? {};
    return rib === undefined ? [this.#memberships, this.#evpn] : [this.#memberships, this.#evpn, rib];
  }
}
