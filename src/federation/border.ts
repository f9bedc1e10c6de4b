/**
 * The border to one neighbour domain: a speaker of its own, whose table holds what the neighbour announces and what it is told,
 * and the crossings between that and our own domain's speaker. What the neighbour does costs itself: its routes have a table
 * and attribute sets of their own, and its work is done when ours is.
 */
import {
  type Changes,
  type DomainId,
  type Guests,
  ipv4FromNumber,
  type OwnSource,
  Speaker,
  type SpeakerHandler,
  type SpeakerModules,
  type StaticNeighbour,
} from 'bgp-ts';
import type { RouteFacts } from '../evpn/facts.ts';
import type { VirtualNetwork } from '../nva/model.ts';
import { Crossing } from './crossing.ts';
import { CrossingQueue } from './crossing-queue.ts';
import { FarSides } from './far-side.ts';
import type { Gateways } from './gateways.ts';
import { type ImportLimitEvent, ImportLimits } from './import-limits.ts';
import { type GatewayEnd, Judge, type JudgeModules } from './judge.ts';
import type { CrossingRate, Direction, NeighbourDomain } from './model.ts';
import type { CompiledPolicy } from './policy/compile.ts';
import { RouteDistinguishers } from './route-distinguishers.ts';
import { type SharedNetwork, sharedNetworks } from './shares.ts';

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
  /** Whether an address lies in our underlay: an NVE's, or where NVEs may come from. */
  readonly holds: (address: string) => boolean;
  readonly hasRouterMac: (mac: string) => boolean;
  /** A gateway's end as it is seen in this direction, by its identity and its address in the list. */
  readonly gatewayEnd: (identity: string, address: string, direction: Direction) => GatewayEnd;
  readonly identityOf: (address: string) => string;
  /** Whether the gateway has a BGP session of ours, and so is told the true ends by BGP. */
  readonly speaksBgp: (identity: string) => boolean;
}

export interface BorderModules extends Pick<SpeakerModules, 'clock' | 'transport' | 'random' | 'defer'> {
  readonly handler: SpeakerHandler;
  readonly gateways: Gateways;
  readonly inside: () => Inside;
  /** Whether our own domain has something to do, which comes first. */
  readonly yields: () => boolean;
  readonly limited: (event: ImportLimitEvent) => void;
}

