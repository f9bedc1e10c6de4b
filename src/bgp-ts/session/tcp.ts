/** {@link Transport} over node:net, for IPv4, IPv6 and both at once. */
import { createServer, type Server, Socket } from 'node:net';
import { canonicalIp } from '../wire/ip.ts';
import type { Connection, ConnectionHandler, ConnectOptions, Listener, ListenOptions, Transport } from './transport.ts';

/**
 * Where sockets come from. Node cannot set socket options, so whatever needs them (TCP-MD5, GTSM, DSCP) prepares
 * the descriptor itself and gives it out through this interface.
 */
export interface SocketSource {
  /** A socket that is not connected yet. */
  outgoing(options: ConnectOptions): Socket;
  /** Makes `server` listen; errors come as the server's `error` event. */
  listen(server: Server, options: ListenOptions): void;
}

/** How connections over TCP are made, and how much each may buffer. */
export interface TcpTransportOptions {
  /** Octets that a connection buffers before `write` returns false; default 64 KiB. */
  readonly highWaterMark?: number;
  readonly sockets?: SocketSource;
}

const plainSockets = (highWaterMark: number): SocketSource => ({
  outgoing: () => new Socket({ highWaterMark } as ConstructorParameters<typeof Socket>[0]),
  listen: (server, { address, port }) => {
    server.listen({ host: address, port });
  },
});

/** TCP over the sockets of node:net. */
export class TcpTransport implements Transport {
  readonly #highWaterMark: number;
  readonly #sockets: SocketSource;

  constructor(options: TcpTransportOptions = {}) {
    this.#highWaterMark = options.highWaterMark ?? 65536;
    this.#sockets = options.sockets ?? plainSockets(this.#highWaterMark);
  }

  connect(options: ConnectOptions): Connection {
    const { address, port, localAddress } = options;
    const socket = this.#sockets.outgoing(options);
    const connection = new TcpConnection(socket, { address: plainAddress(address), port });
    try {
      socket.connect({
        host: address,
        port,
        autoSelectFamily: false,
        ...(localAddress === undefined ? {} : { localAddress }),
      });
    } catch (error) {
      // A port or a source address that is none is thrown at once.
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
    return connection;
  }

  listen(options: ListenOptions): Promise<Listener> {
    const server = createServer({ highWaterMark: this.#highWaterMark, pauseOnConnect: true }, (socket) => {
      // Gone again before we looked: there is nothing to accept.
      if (socket.remoteAddress === undefined) {
        socket.destroy();
        return;
      }
      options.accept(
        new TcpConnection(socket, { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 }),
      );
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
        // The port is free when this returns; Node's own callback would wait for every connection to end.
        close: async () => {
          server.close();
        },
      });
    });
    this.#sockets.listen(server, options);
    return promise;
  }
}

class TcpConnection implements Connection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #socket: Socket;
  #handler: ConnectionHandler | undefined;
  #error: string | undefined;
  #closed = false;
  #ended = false;

  constructor(socket: Socket, remote: { readonly address: string; readonly port: number }) {
    this.#socket = socket;
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
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text);
  return mapped === null ? (canonicalIp(text) ?? text) : mapped[1];
}
