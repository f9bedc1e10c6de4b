/**
 * A BGP speaker that reflects EVPN routes: neighbours, one route table, and the way out, put together.
 *
 * An UPDATE's way from socket to socket: the session cuts the bytes of one read into messages and gives each UPDATE to
 * `Ingest`, which looks its attributes up and changes columns of the `RouteTable`. When all sockets that had something
 * have been read, a *turn* runs: the table decides what changed, the `Packer` encodes the changes once for each class
 * of neighbours, and each `Member` hands its socket as much as it takes. A turn has a time budget and yields to the
 * event loop, so that KEEPALIVEs and the API are never late, however long the queue.
 */
import { everything } from '../egress/interest.ts';
import type { Member, Selection } from '../egress/member.ts';
import { ClassIndex } from '../egress/neighbour-class.ts';
import { outboundForm } from '../egress/outbound.ts';
import { rtConstrainForm } from '../egress/rt-constrain-form.ts';
import type { DownReason } from '../fsm/action.ts';
import { assess, DEFAULT_LOCAL_PREF } from '../rib/assess.ts';
import { type AttributeSet, AttributeStore } from '../rib/attribute-store.ts';
import { evpnFamily, type RouteListener, rtConstrainFamily } from '../rib/held-family.ts';
import { emptyCounts, Ingest } from '../rib/ingest.ts';
import { PathMirror } from '../rib/path-mirror.ts';
import { keyRequirements, Requirement } from '../rib/requirements.ts';
import { RiderStore } from '../rib/rider-store.ts';
import type { RouteTable } from '../rib/route-table.ts';
import { MAX_SOURCES, type NeighbourSource, type Source } from '../rib/source.ts';
import { Acceptor, type AcceptorCounts, type AcceptorOptions } from '../session/acceptor.ts';
import { cease } from '../session/cease.ts';
import { type Clock, setAlarm, type Timer } from '../session/clock.ts';
import type { Negotiated } from '../session/negotiate.ts';
import { Peer, type PeerEvent, type PeerHandler } from '../session/peer.ts';
import { matchPrefix, type Prefix, parsePrefix } from '../session/prefix.ts';
import type { Connection, Listener, ProtectedPeers, ProtectionFault, Transport } from '../session/transport.ts';
import type { DomainId } from '../wire/attribute/d-path.ts';
import type { Capability } from '../wire/capability/registry.ts';
import { CeaseSubcode, Family, MAX_EXTENDED_MESSAGE_LENGTH, MAX_MESSAGE_LENGTH } from '../wire/constants.ts';
import { defaultContext } from '../wire/context.ts';
import type { Fault } from '../wire/fault.ts';
import { ipv4ToNumber, parseIp } from '../wire/ip.ts';
import { RefreshSubtype } from '../wire/message/route-refresh.ts';
import { encodeUpdate } from '../wire/message/update.ts';
import { emptySplit } from '../wire/nlri/evpn/split.ts';
import { splitRtConstrain } from '../wire/nlri/rt-constrain.ts';
import { Deferral } from './deferral.ts';
import { endOfRib } from './end-of-rib.ts';
import { FamilyRib, type FamilyRibModules } from './family-rib.ts';
import { announcesLongLived, defaultGracefulRestart, hearsLongLived, restartCapabilities } from './graceful-restart.ts';
import { cannotTake, type HeldBack, refused } from './interop.ts';
import { Membership } from './membership.ts';
import { type DynamicNeighbours, Neighbour, type NeighbourPolicy, type StaticNeighbour } from './neighbour.ts';
import { protectedPeers } from './protected-peers.ts';
import { Retainer } from './retainer.ts';
import type { RetentionEvent } from './retention.ts';
import { type RouteLimitEvent, RouteLimits } from './route-limits.ts';
import { refreshMarks, refreshRequest } from './route-refresh.ts';
import { Sweeper } from './sweeper.ts';

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
  /** A fault in received bytes that did not end the session is counted; one that did is told here. */
  fault(neighbour: Neighbour, fault: Fault): void;
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
}

