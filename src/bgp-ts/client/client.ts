/**
 * One session with one router, for programs that want its routes, or want to give it some: decoded UPDATEs come in, decoded
 * UPDATEs go out. No route table, no decision process, nothing is passed on.
 *
 * What a malformed UPDATE costs is done before the handler sees it (RFC 7606 §2): routes to be treated as withdrawn come
 * as withdrawn, discarded attributes are gone. Loops (RFC 4271 §9.1.2) are not looked for.
 */
import type { DownReason } from '../fsm/action.ts';
import type { FsmStateName } from '../fsm/state.ts';
import { type Clock, systemClock } from '../session/clock.ts';
import type { Negotiated } from '../session/negotiate.ts';
import { Peer } from '../session/peer.ts';
import { TcpTransport } from '../session/tcp.ts';
import type { Protection, Transport } from '../session/transport.ts';
import type { Capability } from '../wire/capability/registry.ts';
import type { FamilyId } from '../wire/constants.ts';
import { type Fault, hardest } from '../wire/fault.ts';
import { notificationTitle } from '../wire/message/notification-names.ts';
import { encodeRouteRefresh, RefreshSubtype } from '../wire/message/route-refresh.ts';
import { decodeUpdate, encodeUpdate, endOfRib, type Update } from '../wire/message/update.ts';
import { asWithdrawals, ofFamilies } from './usable.ts';

/** Whom to connect to, and as whom. */
export interface ClientOptions extends Protection {
  /** The router's IP address. */
  readonly address: string;
  /** Its port; default 179. */
  readonly port?: number;
  /** Its AS number; absent = any. */
  readonly asn?: number;
  /** Our AS number: the same makes the session an internal one. */
  readonly localAsn: number;
  /** Our BGP Identifier in dotted decimal, another than the router's. */
  readonly routerId: string;
  /** Address families to exchange, such as `Family.Evpn`. At least one must be the router's too. */
  readonly families: readonly FamilyId[];
  /** Source address of the connection: the one that the router has a neighbour for; default the system's choice. */
  readonly localAddress?: string;
  /** Seconds, 0 or at least 3; default 90. */
  readonly holdTime?: number;
  /** Seconds between attempts to connect; default 5. */
  readonly connectRetryTime?: number;
  /** Announced beside the families, route refresh, extended messages and four-octet AS numbers: add-path, a role. */
  readonly capabilities?: readonly Capability[];
}

/** Who is told what happens; all but `update` may be left out. What a handler throws is not caught. */
export interface ClientHandler {
  /** Routes came or went. Only families that were negotiated are in it. */
  update(update: Update): void;
  /** The session is there: routes can be sent, and are about to come. */
  established?(negotiated: Negotiated): void;
  /** The router has sent all its routes of a family (RFC 4724 §2). */
  endOfRib?(family: FamilyId): void;
  /** The session is over, and all its routes with it. It is tried again until {@link Client.stop}. */
  down?(reason: DownReason): void;
  /** An attempt to connect came to nothing; the next one follows. */
  failed?(reason: DownReason): void;
  /** One thing wrong with an UPDATE, and what it cost. */
  fault?(fault: Fault): void;
}

/** What is not the client's own; each has a default. */
export interface ClientModules {
  /** Time and timers; the machine's by default. */
  readonly clock: Clock;
  /** Makes the connection to the router; TCP by default. */
  readonly transport: Transport;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

/** A session that {@link connect} made: dialled, kept up, and dialled again when it was lost. */
export class Client {
  /** What it was made with, for whoever holds the client alone. */
  readonly options: ClientOptions;
  readonly #handler: ClientHandler;
  readonly #peer: Peer;
  #full = false;
  #stopped = false;
  #waiting: ((ready: boolean) => void)[] = [];

  constructor(options: ClientOptions, handler: ClientHandler, modules: Partial<ClientModules> = {}) {
    const { address, port, asn, localAsn, routerId, families, localAddress, holdTime, connectRetryTime } = options;
    this.options = options;
    this.#handler = handler;
    const capabilities: Capability[] = [
      ...families.map((value) => ({ kind: 'multiprotocol', value }) as const),
      { kind: 'routeRefresh', value: true },
      { kind: 'extendedMessage', value: true },
      // asks for End-of-RIB, and promises nothing (RFC 4724 §3)
      { kind: 'gracefulRestart', value: { restarted: false, notification: false, restartTime: 0, families: [] } },
      ...(options.capabilities ?? []),
    ];
    this.#peer = new Peer(
      {
        address,
        asn,
        local: { asn: localAsn, routerId, capabilities, ...(holdTime !== undefined && { holdTime }) },
        ...(port !== undefined && { port }),
        ...(localAddress !== undefined && { localAddress }),
        ...(connectRetryTime !== undefined && { connectRetryTime }),
        ...(options.md5Key !== undefined && { md5Key: options.md5Key }),
        ...(options.ttlSecurity !== undefined && { ttlSecurity: options.ttlSecurity }),
      },
      {
        clock: modules.clock ?? systemClock,
        transport: modules.transport ?? new TcpTransport(),
        random: modules.random ?? Math.random,
        handler: {
          established: (_, negotiated) => this.#established(negotiated),
          update: (_, bytes, start, end) => this.#update(bytes, start, end),
          routeRefresh: () => {},
          mayRead: () => true,
          readDone: () => {},
          writable: () => this.#writable(),
          down: (_, reason) => this.#handler.down?.(explained(reason)),
          event: (_, event) => {
            if (event.type === 'attempt-failed') this.#handler.failed?.(explained(event.reason));
          },
        },
      },
    );
    this.#peer.start();
  }

