/**
 * One TCP connection with a peer and the state machine that drives it: carries out the actions of the machine and
 * turns timers, sockets and messages into its events. What concerns the peer as a whole (its OPEN, collisions, its
 * routes) is asked of the host.
 *
 * Hot path: in Established an UPDATE goes from the framer to the host, and a KEEPALIVE to a counter, without the
 * state machine and without a timer. What the machine would do for either, restart the HoldTimer, is a note of the
 * time once per read; the one real timer looks at the note when it fires.
 */
import type { DownReason, FsmAction, FsmTimer } from '../fsm/action.ts';
import type { Initiator } from '../fsm/collision.ts';
import type { FsmEvent } from '../fsm/event.ts';
import type { FsmOptions } from '../fsm/options.ts';
import { type FsmState, initialState } from '../fsm/state.ts';
import { step } from '../fsm/step.ts';
import { MessageType, NotificationCode, OpenSubcode } from '../wire/constants.ts';
import type { Fault, NotificationParts } from '../wire/fault.ts';
import { Framer } from '../wire/framer.ts';
import { encodeKeepalive } from '../wire/message/keepalive.ts';
import { decodeNotification, encodeNotification, type Notification } from '../wire/message/notification.ts';
import type { Clock } from './clock.ts';
import type { Closer } from './closer.ts';
import { countMessage, type MessageCounts } from './counters.ts';
import { TimerSet } from './timers.ts';
import type { Connection, Protection, ProtectionFault, Transport } from './transport.ts';

export interface SessionOptions {
  readonly fsm: FsmOptions;
  readonly address: string;
  readonly port: number;
  readonly localAddress?: string | undefined;
  /** Of connections that we make. */
  readonly protection: Protection;
  /** Our OPEN, as bytes. */
  readonly open: Uint8Array;
}

/** The peer behind the session. */
export interface SessionHost {
  readonly received: MessageCounts;
  readonly sent: MessageCounts;
  /** The peer's OPEN at `bytes[start, end)`, judged: good, bad, or on a connection that collides and loses. */
  openReceived(session: Session, bytes: Uint8Array, start: number, end: number): FsmEvent;
  notificationReceived(session: Session, notification: Notification): void;
  notificationSent(session: Session, notification: NotificationParts): void;
  established(session: Session): void;
  /** Whether what an established session has received is taken now; if not, it is kept until `resumeReading`. */
  mayRead(session: Session): boolean;
  update(session: Session, bytes: Uint8Array, start: number, end: number): Fault | undefined;
  routeRefresh(session: Session, bytes: Uint8Array, start: number, end: number): Fault | undefined;
  readDone(session: Session): void;
  writable(session: Session): void;
  down(session: Session, reason: DownReason): void;
  failed(session: Session, reason: DownReason): void;
  /** After the actions of the transition. */
  stateChanged(session: Session, from: FsmState): void;
  /** A connection that this session has no use for, because it is in Idle. */
  reject(connection: Connection): void;
  /** A connection besides the one that this session has (RFC 4271 §6.8). */
  track(connection: Connection): void;
}

export interface SessionModules {
  readonly clock: Clock;
  readonly transport: Transport;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly closer: Closer;
  readonly host: SessionHost;
}

const keepalive = encodeKeepalive();
const expiryOf = {
  'connect-retry': 'ConnectRetryTimer_Expires',
  keepalive: 'KeepaliveTimer_Expires',
  'delay-open': 'DelayOpenTimer_Expires',
  'idle-hold': 'IdleHoldTimer_Expires',
  stable: 'StableTimer_Expires',
} as const;
/** How often, per SendHoldTime, it is looked whether the socket took anything. */
const SEND_HOLD_LOOKS = 4;

export class Session {
  /** Which side dialled; of a session without a connection, which side is going to. */
  initiator: Initiator = 'local';
  #state: FsmState;
  readonly #options: SessionOptions;
  readonly #clock: Clock;
  readonly #transport: Transport;
  readonly #closer: Closer;
  readonly #host: SessionHost;
  readonly #timers: TimerSet;
  #queue: FsmEvent[] = [];
  #running = false;
  #disposed = false;

  #connection: Connection | undefined;
  #connected = false;
  #framer = new Framer();
  /** The framer whose chunk is being read; another one than `#framer` when the connection ended meanwhile. */
  #reading = this.#framer;
  /** A whole message was in the chunk being read. */
  #heard = false;
  /** A connection that came in and waits for the machine's verdict. */
  #offered: Connection | undefined;

