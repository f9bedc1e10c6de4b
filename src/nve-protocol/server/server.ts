/** Where NVEs come in: listens, bounds who may be there, and gives each connection its session and its turns. */
import { createServer, type Server, type Socket } from 'node:net';
import {
  createSecureContext,
  createServer as createTlsServer,
  type TLSSocket,
  type Server as TlsServer,
} from 'node:tls';
import type { NveAuthority, NveIdentity } from '../../nva/authority.ts';
import type { Clock } from '../transport/clock.ts';
import { NodeConnection } from '../transport/node-connection.ts';
import { encodeMessage } from '../wire/codec.ts';
import { Credentials, type NveToken } from './credentials.ts';
import { type NveServerCounts, type NveServerEvent, noCounts } from './events.ts';
import { defaultLimits, defaultTimes, type NveServerLimits, type NveServerTimes } from './limits.ts';
import { type Denial, NveSession } from './session.ts';
import { type Waiting, WaitingRoom } from './waiting-room.ts';

/** PEM texts. */
export interface ServerTls {
  readonly certificate: string;
  readonly key: string;
  /** Those that NVEs' certificates must come from; absent, NVEs' certificates are not looked at. */
  readonly clientCa?: string;
}

export interface NveServerOptions {
  readonly limits?: Partial<NveServerLimits>;
  readonly times?: Partial<NveServerTimes>;
  readonly tls?: ServerTls;
  /** Absent asks for none; an empty list lets nobody in by one. */
  readonly tokens?: readonly NveToken[];
}

export interface NveServerModules {
  readonly authority: NveAuthority;
  readonly clock: Clock;
  readonly log: (event: NveServerEvent) => void;
}

export interface ListenAddress {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** A connection without a welcome. */
interface Arrival extends Waiting {
  session?: NveSession;
}

/** Why an NVE was let in. */
interface Proof {
  readonly identity: NveIdentity;
  readonly token: string | undefined;
  /** Names of its certificate. */
  readonly certified: readonly string[] | undefined;
}

/** Milliseconds that sessions may take in a row before the event loop has its turn. */
const TURNS = 6;

export class NveServer {
  readonly counts: NveServerCounts = noCounts();
  #limits: NveServerLimits;
  readonly #times: NveServerTimes;
  readonly #modules: NveServerModules;
  readonly #listeners = new Set<Server>();
  readonly #sessions = new Set<NveSession>();
  readonly #byName = new Map<string, { readonly session: NveSession; readonly proof: Proof }>();
  #tls: ServerTls | undefined;
  #credentials: Credentials;
  readonly #waiting: WaitingRoom;
  /** Those that wait, by both ends of the TCP connection: TLS makes another socket of it. */
  readonly #arrivals = new Map<string, Arrival>();
  /** From the TCP handshake on, before TLS. */
  #connections = 0;
  #awake = new Set<NveSession>();
  #scheduled = false;

  constructor(options: NveServerOptions, modules: NveServerModules) {
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#times = { ...defaultTimes, ...options.times };
    this.#modules = modules;
    const { unauthenticated: most, unauthenticatedOfOne: mostOfOne } = this.#limits;
    this.#waiting = new WaitingRoom({ most, mostOfOne });
    this.#tls = options.tls;
    this.#credentials = new Credentials(options.tokens, options.tls?.clientCa !== undefined);
  }

