import type { Socket } from 'node:net';
import type { Namespace } from '../../test/system/support/namespace.ts';

const ANSWER = 'HTTP/1.1 ';
const OK = `${ANSWER}200`;

/** Milliseconds; the server ends a connection over which nothing was asked for 5 s. */
const STALE = 2000;

interface Question {
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/**
 * Asks nvad's API the same again and again, over one connection and without Node's HTTP client: both sides share the
 * processors with what is measured.
 */
export class ApiClient {
  readonly #request: string;
  readonly #connect: () => Socket;
  readonly #open: Question[] = [];
  #socket: Socket | undefined;
  #askedAt = 0;

  constructor(namespace: Namespace, place: { readonly host: string; readonly port: number }, path: string) {
    this.#request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    this.#connect = () => namespace.connect(place);
  }

  /** Until the answer begins; rejects for anything but status 200. */
  ask(): Promise<void> {
    const now = performance.now();
    if (this.#open.length === 0 && now - this.#askedAt > STALE) this.close();
    this.#askedAt = now;
    this.#socket ??= this.#connected();
    this.#socket.write(this.#request);
    return new Promise((resolve, reject) => this.#open.push({ resolve, reject }));
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #connected(): Socket {
    const socket = this.#connect().setNoDelay().setEncoding('latin1');
    // Answers come in the order of the questions, and each is so small that it comes in one piece.
    socket.on('data', (text: string) => {
      for (let at = text.indexOf(ANSWER); at >= 0; at = text.indexOf(ANSWER, at + 1)) {
        const question = this.#open.shift();
        if (text.startsWith(OK, at)) question?.resolve();
        else question?.reject(new Error(`nvad's API answered: ${text.slice(at, at + OK.length)}`));
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      for (const { reject } of this.#open.splice(0)) reject(new Error("nvad's API closed the connection"));
    });
    return socket;
  }
}