/** Milliseconds of reading and of work in one turn, before the event loop gets its chance. */
const READ_BUDGET = 10;
const WORK_BUDGET = 10;
/** Paths looked at in one turn for those who take several a route. */
const FILL_BUDGET = 65_536;
/** Connections that wait for {@link Speaker.open}. */
const MAX_WAITING = 1024;
/** Milliseconds that a dynamic neighbour is shown after it went, and between two looks at those who went. */
const REMEMBERED = 600_000;
const EXPIRY_INTERVAL = 60_000;
/** Milliseconds that End-of-RIB waits for a neighbour's own, behind its memberships (RFC 4684 §6). */
const MEMBERSHIP_PATIENCE = 60_000;
/** Index of our own routes' source. */
const LOCAL_SOURCE = 0;

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
  readonly #evpn: FamilyRib;
  readonly #memberships: FamilyRib;
  /** Every path as a route, while somebody takes several paths a route (RFC 7911). */
  #paths: { readonly rib: FamilyRib; readonly mirror: PathMirror } | undefined;
  readonly #ribModules: FamilyRibModules;
  readonly #hashSeed: number;
  readonly #acceptor: Acceptor;
  readonly #handler: PeerHandler;

  readonly #neighbours = new Map<string, Neighbour>();
  readonly #byPeer = new Map<Peer, Neighbour>();
  readonly #prefixes = new Map<string, { readonly prefix: Prefix; value: DynamicNeighbours }>();
  readonly #listeners: Listener[] = [];

  /** By source index: the neighbour behind it, also while its routes are still being removed. */
  readonly #sources: (Neighbour | undefined)[] = [];
  #nextSource = LOCAL_SOURCE + 1;
  readonly #sweeper: Sweeper;
  readonly #retainer: Retainer;
  readonly #limits: RouteLimits;
  readonly #joining: Neighbour[] = [];
  /** Neighbours whose memberships changed, or were all told. */
  readonly #interested = new Set<Neighbour>();
  /** Those established from which something may be held back. */
  readonly #guarded = new Set<Neighbour>();
  readonly #paused: Neighbour[] = [];
  /** Connections that wait for {@link open}; undefined since. */
  #waiting: Connection[] | undefined;
  #deferral: Deferral | undefined;
  /** Our OPENs say that we have restarted, until this goes off. */
  #restarted: Timer | undefined;
  #turnDue = false;
  #readingSince = 0;
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
    this.#hashSeed = hashSeed;
    this.#ribModules = {
      attributes: this.attributes,
      riders: this.riders,
      classIndex: new ClassIndex(),
      outbound: (set, to) =>
        set.family === Family.RtConstrain ? rtConstrainForm(set, to, local) : outboundForm(set, to, local),
      now: () => clock.now(),
      hopeless: (source) => this.#hopeless(source),
    };
    this.#evpn = new FamilyRib({ family: Family.Evpn, hashSeed }, this.#ribModules);
    this.#memberships = new FamilyRib({ family: Family.RtConstrain, hashSeed, capacity: 1024 }, this.#ribModules);
    this.table = this.#evpn.table;
    this.#ingest = new Ingest({
      families: [evpnFamily(this.table), rtConstrainFamily(this.#memberships.table, this.#membershipListener)],
      attributes: this.attributes,
      riders: this.riders,
    });
    this.#announceDefaultTarget();
    this.#sweeper = new Sweeper({
      table: this.table,
      longLivedStale: (set) => this.attributes.longLivedStale(set),
      emptied: (source) => {
        this.#sources[source] = undefined;
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
    const sum = { announced: 0, withdrawn: 0, oversized: 0 };
    for (const { distributor } of this.#ribs()) {
      sum.announced += distributor.announced;
      sum.withdrawn += distributor.withdrawn;
      sum.oversized += distributor.oversized;
    }
    return sum;
  }
  /** Whether nothing waits to be decided or swept. */
  get settled(): boolean {
    return !this.#turnDue && this.#sweeper.idle && this.#ribs().every(({ table }) => table.pendingDecisions === 0);
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
      this.#accept(connection);
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
      accept: (connection) => this.#accept(connection),
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
   * it is known already or no prefix admits it. With `once` it is forgotten when the first attempt fails.
   */
  dialDynamic(address: string, localAddress?: string, once = false): boolean {
    const policy = this.#admits(address);
    if (policy === undefined || this.#neighbours.has(address)) return false;
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
   * Changes what needs no new session: description, route limit, the time that routes are kept stale, and the TCP-MD5
   * key, also from or to none. Who is kept down for too many routes may try again when it may have more of them.
   * Segments on their way with the other key are sent again once both sides have changed theirs.
   */
  setPolicy(key: string, policy: NeighbourPolicy): void {
    const entry = this.#prefixes.get(key);
    if (entry !== undefined) entry.value = { ...policy, prefix: key };
    for (const neighbour of this.#neighbours.values()) {
      if (neighbour.prefix === key || (neighbour.prefix === undefined && neighbour.address === key)) {
        const before = neighbour.policy;
        neighbour.policy = policy;
        const most = ({ routeLimit }: NeighbourPolicy) => routeLimit?.limit ?? Number.POSITIVE_INFINITY;
        if (most(policy) > most(before)) this.#limits.release(neighbour);
        // Where the system takes no key for a connection that is there, a new one has to carry it.
        if (policy.md5Key !== before.md5Key && neighbour.peer.setMd5Key(policy.md5Key) !== undefined) {
          neighbour.peer.reset('the TCP-MD5 key has changed');
        }
      }
    }
    this.#protectSoon();
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
   * Routes that an established neighbour is sent by the rules of reflection (RFC 4456 §6) and its interest; for a
   * neighbour that takes everything, well-known communities, which may keep some back, are not looked at.
   */
  advertisedTo(neighbour: Neighbour): number {
    const { member, source } = neighbour;
    if (member === undefined || source === undefined) return 0;
    const { table, distributor } = this.#ribOf(neighbour);
    if (member.selective) return distributor.sentTo(member).routes;
    if (source.kind !== 'non-client') return table.emitted - table.bestOf(source.index);
    let kept = 0;
    for (const other of this.#neighbours.values()) {
      if (other.holding?.kind === 'non-client') kept += table.bestOf(other.holding.index);
    }
    return table.emitted - kept;
  }

  /** Why an established neighbour is not sent a route with this set that the rules of reflection let it have. */
  withheld({ member }: Neighbour, set: AttributeSet, destination: number): 'not-wanted' | 'cannot-take' | undefined {
    if (member === undefined || !member.selective) return undefined;
    if (!member.interest.wants(set.targets)) return 'not-wanted';
    const needs = set.needs | keyRequirements(Family.Evpn)(this.table.arena, this.table.keyAt(destination));
    return (needs & member.cannot) === 0 ? undefined : 'cannot-take';
  }

  /** Changes that a neighbour's cursor has still to pass. */
  changesBehind(neighbour: Neighbour): number {
    const { member } = neighbour;
    return member === undefined ? 0 : Math.max(0, this.#ribOf(neighbour).table.version - member.version);
  }

  /** Routes that a neighbour is not sent because it cannot take them; `what` is one of {@link Neighbour.heldBack}. */
  heldBackFrom(neighbour: Neighbour, { requirement }: HeldBack): number {
    const ofMemberships = requirement === Requirement.PartialTarget;
    const member = ofMemberships ? neighbour.membershipMember : neighbour.member;
    const { distributor } = ofMemberships ? this.#memberships : this.#ribOf(neighbour);
    return member === undefined ? 0 : distributor.sentTo(member, requirement).heldBack;
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
    policy: NeighbourPolicy,
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
          capabilities: capabilitiesFor(policy, this.#restarted !== undefined),
          ...(policy.holdTime !== undefined && { holdTime: policy.holdTime }),
        },
        ...(expected !== undefined && { asn: expected }),
        ...(policy.strictRole !== undefined && { strictRole: policy.strictRole }),
        ...(dial.port !== undefined && { port: dial.port }),
        ...(dial.localAddress !== undefined && { localAddress: dial.localAddress }),
        passive: dial.passive ?? prefix !== undefined,
        ...(policy.md5Key !== undefined && { md5Key: policy.md5Key }),
        ...(policy.ttlSecurity !== undefined && { ttlSecurity: policy.ttlSecurity }),
      },
      { clock, transport, random, handler: this.#handler },
    );
    const neighbour = new Neighbour(address, prefix, policy, peer);
    this.#neighbours.set(address, neighbour);
    this.#byPeer.set(peer, neighbour);
    return neighbour;
  }

  #admits(address: string): DynamicNeighbours | undefined {
    return matchPrefix([...this.#prefixes.values()], address);
  }

  /** In the next OPEN: that we have restarted is said once (RFC 4724 §4.1). */
  #announce({ peer, policy }: Neighbour): void {
    peer.announce(capabilitiesFor(policy, false));
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

  #accept(connection: Connection): void {
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

  #protect(listener: Listener, ahead?: readonly ProtectedPeers[]): void {
    const fault = listener.protect(ahead ?? protectedPeers(this.#neighbours.values(), this.#prefixes.values()));
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
        const { source, counts } = neighbour;
        const complete = counts.endsOfRib.size;
        const hadAll = counts.endsOfRib.has(Family.Evpn);
        const fault = this.#ingest.update(source, counts, bytes, start, end) ?? this.#limits.check(neighbour, source);
        if (counts.endsOfRib.size !== complete && neighbour.membership !== undefined) this.#interested.add(neighbour);
        if (fault !== undefined) handler.fault(neighbour, fault);
        if (!hadAll && counts.endsOfRib.has(Family.Evpn)) {
          this.#retainer.endOfRib(neighbour);
          this.#deferral?.endOfRib(neighbour.address);
        }
        return fault;
      },
      routeRefresh: (peer, family, subtype) => {
        const neighbour = of(peer);
        if (neighbour === undefined) return;
        if (family === Family.Evpn) this.#refresh(neighbour, subtype);
        else if (family === Family.RtConstrain) this.#refreshMemberships(neighbour, subtype);
      },
      readDone: (peer) => {
        const neighbour = of(peer);
        if (neighbour === undefined) return;
        this.#schedule();
        if (this.#congested || this.#modules.clock.now() - this.#readingSince > READ_BUDGET) this.#pause(neighbour);
      },
      writable: (peer) => {
        const neighbour = of(peer);
        if (neighbour?.source === undefined) return;
        neighbour.member?.writable();
        neighbour.membershipMember?.writable();
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
  #refresh(neighbour: Neighbour, subtype: number): void {
    const { member, source, negotiated } = neighbour;
    if (subtype === RefreshSubtype.Request) {
      // A member that does not read yet will be told everything anyway.
      member?.refresh();
      this.#schedule();
    } else if (source !== undefined && negotiated?.enhancedRouteRefresh === true) {
      if (subtype === RefreshSubtype.BeginningOfRib) this.#retainer.beginRefresh(neighbour, source, negotiated);
      if (subtype === RefreshSubtype.EndOfRib) this.#retainer.endRefresh(neighbour);
    }
  }

  /** The same for memberships. */
  #refreshMemberships({ membership, membershipMember, source, negotiated }: Neighbour, subtype: number): void {
    if (subtype === RefreshSubtype.Request) {
      membershipMember?.refresh();
      this.#schedule();
    } else if (source !== undefined && negotiated?.enhancedRouteRefresh === true) {
      if (subtype === RefreshSubtype.BeginningOfRib) membership?.beginRefresh();
      if (subtype !== RefreshSubtype.EndOfRib) return;
      for (const nlri of membership?.endRefresh() ?? []) {
        const split = emptySplit();
        splitRtConstrain(nlri, 0, nlri.length, split);
        if (this.#memberships.table.withdraw(source.index, nlri, split))
          this.#membershipListener.lost(source, nlri, split);
      }
      this.#schedule();
    }
  }

  #established(neighbour: Neighbour, negotiated: Negotiated): void {
    neighbour.settle();
    neighbour.goneAt = undefined;
    neighbour.tentative = false;
    // After an outage the NVE may wait minutes before it dials again; it is dialled until it is forgotten.
    neighbour.peer.dialWhenLost();
    neighbour.negotiated = negotiated;
    if (this.#restarted !== undefined && neighbour.sessions === 0) this.#announce(neighbour);
    this.#deferral?.established(neighbour.address, negotiated);
    neighbour.sessions++;
    neighbour.counts.endsOfRib.clear();
    neighbour.counts.withdrawnByError = 0;
    this.#modules.handler.established(neighbour, negotiated);
    const standing = {
      kind: negotiated.kind === 'ebgp' ? 'ebgp' : neighbour.policy.reflection,
      routerId: negotiated.remoteId,
      asn: negotiated.remoteAsn,
      address: neighbour.address,
      addressBytes: mapped(neighbour.address),
      decode: negotiated.decode,
      families: negotiated.families,
      longLived: announcesLongLived(neighbour.gracefulRestart),
    } as const;
    neighbour.source = this.#retainer.returned(neighbour, negotiated, standing) ?? this.#newSource(neighbour, standing);
    if (neighbour.source === undefined) {
      neighbour.peer.cease(cease(CeaseSubcode.OutOfResources));
      return;
    }
    if (negotiated.families.has(Family.RtConstrain)) neighbour.membership = new Membership();
    this.#holdBack(neighbour, cannotTake(negotiated.remoteCapabilities));
    this.#joining.push(neighbour);
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
      if (this.#sources[index] === undefined) return index;
    }
    return undefined;
  }

  #down(neighbour: Neighbour, reason: DownReason): void {
    neighbour.settle();
    const { source, negotiated } = neighbour;
    this.#leave(neighbour);
    neighbour.source = undefined;
    neighbour.negotiated = undefined;
    neighbour.paused = false;
    this.#left(neighbour);
    const joining = this.#joining.indexOf(neighbour);
    if (joining >= 0) this.#joining.splice(joining, 1);
    this.#holdBack(neighbour, refused(reason));
    this.#modules.handler.down(neighbour, reason);
    // Interest is for a session (RFC 4684 says nothing of a restart); memberships are few.
    if (source !== undefined) this.#memberships.table.withdrawSource(source.index, 0, Number.MAX_SAFE_INTEGER);
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

  #pause(neighbour: Neighbour): void {
    if (neighbour.paused) return;
    neighbour.paused = true;
    neighbour.peer.pauseReading();
    this.#paused.push(neighbour);
  }

  #schedule(): void {
    if (this.#turnDue) return;
    this.#turnDue = true;
    this.#readingSince = this.#modules.clock.now();
    this.#modules.defer(() => this.#turn());
  }

  #turn(): void {
    this.#turnDue = false;
    const { clock } = this.#modules;
    const until = clock.now() + WORK_BUDGET;
    const sweeping = this.#sweeper.run(() => clock.now(), until);
    this.#paths?.mirror.fill(FILL_BUDGET);
    const ribs = this.#ribs();
    for (const { distributor } of ribs) while (distributor.distribute() && clock.now() < until);
    const undecided = ribs.some(({ table }) => table.pendingDecisions > 0);
    if (!undecided) this.#join();
    this.#followInterest();
    if (this.#guarded.size > 0 && this.#ribs().some(({ distributor }) => distributor.demanding > 0)) this.#guard();
    let unread = false;
    for (const { distributor } of this.#ribs()) if (distributor.pump()) unread = true;
    this.#congested = ribs.some(({ distributor }) => distributor.congested);
    if (!this.#congested && !undecided) this.#resume();
    if (sweeping || undecided || unread) this.#schedule();
    else if (this.#paused.length > 0) this.#lookAgain();
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

  /** Newcomers join when all that was received before is decided, so that their End-of-RIB comes after it. */
  #join(): void {
    const defers = this.#defers();
    for (const neighbour of this.#joining.splice(0)) {
      const { source, negotiated, membership, heldBack } = neighbour;
      if (source === undefined || negotiated === undefined) continue;
      const cannot = heldBack.reduce((bits, { requirement }) => bits | requirement, 0);
      if (cannot !== 0) this.#guarded.add(neighbour);
      if (membership !== undefined) {
        const selection = cannot !== 0 && { interest: everything, cannot, holdEndOfRib: false };
        neighbour.membershipMember ??= this.#memberOf(this.#memberships, neighbour, source, negotiated, selection);
      }
      if (!negotiated.families.has(Family.Evpn)) continue;
      if (defers) {
        // Memberships are told all the same: a neighbour may wait for them before it announces anything.
        this.#joining.push(neighbour);
        continue;
      }
      const rib = this.#ribOf(neighbour);
      if (rib === this.#paths?.rib && !(this.#paths.mirror.isFilled && rib.table.pendingDecisions === 0)) {
        // Its table is still being made.
        this.#joining.push(neighbour);
        this.#schedule();
        continue;
      }
      const isSelective = membership !== undefined || cannot !== 0;
      neighbour.member = this.#memberOf(
        rib,
        neighbour,
        source,
        negotiated,
        isSelective && {
          interest: membership === undefined ? everything : membership.interest(),
          cannot,
          holdEndOfRib: membership !== undefined,
        },
      );
      if (membership === undefined) continue;
      this.#interested.add(neighbour);
      // RFC 4684 §6: the neighbour's End-of-RIB is waited for, but not for ever.
      neighbour.membershipTimer = this.#modules.clock.setTimer(MEMBERSHIP_PATIENCE, () => {
        neighbour.counts.endsOfRib.add(Family.RtConstrain);
        this.#interested.add(neighbour);
        this.#schedule();
      });
    }
  }

  #memberOf(
    rib: FamilyRib,
    { peer }: Neighbour,
    source: NeighbourSource,
    negotiated: Negotiated,
    selection: Selection | false = false,
  ): Member {
    const { family, distributor } = rib;
    const { localAddress } = peer.connection ?? {};
    return distributor.join(
      {
        kind: source.kind,
        asn4: negotiated.asn4,
        maxMessage: negotiated.extendedMessages ? MAX_EXTENDED_MESSAGE_LENGTH : MAX_MESSAGE_LENGTH,
        localAsn: this.options.asn,
        longLived: hearsLongLived(negotiated),
        ...(family === Family.RtConstrain && localAddress !== undefined && { nextHop: localAddress }),
        ...(family === Family.RtConstrain && source.kind === 'client' && { echo: true }),
      },
      {
        source: source.index,
        endOfRib: endOfRib(family),
        selection: selection === false ? undefined : selection,
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

  /** Where a neighbour's EVPN routes come from: the best paths, or all of them. */
  #ribOf({ negotiated }: Neighbour): FamilyRib {
    if (negotiated?.addPathSend.has(Family.Evpn) !== true) return this.#evpn;
    if (this.#paths === undefined) {
      const options = { family: Family.Evpn, hashSeed: this.#hashSeed, pathIds: true };
      const rib = new FamilyRib(options, this.#ribModules);
      this.#paths = { rib, mirror: new PathMirror({ from: this.table, to: rib.table, riders: this.riders }) };
    }
    return this.#paths.rib;
  }

  #leave(neighbour: Neighbour): void {
    const { member, membershipMember } = neighbour;
    if (member !== undefined) this.#ribOf(neighbour).distributor.leave(member);
    if (membershipMember !== undefined) this.#memberships.distributor.leave(membershipMember);
    if (this.#paths?.rib.distributor.isEmpty === true) {
      this.table.watch(undefined);
      this.#paths.rib.table.clear();
      this.#paths = undefined;
    }
    neighbour.membershipTimer?.cancel();
    this.#interested.delete(neighbour);
    this.#guarded.delete(neighbour);
    neighbour.member = neighbour.membershipMember = neighbour.membership = neighbour.membershipTimer = undefined;
  }

  /** Neighbours from which something may be held back: who announces such a route itself can take it. */
  #guard(): void {
    for (const neighbour of this.#guarded) {
      const { member, source } = neighbour;
      for (const what of neighbour.heldBack) {
        const { requirement } = what;
        const { distributor } = this.#ribOf(neighbour);
        if (source !== undefined && member !== undefined && distributor.demandsOf(source.index, requirement)) {
          neighbour.heldBack = neighbour.heldBack.filter((other) => other !== what);
          member.allow(requirement);
        } else if (!neighbour.heldBackTold.has(requirement) && this.heldBackFrom(neighbour, what) > 0) {
          neighbour.heldBackTold.add(requirement);
          this.#modules.handler.heldBack(neighbour, what);
        }
      }
    }
  }

  #holdBack(neighbour: Neighbour, found: readonly HeldBack[]): void {
    const known = new Set(neighbour.heldBack.map(({ requirement }) => requirement));
    const added = found.filter(({ requirement }) => !known.has(requirement));
    neighbour.heldBack = [...neighbour.heldBack, ...added];
  }

  /** What neighbours said of their interest since the last turn. */
  #followInterest(): void {
    for (const neighbour of this.#interested) {
      const { member, membership, counts } = neighbour;
      if (member === undefined || membership === undefined) continue;
      this.#interested.delete(neighbour);
      const interest = membership.interest();
      if (interest !== member.interest) member.setInterest(interest);
      if (counts.endsOfRib.has(Family.RtConstrain)) {
        neighbour.membershipTimer?.cancel();
        member.releaseEndOfRib();
      }
    }
  }

  readonly #membershipListener: RouteListener = {
    learnt: (source, set, bytes, { type, valueStart }) => {
      const membership = this.#membershipOf(source);
      // One that went in a circle is not the neighbour's wish.
      if (set.ineligible === undefined) membership?.learn(type, bytes, valueStart);
      else membership?.lose(type, bytes, valueStart);
    },
    lost: (source, bytes, { type, valueStart }) => this.#membershipOf(source)?.lose(type, bytes, valueStart),
  };

  #membershipOf(source: Source): Membership | undefined {
    const neighbour = this.#sources[source.index];
    if (neighbour?.membership !== undefined) this.#interested.add(neighbour);
    return neighbour?.membership;
  }

  /** A reflector wants every route (RFC 4684 §4: the default route target). */
  #announceDefaultTarget(): void {
    const { asn, routerId } = this.options;
    const family = Family.RtConstrain;
    const source: Source = {
      index: LOCAL_SOURCE,
      kind: 'local',
      routerId: ipv4ToNumber(routerId) as number,
      asn,
      address: routerId,
      addressBytes: mapped(routerId),
      decode: defaultContext,
      families: new Set([family]),
    };
    const nlri = [{ kind: 'rt-constrain', family, length: 0, originAs: 0, routeTarget: '' } as const];
    const mpReachNlri = { family, nextHop: routerId, nlri };
    const attributes = { origin: 'igp', asPath: [], localPref: DEFAULT_LOCAL_PREF, mpReachNlri } as const;
    const update = encodeUpdate({ withdrawn: [], attributes, nlri: [] }, defaultContext);
    this.#ingest.update(source, emptyCounts(), update, 0, update.length);
    this.#memberships.distributor.distribute();
  }

  #ribs(): readonly FamilyRib[] {
    return this.#paths === undefined
      ? [this.#memberships, this.#evpn]
      : [this.#memberships, this.#evpn, this.#paths.rib];
  }

  #resume(): void {
    this.#readingSince = this.#modules.clock.now();
    for (const neighbour of this.#paused.splice(0)) {
      neighbour.paused = false;
      neighbour.peer.resumeReading();
    }
  }
}

/** What our OPEN offers: nothing that is not done. */
function capabilitiesFor(policy: NeighbourPolicy, restarted: boolean): readonly Capability[] {
  const { addPath = 'receive', role, gracefulRestart = defaultGracefulRestart } = policy;
  const receive = addPath === 'receive' || addPath === 'both';
  const send = addPath === 'send' || addPath === 'both';
  return [
    { kind: 'multiprotocol', value: Family.Evpn },
    { kind: 'multiprotocol', value: Family.RtConstrain },
    { kind: 'routeRefresh', value: true },
    { kind: 'enhancedRouteRefresh', value: true },
    { kind: 'extendedMessage', value: true },
    ...restartCapabilities(gracefulRestart, restarted),
    ...(receive || send ? [{ kind: 'addPath', value: [{ family: Family.Evpn, receive, send }] } as const] : []),
    ...(role === undefined ? [] : [{ kind: 'role', value: role } as const]),
  ];
}

/** 16 octets, IPv4 in its mapped form. */
function mapped(address: string): Uint8Array {
  const octets = parseIp(address) ?? new Uint8Array(16);
  if (octets.length === 16) return octets;
  const out = new Uint8Array(16);
  out.set([0xff, 0xff], 10);
  out.set(octets, 12);
  return out;
}
