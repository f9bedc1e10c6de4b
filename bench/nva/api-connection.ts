/**
 * One kept HTTP connection to the API, one request at a time. Written out instead of taken from Node, whose client costs the
 * machine that is measured as much as the server does.
 */
import type { Socket } from 'node:net';
import { EventReader } from '../../src/api/event-stream.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

interface Waiting {
  readonly resolve: (answer: ApiAnswer) => void;
  readonly reject: (error: Error) => void;
}

export class ApiConnection {
  readonly #socket: Socket;
  #waiting: Waiting | undefined;
  #rest: Buffer = Buffer.alloc(0);
  #failure: Error | undefined;
  #streaming: ((octets: Buffer) => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the API closed the connection')));
  }

  /** A request that nobody has answered is under way. */
  get busy(): boolean {
    return this.#waiting !== undefined;
  }

  get closed(): boolean {
    return this.#failure !== undefined;
  }

  /** Rejects when the connection ends before the answer is there: whether it was done is then not known. */
  request(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const text = body === undefined ? '' : JSON.stringify(body);
    const fields =
      body === undefined ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n`;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(`${method} ${path} HTTP/1.1\r\nhost: localhost\r\n${fields}\r\n${text}`);
    });
  }

  /** Hears server-sent events until the connection ends or the answer is called; it is good for nothing else then. */
  stream(path: string, heard: (id: number, data: string) => void): () => void {
    const reader = new EventReader(({ id, data }) => heard(Number(id), data));
    const chunks = new Chunks((text) => reader.push(text));
    this.#streaming = (octets) => chunks.push(octets);
    this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    return () => this.close();
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#streaming !== undefined) {
      this.#streaming(chunk);
      return;
    }
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const head = this.#rest.indexOf('\r\n\r\n');
    if (head < 0) return;
    const fields = this.#rest.toString('latin1', 0, head);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(fields)?.[1]);
    if (!(length >= 0)) {
      this.#fail(new Error(`an answer without a length: ${fields}`));
      return;
    }
    const end = head + 4 + length;
    if (this.#rest.length < end) return;
    const answer = { status: Number(fields.slice(9, 12)), text: this.#rest.toString('utf8', head + 4, end) };
    this.#rest = this.#rest.subarray(end);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(answer);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#socket.destroy();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error);
  }
}

/** The body of an answer in chunks (RFC 9112 §7.1), behind its head. */
class Chunks {
  readonly #found: (text: string) => void;
  readonly #decoder = new TextDecoder();
  #rest: Buffer = Buffer.alloc(0);
  #inBody = false;

  constructor(found: (text: string) => void) {
    this.#found = found;
  }

  push(octets: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, octets]);
    for (;;) {
      const line = this.#rest.indexOf(this.#inBody ? '\r\n' : '\r\n\r\n');
      if (line < 0) return;
      if (!this.#inBody) {
        this.#inBody = true;
        this.#rest = this.#rest.subarray(line + 4);
        continue;
      }
      const end = line + 2 + Number.parseInt(this.#rest.toString('latin1', 0, line), 16);
      if (!(this.#rest.length >= end + 2)) return;
      this.#found(this.#decoder.decode(this.#rest.subarray(line + 2, end), { stream: true }));
      this.#rest = this.#rest.subarray(end + 2);
    }
  }
}
