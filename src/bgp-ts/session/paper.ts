/** Connections without sockets and turns without an event loop, for those who want a speaker to work and nobody to hear of it. */
import type { Connection, ConnectionHandler, Listener, ListenOptions, Transport } from './transport.ts';

/** One end of a connection whose other end is the caller: octets are handed to `handler`, and counted when written. */
export class PaperConnection implements Connection {
  readonly remoteAddress: string;
  readonly remotePort = 1790;
  readonly localAddress: string;
  readonly localPort = 179;
  readonly bufferedBytes = 0;
  handler: ConnectionHandler | undefined;
  /** Octets written. */
  written = 0;

  constructor(remoteAddress: string, localAddress: string) {
    this.remoteAddress = remoteAddress;
    this.localAddress = localAddress;
  }

  setHandler(handler: ConnectionHandler): void {
    this.handler = handler;
  }
  write(bytes: Uint8Array): boolean {
    this.written += bytes.length;
    return true;
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
