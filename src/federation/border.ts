/**
 * The border to one neighbour domain: a speaker of its own, whose table holds what the neighbour announces and what it is told,
 * and the crossings between that and our own domain's speaker. What the neighbour does costs itself: its routes have a table
 * and attribute sets of their own, and its work is done when ours is.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  type Changes,
  type DomainId,
  type ExtendedCommunity,
  Family,
  type Guests,
  ipv4FromNumber,
  type Neighbour,
  type OwnSource,
  type RouteLimit,
  Speaker,
  type SpeakerHandler,
  type SpeakerModules,
  type StaticNeighbour,
  type Timer,
  unmappedIp,
} from 'bgp-ts';
import type { RouteFacts } from '../evpn/facts.ts';
import type { VirtualNetwork } from '../nva/model.ts';
import { anycastEnd, isAnycast } from './anycast.ts';
import { Crossing } from './crossing.ts';
import { CrossingQueue } from './crossing-queue.ts';
import { FarSides } from './far-side.ts';
import type { GatewayChoice } from './gateway-choice.ts';
import type { Gateways, Serving } from './gateways.ts';
import { type ImportLimitEvent, ImportLimits } from './import-limits.ts';
import { InterconnectSegments, type SegmentEnd } from './interconnect-segments.ts';
import { type GatewayEnd, Judge, type JudgeModules } from './judge.ts';
import type { KeptMaintenance, Maintenance } from './maintenance.ts';
import type { CrossingRate, Direction, NeighbourDomain } from './model.ts';
import type { CompiledPolicy } from './policy/compile.ts';
import { comparePolicies, type PolicyDiff } from './policy-comparison.ts';
import type { Refusal } from './refusals.ts';
import { RouteDistinguishers } from './route-distinguishers.ts';
import { insideTargets, type SharedNetwork, sharedNetworks } from './shares.ts';

/** Our own domain, as a neighbour meets it. */
export interface OwnDomain {
  readonly asn: number;
  readonly routerId: string;
  readonly domainId: DomainId;
}

/** What the border asks of our own domain. */
export interface Inside {
  readonly speaker: Speaker;
  readonly networks: () => ReadonlyMap<string, VirtualNetwork>;
  /** Whether an address lies in our underlay: an NVE's, where NVEs may come from, or a next hop of a route of ours. */
  readonly holds: (address: string) => boolean;
  /** Whether a Router's MAC is an NVE's of ours, or a route of ours has it. */
  readonly hasRouterMac: (mac: string) => boolean;
  /** A gateway's end as it is seen in this direction, by its identity and its address in the list. */
  readonly gatewayEnd: (identity: string, address: string, direction: Direction) => GatewayEnd;
  readonly identityOf: (address: string) => string;
  /** Whether a gateway has an end in the neighbour's underlay, as far as it says which it has. */
  readonly leadsThere: (identity: string) => boolean;
  /** Whether the gateway has a BGP session of ours, and so is told the true ends by BGP. */
  readonly speaksBgp: (identity: string) => boolean;
}

export interface BorderModules extends Pick<SpeakerModules, 'clock' | 'transport' | 'random' | 'defer'> {
  readonly handler: SpeakerHandler;
  readonly gateways: Gateways;
  readonly inside: () => Inside;
  /**
   * How many times as long as it has worked what comes in rests, since our own domain has something to do, which comes
   * first; 0 where it has not.
   */
  readonly rests: () => number;
  readonly limited: (event: ImportLimitEvent) => void;
  /** What is to be found again after a restart, before it is done; undefined: nothing. Throws when it cannot be kept. */
  readonly keep: (kept: KeptMaintenance | undefined) => void;
  readonly maintained: (maintenance: Maintenance) => void;
}

/**
 * Milliseconds of crossing in one go, and while our own domain comes first. What crosses in one go is written to our NVEs in one
 * go, and short ones make many writes.
 */
const BUDGET = 16;
const YIELDING_BUDGET = 0.5;
/** Routes between two looks at the clock meanwhile. */
const YIELDING_STRIDE = 16;
/** Milliseconds after the start for which the neighbour's routes are waited for, before gateways are told that this is all. */
const PATIENCE = 30_000;

/** Octets that most of our neighbours may have to read before what comes in waits for them, and milliseconds to the next look. */
const BEHIND = 1 << 16;
const BEHIND_REST = 5;

