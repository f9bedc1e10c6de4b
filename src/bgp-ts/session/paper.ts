/** Connections without sockets and turns without an event loop, for those who want a speaker to work and nobody to hear of it. */
import type { Connection, ConnectionHandler, Listener, ListenOptions, Transport } from './transport.ts';

/** One end of a connection whose other end is the caller: octets are handed to `handler`, and counted when written. */
export class PaperConnection implements Connection {
  readonly remoteAddress: string;
  readonly remotePort = 1790;
  readonly localAddress: string;
  readonly localPort = 179;
  handler: ConnectionHandler | undefined;
  /** Octets written. */
  written = 0;
  readonly #room: number;
  #buffered = 0;

  /** @param room octets that it takes until it is to be drained. */
  constructor(remoteAddress: string, localAddress: string, room = Number.POSITIVE_INFINITY) {
    this.remoteAddress = remoteAddress;
    this.localAddress = localAddress;
    this.#room = room;
  }

  get bufferedBytes(): number {
    return this.#buffered < this.#room ? 0 : this.#buffered;
  }
  /** Whether it was full, and its handler has been told that it is not any more. */
  drain(): boolean {
    if (this.#buffered < this.#room) return false;
    this.#buffered = 0;
    this.handler?.drain();
    return true;
  }

  setHandler(handler: ConnectionHandler): void {
    this.handler = handler;
  }
  write(bytes: Uint8Array): boolean {
    this.written += bytes.length;
    this.#buffered += bytes.length;
    return this.#buffered < this.#room;
  }
  protect(): undefined {}
  setMd5Key(): undefined {}
  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {}
}

/** Gives a speaker that listens the connections that it is told to. */
export class PaperTransport implements Transport {
  #accept: ListenOptions['accept'] | undefined;

  connect(): Connection {
    throw new Error('nobody is dialled on paper');
  }

  async listen({ address, port, accept }: ListenOptions): Promise<Listener> {
    this.#accept = accept;
    return { address, port, protect: () => undefined, close: async () => {} };
  }

  incoming(connection: PaperConnection): void {
    this.#accept?.(connection);
  }
}

/** What a speaker puts off, done when the caller says so. */
export class PaperTurns {
  readonly #deferred: (() => void)[] = [];

  readonly defer = (run: () => void): void => {
    this.#deferred.push(run);
  };

  /** Until nothing is put off any more. */
  settle(): void {
    for (let run = this.#deferred.shift(); run !== undefined; run = this.#deferred.shift()) run();
  }
}
