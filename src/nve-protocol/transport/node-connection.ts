/** A {@link Connection} over a socket of Node's, with TLS or without. */
import type { Socket } from 'node:net';
import type { Connection, ConnectionHandler } from './connection.ts';

export class NodeConnection implements Connection {
  readonly remote: string;
  readonly #socket: Socket;
  #handler: ConnectionHandler | undefined;
  #error: string | undefined;
  #ended = false;

  /** `ready` is the event after which an outgoing connection can be used. */
  constructor(socket: Socket, remote: string, ready?: 'connect' | 'secureConnect') {
    this.#socket = socket;
    this.remote = remote;
    socket.setNoDelay(true);
    if (ready !== undefined) socket.once(ready, () => this.#handler?.connected?.());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error = error.code ?? error.message;
    });
    socket.on('drain', () => this.#handler?.drained());
    // The other side is done, and so is a connection of this protocol.
    socket.on('end', () => {
      if (!this.#ended) socket.destroy();
    });
    socket.on('close', () => this.#handler?.closed(this.#error));
  }

  get buffered(): number {
    return this.#socket.writableLength;
  }

  setHandler(handler: ConnectionHandler): void {
    const first = this.#handler === undefined;
    this.#handler = handler;
    if (!first) return;
    this.#socket.on('data', (bytes: Uint8Array) => {
      if (!this.#ended) this.#handler?.data(bytes);
    });
  }

  write(bytes: Uint8Array): void {
    if (!this.#ended) this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.end();
    // What is not read would keep the connection from ending.
    this.#socket.resume();
  }

  destroy(): void {
    this.#ended = true;
    this.#handler = undefined;
    this.#socket.destroy();
  }
}
