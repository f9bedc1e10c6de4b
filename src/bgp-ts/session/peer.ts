/**
 * One neighbour, static or dynamic: its sessions, of which there are two while connections collide, and what
 * people want to know about it.
 *
 * RFC 4271 §6.8 and §8.2.1.2 (one state machine per connection; the one that loses is disposed of), RFC 4486 and
 * RFC 9003 (Cease and what it says), RFC 8538 (Hard Reset), RFC 4724 §4.2 (who comes back before it was missed), RFC 9687.
 */
import type { DownReason } from '../fsm/action.ts';
import { type Initiator, resolveCollision } from '../fsm/collision.ts';
import type { FsmEvent } from '../fsm/event.ts';
import { defaultFsmOptions, type FsmOptions } from '../fsm/options.ts';
import { type FsmState, type FsmStateName, initialState, stateNames } from '../fsm/state.ts';
import type { Capability } from '../wire/capability/registry.ts';
import { CeaseSubcode, type FamilyId, MessageType } from '../wire/constants.ts';
import type { Fault, NotificationParts } from '../wire/fault.ts';
import { ipv4ToNumber } from '../wire/ip.ts';
import { type Notification, readNotification } from '../wire/message/notification.ts';
import { decodeOpen, encodeOpen, type Open } from '../wire/message/open.ts';
import { decodeRouteRefresh, RefreshSubtype } from '../wire/message/route-refresh.ts';
import { cease, connectionRejected, hardReset } from './cease.ts';
import type { Clock } from './clock.ts';
import { Closer } from './closer.ts';
import { countMessage, type MessageCounts, noMessages } from './counters.ts';
import { type Negotiated, negotiate } from './negotiate.ts';
import { checkOpen } from './open-check.ts';
import { localOpen, type PeerOptions } from './peer-options.ts';
import { Session, type SessionHost, type SessionOptions } from './session.ts';
import type { Connection, Protection, ProtectionFault, Transport } from './transport.ts';

/** What matters enough for a line in a log. Established and down have calls of their own. */
export type PeerEvent =
  | { readonly type: 'state'; readonly from: FsmStateName; readonly to: FsmStateName }
  | { readonly type: 'notification-sent'; readonly notification: NotificationParts }
  | { readonly type: 'notification-received'; readonly notification: Notification }
  /** A connection, or an attempt at one, ended before it was established. */
  | { readonly type: 'attempt-failed'; readonly reason: DownReason }
  /** A connection came in that could not be used. */
  | { readonly type: 'connection-rejected'; readonly remotePort: number }
  /** Two connections collided; the one that `kept` initiated goes on. */
  | { readonly type: 'collision'; readonly kept: Initiator };

/** Who is told. None of the calls may throw. */
export interface PeerHandler {
  established(peer: Peer, negotiated: Negotiated): void;
  /** Whether what was received is taken now. If not, the peer is paused and keeps it until `resumeReading`. */
  mayRead(peer: Peer): boolean;
  /**
   * One UPDATE, header included, at `bytes[start, end)`, valid only during the call. A returned fault with outcome
   * session-reset makes the peer send its NOTIFICATION and go down.
   */
  update(peer: Peer, bytes: Uint8Array, start: number, end: number): Fault | undefined;
  routeRefresh(peer: Peer, family: FamilyId, subtype: number): void;
  /** All messages of one read have been given. */
  readDone(peer: Peer): void;
  /** The socket took everything it was given, after a `send` that returned false. */
  writable(peer: Peer): void;
  /** The session is over: delete its routes. */
  down(peer: Peer, reason: DownReason): void;
  event(peer: Peer, event: PeerEvent): void;
}

export interface PeerModules {
  readonly clock: Clock;
  readonly transport: Transport;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly handler: PeerHandler;
}

/** A NOTIFICATION and when it went; milliseconds since the epoch. */
export interface PeerError extends NotificationParts {
  /** When it went or came, in milliseconds since the epoch. */
  readonly at: number;
  /** The text that goes with a shutdown or reset (RFC 9003). */
  readonly communication?: string;
  /** Of one that we sent: what was wrong, as a sentence. */
  readonly reason?: string;
}

/** How a session or an attempt at one ended, and when. */
export interface PeerEnd extends DownReason {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Whether it had been Established. */
  readonly wasUp: boolean;
}

