/**
 * BFD over UDP: single hop (RFC 5881) and multihop (RFC 5883), sessions that are asked for only.
 *
 * A packet belongs to a session when it comes from the session's address to the session's port, and bears our discriminator
 * or none. RFC 5881 §6 would believe every sender on a point-to-point link; whoever is not watched is ignored here. Without
 * authentication, who can send with the other side's address can keep a dead session up, or take a living one down.
 */
import { type Clock, canonicalIp } from 'bgp-ts';
import type { DatagramSocket, OpenedSocket, OpenSocket, SocketPlace } from './socket.ts';
import { type BfdEvent, type BfdWatch, Watched } from './watched.ts';
import { decodeControl, type Malformation, malformations } from './wire.ts';

/** RFC 5881 §4, RFC 5883 §5. */
const SINGLE_HOP_PORT = 3784;
const MULTIHOP_PORT = 4784;
/** RFC 5881 §4: where packets come from. */
const FIRST_SOURCE_PORT = 49_152;
const SOURCE_PORTS = 65_536 - FIRST_SOURCE_PORT;
/** Source ports that are tried for a session, while others have them. */
const PORT_TRIES = 16;
/** Sessions of one service, those included that are being closed. Each has a socket to send from. */
export const MOST_SESSIONS = 1024;

const addressings = ['unknown-sender', 'unknown-discriminator'] as const;
/** Why a packet was dropped: by itself, or because it is no session's. */
export type DropReason = Malformation | (typeof addressings)[number];

export interface WatchOptions {
  /** The other side's IP address, without a zone. */
  readonly address: string;
  /** Ours, of the same family; whichever the system takes when left out. */
  readonly local?: string;
  /** RFC 5883, port 4784; otherwise RFC 5881, port 3784. */
  readonly multihop: boolean;
  /** Milliseconds between packets that we want, in both directions; the slower side decides. */
  readonly interval: number;
  /** 1 to 255: so many of our packets in a row have to be missed. */
  readonly multiplier: number;
  /** RFC 5880 §6.1: only answer. */
  readonly passive?: boolean;
}

export type WatchResult =
  | { readonly ok: true; readonly watch: BfdWatch }
  /** `reason` is a sentence without a full stop. */
  | { readonly ok: false; readonly code: 'address' | 'full' | 'watched' | 'socket'; readonly reason: string };

export interface BfdModules {
  readonly clock: Clock;
  /** Numbers in [0, 1) that nobody can guess: discriminators and source ports come of it. */
  readonly random: () => number;
  readonly open: OpenSocket;
  /** Calls `then` when what came in meanwhile has been handed over, as setImmediate() does. */
  readonly afterInput: (then: () => void) => void;
}

/** What is bound to a port of BFD, and the sessions that it receives for, by the other side's address. */
interface Receiver {
  readonly socket: DatagramSocket;
  readonly sessions: Map<string, Watched>;
}

export class BfdService {
  readonly #modules: BfdModules;
  readonly #tell: (event: BfdEvent) => void;
  /** By address and port. */
  readonly #receivers = new Map<string, Receiver>();
  readonly #discriminators = new Set<number>();
  readonly #dropped = new Map<DropReason, number>([...malformations, ...addressings].map((reason) => [reason, 0]));

  constructor(modules: BfdModules, tell: (event: BfdEvent) => void) {
    this.#modules = modules;
    this.#tell = tell;
  }

  /** Packets that were dropped since the start, by the reason. */
  get dropped(): ReadonlyMap<DropReason, number> {
    return this.#dropped;
  }

