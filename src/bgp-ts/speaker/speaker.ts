/**
 * A BGP speaker that reflects EVPN routes: neighbours, one route table, and the way out, put together.
 *
 * An UPDATE's way from socket to socket: the session cuts the bytes of one read into messages and gives each UPDATE to
 * `Ingest`, which looks its attributes up and changes columns of the `RouteTable`. When all sockets that had something
 * have been read, or the time for reading is over, a *turn* runs: the table decides what changed, the `Packer` encodes the changes once for each class
 * of neighbours, and each `Member` hands its socket as much as it takes. A turn has a time budget and yields to the
 * event loop, so that KEEPALIVEs and the API are never late, however long the queue.
 */
import type { EgressBounds } from '../egress/distributor.ts';
import type { NeighbourTraits } from '../egress/neighbour-class.ts';
import type { DownReason } from '../fsm/action.ts';
import type { Admission } from '../rib/admission.ts';
import { assess } from '../rib/assess.ts';
import { type AttributeSet, AttributeStore } from '../rib/attribute-store.ts';
import { emptyCounts, Ingest, type MalformedUpdate } from '../rib/ingest.ts';
import { RiderStore } from '../rib/rider-store.ts';
import type { Changes, RouteTable } from '../rib/route-table.ts';
import { MAX_SOURCES, type NeighbourSource, type Source } from '../rib/source.ts';
import { Acceptor, type AcceptorCounts, type AcceptorOptions } from '../session/acceptor.ts';
import { cease } from '../session/cease.ts';
import { type Clock, setAlarm, type Timer } from '../session/clock.ts';
import type { Negotiated } from '../session/negotiate.ts';
import { Peer, type PeerEvent, type PeerHandler } from '../session/peer.ts';
import { matchPrefix, type Prefix, parsePrefix } from '../session/prefix.ts';
import type { Connection, Listener, ProtectedPeers, ProtectionFault, Transport } from '../session/transport.ts';
import type { DomainId } from '../wire/attribute/d-path.ts';
import { CeaseSubcode, Family, type FamilyId } from '../wire/constants.ts';
import type { Fault } from '../wire/fault.ts';
import { ipv4ToNumber, mappedIp } from '../wire/ip.ts';
import { RefreshSubtype } from '../wire/message/route-refresh.ts';
import { decodeUpdate } from '../wire/message/update.ts';
import { Deferral } from './deferral.ts';
import { announcesLongLived, defaultGracefulRestart } from './graceful-restart.ts';
import { cannotTake, type HeldBack, refused } from './interop.ts';
import { LOCAL_SOURCE, localSource } from './local-source.ts';
import { type DynamicNeighbours, Neighbour, type NeighbourPolicy, type StaticNeighbour } from './neighbour.ts';
import { offerTo } from './offer.ts';
import type { OwnSource, OwnSourceOptions } from './own-source.ts';
import { protectedPeers } from './protected-peers.ts';
import { Readmission } from './readmission.ts';
import { Retainer } from './retainer.ts';
import type { RetentionEvent } from './retention.ts';
import { type RouteLimitEvent, RouteLimits } from './route-limits.ts';
import { refreshRequest } from './route-refresh.ts';
import { Sweeper } from './sweeper.ts';
import { WayOut } from './way-out.ts';

/** Who the speaker is, and how much it takes. */
export interface SpeakerOptions {
  /** Our AS number, four octets. */
  readonly asn: number;
  /** BGP Identifier, dotted decimal. */
  readonly routerId: string;
  /** RFC 4456 §7; default `routerId`. */
  readonly clusterId?: string;
  /** Domains that we are a gateway of, for the loop check on D-PATH (RFC 10039 §4); none by default. */
  readonly domainIds?: readonly DomainId[];
  /** Bounds on connections that come in; defaults where absent. */
  readonly acceptor?: AcceptorOptions;
  /** Dynamic neighbours known at a time, those that are gone and still shown included; default 10,000. */
  readonly maxDynamicNeighbours?: number;
  /** How much may wait for neighbours that read slowly. */
  readonly egress?: EgressBounds;
  /** Connections that come in wait for {@link Speaker.open}: whether we have restarted is found out meanwhile. */
  readonly opensLater?: boolean;
}

/** What is known of the process that was here before (RFC 4724 §4.1). */
export interface OwnRestart {
  /** Addresses of the neighbours whose sessions were up when it ended. */
  readonly expected: Iterable<string>;
  /** Seconds that neighbours keep what they learnt from it, and to which our OPENs say that we have restarted. */
  readonly restartTime: number;
  /** Seconds for which these are waited for at most, before anybody is told anything. */
  readonly deferralTime: number;
}

/** Path selection waits for the neighbours of before a restart, or waits no longer (RFC 4724 §4.1); times in seconds. */
export type DeferralEvent =
  /** Nobody is told anything yet, for at most so many seconds. */
  | { readonly type: 'deferred'; readonly seconds: number }
  /** Everybody is told what there is; `missing` are those who were waited for in vain. */
  | { readonly type: 'selected'; readonly missing: readonly string[] };

/** What the speaker tells its owner; each at most a line in a log. */
export interface SpeakerHandler {
  /** A session is up, and routes are about to be exchanged. */
  established(neighbour: Neighbour, negotiated: Negotiated): void;
  /** A session ended; what becomes of its routes is told by `retention`, unless they just go. */
  down(neighbour: Neighbour, reason: DownReason): void;
  /** What becomes of the routes of a lost session (RFC 4724, RFC 9494). */
  retention(neighbour: Neighbour, event: RetentionEvent): void;
  /** A neighbour nears its limit of routes, or was ended for being over it. */
  routeLimit(neighbour: Neighbour, event: RouteLimitEvent): void;
  /** After a restart of our own. */
  deferral(event: DeferralEvent): void;
  /** An UPDATE with faults, whatever they cost (RFC 7606 §6). Each one is told: whoever writes it down bounds that. */
  malformed(neighbour: Neighbour, update: MalformedUpdate): void;
  /** What happened on a connection, for a log. */
  peerEvent(neighbour: Neighbour, event: PeerEvent): void;
  /** A connection that was not let in. */
  refused(address: string, reason: string): void;
  /** Routes begin to be held back from a neighbour that cannot take them; see {@link Neighbour.heldBack}. */
  heldBack(neighbour: Neighbour, what: HeldBack): void;
  /** A listener does not do what is asked of peers (TCP-MD5, GTSM). Those it is about do not get in. */
  unprotected(fault: ProtectionFault): void;
  /** A neighbour reads too slowly for what must be remembered for it; its session is ended. */
  tooSlow(neighbour: Neighbour): void;
}