/** One neighbour: its sessions, their timers and what happened to them; routes are its handler's matter. */
export class Peer {
  /** What it was made with. */
  readonly options: PeerOptions;
  /** The remote end in canonical text. */
  readonly address: string;
  /** Since the peer was made. */
  readonly received: MessageCounts = noMessages();
  /** Messages, counted by type since the peer was made. */
  readonly sent: MessageCounts = noMessages();
  readonly #clock: Clock;
  readonly #modules: PeerModules;
  readonly #handler: PeerHandler;
  #open: Open;
  /** Shared by the sessions, which take from it what they need when they need it. */
  readonly #sessionOptions: { -readonly [K in keyof SessionOptions]: SessionOptions[K] };
  /** What `#sessionOptions` refers to. */
  readonly #fsm: { -readonly [K in keyof FsmOptions]: FsmOptions[K] };
  readonly #protection: { -readonly [K in keyof Protection]: Protection[K] };
  readonly #closer: Closer;
  readonly #host: SessionHost;
  readonly #negotiations = new WeakMap<Session, Negotiated>();

  /** The session that dials, listens and comes back after a failure. */
  #main: Session;
  /** A second connection, until one of the two is closed. */
  #second: Session | undefined;
  /** The second connection came in when a session was established. */
  #secondCameLater = false;
  #up: Session | undefined;
  #started = false;
  #state: FsmStateName = 'Idle';
  #since: number;
  #flaps = 0;
  /** When the TCP-MD5 key was last changed; milliseconds since the epoch. */
  #rekeyedAt: number | undefined;
  #lastErrorSent: PeerError | undefined;
  #lastErrorReceived: PeerError | undefined;
  #lastDown: PeerEnd | undefined;

  constructor(options: PeerOptions, modules: PeerModules) {
    this.options = options;
    this.address = options.address;
    this.#modules = modules;
    this.#clock = modules.clock;
    this.#handler = modules.handler;
    this.#open = localOpen(options.local);
    this.#closer = new Closer({ patience: options.closeTime ?? 2000 }, modules);
    this.#fsm = fsmOptions(options);
    const { md5Key, ttlSecurity } = options;
    this.#protection = { ...(md5Key !== undefined && { md5Key }), ...(ttlSecurity !== undefined && { ttlSecurity }) };
    this.#sessionOptions = {
      fsm: this.#fsm,
      protection: this.#protection,
      address: options.address,
      port: options.port ?? 179,
      localAddress: options.localAddress,
      open: encodeOpen(this.#open),
    };
    this.#host = this.#makeHost();
    this.#main = this.#makeSession();
    this.#since = this.#clock.now();
  }

  /** What our next OPEN announces; what the last one did stands in {@link negotiated}. */
  get localCapabilities(): readonly Capability[] {
    return this.#open.capabilities;
  }

  /** Of the connection that is further, while there are two. */
  get state(): FsmStateName {
    return this.#state;
  }

  /** When `state` began; milliseconds since the epoch. */
  get since(): number {
    return this.#since;
  }

  /** Undefined unless Established. */
  get negotiated(): Negotiated | undefined {
    return this.#up && this.#negotiations.get(this.#up);
  }

  /** The last NOTIFICATION that we sent, from whatever session; undefined before the first. */
  get lastErrorSent(): PeerError | undefined {
    return this.#lastErrorSent;
  }

  /** The last NOTIFICATION that the peer sent us. */
  get lastErrorReceived(): PeerError | undefined {
    return this.#lastErrorReceived;
  }

  /** Why the last session or attempt ended. */
  get lastDown(): PeerEnd | undefined {
    return this.#lastDown;
  }

  /** Attempts in vain since the last manual start or stop (RFC 4271 §8.1.1). */
  get connectRetryCounter(): number {
    return this.#main.state.connectRetryCounter;
  }

  /** How many established sessions have ended. */
  get flaps(): number {
    return this.#flaps;
  }

  /** Of the established session, or undefined. */
  get connection(): Pick<Connection, 'localAddress' | 'localPort' | 'remotePort'> | undefined {
    return this.#up?.connection;
  }

  /** Octets given to `send` that the socket has not taken yet. */
  get bufferedBytes(): number {
    return this.#up?.connection?.bufferedBytes ?? 0;
  }

  /** Changes what our next OPEN announces; a session that is there goes on as it is. */
  announce(capabilities: readonly Capability[]): void {
    this.#open = localOpen({ ...this.options.local, capabilities });
    this.#sessionOptions.open = encodeOpen(this.#open);
  }

