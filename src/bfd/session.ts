/**
 * One BFD session as a pure function, RFC 5880 §6: `(session, event, now) → (session, actions)`.
 *
 * Asynchronous mode. We never ask for Demand mode, and cease to send while the other side has it (§6.6); there is no Echo
 * function. Both intervals that we announce are the same and do not change, but that §6.8.3 has at least a second
 * announced while the session is not up. A Poll Sequence is begun with each such change.
 */
import { type ControlPacket, diagnostics, type SessionState } from './wire.ts';

export interface SessionOptions {
  /** Ours; not 0. */
  readonly discriminator: number;
  /** Milliseconds that we want between packets, in both directions, while the session is up. */
  readonly interval: number;
  /** So many of our packets in a row have to be missed; 1 to 255. */
  readonly multiplier: number;
  /** §6.1: nothing is sent until the other side has been heard. */
  readonly passive: boolean;
}

/** Values named as in §6.8.1. Times are milliseconds of the clock, intervals on the wire microseconds. */
export interface Session extends SessionOptions {
  readonly state: SessionState;
  readonly diagnostic: number;
  readonly desiredMinTx: number;
  /** A Poll Sequence is on (§6.5). */
  readonly polling: boolean;
  readonly remote: Remote;
  /** When a packet was sent last. */
  readonly sentAt: number | undefined;
  /** When the next periodic packet is due; undefined: none is to be sent. */
  readonly sendAt: number | undefined;
  /** When the Detection Time is over; undefined while nothing is heard. */
  readonly expiresAt: number | undefined;
}

/** What the other side said last. */
interface Remote {
  readonly state: SessionState;
  /** 0: unknown. */
  readonly discriminator: number;
  readonly minRx: number;
  readonly demand: boolean;
}

export type SessionEvent =
  /** A packet that was not dropped, and belongs to this session. */
  | { readonly kind: 'packet'; readonly packet: ControlPacket }
  /** It is time for what is due; see {@link dueAt}. */
  | { readonly kind: 'due' }
  /** The session is taken down by hand (§6.8.16), for good. */
  | { readonly kind: 'disable' };

export type SessionAction =
  | { readonly kind: 'send'; readonly packet: ControlPacket }
  | { readonly kind: 'up' }
  /** It was up. */
  | { readonly kind: 'down'; readonly diagnostic: number };

export interface SessionStep {
  readonly session: Session;
  readonly actions: readonly SessionAction[];
}

export interface Moment {
  /** Milliseconds. */
  readonly now: number;
  /** A random number in [0, 1), anew for each step. */
  readonly jitter: number;
}

/** §6.8.3: microseconds that are announced at least while a session is not up. */
const SLOW = 1_000_000;
const unheard: Remote = { state: 'Down', discriminator: 0, minRx: 1, demand: false };

/** A session that is down. One that is not passive sends within a second. */
export function startSession(options: SessionOptions, { now, jitter }: Moment): Session {
  return {
    ...options,
    state: 'Down',
    diagnostic: diagnostics.none,
    desiredMinTx: Math.max(SLOW, microseconds(options.interval)),
    polling: false,
    remote: unheard,
    sentAt: undefined,
    sendAt: options.passive ? undefined : now + jitter * 1000,
    expiresAt: undefined,
  };
}

/** When this session wants `due`; undefined: not before something else happens. */
export function dueAt({ sendAt, expiresAt }: Session): number | undefined {
  if (sendAt === undefined || expiresAt === undefined) return sendAt ?? expiresAt;
  return Math.min(sendAt, expiresAt);
}

export function stepSession(session: Session, event: SessionEvent, moment: Moment): SessionStep {
  switch (event.kind) {
    case 'packet':
      return received(session, event.packet, moment);
    case 'due':
      return due(session, moment);
    case 'disable':
      return concluded(session, enter(session, 'AdminDown', diagnostics.administrativelyDown), moment);
  }
}

/** §6.8.6, from where the packet has found its session. */
function received(before: Session, packet: ControlPacket, moment: Moment): SessionStep {
  const heard: Session = {
    ...before,
    remote: {
      state: packet.state,
      discriminator: packet.myDiscriminator,
      minRx: packet.requiredMinRx,
      demand: packet.demand,
    },
    polling: before.polling && !packet.final,
    expiresAt: moment.now + detectionTime(before, packet),
  };
  return concluded(before, nextState(heard, packet.state), moment, packet.poll);
}

/** §6.8.4, milliseconds. */
function detectionTime({ interval }: Session, { detectMult, desiredMinTx }: ControlPacket): number {
  return (detectMult * Math.max(microseconds(interval), desiredMinTx)) / 1000;
}