  #holdTime = 0;
  #lastReceived = 0;
  /** The hold time is over; one more look at the socket, then it is final. */
  #lastLook = false;
  #paused = false;
  #pausedAt = 0;
  /** Received while paused, or when there was no time for it. */
  #held: Uint8Array[] = [];

  #sendHoldTime = 0;
  #bytesWritten = 0;
  #bytesTaken = 0;
  #lastTaken = 0;

  constructor(options: SessionOptions, modules: SessionModules, state: FsmState = initialState) {
    this.#options = options;
    this.#clock = modules.clock;
    this.#transport = modules.transport;
    this.#closer = modules.closer;
    this.#host = modules.host;
    this.#state = state;
    this.#timers = new TimerSet({
      clock: modules.clock,
      random: modules.random,
      expired: (timer) => this.#expired(timer),
    });
  }

  get state(): FsmState {
    return this.#state;
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** RFC 8654 §4: messages up to 65,535 octets from now on. */
  allowExtendedMessages(): void {
    this.#framer.extended = true;
  }

  /** Gives the machine an event; from within an action it waits until the actions are done. */
  feed(event: FsmEvent): void {
    if (this.#disposed) return;
    this.#queue.push(event);
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined && !this.#disposed; next = this.#queue.shift()) {
        this.#step(next);
      }
    } finally {
      this.#running = false;
    }
  }

  /** Takes over what an earlier session of the same peer had counted. */
  inherit({ connectRetryCounter, idleHoldTime }: FsmState): void {
    this.#state = { ...this.#state, connectRetryCounter, idleHoldTime };
  }

  /** Gives the session a connection that the peer initiated. */
  accept(connection: Connection): void {
    const listening = this.#state.name === 'Active' && this.#connection === undefined;
    if (listening) {
      this.initiator = 'remote';
      this.#attach(connection);
      this.#connected = true;
    } else if (this.#state.name === 'Connect' || this.#state.name === 'Active') {
      // §8.2.2 would have Event 17 here. With one machine per connection this one goes on with its own.
      this.#host.track(connection);
      return;
    } else {
      this.#offered = connection;
    }
    this.feed({ type: 'TcpConnectionConfirmed' });
    this.#offered = undefined;
  }

  /** Writes whole messages; false when the socket is full. Nothing happens without a connection. */
  write(bytes: Uint8Array): boolean {
    if (this.#connection === undefined) return false;
    this.#bytesWritten += bytes.length;
    this.#host.sent.bytes += bytes.length;
    return this.#connection.write(bytes);
  }

  /** Whether a whole message came after this time; milliseconds since the epoch. */
  heardSince(time: number): boolean {
    return this.#lastReceived > time;
  }

  /** Of the connection that there is, also while it is on its way. */
  setMd5Key(key: string | undefined): ProtectionFault | undefined {
    return this.#connection?.setMd5Key(key);
  }

  pauseReading(): void {
    if (!this.#paused) this.#pausedAt = this.#clock.now();
    this.#paused = true;
    this.#connection?.pause();
  }

  resumeReading(): void {
    if (!this.#paused) return;
    this.#paused = false;
    // What the peer sent meanwhile lies unread: this time does not count.
    this.#lastReceived += this.#clock.now() - this.#pausedAt;
    const framer = this.#framer;
    for (const chunk of this.#held.splice(0)) if (this.#framer === framer) this.#take(chunk);
    if (!this.#paused) this.#connection?.resume();
  }

  /** Ends the session without a word and for good. */
  dispose(): void {
    this.#disposed = true;
    this.#timers.stopAll();
    this.#drop();
  }

  #step(event: FsmEvent): void {
    const from = this.#state;
    const { state, actions } = step(from, event, this.#options.fsm);
    this.#state = state;
    for (const action of actions) this.#perform(action);
    if (state.name !== from.name) this.#host.stateChanged(this, from);
  }

  #perform(action: FsmAction): void {
    switch (action.type) {
      case 'start-timer':
        this.#startTimer(action.timer, action.seconds);
        break;
      case 'stop-timer':
        this.#stopTimer(action.timer);
        break;
      case 'connect':
        this.#connect();
        break;
      case 'drop':
        this.#drop();
        break;
      case 'reject':
        if (this.#offered !== undefined) this.#host.reject(this.#offered);
        break;
      case 'track':
        if (this.#offered !== undefined) this.#host.track(this.#offered);
        break;
      case 'send-open':
        countMessage(this.#host.sent, MessageType.Open);
        this.write(this.#options.open);
        break;
      case 'send-keepalive':
        countMessage(this.#host.sent, MessageType.Keepalive);
        this.write(keepalive);
        break;
      case 'send-notification':
        this.#sendNotification(action.notification);
        break;
      case 'established':
        this.#host.established(this);
        break;
      case 'down':
        this.#host.down(this, action.reason);
        break;
      case 'failed':
        this.#host.failed(this, action.reason);
        break;
      case 'release':
        for (const timer of ['hold', 'keepalive', 'delay-open', 'send-hold', 'stable'] as const) {
          this.#timers.stop(timer);
        }
        this.#paused = false;
        break;
      case 'process-update':
      case 'process-route-refresh':
        // Done on the hot path, before the machine could be asked.
        break;
    }
  }

  #sendNotification(notification: NotificationParts): void {
    if (!this.#connected) return;
    countMessage(this.#host.sent, MessageType.Notification);
    this.write(encodeNotification(notification, this.#framer.extended));
    this.#host.notificationSent(this, notification);
  }

  #connect(): void {
    const { address, port, localAddress, protection } = this.#options;
    this.initiator = 'local';
    const source = localAddress === undefined ? {} : { localAddress };
    this.#attach(this.#transport.connect({ address, port, ...source, ...protection }));
  }

  #attach(connection: Connection): void {
    const framer = new Framer();
    this.#connection = connection;
    this.#connected = false;
    this.#framer = framer;
    this.#bytesWritten = 0;
    this.#bytesTaken = 0;
    connection.setHandler({
      connected: () => {
        if (this.#connection !== connection) return;
        this.#connected = true;
        this.feed({ type: 'Tcp_CR_Acked' });
      },
      data: (chunk) => {
        if (this.#framer === framer) this.#take(chunk);
      },
      drain: () => {
        if (this.#connection === connection && this.#state.name === 'Established') this.#host.writable(this);
      },
      close: (error) => {
        if (this.#connection !== connection) return;
        // Its last words may be a NOTIFICATION.
        for (const chunk of this.#held.splice(0)) if (this.#framer === framer) this.#receive(chunk);
        if (this.#connection !== connection) return;
        this.#connection = undefined;
        this.#connected = false;
        const detail = this.#whyClosed(error);
        this.feed({ type: 'TcpConnectionFails', ...(detail !== undefined && { detail }) });
      },
    });
  }

  /** What is told of a connection that the other side ended; undefined when there is nothing to say but that. */
  #whyClosed(error: string | undefined): string | undefined {
    if (this.#state.name !== 'OpenSent' || this.initiator === 'remote') return error;
    // Routers accept connections of whom they do not know, and close them without a word.
    const hint = 'before its OPEN; is this address configured as a neighbour there?';
    return `${error ?? 'closed'} ${hint}`;
  }

  #drop(): void {
    const connection = this.#connection;
    const connected = this.#connected;
    this.#connection = undefined;
    this.#connected = false;
    this.#framer = new Framer();
    this.#held = [];
    if (connection === undefined) return;
    if (connected) this.#closer.close(connection);
    else connection.destroy();
  }

  #take(chunk: Uint8Array): void {
    if (this.#paused || (this.#state.name === 'Established' && !this.#host.mayRead(this))) {
      this.#held.push(chunk);
      this.pauseReading();
    } else {
      this.#receive(chunk);
    }
  }

  #receive(chunk: Uint8Array): void {
    const framer = this.#framer;
    this.#reading = framer;
    this.#heard = false;
    this.#host.received.bytes += chunk.length;
    const fault = framer.push(chunk, this.#onMessage);
    if (this.#heard) {
      this.#lastReceived = this.#clock.now();
      this.#lastLook = false;
    }
    if (this.#framer !== framer) return;
    if (fault !== undefined) {
      this.feed({ type: 'BGPHeaderErr', notification: fault.notification, detail: fault.reason });
    }
    if (this.#state.name === 'Established') this.#host.readDone(this);
  }

  /** False stops the framer: the connection has ended. */
  readonly #onMessage = (bytes: Uint8Array, start: number, end: number, type: number): boolean => {
    this.#heard = true;
    countMessage(this.#host.received, type);
    if (this.#state.name === 'Established') {
      if (type === MessageType.Update) {
        this.#refuse(this.#host.update(this, bytes, start, end));
        return this.#framer === this.#reading;
      }
      if (type === MessageType.Keepalive) return true;
      if (type === MessageType.RouteRefresh) {
        this.#refuse(this.#host.routeRefresh(this, bytes, start, end));
        return this.#framer === this.#reading;
      }
    }
    this.feed(this.#eventOf(bytes, start, end, type));
    return this.#framer === this.#reading;
  };

  /** Everything that is rare, or that the state machine did not expect. */
  #eventOf(bytes: Uint8Array, start: number, end: number, type: number): FsmEvent {
    switch (type) {
      case MessageType.Open:
        return this.#host.openReceived(this, bytes, start, end);
      case MessageType.Notification: {
        const notification = decodeNotification(bytes, start, end);
        this.#host.notificationReceived(this, notification);
        const version =
          notification.code === NotificationCode.OpenMessage && notification.subcode === OpenSubcode.UnsupportedVersion;
        return { type: version ? 'NotifMsgVerErr' : 'NotifMsg', notification };
      }
      case MessageType.Update:
        return { type: 'UpdateMsg' };
      case MessageType.Keepalive:
        return { type: 'KeepAliveMsg' };
      default:
        return { type: 'RouteRefreshMsg' };
    }
  }

  #refuse(fault: Fault | undefined): void {
    if (fault?.outcome !== 'session-reset') return;
    this.feed({ type: 'UpdateMsgErr', notification: fault.notification, detail: fault.reason });
  }

  #startTimer(timer: FsmTimer, seconds: number): void {
    if (timer === 'idle-hold' && seconds === 0) {
      this.feed({ type: 'IdleHoldTimer_Expires' });
    } else if (timer === 'send-hold') {
      this.#sendHoldTime = seconds * 1000;
      this.#lastTaken = this.#clock.now();
      this.#timers.startMilliseconds(timer, this.#sendHoldTime / SEND_HOLD_LOOKS);
    } else {
      if (timer === 'hold') {
        this.#holdTime = seconds * 1000;
        this.#lastReceived = this.#clock.now();
        this.#lastLook = false;
      }
      this.#timers.start(timer, seconds);
    }
  }

  #stopTimer(timer: FsmTimer): void {
    this.#timers.stop(timer);
    // One of no seconds has expired at once, and the machine is about to hear of it.
    if (timer === 'idle-hold') this.#queue = this.#queue.filter(({ type }) => type !== 'IdleHoldTimer_Expires');
  }

  #expired(timer: FsmTimer): void {
    if (timer === 'hold') this.#holdExpired();
    else if (timer === 'send-hold') this.#sendHoldExpired();
    else this.feed({ type: expiryOf[timer] });
  }

  /** The lazy HoldTimer: restarts itself for what is left since the last message. */
  #holdExpired(): void {
    const left = this.#lastReceived + this.#holdTime - this.#clock.now();
    if (this.#paused) {
      // We do not read: whether the peer still sends, nobody knows.
      this.#timers.startMilliseconds('hold', this.#holdTime);
    } else if (left > 0) {
      this.#timers.startMilliseconds('hold', left);
    } else if (!this.#lastLook) {
      // After a long stop of this process its timers come before what its sockets hold. Let them be read first.
      this.#lastLook = true;
      this.#timers.startMilliseconds('hold', 0);
    } else {
      this.feed({ type: 'HoldTimer_Expires' });
    }
  }

  /** RFC 9687, lazily as well: looks a few times per SendHoldTime whether the socket took anything. */
  #sendHoldExpired(): void {
    const now = this.#clock.now();
    const buffered = this.#connection?.bufferedBytes ?? 0;
    const taken = this.#bytesWritten - buffered;
    if (buffered === 0 || taken > this.#bytesTaken) this.#lastTaken = now;
    this.#bytesTaken = taken;
    if (now - this.#lastTaken >= this.#sendHoldTime) this.feed({ type: 'SendHoldTimer_Expires' });
    else this.#timers.startMilliseconds('send-hold', this.#sendHoldTime / SEND_HOLD_LOOKS);
  }
}