  /** Dials, or waits if the peer is passive. Does nothing when it is started already. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#main.feed({
      type: this.options.passive === true ? 'ManualStart_with_PassiveTcpEstablishment' : 'ManualStart',
    });
  }

  /** A passive peer is dialled from its next failure on. */
  dialWhenLost(): void {
    this.#fsm.passive = false;
  }

  /**
   * Another TCP-MD5 key, or none, from the next segment on. What there is of connections stays and takes it too; after
   * a fault one of them did not.
   */
  setMd5Key(key: string | undefined): ProtectionFault | undefined {
    if (key === undefined) delete this.#protection.md5Key;
    else this.#protection.md5Key = key;
    this.#rekeyedAt = this.#clock.now();
    const fault = this.#second?.setMd5Key(key);
    return this.#main.setMd5Key(key) ?? fault;
  }

  /**
   * Ends what there is with a Cease, by default Administrative Shutdown and what `communication` says (RFC 9003),
   * and stays down. Resolves when the NOTIFICATION has been taken, or the peer was given up. With `comingBack` the peer
   * may keep our routes for a while, if it said that it would (RFC 8538 §4).
   */
  stop(
    communication?: string,
    subcode: number = CeaseSubcode.AdministrativeShutdown,
    comingBack = false,
  ): Promise<void> {
    this.#started = false;
    const notification = cease(subcode, communication);
    this.#second?.feed({ type: 'ManualStop', notification });
    this.#main.feed({ type: 'ManualStop', notification: comingBack ? notification : this.forGood(notification) });
    return this.#closer.idle();
  }

  /** `notification` in the form in which it ends the session and all that either side learnt by it (RFC 8538 §3.1). */
  forGood(notification: NotificationParts): NotificationParts {
    return this.negotiated?.gracefulNotifications === true ? hardReset(notification) : notification;
  }

  /** Ends what there is with Administrative Reset (RFC 4486 §4) and starts anew at once; no routes are kept. */
  reset(communication?: string): void {
    void this.stop(communication, CeaseSubcode.AdministrativeReset);
    this.start();
  }

  /**
   * Ends the session with `notification` for a reason that lies outside of it (Out of Resources), and comes back as
   * after a failure (AutomaticStop, RFC 4271 §8.1.2). `detail` says why, for people.
   */
  cease(notification: NotificationParts, detail?: string): void {
    const stop = { type: 'AutomaticStop', notification, ...(detail !== undefined && { detail }) } as const;
    this.#second?.feed(stop);
    this.#main.feed(stop);
  }

  /** A connection that came in from this peer's address. It is ours from now on. */
  accept(connection: Connection): void {
    this.#main.accept(connection);
  }

  /**
   * Writes whole, encoded messages, `count` UPDATEs by what the counters say. They are not copied. False: the
   * socket is full, wait for `writable`; also when the peer is not Established, where nothing is sent.
   */
  send(bytes: Uint8Array, count = 1): boolean {
    if (this.#up === undefined) return false;
    this.sent.updates += count;
    return this.#up.write(bytes);
  }

  /** Writes one encoded ROUTE-REFRESH. */
  sendRouteRefresh(bytes: Uint8Array): boolean {
    if (this.#up === undefined) return false;
    countMessage(this.sent, MessageType.RouteRefresh);
    return this.#up.write(bytes);
  }

  /** Takes no more from the peer until `resumeReading`; the hold timer waits with us. */
  pauseReading(): void {
    this.#up?.pauseReading();
  }

  /** Ends `pauseReading`; what the peer sent meanwhile is delivered. */
  resumeReading(): void {
    this.#up?.resumeReading();
  }

  #makeSession(state: FsmState = initialState): Session {
    return new Session(
      this.#sessionOptions,
      {
        clock: this.#clock,
        transport: this.#modules.transport,
        random: this.#modules.random,
        closer: this.#closer,
        host: this.#host,
      },
      state,
    );
  }

  #makeHost(): SessionHost {
    return {
      received: this.received,
      sent: this.sent,
      openReceived: (session, bytes, start, end) => this.#openReceived(session, bytes, start, end),
      notificationReceived: (_, notification) => {
        this.#lastErrorReceived = { ...notification, at: this.#clock.now() };
        this.#handler.event(this, { type: 'notification-received', notification });
      },
      notificationSent: (_, notification) => {
        this.#lastErrorSent = { ...readNotification(notification), at: this.#clock.now() };
        this.#handler.event(this, { type: 'notification-sent', notification });
      },
      established: (session) => this.#established(session),
      update: (_, bytes, start, end) => this.#handler.update(this, bytes, start, end),
      routeRefresh: (_, bytes, start, end) => this.#routeRefresh(bytes, start, end),
      mayRead: () => this.#handler.mayRead(this),
      readDone: () => this.#handler.readDone(this),
      writable: () => this.#handler.writable(this),
      down: (_, reason) => {
        this.#up = undefined;
        this.#flaps++;
        this.#ended(reason, true);
        this.#handler.down(this, reason);
      },
      failed: (_, reason) => {
        this.#ended(reason, false);
        this.#handler.event(this, { type: 'attempt-failed', reason });
      },
      stateChanged: (session, from) => this.#stateChanged(session, from),
      reject: (connection) => this.#reject(connection),
      track: (connection) => this.#track(connection),
    };
  }