/** What the speaker is given: time, sockets, randomness, and whom it tells. */
export interface SpeakerModules {
  /** Time and timers; tests hand in their own. */
  readonly clock: Clock;
  /** Makes and takes connections: {@link TcpTransport}, or a test's own. */
  readonly transport: Transport;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  /** Runs a function after the sockets that are ready have been read: `setImmediate`. */
  readonly defer: (run: () => void) => void;
  /** Told of what happens; called from within the speaker's turns. */
  readonly handler: SpeakerHandler;
  /** What else is asked of EVPN routes before they may be used; nothing when absent. */
  readonly admission?: Admission;
  /**
   * Told of EVPN routes whose best path has changed: numbers of {@link Speaker.table}. The set that each had before is
   * held during the call.
   */
  readonly decided?: (changes: Changes) => void;
  /**
   * Whether whoever was told by {@link decided} of a route that is withdrawn has still to look at it: its number is kept
   * until {@link RouteTable.letGo}.
   */
  readonly isHeld?: (destination: number) => boolean;
  /**
   * Where somebody else's work is to come first, how many times as long as it has worked the speaker rests after each of
   * its slices of time, which are short then; 0 otherwise, and when absent.
   */
  readonly rests?: () => number;
  /** The groups of {@link Audience} that a neighbour belongs to, by its address; asked when its session comes up. */
  readonly groupsOf?: (address: string) => readonly string[];
  /** Who else takes connections at its listeners; nobody when absent. */
  readonly guests?: Guests;
}

/** Others with neighbours of their own, for whom a speaker listens: other speakers, mostly. */
export interface Guests {
  /** Whether the connection is one of theirs, which they have taken (as {@link Speaker.accept}); asked first. */
  take(connection: Connection): boolean;
  /** What is asked of those who come to them; {@link Speaker.protectAnew} says that it has changed. */
  readonly protectedPeers: readonly ProtectedPeers[];
}

/** Milliseconds of reading, of deciding and of writing in one turn, before the event loop gets its chance. */
const READ_BUDGET = 6;
const DECIDE_BUDGET = 6;
const WRITE_BUDGET = 6;
/**
 * After a short turn, what comes in waits for twice the time that the turn took, so that changes that come one by one do
 * not cost a write to everybody each. Longer turns have much to write, and what comes in meanwhile is read after them.
 * The bounds are milliseconds.
 */
const REST = 2;
const MAX_REST = 2;
const MIN_REST = 0.5;
/** While it yields: milliseconds of each slice, and destinations between two looks at the clock. */
const YIELDING_BUDGET = 0.5;
const YIELDING_STRIDE = 128;
/** Connections that wait for {@link Speaker.open}. */
const MAX_WAITING = 1024;
/** Milliseconds that a dynamic neighbour is shown after it went, and between two looks at those who went. */
const REMEMBERED = 600_000;
const EXPIRY_INTERVAL = 60_000;

/** A route reflector (RFC 4456): neighbours, the table of their routes, and what each of them is told. */
export class Speaker {
  /** What it was made with; `clusterId` is filled in. */
  readonly options: SpeakerOptions & { readonly clusterId: string };
  /** The EVPN routes of all neighbours, for reading. */
  readonly table: RouteTable;
  /** The attribute sets that `table` refers to by number. */
  readonly attributes: AttributeStore;
  /** The labels and ESIs that `table` refers to by number. */
  readonly riders: RiderStore;
  readonly #modules: SpeakerModules;
  readonly #ingest: Ingest;
  readonly #wayOut: WayOut;
  readonly #acceptor: Acceptor;
  readonly #handler: PeerHandler;

  readonly #neighbours = new Map<string, Neighbour>();
  readonly #byPeer = new Map<Peer, Neighbour>();
  readonly #prefixes = new Map<string, { readonly prefix: Prefix; value: DynamicNeighbours }>();
  readonly #listeners: Listener[] = [];

  /** By source index: the neighbour behind it, also while its routes are still being removed. */
  readonly #sources: (Neighbour | undefined)[] = [];
  #nextSource = LOCAL_SOURCE + 1;
  /** Those of {@link openSource}, by their index. */
  readonly #own = new Map<number, Source>();
  readonly #sweeper: Sweeper;
  readonly #localSource: Source;
  readonly #localCounts = emptyCounts();
  #readmission: Readmission | undefined;
  /** To be run when all that is there has been decided and encoded. */
  #afterDecisions: (() => void)[] = [];
  readonly #retainer: Retainer;
  readonly #limits: RouteLimits;
  readonly #paused: Neighbour[] = [];
  /** Connections that wait for {@link open}; undefined since. */
  #waiting: Connection[] | undefined;
  #deferral: Deferral | undefined;
  /** Our OPENs say that we have restarted, until this goes off. */
  #restarted: Timer | undefined;
  #turnDue = false;
  /** The turn that is due waits for this. */
  #rest: Timer | undefined;
  #restUntil = 0;
  #readingSince = 0;
  #heardAt = Number.NEGATIVE_INFINITY;
  /** Something of routes was read since {@link heardAt}. */
  #hasHeard = false;
  #congested = false;
  #expiry: Timer | undefined;
  #looking = false;
  #protecting = false;
  #stopping = false;