  /** NVEs that are connected. */
  get nves(): readonly { readonly nve: string; readonly remote: string; readonly subscriptions: number }[] {
    return [...this.#byName.values()].map(({ session: { nve, remote, subscriptions } }) => ({
      nve,
      remote,
      subscriptions,
    }));
  }

  /** From now on. NVEs that came in by a token that does not let them in any more are ended with `unauthorized`. */
  setTokens(tokens: readonly NveToken[]): void {
    this.#credentials = new Credentials(tokens, this.#tls?.clientCa !== undefined);
    for (const { session, proof } of [...this.#byName.values()]) {
      const refusal = this.#credentials.refusal(proof.identity, proof.token, proof.certified);
      if (refusal !== undefined) session.refuse(refusal);
    }
  }

  /**
   * Other certificates, for connections that come from now on. Only where there was TLS before, and NVEs' certificates are
   * looked at as before. Throws what is wrong with them, and goes on with those that it had.
   */
  setTls(tls: ServerTls): void {
    createSecureContext(secureContext(tls));
    this.#tls = tls;
    for (const listener of this.#listeners) {
      if ('setSecureContext' in listener) (listener as TlsServer).setSecureContext(secureContext(tls));
    }
  }

  /** For connections that come from now on; bounds of those without a welcome stay. */
  setLimits(limits: Partial<NveServerLimits>): void {
    this.#limits = { ...defaultLimits, ...limits };
  }

  /**
   * Rejects with the system's error (`EADDRINUSE`), and where nothing is asked of NVEs and others than this machine could
   * connect.
   */
  listen(address: ListenAddress): Promise<ListenAddress> {
    if (this.#credentials.open && !isLoopback(address.host)) {
      const reason = `${address.host} is reachable by others, and neither tokens nor certificates are asked of NVEs`;
      return Promise.reject(new Error(reason));
    }
    const tls = this.#tls;
    // A connection that leaves unread as much as it may must say when it has taken it.
    const highWaterMark = Math.min(65_536, this.#limits.unread);
    const server =
      tls === undefined
        ? createServer({ highWaterMark }, (socket) => this.#open(socket, undefined))
        : createTlsServer(
            {
              ...secureContext(tls),
              highWaterMark,
              requestCert: tls.clientCa !== undefined,
              // A token does as well: what a certificate that is not good is worth is decided at the hello.
              rejectUnauthorized: false,
              handshakeTimeout: this.#limits.helloTime,
            },
            (socket) => this.#open(socket, certifiedNames(socket)),
          );
    // Before whoever opens it.
    server.prependListener('connection', (socket: Socket) => this.#count(socket));
    // TLS that fails before it is one.
    server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
      this.counts.refused++;
      const remote = `${socket.remoteAddress ?? ''}`;
      this.#modules.log({ kind: 'refused', remote, code: 'tls', reason: error.message });
      socket.destroy();
    });
    const { promise, resolve, reject } = Promise.withResolvers<ListenAddress>();
    server.once('error', reject);
    server.listen({ host: address.host, port: address.port }, () => {
      server.off('error', reject);
      // A failed accept (EMFILE) concerns that one connection.
      server.on('error', () => {});
      this.#listeners.add(server);
      const bound = server.address();
      resolve(bound === null || typeof bound === 'string' ? address : { host: bound.address, port: bound.port });
    });
    return promise;
  }

  /** Stops listening; NVEs that are connected stay. */
  unlisten(): void {
    for (const listener of this.#listeners) listener.close();
    this.#listeners.clear();
  }

  /** Stops listening, and takes leave of all NVEs, which may come back after `retryAfter` milliseconds. */
  close(reason = 'The NVA stops.', retryAfter?: number): void {
    this.unlisten();
    for (const session of this.#sessions) session.goodbye(reason, retryAfter);
  }

  /** Of a TCP connection as it comes, before TLS. */
  #count(socket: Socket): void {
    const key = endsOf(socket);
    if (key === undefined) {
      // It has gone already.
      socket.destroy();
      return;
    }
    const arrival: Arrival = {
      address: socket.remoteAddress ?? '',
      end: () => {
        arrival.session?.cut('crowded-out', 'It had not said who it is, and others came.');
        // Before TLS is there, that counts as a failure of it.
        socket.destroy();
      },
    };
    this.#arrivals.set(key, arrival);
    this.#waiting.enter(arrival);
    this.#connections++;
    socket.once('close', () => {
      this.#connections--;
      this.#waiting.leave(arrival);
      if (this.#arrivals.get(key) === arrival) this.#arrivals.delete(key);
    });
  }

  #open(socket: Socket, certified: readonly string[] | undefined): void {
    const arrival = this.#arrivals.get(endsOf(socket) ?? '');
    if (socket.destroyed || arrival === undefined) {
      socket.destroy();
      return;
    }
    const remote = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`;
    if (this.#connections > this.#limits.connections) {
      const reason = `There are ${this.#limits.connections} connections already.`;
      const refused = { type: 'error', code: 'too-many-connections', reason, fatal: true } as const;
      this.counts.refused++;
      this.#modules.log({ kind: 'refused', remote, code: refused.code, reason });
      socket.on('error', () => {});
      socket.end(encodeMessage(refused));
      this.#modules.clock.after(1_000, () => socket.destroy());
      return;
    }
    this.counts.connections++;
    const { authority, clock, log } = this.#modules;
    let claimed = '';
    const session: NveSession = new NveSession(
      { limits: this.#limits, times: this.#times },
      {
        connection: new NodeConnection(socket, remote),
        authority,
        clock,
        log,
        counts: this.counts,
        wake: () => this.#wake(session),
        admit: (identity, token) => {
          const denial = this.#admit(session, { identity, token, certified });
          if (denial === undefined) {
            claimed = identity.name;
            this.#waiting.leave(arrival);
          }
          return denial;
        },
        ended: () => {
          this.#sessions.delete(session);
          this.#awake.delete(session);
          this.#byName.delete(claimed);
        },
      },
    );
    arrival.session = session;
    this.#sessions.add(session);
  }

  #admit(session: NveSession, proof: Proof): Denial | undefined {
    const { identity, token, certified } = proof;
    const refusal = this.#credentials.refusal(identity, token, certified);
    if (refusal !== undefined) return refusal;
    const other = this.#byName.get(identity.name);
    if (other !== undefined && other.proof.identity.tunnelAddress !== identity.tunnelAddress) {
      return {
        code: 'already-connected',
        reason: `${identity.name} is connected from ${other.session.remote} with another tunnel address.`,
      };
    }
    // An NVE that has restarted comes back before its old connection is known to be dead.
    other?.session.replaced();
    this.#byName.set(identity.name, { session, proof });
    return undefined;
  }

  #wake(session: NveSession): void {
    this.#awake.add(session);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#modules.clock.soon(() => this.#turns());
  }

  #turns(): void {
    this.#scheduled = false;
    const { clock } = this.#modules;
    const until = clock.now() + TURNS;
    const awake = this.#awake;
    this.#awake = new Set();
    let late = false;
    for (const session of awake) {
      if (late || session.turn()) this.#wake(session);
      late ||= clock.now() > until;
    }
  }
}

/** Both ends of a TCP connection, which nobody else has; undefined when it has gone. */
function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string | undefined {
  return remoteAddress === undefined ? undefined : [remoteAddress, remotePort, localAddress, localPort].join(' ');
}

function secureContext(tls: ServerTls): { readonly cert: string; readonly key: string; readonly ca?: string } {
  return {
    cert: tls.certificate,
    key: tls.key,
    ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa }),
  };
}

/** Names of a certificate that comes from where it must; undefined where there is none. */
function certifiedNames(socket: TLSSocket): readonly string[] | undefined {
  if (!socket.authorized) return undefined;
  const certificate = socket.getPeerCertificate();
  const common = certificate.subject?.CN;
  const alternative = (certificate.subjectaltname ?? '')
    .split(', ')
    .flatMap((name) => (name.startsWith('DNS:') ? [name.slice(4)] : []));
  return [...(typeof common === 'string' ? [common] : []), ...alternative];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