  #ended(reason: DownReason, wasUp: boolean): void {
    this.#lastDown = { ...reason, wasUp, at: this.#clock.now() };
    const { sent, detail } = reason;
    const error = this.#lastErrorSent;
    if (detail === undefined || error === undefined || sent === undefined) return;
    if (error.code === sent.code && error.subcode === sent.subcode) this.#lastErrorSent = { ...error, reason: detail };
  }

  /** Decodes, judges and, if there is another connection, looks for a collision (RFC 4271 §6.2, §6.8). */
  #openReceived(session: Session, bytes: Uint8Array, start: number, end: number): FsmEvent {
    const opening = session.state.name === 'OpenSent' || session.state.delayOpen;
    const decoded = decodeOpen(bytes, start, end);
    if (!decoded.ok) return openError(decoded.fault);
    const negotiated = negotiate(this.#open, decoded.value, { sendHoldTime: this.options.sendHoldTime });
    // An OPEN where none is due: the machine has its own answer to that.
    if (!opening) return { type: 'BGPOpen', timers: negotiated.timers };
    const fault = checkOpen(this.#open, decoded.value, negotiated, {
      asn: this.options.asn,
      minimumHoldTime: this.options.minimumHoldTime ?? 3,
      commonFamily: this.options.requireCommonFamily ?? true,
      strictRole: this.options.strictRole ?? false,
    });
    if (fault !== undefined) return openError(fault);
    if (this.#losesCollision(session, negotiated)) return { type: 'OpenCollisionDump' };

    this.#negotiations.set(session, negotiated);
    if (negotiated.extendedMessages) session.allowExtendedMessages();
    return {
      type: session.state.delayOpen ? 'BGPOpen_with_DelayOpenTimer_running' : 'BGPOpen',
      timers: negotiated.timers,
    };
  }

  /** Closes the other connection if that one loses; true if this one does. */
  #losesCollision(opened: Session, negotiated: Negotiated): boolean {
    const existing = opened === this.#main ? this.#second : this.#main;
    if (existing === undefined) return false;
    const verdict = resolveCollision({
      localId: ipv4ToNumber(this.#open.bgpId) ?? 0,
      remoteId: negotiated.remoteId,
      localAsn: this.options.local.asn,
      remoteAsn: negotiated.remoteAsn,
      opened,
      existing: {
        initiator: existing.initiator,
        state: existing.state.name,
        replaceable:
          (this.#mayRestart || this.#isForsaken(existing)) && opened === this.#second && this.#secondCameLater,
      },
      detectEstablished: this.options.collisionDetectEstablished ?? false,
    });
    if (verdict === 'none') return false;
    if (verdict === 'replace-existing') {
      existing.feed({ type: 'TcpConnectionFails', detail: 'the peer has come anew' });
      return false;
    }
    const kept = verdict === 'close-opened' ? existing : opened;
    this.#handler.event(this, { type: 'collision', kept: kept.initiator });
    if (verdict === 'close-existing') existing.feed({ type: 'OpenCollisionDump' });
    return verdict === 'close-opened';
  }

  /** RFC 4724 §5: the capability with at least one family. */
  get #mayRestart(): boolean {
    return (this.negotiated?.gracefulRestart?.families.length ?? 0) > 0;
  }

  /**
   * Whether the peer has given up an established session in a way that we could not hear: routers that end a session to
   * change its TCP-MD5 key say so with the old one, which we do not take any more.
   */
  #isForsaken(session: Session): boolean {
    return session === this.#up && this.#rekeyedAt !== undefined && !session.heardSince(this.#rekeyedAt);
  }

  #established(session: Session): void {
    const negotiated = this.#negotiations.get(session);
    if (negotiated === undefined) throw new Error('established without an OPEN');
    this.#up = session;
    this.#showState('Established');
    this.#handler.established(this, negotiated);
  }

  #routeRefresh(bytes: Uint8Array, start: number, end: number): Fault | undefined {
    const { negotiated } = this;
    if (negotiated === undefined) return undefined;
    const decoded = decodeRouteRefresh(bytes, negotiated.decode, start, end);
    if (!decoded.ok) return decoded.fault;
    const { family } = decoded.value;
    // RFC 2918 §3: a reserved octet, where the peer has not given it a meaning
    const subtype = negotiated.decode.enhancedRouteRefresh ? decoded.value.subtype : RefreshSubtype.Request;
    // RFC 2918 §4: a family that was not negotiated is ignored.
    if (negotiated.families.has(family)) this.#handler.routeRefresh(this, family, subtype);
    return undefined;
  }

  #stateChanged(session: Session, from: FsmState): void {
    const to = session.state.name;
    const ended = to === 'Idle' || to === 'Active';
    if (session === this.#second) {
      if (to === 'Established') this.#promote();
      else if (ended) this.#disposeSecond();
    } else if (session === this.#main && ended && this.#second !== undefined && this.#started) {
      // What the lost connection counted dies with its machine; the peer goes on with the other one.
      this.#second.inherit(from);
      this.#promote();
      this.#disposeSecond();
    }
    this.#showState(this.#furthest());
  }

  /** The second session becomes the peer's, the other one stays beside it as long as it may still collide. */
  #promote(): void {
    const promoted = this.#second;
    if (promoted === undefined) return;
    const other = this.#main;
    this.#main = promoted;
    this.#second = other;
    const { name } = other.state;
    if (name !== 'OpenSent' && name !== 'OpenConfirm') this.#disposeSecond();
  }

  #disposeSecond(): void {
    this.#second?.dispose();
    this.#second = undefined;
  }

  #furthest(): FsmStateName {
    const main = stateNames.indexOf(this.#main.state.name);
    const second = this.#second === undefined ? 0 : stateNames.indexOf(this.#second.state.name);
    return stateNames[Math.max(main, second)];
  }

  #showState(to: FsmStateName): void {
    const from = this.#state;
    if (from === to) return;
    this.#state = to;
    this.#since = this.#clock.now();
    this.#handler.event(this, { type: 'state', from, to });
  }

  #reject(connection: Connection): void {
    this.#handler.event(this, { type: 'connection-rejected', remotePort: connection.remotePort });
    connection.write(connectionRejected);
    this.#closer.close(connection);
  }

  /** A machine of its own for a second connection. There is room for one. */
  #track(connection: Connection): void {
    if (this.#second !== undefined) {
      // Of two that came in and of which the older has said nothing, the newer is likelier to be alive.
      if (this.#second.state.name !== 'OpenSent' || this.#second.initiator === 'local') {
        this.#reject(connection);
        return;
      }
      this.#second.feed({ type: 'OpenCollisionDump' });
    }
    this.#secondCameLater = this.#up !== undefined;
    this.#second = this.#makeSession({ ...initialState, name: 'Active' });
    this.#second.accept(connection);
  }
}

function fsmOptions(options: PeerOptions): FsmOptions {
  const { damping: defaultDamping, ...defaults } = defaultFsmOptions;
  const damping = options.damping ?? defaultDamping;
  return {
    ...defaults,
    passive: options.passive ?? false,
    connectRetryTime: options.connectRetryTime ?? 5,
    openHoldTime: options.openHoldTime ?? defaults.openHoldTime,
    delayOpenTime: options.delayOpenTime ?? 0,
    collisionDetectEstablished: options.collisionDetectEstablished ?? false,
    ...(damping === undefined || damping === false ? {} : { damping }),
  };
}

function openError(fault: Fault): FsmEvent {
  return { type: 'BGPOpenMsgErr', notification: fault.notification, detail: fault.reason };
}
