/** {@link Transport} over node:net, for IPv4, IPv6 and both at once. */
import { createServer, type Server, Socket } from 'node:net';
import { canonicalIp, unmappedIp } from '../wire/ip.ts';
import type { ListenerSecurity, SecuredSocket, SocketFamily, TcpSecurity } from './tcp-security.ts';
import type {
  Connection,
  ConnectionHandler,
  ConnectOptions,
  Listener,
  ListenOptions,
  Protection,
  ProtectionFault,
  Transport,
} from './transport.ts';

/** How connections over TCP are made, and how much each may buffer. */
export interface TcpTransportOptions {
  /** Octets that a connection buffers before `write` returns false; default 64 KiB. */
  readonly highWaterMark?: number;
  /** TCP-MD5 and GTSM. Without it nothing that asks for either is connected or let in. */
  readonly security?: TcpSecurity;
}

/** TCP over the sockets of node:net. */
export class TcpTransport implements Transport {
  readonly #highWaterMark: number;
  readonly #security: TcpSecurity | undefined;

  constructor(options: TcpTransportOptions = {}) {
    this.#highWaterMark = options.highWaterMark ?? 65536;
    this.#security = options.security;
  }

  /** See {@link Transport}: never throws; what fails, fails through the handler's `close`. */
  connect(options: ConnectOptions): Connection {
    const { address, port, localAddress } = options;
    const outgoing = this.#outgoing(options);
    const remote = { address: plainAddress(address), port };
    const connection = new TcpConnection(outgoing.socket, remote, address.includes(':') ? 6 : 4, this.#security);
    if (outgoing.fault !== undefined) {
      outgoing.socket.destroy(Object.assign(new Error(outgoing.fault.reason), { code: outgoing.fault.errno }));
      return connection;
    }
    try {
      outgoing.socket.connect({
        host: address,
        port,
        autoSelectFamily: false,
        ...(localAddress === undefined ? {} : { localAddress }),
      });
    } catch (error) {
      // A port or a source address that is none is thrown at once.
      outgoing.socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
    return connection;
  }

  /** A plain socket of Node's own, or one whose descriptor was protected before Node got it. */
  #outgoing(options: ConnectOptions): { readonly socket: Socket; readonly fault?: ProtectionFault } {
    const highWaterMark = this.#highWaterMark;
    // manualStart: a socket made from a descriptor would be read at once, before it is connected.
    const make = (extra: object) =>
      new Socket({ highWaterMark, ...extra } as unknown as ConstructorParameters<typeof Socket>[0]);
    const option = protectionOf(options);
    if (option === undefined) return { socket: make({}) };
    if (this.#security === undefined) return { socket: make({}), fault: noSecurity(option) };
    const opened = this.#security.open(options);
    if (!opened.ok) return { socket: make({}), fault: opened.fault };
    return { socket: make({ fd: opened.descriptor, manualStart: true }) };
  }

  /** See {@link Transport}. Rejects with the system's error. */
  listen(options: ListenOptions): Promise<Listener> {
    const server = createServer({ highWaterMark: this.#highWaterMark, pauseOnConnect: true }, (socket) => {
      // Gone again before we looked: there is nothing to accept.
      if (socket.remoteAddress === undefined) {
        socket.destroy();
        return;
      }
      const remote = { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 };
      options.accept(new TcpConnection(socket, remote, familyOf(socket.remoteFamily), this.#security));
    });
    const { promise, resolve, reject } = Promise.withResolvers<Listener>();
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      // A failed accept (EMFILE) concerns that one connection; the listener lives on.
      server.on('error', () => {});
      const bound = server.address();
      const place = bound === null || typeof bound === 'string' ? options : bound;
      resolve({
        address: plainAddress(place.address),
        port: place.port,
        protect: listenerProtection(server, place.address, this.#security),
        // The port is free when this returns; Node's own callback would wait for every connection to end.
        close: async () => {
          server.close();
        },
      });
    });
    server.listen({ host: options.address, port: options.port });
    return promise;
  }
}

class TcpConnection implements Connection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #socket: Socket;
  readonly #family: SocketFamily;
  readonly #security: TcpSecurity | undefined;
  #handler: ConnectionHandler | undefined;
  #error: string | undefined;
  #closed = false;
  #ended = false;

  constructor(
    socket: Socket,
    remote: { readonly address: string; readonly port: number },
    family: SocketFamily,
    security: TcpSecurity | undefined,
  ) {
    this.#socket = socket;
    this.#family = family;
    this.#security = security;
    this.remoteAddress = remote.address;
    this.remotePort = remote.port;
    socket.setNoDelay(true);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error = error.code ?? error.message;
    });
    socket.on('end', () => {
      // The other side is done, and so is a BGP connection. Node would first send what is buffered, to nobody.
      if (!this.#ended) socket.destroy();
    });
    socket.on('close', () => {
      this.#closed = true;
      this.#handler?.close(this.#error);
    });
  }

  get localAddress(): string {
    return plainAddress(this.#socket.localAddress ?? '');
  }

  get localPort(): number {
    return this.#socket.localPort ?? 0;
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  setHandler(handler: ConnectionHandler): void {
    const first = this.#handler === undefined;
    this.#handler = handler;
    if (!first) return;
    // Closed before anybody cared: said all the same, but not from within this call.
    if (this.#closed) {
      setImmediate(() => this.#handler?.close(this.#error));
      return;
    }
    const socket = this.#socket;
    socket.on('connect', () => this.#handler?.connected?.());
    socket.on('data', (chunk: Buffer) => {
      if (this.#ended) return;
      // A Buffer's `slice` shares memory, that of any other Uint8Array copies, and readers rely on the latter.
      this.#handler?.data(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    });
    socket.on('drain', () => {
      if (!this.#ended) this.#handler?.drain();
    });
    socket.resume();
  }

  protect(protection: Protection): ProtectionFault | undefined {
    const option = protectionOf(protection);
    if (option === undefined) return undefined;
    return this.#secured(option, (security, socket) => security.accepted(socket, protection));
  }

  setMd5Key(key: string | undefined): ProtectionFault | undefined {
    return this.#secured('md5Key', (security, socket) => security.setMd5Key(socket, key));
  }

  #secured(
    option: keyof Protection,
    act: (security: TcpSecurity, socket: SecuredSocket) => ProtectionFault | undefined,
  ): ProtectionFault | undefined {
    const descriptor = descriptorOf(this.#socket);
    if (this.#security === undefined || descriptor === undefined) return noSecurity(option);
    return act(this.#security, { descriptor, family: this.#family, address: this.remoteAddress });
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#ended = true;
    this.#socket.end();
    // Unread octets would turn our FIN into a reset, and the reset would overtake the NOTIFICATION.
    this.#socket.resume();
  }

  destroy(): void {
    this.#handler = undefined;
    this.#socket.destroy();
  }
}

/** Canonical text; a dual-stack socket's `::ffff:192.0.2.1` is 192.0.2.1. */
function plainAddress(text: string): string {
  return unmappedIp(canonicalIp(text) ?? text);
}

/** The half of a protection that is asked for, MD5 first. */
function protectionOf({ md5Key, ttlSecurity }: Protection): keyof Protection | undefined {
  if (md5Key !== undefined) return 'md5Key';
  return ttlSecurity === undefined ? undefined : 'ttlSecurity';
}

function listenerProtection(server: Server, address: string, security: TcpSecurity | undefined) {
  let secured: ListenerSecurity | undefined;
  return (peers: Parameters<Listener['protect']>[0]): ProtectionFault | undefined => {
    const option = peers.map(protectionOf).find((found) => found !== undefined);
    // A listener that nothing was ever asked of is left as Node made it.
    if (secured === undefined && option === undefined) return undefined;
    const descriptor = descriptorOf(server);
    if (security === undefined || descriptor === undefined) return noSecurity(option ?? 'md5Key');
    secured ??= security.listener(descriptor, address);
    return secured.protect(peers);
  };
}

function noSecurity(option: keyof Protection): ProtectionFault {
  return { code: 'unprotected', option, errno: 'ENOTSUP', reason: 'there is no way to the options of this socket' };
}

/**
 * Node keeps a socket's descriptor on its handle, which its documentation does not mention. Should it ever not be
 * there, what asks for protection is refused, and everything else goes on.
 */
function descriptorOf(socket: Socket | Server): number | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: unknown } | null };
  return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}

function familyOf(family: string | undefined): SocketFamily {
  return family === 'IPv6' ? 6 : 4;
}