export class Border {
  readonly outer: Speaker;
  readonly farSides: FarSides;
  readonly import: Crossing;
  readonly export: Crossing;
  /** For gateways of ours that speak BGP: the true ends. */
  readonly #toGateways: Crossing;
  readonly #judges: { readonly import: Judge; readonly export: Judge; readonly toGateways: Judge };
  readonly #own: OwnDomain;
  readonly #modules: BorderModules;
  readonly #crossings: Crossing[];
  readonly #sources = new Map<string, OwnSource | undefined>();
  /** Found once for each share. */
  readonly #sourceOf = {
    all: new WeakMap<SharedNetwork, OwnSource>(),
    gateways: new WeakMap<SharedNetwork, OwnSource>(),
  };
  #config: NeighbourDomain;
  #shares: readonly SharedNetwork[] = [];
  #ourTargets: ReadonlySet<ExtendedCommunity> = new Set();
  #serving: Record<Direction, ReadonlyMap<string, Serving>> = { import: new Map(), export: new Map() };
  /** By an address that gateways share, a network that goes by it. */
  #byAnycast: Record<Direction, ReadonlyMap<string, SharedNetwork>> = { import: new Map(), export: new Map() };
  readonly #segments: InterconnectSegments;
  /** Of each share both gateways, and those of which gateways are told the true ends: to tell whether something has changed. */
  #ends = '';
  #isSplit = false;
  #due = false;
  #restUntil = 0;
  /** For our own domain to be through with what came in; and when it is to be gone on with then. */
  #isWaiting = false;
  #wanted = Number.POSITIVE_INFINITY;
  #wakeAt = Number.POSITIVE_INFINITY;
  #alarm: { cancel(): void } | undefined;
  #isStopped = false;
  #maintenance: Maintenance;
  #drained: Timer | undefined;
  /** Those with a session. */
  readonly #up = new Set<Neighbour>();
  /** When the first session came up, or the last was lost. */
  #linkSince: number;
  #hasConverged = false;
  readonly #begunAt: number;

  constructor(config: NeighbourDomain, own: OwnDomain, modules: BorderModules) {
    this.#config = config;
    this.#own = own;
    this.#modules = modules;
    this.#begunAt = modules.clock.now();
    const { clock, transport, random, defer, handler, rests, limited } = modules;
    this.#linkSince = clock.now();
    this.#maintenance = { state: 'none', since: this.#linkSince };
    this.outer = new Speaker(
      // What has been in our domain before is refused by the judge, which counts it; what has been in our AS by the speaker.
      { asn: own.asn, routerId: own.routerId },
      {
        clock,
        transport,
        random,
        defer,
        handler: {
          ...handler,
          established: (neighbour, negotiated) => {
            if (this.#up.size === 0) this.#linkSince = clock.now();
            this.#up.add(neighbour);
            handler.established(neighbour, negotiated);
          },
          down: (neighbour, reason) => {
            this.#up.delete(neighbour);
            if (this.#up.size === 0) this.#linkSince = clock.now();
            handler.down(neighbour, reason);
          },
        },
        rests,
        decided: (changes) => {
          this.import.decided(changes);
          if (this.#splits()) this.#toGateways.decided(changes);
        },
        isHeld: (destination) => {
          // Both are asked: each has to know what is held for it.
          const [byImport, byGateways] = [this.import.isHeld(destination), this.#toGateways.isHeld(destination)];
          return byImport || byGateways;
        },
      },
    );
    const now = () => clock.now();
    const options = { neighbour: config, domainId: own.domainId };
    const judge = (direction: Direction, isForGateways = false) =>
      new Judge({ direction, ...options, isForGateways }, this.#judgeModules(direction, isForGateways));
    this.#judges = { import: judge('import'), export: judge('export'), toGateways: judge('import', true) };
    this.farSides = new FarSides(config.domain, this.outer, now);
    const wake = (at?: number) => this.#wake(at);
    const forged = (facts: RouteFacts, share: SharedNetwork) =>
      facts.originator !== undefined && this.#isInside(facts.originator, share);
    const isOurAdministrator = (address: number) => this.#isOurAdministrator(ipv4FromNumber(address));
    const { domain, limits, rate } = config;
    const common = { now, wake, neighbour: domain };
    this.import = new Crossing({
      ...common,
      direction: 'import',
      from: this.outer,
      to: (share) => this.#sourceFor(share, 'all'),
      judge: this.#judges.import,
      queue: queueOf(rate.import, random),
      distinguishers: new RouteDistinguishers(own.asn, `import ${domain}`),
      limits: new ImportLimits(limits, limited),
      isForged: forged,
      isOurAdministrator,
      ourAsn: own.asn,
      crossed: (destination, plan) => this.farSides.tell(destination, plan?.share),
    });
    this.#toGateways = new Crossing({
      ...common,
      direction: 'import',
      from: this.outer,
      to: (share) => (this.#isSplitBy(share) ? this.#sourceFor(share, 'gateways') : undefined),
      judge: this.#judges.toGateways,
      queue: queueOf(rate.import, random),
      distinguishers: new RouteDistinguishers(own.asn, `gateways ${domain}`),
      limits: new ImportLimits(limits, () => {}),
      isForged: forged,
      isOurAdministrator,
      ourAsn: own.asn,
    });
    const outside = this.outer.openSource({ onBehalfOf: 'our own domain' });
    this.export = new Crossing({
      ...common,
      direction: 'export',
      from: { table: modules.inside().speaker.table, attributes: modules.inside().speaker.attributes },
      to: () => outside,
      judge: this.#judges.export,
      queue: queueOf(rate.export, random),
      distinguishers: new RouteDistinguishers(own.asn, `export ${domain}`),
    });
    this.#segments = new InterconnectSegments(new RouteDistinguishers(own.asn, `segments ${domain}`));
    this.#crossings = [this.import, this.export, this.#toGateways];
  }

  get config(): NeighbourDomain {
    return this.#config;
  }
  /** Those whose network is there. */
  get shares(): readonly SharedNetwork[] {
    return this.#shares;
  }
  /** By network. */
  serving(direction: Direction): ReadonlyMap<string, Serving> {
    return this.#serving[direction];
  }
  /** Whether what crosses of the network goes by the gateway at an address of its list, and why. */
  choiceOf({ network, gateways }: SharedNetwork, direction: Direction, address: string): GatewayChoice {
    const { inside, gateways: known } = this.#modules;
    const identity = inside().identityOf(address);
    const state = known.all.get(identity)?.state ?? 'dead';
    if (state === 'dead') return 'dead';
    if (!inside().leadsThere(identity)) return 'leads-nowhere';
    if (gateways.anycast?.[direction] !== undefined) return 'anycast';
    if (this.#serving[direction].get(network.name)?.by === identity) return 'elected';
    return state === 'returning' ? 'returning' : 'another-elected';
  }
  policyOf(direction: Direction): CompiledPolicy | undefined {
    return this.#judges[direction].policy;
  }
  /**
   * Routes that do not cross, by reason: those that the crossing refuses, and those that the neighbour's speaker does not let
   * get as far as that.
   */
  refused(direction: Direction): ReadonlyMap<Refusal, number> {
    if (direction === 'export') return this.export.refused;
    const { table } = this.outer;
    let [looped, malformed] = [0, 0];
    for (const { holding, counts } of this.outer.neighbours) {
      // Without an admission, and of an external neighbour, whose ORIGINATOR_ID and CLUSTER_LIST are discarded (RFC 7606
      // §7.9, §7.10), a loop in AS_PATH is all that makes a path unusable.
      if (holding !== undefined) looped += table.unusableOf(holding.index);
      malformed += counts.treatedAsWithdrawn;
    }
    return new Map([...this.import.refused, ['as-loop', looped], ['malformed', malformed]]);
  }
  /** Whether the neighbour has said after a start what it has, or has been waited for long enough, and all of it has crossed. */
  get hasConverged(): boolean {
    this.#hasConverged ||= this.#isAllThere();
    return this.#hasConverged;
  }
  get isSettled(): boolean {
    return this.outer.settled && this.import.isSettled && this.export.isSettled && this.#toGateways.isSettled;
  }

  /** Begins, with everything that is there already. */
  begin(sessions: Iterable<StaticNeighbour>): void {
    for (const session of sessions) this.addSession(session);
    this.sharesChanged();
  }

  addSession(session: StaticNeighbour): void {
    this.outer.addStatic(this.#sessionOf(session));
  }

  /** It is configured otherwise, with the same sessions but for how many routes they may have and how long these are kept. */
  become(config: NeighbourDomain, sessions: Iterable<StaticNeighbour>): void {
    const { limits, rate } = this.#config;
    // Whoever is told that a limit is exceeded asks what is to be done then.
    this.#config = config;
    for (const session of sessions) this.outer.setPolicy(session.address, this.#sessionOf(session));
    for (const crossing of this.#crossings) {
      const { direction } = crossing;
      if (!isDeepStrictEqual(rate[direction], config.rate[direction])) crossing.rateChanged(config.rate[direction]);
      if (!isDeepStrictEqual(limits, config.limits)) crossing.limitsChanged(config.limits);
    }
    this.sharesChanged();
  }

  #sessionOf(session: StaticNeighbour): StaticNeighbour {
    return { ...session, hearsOwnOnly: true, routeLimit: sessionLimit(this.#config) };
  }

  /** For our own domain's speaker. */
  decided(changes: Changes): void {
    this.export.decided(changes);
  }

  /** Networks of ours have come, gone or changed, or what is shared has. */
  sharesChanged(): void {
    this.#shares = sharedNetworks(this.#config, this.#modules.inside().networks(), this.#own.asn);
    this.#byAnycast = { import: byAnycast(this.#shares, 'import'), export: byAnycast(this.#shares, 'export') };
    this.#ourTargets = insideTargets(this.#modules.inside().networks().values(), this.#shares);
    this.#elect();
    for (const judge of Object.values(this.#judges)) judge.become({ shares: this.#shares });
    this.#keepFarSides();
    this.farSides.touch();
    this.reconsider();
  }

  /** Something may be otherwise with gateways; true where others serve networks now, or the same ones with other ends. */
  gatewaysChanged(): boolean {
    const before = this.#ends;
    this.#elect();
    if (this.#keepFarSides()) this.import.reconsider();
    if (before === this.#ends) return false;
    for (const judge of Object.values(this.#judges)) judge.forget();
    this.reconsider();
    return true;
  }

  /** Addresses or Router's MACs of our own have come or gone: what was not ours may be now. */
  insideChanged(): void {
    for (const judge of Object.values(this.#judges)) judge.forget();
    this.reconsider();
  }

  policyChanged(direction: Direction, policy: CompiledPolicy | undefined): void {
    this.#judges[direction].become({ policy });
    if (direction === 'import') this.#judges.toGateways.become({ policy });
    this.reconsider();
  }

  /** What another policy would change; `pause` is waited for now and then, so that nobody else has to. */
  compare(direction: Direction, policy: CompiledPolicy, pause: () => Promise<void>): Promise<PolicyDiff> {
    const { clock } = this.#modules;
    const compared = (other: Judge) => this[direction].compared(other);
    return comparePolicies(policy, { judge: this.#judges[direction], compared, clock, pause });
  }

  /** Ends all sessions, and keeps the neighbour down as beyond the limit in all: otherwise its routes would come and go. */
  endForRoutes({ network, limit }: Pick<ImportLimitEvent, 'network' | 'limit'>): void {
    const of = network === undefined ? '' : ` of ${network}`;
    const reason = `more than the ${limit} routes${of} allowed`;
    for (const neighbour of this.outer.neighbours) this.outer.endForRoutes(neighbour, limit, reason);
  }

  reconsider(): void {
    this.import.reconsider();
    this.export.reconsider();
    if (this.#splits()) this.#toGateways.reconsider();
  }

  get maintenance(): Maintenance {
    return this.#maintenance;
  }
  get sessionsUp(): number {
    return this.#up.size;
  }
  /** `stale`: without a session, but with routes that are kept for its return. Since when there is one, or is none. */
  get link(): { readonly state: 'up' | 'stale' | 'down'; readonly since: number } {
    const since = this.#linkSince;
    if (this.sessionsUp > 0) return { state: 'up', since };
    const isKept = [...this.outer.neighbours].some(({ holding }) => holding !== undefined);
    return { state: isKept ? 'stale' : 'down', since };
  }

  /** Lets nothing cross, in either direction, until {@link release}; false while it is drained. Its sessions stay. */
  freeze(): boolean {
    const { state } = this.#maintenance;
    if (state === 'draining' || state === 'drained') return false;
    if (state === 'none') this.#order('frozen');
    return true;
  }

  /**
   * Takes it out of use until {@link release}: it is told nothing any more, what it told is less preferred than anything
   * else, and `wait` milliseconds later withdrawn. Its sessions stay.
   */
  drain(wait: number): void {
    const { state } = this.#maintenance;
    if (state === 'draining' || state === 'drained') return;
    this.#order('draining');
    const { since } = this.#maintenance;
    this.#drained = this.#modules.clock.setTimer(wait, () => {
      this.#maintain({ state: 'drained', since });
      this.#modules.maintained(this.#maintenance);
    });
  }

  /** Everything crosses again, as it is now. */
  release(): void {
    if (this.#maintenance.state !== 'none') this.#order('none');
  }

  /** As it was left before; to be called before {@link begin}, so that nothing crosses that must not. */
  resume(kept: KeptMaintenance): void {
    this.#maintain(kept);
  }

  /** Ends all sessions; its routes go with it. */
  async stop(reason: string): Promise<void> {
    this.#isStopped = true;
    this.#alarm?.cancel();
    this.#drained?.cancel();
    this.export.stop();
    for (const source of this.#sources.values()) source?.close();
    await this.outer.stop(reason);
  }

  /** What is not kept is not done. */
  #order(state: Maintenance['state']): void {
    const { clock, keep, maintained } = this.#modules;
    const since = clock.now();
    keep(state === 'none' ? undefined : { state: state === 'frozen' ? state : 'drained', since });
    this.#maintain({ state, since });
    maintained(this.#maintenance);
  }

  #maintain(maintenance: Maintenance): void {
    const { state } = maintenance;
    this.#drained?.cancel();
    this.#maintenance = maintenance;
    const isDrained = state === 'draining' || state === 'drained';
    const drain = state === 'draining' ? 'less-preferred' : isDrained ? 'withdrawn' : 'none';
    this.#judges.import.become({ drain });
    this.#judges.toGateways.become({ drain });
    this.#judges.export.become({ drain: isDrained ? 'withdrawn' : 'none' });
    for (const crossing of this.#crossings) crossing.freeze(state === 'frozen');
    this.reconsider();
  }

  #isAllThere(): boolean {
    const { clock } = this.#modules;
    // Nobody knows when one that is frozen is released.
    if (this.#maintenance.state === 'frozen' || clock.now() - this.#begunAt >= PATIENCE) return true;
    const said = [...this.outer.neighbours].every(
      ({ source, negotiated, counts }) =>
        source !== undefined && (negotiated?.gracefulRestart === undefined || counts.endsOfRib.has(Family.Evpn)),
    );
    return said && this.outer.settled && this.import.isSettled;
  }

  #judgeModules(direction: Direction, isForGateways: boolean): JudgeModules {
    const { inside } = this.#modules;
    return {
      gatewayOf: (share) => this.#gatewayOf(share, direction),
      gatewayAt: (address) => this.#gatewayAt(address, direction),
      // What leads to the address that they share would lead gateways to themselves.
      isInside: (address, share) =>
        (isForGateways && isAnycast(share.gateways, unmappedIp(address))) || this.#isInside(address, share),
      isOurMac: (mac) => inside().hasRouterMac(mac),
      isOurTarget: (target) => this.#ourTargets.has(target),
    };
  }

  /** One that a rule names. */
  #gatewayAt(address: string, direction: Direction): GatewayEnd | 'dead' {
    const sharing = this.#byAnycast[direction].get(address);
    if (sharing !== undefined) return this.#gatewayOf(sharing, direction) ?? 'dead';
    const { identityOf, gatewayEnd } = this.#modules.inside();
    return this.#isUsable(address) ? gatewayEnd(identityOf(address), address, direction) : 'dead';
  }

  /** Whether a gateway is alive, and has an end where the neighbour is. */
  #isUsable(address: string): boolean {
    const { gateways, inside } = this.#modules;
    return gateways.isAlive(address) && inside().leadsThere(inside().identityOf(address));
  }

  /** Every gateway that can be used of a network whose gateways are one site. */
  #segmentEnds(): readonly SegmentEnd[] {
    const { identityOf, gatewayEnd } = this.#modules.inside();
    return this.#shares.flatMap((share) => {
      const { segment: esi } = share;
      const source = esi === undefined ? undefined : this.#sourceFor(share, 'all');
      if (esi === undefined || source === undefined || share.network.service !== 'l2') return [];
      return share.gateways.import
        .filter((address) => this.#isUsable(address))
        .map((address) => ({
          esi,
          gateway: gatewayEnd(identityOf(address), address, 'import'),
          name: share.inside,
          source,
        }));
    });
  }

  #gatewayOf(share: SharedNetwork, direction: Direction): GatewayEnd | 'dead' | undefined {
    const list = share.gateways[direction];
    if (list.length === 0) return undefined;
    const { identityOf, gatewayEnd } = this.#modules.inside();
    const serving = this.#serving[direction].get(share.network.name);
    if (serving === undefined) return 'dead';
    const end = (address: string) => gatewayEnd(identityOf(address), address, direction);
    if (share.gateways.anycast?.[direction] !== undefined) {
      const serves = (address: string) => serving.members.includes(identityOf(address));
      return anycastEnd(
        serving.by,
        list.map((address) => ({ ...end(address), serves: serves(address) })),
      );
    }
    const address = list.find((one) => identityOf(one) === serving.by);
    return address === undefined ? 'dead' : end(address);
  }

  #isInside(written: string, { gateways }: SharedNetwork): boolean {
    const address = unmappedIp(written);
    if (gateways.import.includes(address) || gateways.export.includes(address)) return false;
    if (isAnycast(gateways, address)) return false;
    return this.#modules.inside().holds(address);
  }

  #isOurAdministrator(address: string): boolean {
    return address === this.#own.routerId || this.#shares.every((share) => this.#isInside(address, share));
  }

  #elect(): void {
    const { gateways: known, inside } = this.#modules;
    const serving = (direction: Direction) =>
      known.serving(
        this.#shares.map(({ network: { name }, gateways }) => {
          const anycast = gateways.anycast?.[direction];
          return { name, gateways: gateways[direction], anycast };
        }),
        inside().leadsThere,
      );
    this.#serving = { import: serving('import'), export: serving('export') };
    this.#segments.become(this.#segmentEnds());
    const ends = this.#shares.map((share) => [this.#gatewayOf(share, 'import'), this.#gatewayOf(share, 'export')]);
    const split = this.#shares.filter((share) => this.#isSplitBy(share));
    this.#isSplit = split.length > 0;
    this.#ends = JSON.stringify([ends, split.map(({ network }) => network.name)]);
  }

  /** Whether gateways of ours are told something else than everybody, or have been and it has still to be taken back. */
  #splits(): boolean {
    return this.#isSplit || this.#toGateways.routes > 0;
  }

  #isSplitBy({ gateways }: SharedNetwork): boolean {
    const { identityOf, speaksBgp } = this.#modules.inside();
    return gateways.import.some((address) => speaksBgp(identityOf(address)));
  }

  /** Of networks with a gateway that asks for mappings instead of speaking BGP; true where one has still to be told all. */
  #keepFarSides(): boolean {
    const { identityOf, speaksBgp } = this.#modules.inside();
    const asks = (address: string) => !speaksBgp(identityOf(address));
    return this.farSides.keep(
      this.#shares.filter(({ gateways }) => [...gateways.import, ...gateways.export].some(asks)),
    );
  }

  /** What goes by gateways is for all but these, and the true ends are for these alone. */
  #sourceFor(share: SharedNetwork, view: 'all' | 'gateways'): OwnSource | undefined {
    const known = this.#sourceOf[view].get(share);
    if (known !== undefined) return known;
    const source = this.#openSourceFor(share, view);
    if (source !== undefined) this.#sourceOf[view].set(share, source);
    return source;
  }

  #openSourceFor({ gateways }: SharedNetwork, view: 'all' | 'gateways'): OwnSource | undefined {
    const group = gatewayGroup(this.#config.domain, gateways.import);
    const key = `${view} ${group}`;
    if (!this.#sources.has(key)) {
      const audience = view === 'gateways' ? { only: group } : { allBut: group };
      const { speaker } = this.#modules.inside();
      const isForAll = gateways.import.length === 0;
      this.#sources.set(key, speaker.openSource({ onBehalfOf: this.#config.domain, ...(!isForAll && { audience }) }));
    }
    return this.#sources.get(key);
  }

  #wake(at?: number): void {
    if (this.#isStopped || this.#due) return;
    const { clock, defer } = this.#modules;
    const now = clock.now();
    if (this.#isWaiting) {
      this.#wanted = Math.min(this.#wanted, at ?? now);
      return;
    }
    const when = Math.max(at ?? now, this.#restUntil);
    if (when <= now) {
      this.#alarm?.cancel();
      this.#alarm = undefined;
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.#due = true;
      defer(() => this.#run());
    } else if (when < this.#wakeAt) {
      this.#alarm?.cancel();
      this.#wakeAt = when;
      this.#alarm = clock.setTimer(when - now, () => {
        this.#alarm = undefined;
        this.#wakeAt = Number.POSITIVE_INFINITY;
        this.#run();
      });
    }
  }

  #run(): void {
    this.#due = false;
    if (this.#isStopped) return;
    const { clock, rests, inside } = this.#modules;
    const isYielding = rests() > 0;
    const begun = clock.now();
    if (inside().speaker.isBehind(BEHIND)) {
      this.#restUntil = begun + BEHIND_REST;
      this.#wake();
      return;
    }
    const until = begun + (isYielding ? YIELDING_BUDGET : BUDGET);
    this.#isWaiting = isYielding;
    this.#restUntil = 0;
    // Each has its turn first once: none waits for another that always has something.
    this.#crossings.push(this.#crossings.shift() as Crossing);
    let isMore = false;
    const stride = isYielding ? YIELDING_STRIDE : undefined;
    for (const crossing of this.#crossings) {
      isMore = (clock.now() < until ? crossing.run(until, stride) : true) || isMore;
    }
    if (this.import.isSettled) this.farSides.completed();
    if (isMore) this.#wake();
    if (isYielding) this.#rest(begun);
  }

  /** What has come in costs our own domain more than it costs here: it rests by what it took until everybody was told. */
  #rest(begun: number): void {
    const { clock, defer, inside, rests } = this.#modules;
    inside().speaker.afterDecisions(() =>
      defer(() => {
        const now = clock.now();
        this.#isWaiting = false;
        this.#restUntil = now + rests() * (now - begun);
        const wanted = this.#wanted;
        this.#wanted = Number.POSITIVE_INFINITY;
        if (wanted < Number.POSITIVE_INFINITY) this.#wake(wanted);
      }),
    );
  }
}

/** Seconds that a neighbour which has sent too many routes is kept down. */
const TOO_MANY_REST = 60;

/** Octets of attributes for each route that may be taken, and at least: routes outnumber attribute sets by far. */
const ATTRIBUTES_A_ROUTE = 512;
const LEAST_ATTRIBUTES = 64 << 20;

/** What is not taken in is held up to twice what may be; beyond that, or where it is to be so at once, the session ends. */
const sessionLimit = ({ limits }: NeighbourDomain): RouteLimit => ({
  limit: limits.exceeded === 'reset' ? limits.routes : 2 * limits.routes,
  attributeOctets: Math.max(LEAST_ATTRIBUTES, ATTRIBUTES_A_ROUTE * limits.routes),
  restart: TOO_MANY_REST,
});

/** Neighbours of our own domain's speaker that are gateways to a domain by one list of them. */
export const gatewayGroup = (domain: string, gateways: readonly string[]): string =>
  `${domain} ${[...gateways].sort().join(' ')}`;

function byAnycast(shares: readonly SharedNetwork[], direction: Direction): ReadonlyMap<string, SharedNetwork> {
  const sharing = shares.flatMap((share) => {
    const address = share.gateways.anycast?.[direction];
    return address === undefined ? [] : [[address, share] as const];
  });
  return new Map(sharing);
}

function queueOf({ delay, changesPerSecond, flap }: CrossingRate, random: () => number): CrossingQueue {
  const seed = Math.floor(random() * 2 ** 32);
  return new CrossingQueue({ delay, ...(changesPerSecond !== undefined && { changesPerSecond }), flap, seed });
}

/** For our own domain's speaker: connections from neighbour domains come in where it listens. */
export function guestsOf(borders: () => Iterable<Border>): Guests {
  return {
    take: (connection) => {
      for (const { outer } of borders()) {
        if (outer.neighbour(connection.remoteAddress) === undefined) continue;
        outer.accept(connection);
        return true;
      }
      return false;
    },
    get protectedPeers() {
      return [...borders()].flatMap(({ outer }) => outer.protectedPeers);
    },
  };
}
