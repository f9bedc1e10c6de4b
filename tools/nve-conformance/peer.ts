/** A raw end of a connection: sends what it is told, right or wrong, and waits for what comes. */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { encode } from '@msgpack/msgpack';
import { decodeFromNva } from '../../src/nve-protocol/wire/codec.ts';
import { Framer } from '../../src/nve-protocol/wire/framer.ts';
import { protocolLimits } from '../../src/nve-protocol/wire/limits.ts';
import type { NvaMessage } from '../../src/nve-protocol/wire/registry.ts';

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly ca?: string; readonly certificate?: string; readonly key?: string };
  readonly token?: string;
  /** That the rules may use; the second has `-2` at its end. */
  readonly name: string;
  readonly tunnelAddress: string;
  readonly secondTunnelAddress: string;
  /** With L2 service, that both may join. */
  readonly network: string;
  /** Milliseconds to wait for what must come. */
  readonly time: number;
}

/** A rule is broken; the message says how. */
export class Broken extends Error {}

/** A rule cannot be tried; the message says why. */
export class Skipped extends Error {}

type OfType<T extends NvaMessage['type']> = Extract<NvaMessage, { readonly type: T }>;

export class Peer {
  readonly #socket: Socket;
  readonly #time: number;
  readonly #framer = new Framer(protocolLimits.nvePayload);
  readonly #received: NvaMessage[] = [];
  #broken: string | undefined;
  #ended = false;
  #look: () => void = () => {};

  private constructor(socket: Socket, time: number) {
    this.#socket = socket;
    this.#time = time;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Uint8Array) => {
      const fault = this.#framer.push(bytes, (chunk, start, end) => {
        const decoded = decodeFromNva(chunk, start, end);
        if (decoded.ok) this.#received.push(decoded.value);
        else this.#broken ??= `it sent what is no message: ${decoded.fault.reason}`;
      });
      if (fault !== undefined) this.#broken ??= `it sent what is no frame: ${fault.reason}`;
      this.#look();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#ended = true;
      this.#look();
    });
  }

  static open(target: Target): Promise<Peer> {
    const { host, port, tls, time } = target;
    const socket =
      tls === undefined
        ? connectTcp({ host, port })
        : connectTls({
            host,
            port,
            ...(tls.ca !== undefined && { ca: tls.ca }),
            ...(tls.certificate !== undefined && { cert: tls.certificate }),
            ...(tls.key !== undefined && { key: tls.key }),
          });
    const { promise, resolve, reject } = Promise.withResolvers<Peer>();
    socket.once('error', (error) => reject(new Broken(`it cannot be connected to: ${error.message}`)));
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => resolve(new Peer(socket, time)));
    return promise;
  }

  /** Any map, as one frame. */
  send(fields: Readonly<Record<string, unknown>>): void {
    this.raw(frameOf(encode(fields, { ignoreUndefined: true })));
  }

  raw(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The next message, whatever it is; `ping` is answered and passed over. */
  async next(): Promise<NvaMessage> {
    while (true) {
      const message = await this.#take();
      if (message.type !== 'ping') return message;
      this.send({ type: 'pong', id: message.id });
    }
  }

  /** The next message must be of this type; not even a `ping` is answered. */
  async quietly(type: NvaMessage['type']): Promise<void> {
    const message = await this.#take();
    if (message.type !== type) throw new Broken(`${type} must come, and ${show(message)} came`);
  }

  /** The next message must be of this type. */
  async expect<T extends NvaMessage['type']>(type: T): Promise<OfType<T>> {
    const message = await this.next();
    if (message.type !== type) throw new Broken(`${type} must come, and ${show(message)} came`);
    return message as OfType<T>;
  }

  /** Passes over others until one of this type comes. */
  async until<T extends NvaMessage['type']>(
    type: T,
    is: (message: OfType<T>) => boolean = () => true,
  ): Promise<OfType<T>> {
    while (true) {
      const message = await this.next();
      if (message.type === type && is(message as OfType<T>)) return message as OfType<T>;
      if (message.type === 'error' && message.fatal) throw new Broken(`${type} must come, and ${show(message)} came`);
    }
  }

  /** An error of this code must come next, with this id where there is one. */
  async refusal(code: string, id?: number, fatal = false): Promise<OfType<'error'>> {
    const error = await this.until('error');
    if (error.code !== code) throw new Broken(`the error must be ${code}, and is ${error.code}`);
    if (id !== undefined && error.id !== id) throw new Broken(`the error must have the id ${id}, and has ${error.id}`);
    if (error.fatal !== fatal) throw new Broken(`the error must ${fatal ? '' : 'not '}be fatal`);
    return error;
  }

  /** A fatal error of this code, and the end of the connection; pings are not answered meanwhile. */
  async fatal(code: string): Promise<void> {
    while (true) {
      const message = await this.#take();
      if (message.type !== 'error') continue;
      if (message.code !== code) throw new Broken(`the error must be ${code}, and is ${message.code}`);
      if (!message.fatal) throw new Broken('the error must be fatal');
      break;
    }
    await this.end();
  }

  /** The connection must end. */
  async end(): Promise<void> {
    await this.#wait(() => this.#ended, 'the connection must end, and does not');
  }

  /** The connection must still answer. */
  async alive(): Promise<void> {
    this.send({ type: 'ping', id: 77 });
    await this.until('pong', ({ id }) => id === 77);
  }

  /** All that comes until a `ping` sent now is answered. */
  async all(): Promise<readonly NvaMessage[]> {
    const messages: NvaMessage[] = [];
    this.send({ type: 'ping', id: 78 });
    while (true) {
      const message = await this.next();
      if (message.type === 'pong' && message.id === 78) return messages;
      messages.push(message);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  async #take(): Promise<NvaMessage> {
    await this.#wait(() => this.#received.length > 0 || this.#ended, 'a message must come, and none does');
    const message = this.#received.shift();
    if (message === undefined) throw new Broken('a message must come, and the connection ends');
    return message;
  }

  #wait(there: () => boolean, what: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Broken(`${what} within ${this.#time} ms`)), this.#time);
    this.#look = () => {
      if (there()) resolve();
      else if (this.#broken !== undefined) reject(new Broken(this.#broken));
    };
    this.#look();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#look = () => {};
    });
  }
}

export function frameOf(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + payload.length);
  new DataView(frame.buffer).setUint32(0, payload.length);
  frame.set(payload, 4);
  return frame;
}

function show(message: NvaMessage): string {
  return message.type === 'error' ? `error ${message.code} (${message.reason})` : message.type;
}