function nextState(session: Session, heard: SessionState): Session {
  const { state } = session;
  if (state === 'AdminDown') return session;
  if (heard === 'AdminDown')
    return state === 'Down' ? session : enter(session, 'Down', diagnostics.neighbourSignalledDown);
  if (state === 'Up') return heard === 'Down' ? enter(session, 'Down', diagnostics.neighbourSignalledDown) : session;
  if (state === 'Init') return heard === 'Down' ? session : enter(session, 'Up');
  if (heard === 'Down') return enter(session, 'Init');
  return heard === 'Init' ? enter(session, 'Up') : session;
}

/** The diagnostic stays that of the last change that had one, until the session is up again. */
function enter(session: Session, state: SessionState, diagnostic?: number): Session {
  const interval = microseconds(session.interval);
  const desiredMinTx = state === 'Up' ? interval : Math.max(SLOW, interval);
  return {
    ...session,
    state,
    diagnostic: diagnostic ?? (state === 'Up' ? diagnostics.none : session.diagnostic),
    desiredMinTx,
    polling: session.polling || desiredMinTx !== session.desiredMinTx,
  };
}

function due(before: Session, moment: Moment): SessionStep {
  const { now } = moment;
  if (before.expiresAt !== undefined && now >= before.expiresAt) return concluded(before, expired(before), moment);
  if (before.sendAt === undefined || now < before.sendAt) return { session: before, actions: [] };
  return {
    session: { ...before, sentAt: now, sendAt: now + transmitInterval(before, moment.jitter) },
    actions: [{ kind: 'send', packet: packetOf(before) }],
  };
}

/** §6.8.4; that the remote discriminator is forgotten, §6.8.1; and its interval, §6.8.18. */
function expired(session: Session): Session {
  const forgotten = { ...session, remote: unheard, expiresAt: undefined };
  const wasAlive = session.state === 'Init' || session.state === 'Up';
  return wasAlive ? enter(forgotten, 'Down', diagnostics.detectionTimeExpired) : forgotten;
}

/** What has to be done because of what has changed. */
function concluded(before: Session, after: Session, { now, jitter }: Moment, answer = false): SessionStep {
  const actions: SessionAction[] = [];
  const periodic = sendsPeriodically(after);
  // §6.8.7: an answer to a Poll is due whatever else holds; what differs from what was sent last is told at once.
  const sends = answer || (periodic && differs(before, after));
  if (sends) actions.push({ kind: 'send', packet: packetOf(after, answer) });
  if (after.state === 'Up' && before.state !== 'Up') actions.push({ kind: 'up' });
  if (before.state === 'Up' && after.state !== 'Up') actions.push({ kind: 'down', diagnostic: after.diagnostic });
  const session = { ...after, sentAt: sends ? now : after.sentAt };
  const sendAt = periodic ? nextSending(before, session, { now, jitter }) : undefined;
  return { session: { ...session, sendAt }, actions };
}

/** §6.8.3: a new interval holds from the last packet on. */
function nextSending(before: Session, after: Session, { now, jitter }: Moment): number {
  const unchanged = agreedInterval(before) === agreedInterval(after);
  if (unchanged && before.sendAt !== undefined) return before.sendAt;
  return Math.max(now, (after.sentAt ?? now) + transmitInterval(after, jitter));
}

/** §6.8.7. A session that was taken down by hand speaks as long as it is kept. */
function sendsPeriodically({ passive, state, polling, remote }: Session): boolean {
  if (passive && remote.discriminator === 0) return false;
  if (remote.minRx === 0) return false;
  const demanded = remote.demand && state === 'Up' && remote.state === 'Up';
  return !demanded || polling;
}

/** Whether the packets of the two would differ in what §6.8.7 counts. */
function differs(before: Session, after: Session): boolean {
  return (
    before.state !== after.state ||
    before.diagnostic !== after.diagnostic ||
    before.desiredMinTx !== after.desiredMinTx ||
    before.remote.discriminator !== after.remote.discriminator
  );
}

/** Microseconds between our packets that both sides agree to. */
function agreedInterval({ desiredMinTx, remote }: Session): number {
  return Math.max(desiredMinTx, remote.minRx);
}

/** §6.8.7: less 0 to 25 %; with a multiplier of 1, less 10 to 25 %. Milliseconds. */
function transmitInterval(session: Session, jitter: number): number {
  const less = session.multiplier === 1 ? 0.1 + 0.15 * jitter : 0.25 * jitter;
  return (agreedInterval(session) / 1000) * (1 - less);
}

function packetOf(session: Session, final = false): ControlPacket {
  return {
    diagnostic: session.diagnostic,
    state: session.state,
    poll: session.polling && !final,
    final,
    // Who cannot run cannot answer either: what is watched here is the program.
    controlPlaneIndependent: false,
    demand: false,
    detectMult: session.multiplier,
    myDiscriminator: session.discriminator,
    yourDiscriminator: session.remote.discriminator,
    desiredMinTx: session.desiredMinTx,
    requiredMinRx: microseconds(session.interval),
    requiredMinEchoRx: 0,
  };
}

function microseconds(milliseconds: number): number {
  return milliseconds * 1000;
}