  constructor(options: SpeakerOptions, modules: SpeakerModules) {
    this.options = { ...options, clusterId: options.clusterId ?? options.routerId };
    this.#modules = modules;
    const { clock } = modules;
    const hashSeed = Math.floor(modules.random() * 0x1_0000_0000) | 0;
    const local = {
      asn: options.asn,
      routerId: ipv4ToNumber(options.routerId) as number,
      clusterId: ipv4ToNumber(this.options.clusterId) as number,
      domainIds: options.domainIds,
    };
    this.attributes = new AttributeStore({ hashSeed }, { assess: (block, source) => assess(block, source, local) });
    this.riders = new RiderStore({ hashSeed });
    const { attributes, riders } = this;
    this.#wayOut = new WayOut(
      { hashSeed, local, egress: options.egress },
      {
        clock,
        attributes,
        riders,
        neighbourOf: (source) => this.#sources[source],
        hopeless: (source) => this.#hopeless(source),
        heldBack: (neighbour, what) => modules.handler.heldBack(neighbour, what),
        wake: () => this.#schedule(),
        admission: modules.admission,
        decided: modules.decided,
        isHeld: modules.isHeld,
        groupsOf: modules.groupsOf,
      },
    );
    this.table = this.#wayOut.table;
    this.#ingest = new Ingest({
      families: this.#wayOut.families,
      attributes,
      riders,
      malformed: (source, update) => {
        const neighbour = this.#sources[source.index];
        if (neighbour !== undefined) modules.handler.malformed(neighbour, update);
      },
    });
    this.#wayOut.announceDefaultTarget(this.#ingest);
    this.#localSource = localSource(local);
    if (modules.admission !== undefined) {
      this.#readmission = new Readmission({ table: this.table, attributes, riders, admission: modules.admission });
    }
    this.#sweeper = new Sweeper({
      table: this.table,
      longLivedStale: (set) => this.attributes.longLivedStale(set),
      emptied: (source) => {
        this.#sources[source] = undefined;
        this.#own.delete(source);
      },
    });
    this.#retainer = new Retainer({
      clock,
      table: this.table,
      sweeper: this.#sweeper,
      told: (neighbour, event) => modules.handler.retention(neighbour, event),
      wake: () => this.#schedule(),
    });
    this.#limits = new RouteLimits({
      clock,
      table: this.table,
      attributes,
      told: (neighbour, event) => modules.handler.routeLimit(neighbour, event),
    });
    this.#acceptor = new Acceptor(options.acceptor ?? {}, { clock });
    if (options.opensLater === true) this.#waiting = [];
    this.#handler = this.#makeHandler();
  }

  /** All neighbours, dynamic ones that went a short while ago included. */
  get neighbours(): Iterable<Neighbour> {
    return this.#neighbours.values();
  }
  /** By its address in canonical text. */
  neighbour(address: string): Neighbour | undefined {
    return this.#neighbours.get(address);
  }
  /** The neighbour behind a source index of the route table. */
  neighbourOf(source: number): Neighbour | undefined {
    return this.#sources[source];
  }
  /** Where it takes connections, in the order of {@link listen}. */
  get listening(): readonly Listener[] {
    return this.#listeners;
  }
  /** Connections that came in and were let in or refused, by reason. */
  get admissions(): AcceptorCounts {
    return this.#acceptor.counts;
  }
  /** Routes encoded for all classes of neighbours together, and those that fitted no message. */
  get distributed(): { readonly announced: number; readonly withdrawn: number; readonly oversized: number } {
    return this.#wayOut.distributed;
  }
  /** Whether nothing waits to be decided or swept. */
  get settled(): boolean {
    return !this.#turnDue && this.#sweeper.idle && (this.#readmission?.idle ?? true) && this.#wayOut.settled;
  }

  /** When a neighbour last said something of routes, in milliseconds of the clock; that it is alive does not count. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Whether most neighbours have still to be told more than so many octets of EVPN routes, those left out who read nothing. */
  isBehind(octets: number): boolean {
    return this.#wayOut.isBehind(octets);
  }

  /** Neighbours whose End-of-RIB is waited for before anybody is told anything, after a restart of our own. */
  get awaited(): readonly string[] {
    return this.#deferral?.awaited ?? [];
  }

  /** To be said once, before the first neighbour and before {@link open}: a process was here that has ended lately. */
  restarted({ expected, restartTime, deferralTime }: OwnRestart): void {
    const { clock, handler } = this.#modules;
    this.#restarted = setAlarm(clock, clock.now() + 1000 * restartTime, () => {
      this.#restarted = undefined;
      for (const neighbour of this.#neighbours.values()) this.#announce(neighbour);
    });
    const mayCome = (address: string) => this.#neighbours.has(address) || this.#admits(address) !== undefined;
    const expired = () => this.#schedule();
    this.#deferral = new Deferral({ expected, seconds: deferralTime }, { clock, mayCome, expired });
    handler.deferral({ type: 'deferred', seconds: deferralTime });
  }

  /** Takes the connections that have waited, and all others from now on. */
  open(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const connection of waiting) {
      this.accept(connection);
      connection.resume();
    }
    this.#schedule();
  }

  /**
   * Rejects with the system's error. Who has a key has to be known when he calls, or his call is not heard: `ahead` names
   * those who will be added later, in place of those who are there.
   */
  async listen(address: string, port: number, ahead?: readonly ProtectedPeers[]): Promise<Listener> {
    const listener = await this.#modules.transport.listen({
      address,
      port,
      accept: (connection) => {
        if (this.#modules.guests?.take(connection) !== true) this.accept(connection);
      },
    });
    this.#listeners.push(listener);
    this.#protect(listener, ahead);
    return listener;
  }

  /** Stops listening at one of {@link listening}; sessions stay. */
  async unlisten(listener: Listener): Promise<void> {
    const at = this.#listeners.indexOf(listener);
    if (at >= 0) this.#listeners.splice(at, 1);
    await listener.close();
  }

  /** Adds a neighbour and starts dialling, unless it is passive. One with that address is ended and replaced. */
  addStatic(config: StaticNeighbour): Neighbour {
    const known = this.#neighbours.get(config.address);
    if (known !== undefined) this.#forget(known, 'now configured by address');
    const neighbour = this.#add(config.address, undefined, config, config);
    neighbour.peer.start();
    this.#protectSoon();
    return neighbour;
  }

  /**
   * Ends the session with Cease, Peer De-configured, and `communication` (RFC 9003), and withdraws its routes. Does nothing
   * when no static neighbour has the address.
   */
  removeStatic(address: string, communication: string): void {
    const neighbour = this.#neighbours.get(address);
    if (neighbour !== undefined && neighbour.prefix === undefined) this.#forget(neighbour, communication);
    this.#protectSoon();
  }

  /** Lets in whoever calls from a prefix; whom a shorter one let in is sent away. Throws a RangeError when it is no prefix. */
  addDynamic(config: DynamicNeighbours): void {
    const prefix = parsePrefix(config.prefix);
    if (prefix === undefined) throw new RangeError(`${config.prefix} is no prefix`);
    this.#prefixes.set(config.prefix, { prefix, value: config });
    // Whom the new prefix holds now, and a shorter one let in, has another policy from now on, and perhaps another key.
    const prefixes = [...this.#prefixes.values()];
    for (const neighbour of [...this.#neighbours.values()]) {
      if (neighbour.prefix === undefined) continue;
      const { prefix: holds } = matchPrefix(prefixes, neighbour.address) ?? neighbour;
      if (holds !== neighbour.prefix) this.#forget(neighbour, `now configured by ${holds}`);
    }
    this.#protectSoon();
  }

  /**
   * Dials an address that a prefix admits, as if it had come by itself: an NVE known from before a restart. False when
   * it is known already, no prefix admits it, or nobody of the prefix is to be dialled. With `once` it is forgotten when the first attempt fails.
   */
  dialDynamic(address: string, localAddress?: string, once = false): boolean {
    const policy = this.#admits(address);
    if (policy === undefined || policy.passive === true || this.#neighbours.has(address)) return false;
    const dial = { passive: false, ...(localAddress !== undefined && { localAddress }) };
    const neighbour = this.#add(address, policy.prefix, policy, dial);
    neighbour.tentative = once;
    neighbour.peer.start();
    return true;
  }

  /** Takes the prefix away and ends the sessions of those it admitted. */
  removeDynamic(prefix: string, communication: string): void {
    this.#prefixes.delete(prefix);
    for (const neighbour of [...this.#neighbours.values()]) {
      if (neighbour.prefix === prefix) this.#forget(neighbour, communication);
    }
    this.#protectSoon();
  }

  /**
   * Changes what needs no new session: description, route limit, the times that routes are kept stale, what is sent
   * (`interest`, `interestLost`), and the TCP-MD5 key, also from or to none. Who is kept down for too many routes may try
   * again when it may have more of them; who has more than it may have now is told so and its session ended.
   * Segments on their way with the other key are sent again once both sides have changed theirs.
   */
  setPolicy(key: string, policy: NeighbourPolicy): void {
    const entry = this.#prefixes.get(key);
    if (entry !== undefined) {
      const { passive } = entry.value;
      entry.value = { ...policy, prefix: key, ...(passive !== undefined && { passive }) };
    }
    for (const neighbour of this.#neighbours.values()) {
      if (neighbour.prefix === key || (neighbour.prefix === undefined && neighbour.address === key)) {
        const before = neighbour.policy;
        neighbour.policy = policy;
        const most = ({ routeLimit }: NeighbourPolicy) => routeLimit?.limit ?? Number.POSITIVE_INFINITY;
        if (most(policy) > most(before)) this.#limits.release(neighbour);
        this.#limitAnew(neighbour, before);
        this.#keepAnew(neighbour, before);
        const isSame = policy.interest === before.interest && policy.interestLost === before.interestLost;
        if (!isSame) this.#wayOut.followPolicy(neighbour);
        // Where the system takes no key for a connection that is there, a new one has to carry it.
        if (policy.md5Key !== before.md5Key && neighbour.peer.setMd5Key(policy.md5Key) !== undefined) {
          neighbour.peer.reset('the TCP-MD5 key has changed');
        }
      }
    }
    this.#protectSoon();
  }

  /** What the neighbour keeps of ours it does by what our OPEN said until its next session. */
  #keepAnew(neighbour: Neighbour, { gracefulRestart: before = defaultGracefulRestart }: NeighbourPolicy): void {
    if (neighbour.gracefulRestart.longLivedStaleTime === before.longLivedStaleTime) return;
    this.#retainer.retime(neighbour, before.longLivedStaleTime);
    // The first OPEN after a restart says so, and is not touched.
    if (this.#restarted === undefined || neighbour.sessions > 0) this.#announce(neighbour);
  }

  #limitAnew(neighbour: Neighbour, { routeLimit: before }: NeighbourPolicy): void {
    const { source, peer, policy } = neighbour;
    const { limit, warnAbove } = policy.routeLimit ?? {};
    if (source === undefined || (limit === before?.limit && warnAbove === before?.warnAbove)) return;
    neighbour.nearLimit = false;
    const fault = this.#limits.check(neighbour, source);
    if (fault !== undefined) peer.cease(fault.notification, fault.reason);
  }

  /**
   * Takes in an UPDATE of our own, header included, with EVPN routes that we originate or withdraw: they are told to
   * everybody, as they stand but for what the session asks. Returns what is wrong with it, in which case nothing was done
   * or what is right in it alone.
   */
  originate(update: Uint8Array): Fault | undefined {
    return this.#originate(this.#localSource, update);
  }

  #originate(source: Source, update: Uint8Array): Fault | undefined {
    const counts = this.#localCounts;
    const before = counts.faults.size;
    const fault = this.#ingest.update(source, counts, update, 0, update.length);
    this.#schedule();
    if (fault !== undefined || counts.faults.size === before) return fault;
    const { faults } = decodeUpdate(update, source.decode);
    counts.faults.clear();
    return faults[0];
  }

  /** A source of our own beside that of {@link originate}; undefined when there are too many sources. */
  openSource({ audience, onBehalfOf }: OwnSourceOptions = {}): OwnSource | undefined {
    const index = this.#takeSource();
    if (index === undefined) return undefined;
    const about = { ...(audience && { audience }), ...(onBehalfOf !== undefined && { onBehalfOf }) };
    const source: Source = { ...this.#localSource, index, ...about };
    this.#own.set(index, source);
    return {
      source,
      originate: (update) => this.#originate(source, update),
      beginRefresh: () => {
        this.#sweeper.cancel(index);
        this.table.beginRefresh(index);
      },
      endRefresh: () => {
        this.#sweeper.removeStale(index);
        this.#schedule();
      },
      close: () => {
        this.#sweeper.withdraw(index);
        this.#schedule();
      },
    };
  }

  /**
   * Runs `then` when all that came in so far is decided and encoded for everybody. What it originates or withdraws is told
   * after that.
   */
  afterDecisions(then: () => void): void {
    this.#afterDecisions.push(then);
    this.#schedule();
  }

  /** Asks the {@link SpeakerModules.admission} anew about some destinations of the table, at once. */
  readmit(destinations: Iterable<number>): void {
    for (const destination of destinations) this.#readmission?.one(destination);
    this.#schedule();
  }

  /** Asks it anew about all routes, in the background; {@link settled} says when that is done. */
  readmitAll(): void {
    this.#readmission?.all();
    this.#schedule();
  }

  /** Asks an established neighbour for all its routes again (RFC 2918); false when it cannot. */
  requestRefresh(neighbour: Neighbour): boolean {
    if (neighbour.negotiated?.routeRefresh !== true) return false;
    neighbour.peer.sendRouteRefresh(refreshRequest);
    return true;
  }

  /**
   * Begins anew with a neighbour by hand: ends its session with Cease/Administrative Reset, lets one come back that is
   * kept down, withdraws what is kept of one that is away. False when there is nothing of this to do.
   */
  reset(neighbour: Neighbour, communication?: string): boolean {
    if (neighbour.negotiated !== undefined) {
      neighbour.peer.reset(communication);
      return true;
    }
    const kept = neighbour.retention !== undefined;
    this.#retainer.withdraw(neighbour);
    return this.#limits.release(neighbour) || kept;
  }

  /**
   * Ends the session of a neighbour that has more routes of some kind than the `limit` that its owner counts by, as if its
   * route limit were exceeded: with Cease/Maximum Number of Prefixes (RFC 4486 §4), and then kept down where it says so.
   * False without a session.
   */
  endForRoutes(neighbour: Neighbour, limit: number, reason: string): boolean {
    if (neighbour.source === undefined) return false;
    const fault = this.#limits.exceed(neighbour, limit, reason);
    neighbour.peer.cease(fault.notification, fault.reason);
    return true;
  }

  /** Forgets a dynamic neighbour that has no session, and dials it no more; false when it is another one. */
  forget(neighbour: Neighbour): boolean {
    const { address, prefix, source } = neighbour;
    if (prefix === undefined || source !== undefined || this.#neighbours.get(address) !== neighbour) return false;
    this.#forget(neighbour, '');
    return true;
  }

  /**
   * Routes that an established neighbour is sent by the rules of reflection (RFC 4456 §6) and its interest; for a
   * neighbour that takes everything, well-known communities, which may keep some back, are not looked at.
   */
  advertisedTo(neighbour: Neighbour): number {
    return this.#wayOut.advertisedTo(neighbour, this.neighbours, [this.#localSource, ...this.#own.values()]);
  }

  /** What of a neighbour decides which routes it is sent; undefined without a session. */
  traitsOf(neighbour: Neighbour): NeighbourTraits | undefined {
    return this.#wayOut.traitsOf(neighbour);
  }

  /** Why an established neighbour is not sent a route with this set that the rules of reflection let it have. */
  withheld(neighbour: Neighbour, set: AttributeSet, destination: number): 'not-wanted' | 'cannot-take' | undefined {
    return this.#wayOut.withheld(neighbour, set, destination);
  }

  /** Changes that a neighbour's cursor has still to pass. */
  changesBehind(neighbour: Neighbour): number {
    return this.#wayOut.changesBehind(neighbour);
  }

  /** Routes that a neighbour is not sent because it cannot take them; `what` is one of {@link Neighbour.heldBack}. */
  heldBackFrom(neighbour: Neighbour, what: HeldBack): number {
    return this.#wayOut.heldBackFrom(neighbour, what);
  }

  /**
   * Ends all sessions with Cease/Administrative Shutdown (RFC 9003) and stops listening. Neighbours that negotiated it
   * keep what they learnt from us for our restart time (RFC 8538 §4).
   */
  async stop(communication: string): Promise<void> {
    this.#stopping = true;
    this.#expiry?.cancel();
    this.#retainer.stop();
    this.#limits.stop();
    this.#deferral?.stop();
    this.#restarted?.cancel();
    for (const connection of this.#waiting ?? []) connection.destroy();
    this.#waiting = undefined;
    await Promise.all([
      ...this.#listeners.splice(0).map((listener) => listener.close()),
      ...[...this.#neighbours.values()].map((neighbour) =>
        neighbour.peer.stop(communication, CeaseSubcode.AdministrativeShutdown, true),
      ),
    ]);
  }

  #add(
    address: string,
    prefix: string | undefined,
    policy: StaticNeighbour | DynamicNeighbours,
    dial: { readonly port?: number; readonly passive?: boolean; readonly localAddress?: string },
  ): Neighbour {
    const { clock, transport, random } = this.#modules;
    const { asn, routerId } = this.options;
    const expected = policy.asn === 'any' ? undefined : (policy.asn ?? asn);
    const peer = new Peer(
      {
        address,
        local: {
          asn,
          routerId,
          capabilities: offerTo(policy, this.#restarted !== undefined),
          ...(policy.holdTime !== undefined && { holdTime: policy.holdTime }),
        },
        ...(expected !== undefined && { asn: expected }),
        ...(policy.sendHoldTime !== undefined && { sendHoldTime: policy.sendHoldTime }),
        ...(policy.strictRole !== undefined && { strictRole: policy.strictRole }),
        ...(dial.port !== undefined && { port: dial.port }),
        ...(dial.localAddress !== undefined && { localAddress: dial.localAddress }),
        passive: dial.passive ?? prefix !== undefined,
        ...(policy.md5Key !== undefined && { md5Key: policy.md5Key }),
        ...(policy.ttlSecurity !== undefined && { ttlSecurity: policy.ttlSecurity }),
      },
      { clock, transport, random, handler: this.#handler },
    );
    const neighbour = new Neighbour(address, prefix, policy, peer, policy.passive);
    this.#neighbours.set(address, neighbour);
    this.#byPeer.set(peer, neighbour);
    return neighbour;
  }

  #admits(address: string): DynamicNeighbours | undefined {
    return matchPrefix([...this.#prefixes.values()], address);
  }

  /** In the next OPEN: that we have restarted is said once (RFC 4724 §4.1). */
  #announce({ peer, policy }: Neighbour): void {
    peer.announce(offerTo(policy, false));
  }

  #forget(neighbour: Neighbour, communication: string): void {
    if (neighbour.source === undefined) this.#retainer.withdraw(neighbour);
    else this.#retainer.forget(neighbour);
    this.#limits.forget(neighbour);
    this.#neighbours.delete(neighbour.address);
    this.#schedule();
    void neighbour.peer.stop(communication, CeaseSubcode.PeerDeconfigured);
    neighbour.settle();
    this.#byPeer.delete(neighbour.peer);
  }

  /** Takes a connection that came in where somebody else listens, as those of {@link listen} are taken. */
  accept(connection: Connection): void {
    const address = connection.remoteAddress;
    if (this.#waiting !== undefined) {
      this.#keepWaiting(connection, this.#waiting);
      return;
    }
    const known = this.#neighbours.get(address);
    const admitted = known === undefined ? this.#admits(address) : undefined;
    if (this.#stopping || (known === undefined && admitted === undefined)) {
      this.#acceptor.refuse(connection, 'unknown-peer');
      this.#modules.handler.refused(address, 'unknown-peer');
      return;
    }
    // Before anything else is done with it: until then nobody knows who is behind it.
    const fault = connection.protect(known?.policy ?? admitted ?? {});
    if (fault !== undefined) {
      this.#acceptor.refuse(connection, fault.code);
      this.#modules.handler.refused(address, fault.reason);
      return;
    }
    if (known?.heldUntil !== undefined) {
      this.#acceptor.refuse(connection, 'route-limit');
      this.#modules.handler.refused(address, 'route-limit');
      return;
    }
    const admission = this.#acceptor.admit();
    if (typeof admission === 'string') {
      this.#acceptor.refuse(connection, admission);
      this.#modules.handler.refused(address, admission);
      return;
    }
    let neighbour = known;
    if (neighbour === undefined) {
      const policy = admitted as DynamicNeighbours;
      if (!this.#makeRoom()) {
        admission.settle();
        this.#acceptor.refuse(connection, 'half-open-limit');
        this.#modules.handler.refused(address, 'too-many-neighbours');
        return;
      }
      neighbour = this.#add(address, policy.prefix, policy, { localAddress: connection.localAddress });
      neighbour.peer.start();
    }
    neighbour.goneAt = undefined;
    neighbour.settle();
    neighbour.admission = admission;
    neighbour.peer.accept(connection);
  }

  #keepWaiting(connection: Connection, waiting: Connection[]): void {
    if (waiting.length >= MAX_WAITING) {
      this.#acceptor.refuse(connection, 'half-open-limit');
      this.#modules.handler.refused(connection.remoteAddress, 'half-open-limit');
      return;
    }
    const close = () => void waiting.splice(waiting.indexOf(connection), 1);
    connection.setHandler({ data() {}, drain() {}, close });
    connection.pause();
    waiting.push(connection);
  }

  /** What it asks of those who connect. */
  get protectedPeers(): readonly ProtectedPeers[] {
    return protectedPeers(this.#neighbours.values(), this.#prefixes.values());
  }

  /** What its {@link Guests} ask of those who connect has changed. */
  protectAnew(): void {
    this.#protectSoon();
  }

  #protect(listener: Listener, ahead: readonly ProtectedPeers[] = this.protectedPeers): void {
    const fault = listener.protect([...ahead, ...(this.#modules.guests?.protectedPeers ?? [])]);
    if (fault !== undefined) this.#modules.handler.unprotected(fault);
  }

  /** Once for all changes that are made together, and before anyone who comes in is looked at. */
  #protectSoon(): void {
    if (this.#protecting || this.#listeners.length === 0) return;
    this.#protecting = true;
    queueMicrotask(() => {
      this.#protecting = false;
      for (const listener of this.#listeners) this.#protect(listener);
    });
  }

  /** Forgets one that was dialled on trial, unless a connection of its own is there by now. */
  #giveUp(neighbour: Neighbour): void {
    if (!neighbour.tentative || this.#neighbours.get(neighbour.address) !== neighbour) return;
    if (neighbour.peer.state !== 'OpenSent' && neighbour.peer.state !== 'OpenConfirm') this.#forget(neighbour, '');
  }

  /**
   * Forgets the dynamic neighbour that went first when there are too many; false when there is none that may be
   * forgotten.
   */
  #makeRoom(): boolean {
    if (this.#neighbours.size < (this.options.maxDynamicNeighbours ?? 10_000)) return true;
    let oldest: Neighbour | undefined;
    for (const neighbour of this.#neighbours.values()) {
      if (!this.#isForgettable(neighbour)) continue;
      if (oldest?.goneAt === undefined || (neighbour.goneAt ?? 0) < oldest.goneAt) oldest = neighbour;
    }
    if (oldest !== undefined) this.#forget(oldest, '');
    return oldest !== undefined;
  }

  /** A dynamic neighbour whose session or attempt ended, with no other one there, is on its way to be forgotten. */
  #left(neighbour: Neighbour): void {
    if (neighbour.prefix === undefined || neighbour.source !== undefined) return;
    neighbour.goneAt ??= this.#modules.clock.now();
    if (!this.#stopping) this.#expiry ??= this.#modules.clock.setTimer(EXPIRY_INTERVAL, () => this.#expire());
  }

  /** It went, nothing of it is kept, and it need not be known that it may not come back yet. */
  #isForgettable({ goneAt, retention, heldUntil }: Neighbour): boolean {
    return goneAt !== undefined && retention === undefined && heldUntil === undefined;
  }

  #expire(): void {
    this.#expiry = undefined;
    const { clock } = this.#modules;
    const before = clock.now() - REMEMBERED;
    let waiting = false;
    for (const neighbour of [...this.#neighbours.values()]) {
      if (neighbour.goneAt === undefined) continue;
      if (neighbour.goneAt <= before && this.#isForgettable(neighbour)) this.#forget(neighbour, '');
      else waiting = true;
    }
    if (waiting) this.#expiry ??= clock.setTimer(EXPIRY_INTERVAL, () => this.#expire());
  }

  #makeHandler(): PeerHandler {
    const of = (peer: Peer) => this.#byPeer.get(peer);
    const { handler } = this.#modules;
    return {
      established: (peer, negotiated) => {
        const neighbour = of(peer);
        if (neighbour !== undefined) this.#established(neighbour, negotiated);
      },
      update: (peer, bytes, start, end) => {
        const neighbour = of(peer);
        if (neighbour?.source === undefined) return undefined;
        this.#hasHeard = true;
        const { source, counts } = neighbour;
        const complete = counts.endsOfRib.size;
        const hadAll = counts.endsOfRib.has(Family.Evpn);
        const fault = this.#ingest.update(source, counts, bytes, start, end) ?? this.#limits.check(neighbour, source);
        if (counts.endsOfRib.size !== complete) this.#wayOut.membershipsTold(neighbour);
        if (!hadAll && counts.endsOfRib.has(Family.Evpn)) {
          this.#retainer.endOfRib(neighbour);
          this.#deferral?.endOfRib(neighbour.address);
        }
        return fault;
      },
      routeRefresh: (peer, family, subtype) => {
        const neighbour = of(peer);
        if (neighbour === undefined) return;
        this.#hasHeard = true;
        this.#refresh(neighbour, family, subtype);
      },
      mayRead: (peer) => {
        const neighbour = of(peer);
        if (neighbour === undefined || this.#mayRead()) return true;
        this.#hasPaused(neighbour);
        return false;
      },
      readDone: () => {
        if (this.#hasHeard) this.#heardAt = this.#modules.clock.now();
        this.#hasHeard = false;
        this.#scheduleAfterRest();
      },
      writable: (peer) => {
        const neighbour = of(peer);
        if (neighbour?.source === undefined) return;
        this.#wayOut.writable(neighbour);
        this.#schedule();
      },
      down: (peer, reason) => {
        const neighbour = of(peer) ?? this.#sources.find((candidate) => candidate?.peer === peer);
        if (neighbour !== undefined) this.#down(neighbour, reason);
      },
      event: (peer, event) => {
        const neighbour = of(peer);
        if (neighbour === undefined) return;
        if (event.type === 'attempt-failed' || event.type === 'connection-rejected') neighbour.settle();
        if (event.type === 'attempt-failed' && neighbour.prefix !== undefined) {
          this.#left(neighbour);
          if (neighbour.tentative) this.#modules.defer(() => this.#giveUp(neighbour));
        }
        handler.peerEvent(neighbour, event);
      },
    };
  }

  /** RFC 2918 §4, and what RFC 7313 §4 adds where both sides announced it; other subtypes are ignored (§5). */
  #refresh(neighbour: Neighbour, family: FamilyId, subtype: number): void {
    const { member, membershipMember, source, negotiated } = neighbour;
    const ofMemberships = family === Family.RtConstrain;
    if (subtype === RefreshSubtype.Request) {
      // A member that does not read yet will be told everything anyway.
      (ofMemberships ? membershipMember : member)?.refresh();
      this.#schedule();
    } else if (source !== undefined && negotiated?.enhancedRouteRefresh === true) {
      if (subtype === RefreshSubtype.BeginningOfRib) {
        if (ofMemberships) this.#wayOut.beginMembershipRefresh(neighbour);
        else this.#retainer.beginRefresh(neighbour, source, negotiated);
      } else if (subtype === RefreshSubtype.EndOfRib) {
        if (ofMemberships) this.#wayOut.endMembershipRefresh(neighbour);
        else this.#retainer.endRefresh(neighbour);
      }
    }
  }

  #established(neighbour: Neighbour, negotiated: Negotiated): void {
    neighbour.settle();
    neighbour.goneAt = undefined;
    neighbour.tentative = false;
    // After an outage the NVE may wait minutes before it dials again; it is dialled until it is forgotten.
    if (!neighbour.passive) neighbour.peer.dialWhenLost();
    neighbour.negotiated = negotiated;
    if (this.#restarted !== undefined && neighbour.sessions === 0) this.#announce(neighbour);
    this.#deferral?.established(neighbour.address, negotiated);
    neighbour.sessions++;
    neighbour.counts.endsOfRib.clear();
    neighbour.counts.withdrawnByError = 0;
    neighbour.counts.treatedAsWithdrawn = 0;
    this.#modules.handler.established(neighbour, negotiated);
    const standing = {
      kind: negotiated.kind === 'ebgp' ? 'ebgp' : neighbour.policy.reflection,
      routerId: negotiated.remoteId,
      asn: negotiated.remoteAsn,
      address: neighbour.address,
      addressBytes: mappedIp(neighbour.address),
      decode: negotiated.decode,
      families: negotiated.families,
      longLived: announcesLongLived(neighbour.gracefulRestart),
    } as const;
    neighbour.source = this.#retainer.returned(neighbour, negotiated, standing) ?? this.#newSource(neighbour, standing);
    if (neighbour.source === undefined) {
      neighbour.peer.cease(cease(CeaseSubcode.OutOfResources));
      return;
    }
    neighbour.holdBack(cannotTake(negotiated.remoteCapabilities));
    this.#wayOut.expect(neighbour, negotiated);
    this.#schedule();
  }

  #newSource(neighbour: Neighbour, standing: Omit<NeighbourSource, 'index'>): NeighbourSource | undefined {
    const index = this.#takeSource();
    if (index === undefined) return undefined;
    this.#sources[index] = neighbour;
    return { index, ...standing };
  }

  /** An index that no live or dying source has; indices come round late, so that nothing in flight means another. */
  #takeSource(): number | undefined {
    for (let tries = 1; tries < MAX_SOURCES; tries++) {
      const index = this.#nextSource;
      this.#nextSource = (index + 1) % MAX_SOURCES || LOCAL_SOURCE + 1;
      if (this.#sources[index] === undefined && !this.#own.has(index)) return index;
    }
    return undefined;
  }

  #down(neighbour: Neighbour, reason: DownReason): void {
    neighbour.settle();
    const { source, negotiated } = neighbour;
    this.#wayOut.leave(neighbour);
    neighbour.source = undefined;
    neighbour.negotiated = undefined;
    neighbour.paused = false;
    this.#left(neighbour);
    neighbour.holdBack(refused(reason));
    this.#modules.handler.down(neighbour, reason);
    if (source !== undefined && negotiated !== undefined && !this.#keeps(neighbour, source, negotiated, reason)) {
      this.#sweeper.withdraw(source.index);
    }
    this.#limits.ended(neighbour);
    this.#schedule();
  }

  /** Whether the routes of a session stay when it has ended; never those of a neighbour that is to be no more. */
  #keeps(neighbour: Neighbour, source: NeighbourSource, negotiated: Negotiated, reason: DownReason): boolean {
    const known = this.#neighbours.get(neighbour.address) === neighbour;
    return known && !this.#stopping && this.#retainer.lost(neighbour, source, negotiated, reason);
  }

  #hopeless(source: number): void {
    const neighbour = this.#sources[source];
    if (neighbour?.source?.index !== source) return;
    this.#modules.handler.tooSlow(neighbour);
    neighbour.peer.cease(cease(CeaseSubcode.OutOfResources));
  }

  /** The session keeps what it received, and its socket is not read, until `resumeReading`. */
  #hasPaused(neighbour: Neighbour): void {
    if (neighbour.paused) return;
    neighbour.paused = true;
    this.#paused.push(neighbour);
    // With the reading over, there is nothing to wait for.
    this.#schedule();
  }

  /** Time is left for reading before the turn that is due. */
  #mayRead(): boolean {
    if (this.#congested) return false;
    return !this.#turnDue || this.#modules.clock.now() - this.#readingSince <= this.#budget(READ_BUDGET);
  }

  #budget(most: number): number {
    return this.#yields() ? YIELDING_BUDGET : most;
  }

  get #rests(): number {
    return this.#modules.rests?.() ?? 0;
  }

  #yields(): boolean {
    return this.#rests > 0;
  }

  #schedule(): void {
    if (this.#yields()) {
      this.#scheduleAfterRest();
      return;
    }
    if (this.#rest !== undefined) {
      this.#rest.cancel();
      this.#rest = undefined;
    } else if (this.#turnDue) {
      return;
    } else {
      this.#turnIsDue();
    }
    this.#modules.defer(() => this.#turn());
  }

  /** For what has just come in: more of it may be on its way. */
  #scheduleAfterRest(): void {
    if (this.#turnDue) return;
    const rest = this.#restUntil - this.#modules.clock.now();
    this.#turnIsDue();
    if (rest < MIN_REST) {
      this.#modules.defer(() => this.#turn());
      return;
    }
    this.#rest = this.#modules.clock.setTimer(rest, () => {
      this.#rest = undefined;
      this.#turn();
    });
  }

  #turnIsDue(): void {
    this.#turnDue = true;
    this.#readingSince = this.#modules.clock.now();
  }

  #turn(): void {
    this.#turnDue = false;
    const { clock } = this.#modules;
    const begun = clock.now();
    const until = begun + this.#budget(DECIDE_BUDGET);
    const sweeping = this.#sweeper.run(() => clock.now(), until);
    const readmitting = this.#readmission?.run(() => clock.now(), until) ?? false;
    const stride = this.#yields() ? YIELDING_STRIDE : undefined;
    const undecided = !this.#wayOut.distribute(until, stride);
    if (!undecided) for (const run of this.#afterDecisions.splice(0)) run();
    if (!undecided) this.#wayOut.join(this.#defers());
    const unread = this.#wayOut.pump(this.#budget(WRITE_BUDGET), stride);
    this.#congested = this.#wayOut.congested;
    const ended = clock.now();
    this.#restUntil = ended + this.#restAfter(ended - begun);
    if (!this.#congested && !undecided) this.#resume();
    const unheard = this.#paused.length > 0;
    if (sweeping || readmitting || undecided || unread || (unheard && !this.#congested)) this.#schedule();
    else if (unheard) this.#lookAgain();
  }

  #restAfter(turn: number): number {
    const rests = this.#rests;
    if (rests > 0) return rests * (turn + (this.#paused.length > 0 ? YIELDING_BUDGET : 0));
    return REST * turn > MAX_REST ? 0 : REST * turn;
  }

  /** Congestion ends when sockets drain, which makes a turn; that a reader stands still is noticed by looking. */
  #lookAgain(): void {
    if (this.#looking) return;
    this.#looking = true;
    this.#modules.clock.setTimer(50, () => {
      this.#looking = false;
      this.#schedule();
    });
  }

  /** Whether nobody is told anything yet, after a restart of our own. */
  #defers(): boolean {
    if (this.#deferral === undefined) return false;
    if (this.#waiting !== undefined || this.#deferral.awaited.length > 0) return true;
    this.#modules.handler.deferral({ type: 'selected', missing: this.#deferral.missing });
    this.#deferral.stop();
    this.#deferral = undefined;
    return false;
  }

  #resume(): void {
    let resumed = 0;
    for (; resumed < this.#paused.length && this.#mayRead(); resumed++) {
      const neighbour = this.#paused[resumed] as Neighbour;
      neighbour.paused = false;
      neighbour.peer.resumeReading();
    }
    this.#paused.splice(0, resumed);
  }
}