  /** Of RFC 4271 §8.2.2; routes are exchanged in `Established`. */
  get state(): FsmStateName {
    return this.#peer.state;
  }

  /** What both sides agreed on; undefined unless Established. */
  get negotiated(): Negotiated | undefined {
    return this.#peer.negotiated;
  }

  /**
   * Sends one UPDATE. False when it was not taken: the session is not established, or the router does not read as fast as
   * is written; {@link ready} says when to try again. What was sent in an earlier session is to be sent anew.
   *
   * Throws an EncodeError for an UPDATE that has no encoding or is longer than a message may be.
   */
  send(update: Update): boolean {
    const { negotiated } = this;
    if (negotiated === undefined) return false;
    const bytes = encodeUpdate(update, negotiated.encode);
    if (this.#full) return false;
    this.#full = !this.#peer.send(bytes);
    return true;
  }

  /** Resolves to true when {@link send} would take an UPDATE, to false when the client was stopped. */
  ready(): Promise<boolean> {
    if (this.#stopped) return Promise.resolve(false);
    if (this.negotiated !== undefined && !this.#full) return Promise.resolve(true);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Asks for all routes of a family again (RFC 2918); false when the router cannot, or is not there. */
  refresh(family: FamilyId): boolean {
    if (this.negotiated?.routeRefresh !== true) return false;
    this.#peer.sendRouteRefresh(encodeRouteRefresh({ family, subtype: RefreshSubtype.Request }));
    return true;
  }

  /**
   * Ends the session with Cease, Administrative Shutdown, which says `communication` (RFC 9003), and stays down. Resolves
   * when the router has been told, or was given up.
   */
  stop(communication?: string): Promise<void> {
    this.#stopped = true;
    this.#tell(false);
    return this.#peer.stop(communication);
  }

  #established(negotiated: Negotiated): void {
    this.#full = false;
    this.#handler.established?.(negotiated);
    this.#tell(true);
  }

  #writable(): void {
    this.#full = false;
    this.#tell(true);
  }

  #tell(ready: boolean): void {
    for (const resolve of this.#waiting.splice(0)) resolve(ready);
  }

  #update(bytes: Uint8Array, start: number, end: number): Fault | undefined {
    const { negotiated } = this;
    if (negotiated === undefined) return undefined;
    const { update, faults } = decodeUpdate(bytes, negotiated.decode, start, end);
    for (const fault of faults) this.#handler.fault?.(fault);
    const outcome = hardest(faults);
    if (outcome === 'session-reset' || outcome === 'afi-disable') {
      // the session is given up with the family: nothing here could go on without it
      const fault = faults.find((candidate) => candidate.outcome === outcome);
      return fault && { ...fault, outcome: 'session-reset' };
    }
    const ended = outcome === undefined ? endOfRib(update) : undefined;
    if (ended !== undefined) {
      if (negotiated.families.has(ended)) this.#handler.endOfRib?.(ended);
      return undefined;
    }
    for (const part of outcome === 'treat-as-withdraw' ? asWithdrawals(update) : [update]) {
      const usable = ofFamilies(part, negotiated.families);
      if (usable !== undefined) this.#handler.update(usable);
    }
    return undefined;
  }
}

/** With a detail where only the NOTIFICATION says what happened. */
function explained(reason: DownReason): DownReason {
  const notification = reason.received ?? reason.sent;
  if (reason.detail !== undefined || notification === undefined) return reason;
  return { ...reason, detail: notificationTitle(notification) };
}

/**
 * Connects to a router and stays connected until {@link Client.stop}. Throws an EncodeError for options that have no place in
 * an OPEN, such as a `routerId` that is no IPv4 address.
 */
export function connect(options: ClientOptions, handler: ClientHandler, modules?: Partial<ClientModules>): Client {
  return new Client(options, handler, modules);
}