/** Milliseconds of crossing in one go, and while our own domain comes first; then a rest of so many times as long. */
const BUDGET = 4;
const YIELDING_BUDGET = 0.5;
const YIELDING_REST = 8;

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
  #config: NeighbourDomain;
  #shares: readonly SharedNetwork[] = [];
  #elected: Record<Direction, ReadonlyMap<string, string>> = { import: new Map(), export: new Map() };
  /** Of each share both gateways, and those of which gateways are told the true ends: to tell whether something has changed. */
  #ends = '';
  #isSplit = false;
  #due = false;
  #restUntil = 0;
  #wakeAt = Number.POSITIVE_INFINITY;
  #alarm: { cancel(): void } | undefined;
  #isStopped = false;

  constructor(config: NeighbourDomain, own: OwnDomain, modules: BorderModules) {
    this.#config = config;
    this.#own = own;
    this.#modules = modules;
    const { clock, transport, random, defer, handler, yields, limited } = modules;
    this.outer = new Speaker(
      // What has been here before is refused by the judge, which counts it.
      { asn: own.asn, routerId: own.routerId },
      {
        clock,
        transport,
        random,
        defer,
        handler,
        yields,
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
      new Judge({ direction, ...options, isForGateways }, this.#judgeModules(direction));
    this.#judges = { import: judge('import'), export: judge('export'), toGateways: judge('import', true) };
    this.farSides = new FarSides(config.domain, this.outer, now);
    const wake = (at?: number) => this.#wake(at);
    const forged = (facts: RouteFacts, share: SharedNetwork) =>
      facts.originator !== undefined && this.#isInside(facts.originator, share);
    const isOurAdministrator = (address: number) => this.#isOurAdministrator(ipv4FromNumber(address));
    const common = { now, wake };
    const { domain, limits, rate } = config;
    this.import = new Crossing({
      ...common,
      direction: 'import',
      from: this.outer,
      to: (share) => this.#sourceFor(share, 'all'),
      judge: this.#judges.import,
      queue: queueOf(rate.import),
      distinguishers: new RouteDistinguishers(own.asn, `import ${domain}`),
      limits: new ImportLimits(limits, limited),
      isForged: forged,
      isOurAdministrator,
      crossed: (destination, plan) => this.farSides.tell(destination, plan?.share),
    });
    this.#toGateways = new Crossing({
      ...common,
      direction: 'import',
      from: this.outer,
      to: (share) => (this.#isSplitBy(share) ? this.#sourceFor(share, 'gateways') : undefined),
      judge: this.#judges.toGateways,
      queue: queueOf(rate.import),
      distinguishers: new RouteDistinguishers(own.asn, `gateways ${domain}`),
      limits: new ImportLimits(limits, () => {}),
      isForged: forged,
      isOurAdministrator,
    });
    const outside = this.outer.openSource({ onBehalfOf: 'our own domain' });
    this.export = new Crossing({
      ...common,
      direction: 'export',
      from: { table: modules.inside().speaker.table, attributes: modules.inside().speaker.attributes },
      to: () => outside,
      judge: this.#judges.export,
      queue: queueOf(rate.export),
      distinguishers: new RouteDistinguishers(own.asn, `export ${domain}`),
    });
    this.#crossings = [this.import, this.export, this.#toGateways];
  }

  get config(): NeighbourDomain {
    return this.#config;
  }
  /** Those whose network is there. */
  get shares(): readonly SharedNetwork[] {
    return this.#shares;
  }
  /** Network → identity of the gateway that serves it. */
  elected(direction: Direction): ReadonlyMap<string, string> {
    return this.#elected[direction];
  }
  policyOf(direction: Direction): CompiledPolicy | undefined {
    return this.#judges[direction].policy;
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
    this.outer.addStatic({ ...session, hearsOwnOnly: true });
  }

  /** For our own domain's speaker. */
  decided(changes: Changes): void {
    this.export.decided(changes);
  }

  /** Networks of ours have come, gone or changed, or what is shared has. */
  sharesChanged(config: NeighbourDomain = this.#config): void {
    this.#config = config;
    this.#shares = sharedNetworks(config, this.#modules.inside().networks(), this.#own.asn);
    this.#elect();
    for (const judge of Object.values(this.#judges)) judge.become({ shares: this.#shares });
    this.farSides.touch();
    this.reconsider();
  }

  /** Something may be otherwise with gateways; true where others serve networks now, or the same ones with other ends. */
  gatewaysChanged(): boolean {
    const before = this.#ends;
    this.#elect();
    if (before === this.#ends) return false;
    for (const judge of Object.values(this.#judges)) judge.forget();
    this.reconsider();
    return true;
  }

  /** Addresses of our own have come or gone: what was not ours may be now. */
  insideChanged(): void {
    for (const judge of Object.values(this.#judges)) judge.forget();
    this.reconsider();
  }

  policyChanged(direction: Direction, policy: CompiledPolicy | undefined): void {
    this.#judges[direction].become({ policy });
    if (direction === 'import') this.#judges.toGateways.become({ policy });
    this.reconsider();
  }

  reconsider(): void {
    this.import.reconsider();
    this.export.reconsider();
    if (this.#splits()) this.#toGateways.reconsider();
  }

  /** A gateway of ours begins to look at a far side. */
  watchFarSide(name: string, changed: () => void): () => void {
    if (this.farSides.watch(name, changed)) this.import.reconsider();
    return () => this.farSides.unwatch(name, changed);
  }

  /** Lets nothing cross, in either direction, until it is let again. */
  freeze(isFrozen: boolean): void {
    for (const crossing of [this.import, this.export, this.#toGateways]) crossing.freeze(isFrozen);
  }

  /** Ends all sessions; its routes go with it. */
  async stop(reason: string): Promise<void> {
    this.#isStopped = true;
    this.#alarm?.cancel();
    for (const source of this.#sources.values()) source?.close();
    await this.outer.stop(reason);
  }

  #judgeModules(direction: Direction): JudgeModules {
    const { gateways, inside } = this.#modules;
    return {
      gatewayOf: (share) => this.#gatewayOf(share, direction),
      gatewayAt: (address) =>
        gateways.isAlive(address) ? inside().gatewayEnd(inside().identityOf(address), address, direction) : 'dead',
      isInside: (address, share) => this.#isInside(address, share),
      isOurMac: (mac) => inside().hasRouterMac(mac),
    };
  }

  #gatewayOf(share: SharedNetwork, direction: Direction): GatewayEnd | 'dead' | undefined {
    const list = share.gateways[direction];
    if (list.length === 0) return undefined;
    const { identityOf, gatewayEnd } = this.#modules.inside();
    const identity = this.#elected[direction].get(share.network.name);
    const address = list.find((one) => identityOf(one) === identity);
    return identity === undefined || address === undefined ? 'dead' : gatewayEnd(identity, address, direction);
  }

  #isInside(address: string, { gateways }: SharedNetwork): boolean {
    if (gateways.import.includes(address) || gateways.export.includes(address)) return false;
    return this.#modules.inside().holds(address);
  }

  #isOurAdministrator(address: string): boolean {
    return address === this.#own.routerId || this.#shares.every((share) => this.#isInside(address, share));
  }

  #elect(): void {
    const shares = (direction: Direction) =>
      this.#shares.map(({ network, gateways }) => ({ name: network.name, gateways: gateways[direction] }));
    const { gateways } = this.#modules;
    this.#elected = { import: gateways.elect(shares('import')), export: gateways.elect(shares('export')) };
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

  /** What goes by gateways is for all but these, and the true ends are for these alone. */
  #sourceFor({ gateways }: SharedNetwork, view: 'all' | 'gateways'): OwnSource | undefined {
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
    const { clock, yields } = this.#modules;
    const isYielding = yields();
    const begun = clock.now();
    const until = begun + (isYielding ? YIELDING_BUDGET : BUDGET);
    // Each has its turn first once: none waits for another that always has something.
    this.#crossings.push(this.#crossings.shift() as Crossing);
    let isMore = false;
    for (const crossing of this.#crossings) isMore = (clock.now() < until ? crossing.run(until) : true) || isMore;
    const ended = clock.now();
    this.#restUntil = isYielding ? ended + YIELDING_REST * (ended - begun) : 0;
    if (isMore) this.#wake();
  }
}

/** Neighbours of our own domain's speaker that are gateways to a domain by one list of them. */
export const gatewayGroup = (domain: string, gateways: readonly string[]): string =>
  `${domain} ${[...gateways].sort().join(' ')}`;

function queueOf({ delay, changesPerSecond, flap }: CrossingRate): CrossingQueue {
  return new CrossingQueue({ delay, ...(changesPerSecond !== undefined && { changesPerSecond }), flap });
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