  /** Begins a session. Two with one address have to differ in `local` or `multihop`. */
  watch(options: WatchOptions): WatchResult {
    const address = canonicalIp(options.address);
    const local = options.local === undefined ? undefined : canonicalIp(options.local);
    if (address === undefined) return noEnds(options);
    const family = familyOf(address);
    if (options.local !== undefined && (local === undefined || familyOf(local) !== family)) return noEnds(options);
    const place: SocketPlace = { family, address: local, port: options.multihop ? MULTIHOP_PORT : SINGLE_HOP_PORT };
    const before = this.#receivers.get(keyOf(place))?.sessions.get(address);
    if (before?.closing === false)
      return { ok: false, code: 'watched', reason: `${address} is watched already, from ${keyOf(place)}` };
    before?.end();
    if (this.#discriminators.size >= MOST_SESSIONS)
      return { ok: false, code: 'full', reason: `there are ${MOST_SESSIONS} BFD sessions, and no room for more` };
    return this.#begin(address, place, options);
  }

  /** Tells everybody AdminDown, once, and ends. No event follows. */
  stop(): void {
    for (const { sessions } of [...this.#receivers.values()]) {
      for (const session of [...sessions.values()]) {
        session.close();
        session.end();
      }
    }
  }

  #begin(address: string, place: SocketPlace, { interval, multiplier, passive = false }: WatchOptions): WatchResult {
    const receiver = this.#receiverAt(place);
    if ('code' in receiver) return notOpened(keyOf(place), receiver.code);
    const sender = this.#openSender(place);
    if (!sender.ok) {
      this.#closeUnused(place);
      return notOpened(`a source port of ${place.address ?? 'this machine'}`, sender.code);
    }
    const { clock, random, afterInput } = this.#modules;
    const discriminator = this.#newDiscriminator();
    const session = new Watched(
      address,
      { discriminator, interval, multiplier, passive },
      {
        ...{ clock, random, afterInput, tell: this.#tell },
        send: (bytes) => sender.socket.send(bytes, address, place.port),
        ended: () => {
          sender.socket.close();
          this.#discriminators.delete(discriminator);
          receiver.sessions.delete(address);
          this.#closeUnused(place);
        },
      },
    );
    receiver.sessions.set(address, session);
    return { ok: true, watch: session };
  }

  #receiverAt(place: SocketPlace): Receiver | { readonly code: string } {
    const key = keyOf(place);
    const before = this.#receivers.get(key);
    if (before !== undefined) return before;
    const sessions = new Map<string, Watched>();
    const opened = this.#modules.open(place, ({ bytes, address }) => this.#receive(sessions.get(address), bytes));
    if (!opened.ok) return opened;
    const receiver = { socket: opened.socket, sessions };
    this.#receivers.set(key, receiver);
    return receiver;
  }

  #closeUnused(place: SocketPlace): void {
    const receiver = this.#receivers.get(keyOf(place));
    if (receiver === undefined || receiver.sessions.size > 0) return;
    receiver.socket.close();
    this.#receivers.delete(keyOf(place));
  }

  /** RFC 5881 §4: a source port for each session. What comes back to it is nobody's. */
  #openSender(place: SocketPlace): OpenedSocket {
    for (let tries = 1; ; tries++) {
      const port = FIRST_SOURCE_PORT + Math.floor(this.#modules.random() * SOURCE_PORTS);
      const opened = this.#modules.open({ ...place, port }, () => this.#drop('unknown-sender'));
      if (opened.ok || opened.code !== 'EADDRINUSE' || tries === PORT_TRIES) return opened;
    }
  }

  #newDiscriminator(): number {
    for (;;) {
      const discriminator = Math.floor(this.#modules.random() * 0x1_0000_0000);
      if (discriminator === 0 || this.#discriminators.has(discriminator)) continue;
      this.#discriminators.add(discriminator);
      return discriminator;
    }
  }

  #receive(session: Watched | undefined, bytes: Uint8Array): void {
    if (session === undefined) this.#drop('unknown-sender');
    else this.#hear(session, bytes);
  }

  #hear(session: Watched, bytes: Uint8Array): void {
    const decoded = decodeControl(bytes);
    if (!decoded.ok) this.#drop(decoded.code);
    else if (![0, session.discriminator].includes(decoded.packet.yourDiscriminator))
      this.#drop('unknown-discriminator');
    else session.receive(decoded.packet);
  }

  #drop(reason: DropReason): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
  }
}

function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

function keyOf({ family, address, port }: SocketPlace): string {
  return family === 4 ? `${address ?? '0.0.0.0'}:${port}` : `[${address ?? '::'}]:${port}`;
}

function noEnds({ address, local }: WatchOptions): WatchResult {
  const ends = local === undefined ? `${address} is` : `${address} and ${local} are`;
  return {
    ok: false,
    code: 'address',
    reason: `${ends} not what a BFD session can be between: give IP addresses of one family`,
  };
}

function notOpened(place: string, code: string): WatchResult {
  return { ok: false, code: 'socket', reason: `${place} cannot be opened for BFD: ${code}` };
}
