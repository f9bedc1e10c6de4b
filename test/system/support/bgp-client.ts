/**
 * A BGP neighbour for tests. It reads what it is sent octet by octet with a reader of its own, so that the library's
 * codec does not confirm itself.
 */
import type { Socket } from 'node:net';
import { hex } from './bytes.ts';
import { endOfRib, keepalive, type OpenOptions, open, Type } from './messages.ts';
import type { Namespace } from './namespace.ts';
import { until } from './until.ts';

export interface BgpClientOptions {
  /** Where it comes from. */
  readonly localAddress: string;
  /** Default 127.0.0.1, or ::1 when it comes from an IPv6 address. */
  readonly host?: string;
  /** Default 179. */
  readonly port?: number;
  /** A connection that there is already, which the other side made. */
  readonly socket?: Socket;
}

export interface Message {
  readonly type: number;
  /** Whole, header included. */
  readonly octets: Uint8Array;
}

export interface Attribute {
  readonly flags: number;
  /** Hexadecimal. */
  readonly value: string;
}

/** A route as it was received; everything in hexadecimal. */
export interface ReceivedRoute {
  readonly nlri: string;
  readonly nextHop: string;
  /** By type code, MP_REACH_NLRI left out. */
  readonly attributes: ReadonlyMap<number, Attribute>;
}

const readU16 = (octets: Uint8Array, at: number) => octets[at] * 256 + octets[at + 1];

export class BgpClient {
  readonly address: string;
  readonly socket: Socket;
  /** Every message received, in order, unless `keepMessages` was set to false. */
  readonly messages: Message[] = [];
  keepMessages = true;
  /** By key (RFC 7432 §7): what the neighbour holds now. */
  readonly routes = new Map<string, ReceivedRoute>();
  /** Octets received. */
  octets = 0;
  updates = 0;
  withdrawals = 0;
  /** Told of each route that is announced, under the key of {@link routes}. */
  heard: ((key: string, route: ReceivedRoute) => void) | undefined;
  /** Told of each that is withdrawn. */
  withdrew: ((key: string) => void) | undefined;
  /** Number of routes held at each End-of-RIB. */
  readonly endsOfRib: number[] = [];
  connected = false;
  closed = false;
  error: string | undefined;
  readonly #chunks: Uint8Array[] = [];
  #pending = 0;
  #keepalive: NodeJS.Timeout | undefined;

  constructor({ localAddress, host, port = 179, socket }: BgpClientOptions, namespace: Namespace) {
    this.address = localAddress;
    const defaultHost = localAddress.includes(':') ? '::1' : '127.0.0.1';
    this.socket = socket ?? namespace.connect({ host: host ?? defaultHost, port, localAddress });
    this.connected = socket !== undefined;
    this.socket.on('connect', () => {
      this.connected = true;
    });
    this.socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message;
    });
    this.socket.on('close', () => {
      this.closed = true;
      clearInterval(this.#keepalive);
    });
  }

  send(...messages: readonly Uint8Array[]): void {
    for (const message of messages) this.socket.write(message);
  }

  /** OPEN, and KEEPALIVE from then on, until both sides have said both. */
  async establish(options: OpenOptions): Promise<this> {
    this.send(open(options));
    await this.received(Type.open);
    this.send(keepalive);
    await this.received(Type.keepalive);
    this.#keepalive = setInterval(() => this.send(keepalive), ((options.holdTime ?? 90) * 1000) / 3 || 30_000);
    return this;
  }

  /** Sends End-of-RIB. */
  done(): void {
    this.send(endOfRib);
  }

  /** The first message of a type; waits for it. */
  async received(type: number, within = 5000): Promise<Message> {
    return until(
      () =>
        this.messages.find((message) => message.type === type) ??
        (this.closed ? Promise.reject(new Error(`${this.address} was closed: ${this.#story()}`)) : undefined),
      { within, what: () => `a message of type ${type}; there were ${this.#story()}` },
    );
  }

  /** Code, subcode and data of the NOTIFICATION that ends this connection, in hexadecimal. */
  async notification(within = 5000): Promise<string> {
    const { octets } = await until(() => this.messages.find(({ type }) => type === Type.notification), {
      within,
      what: () => `a NOTIFICATION; there were ${this.#story()}`,
    });
    return hex(octets.subarray(19));
  }

  async ended(within = 5000): Promise<void> {
    await until(() => this.closed, { within, what: `the end of the connection from ${this.address}` });
  }

  /** The route with this very NLRI; waits for it. */
  async route(nlri: readonly number[], within = 5000): Promise<ReceivedRoute> {
    const [key, wanted] = [keyOf(Uint8Array.from(nlri)), hex(nlri)];
    const found = () => {
      const route = this.routes.get(key);
      return route?.nlri === wanted ? route : undefined;
    };
    return until(found, {
      within,
      what: () => `the route ${wanted} at ${this.address}, which has ${this.routes.size} routes`,
    });
  }

  holds(nlri: readonly number[]): boolean {
    return this.routes.get(keyOf(Uint8Array.from(nlri)))?.nlri === hex(nlri);
  }

  async holdsNumber(count: number, within = 10_000): Promise<void> {
    await until(() => this.routes.size === count, {
      within,
      what: () => `${count} routes at ${this.address}, which has ${this.routes.size}`,
    });
  }

  destroy(): void {
    clearInterval(this.#keepalive);
    this.socket.destroy();
  }

  #story(): string {
    return this.messages.map(({ type, octets }) => `${type}:${hex(octets.subarray(19, 60))}`).join(' ') || 'none';
  }

  #read(chunk: Uint8Array): void {
    this.octets += chunk.length;
    this.#chunks.push(chunk);
    this.#pending += chunk.length;
    if (this.#pending < 19) return;
    let octets: Uint8Array = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    while (octets.length >= 19 && octets.length >= readU16(octets, 16)) {
      const length = readU16(octets, 16);
      this.#take(octets.subarray(0, length));
      octets = octets.subarray(length);
    }
    this.#chunks.length = 0;
    if (octets.length > 0) this.#chunks.push(octets);
    this.#pending = octets.length;
  }

  #take(octets: Uint8Array): void {
    const type = octets[18];
    if (type === Type.update) this.#update(octets);
    if (this.keepMessages) this.messages.push({ type, octets: Uint8Array.from(octets) });
  }

  #update(octets: Uint8Array): void {
    this.updates++;
    const attributes = new Map<number, Attribute>();
    let reach: Uint8Array | undefined;
    let unreach: Uint8Array | undefined;
    const end = 23 + readU16(octets, 21);
    if (readU16(octets, 19) !== 0 || end !== octets.length) throw new Error(`not for EVPN alone: ${hex(octets)}`);
    for (let at = 23; at < end; ) {
      const flags = octets[at];
      const code = octets[at + 1];
      const extended = (flags & 0x10) !== 0;
      const start = at + (extended ? 4 : 3);
      const next = start + (extended ? readU16(octets, at + 2) : octets[at + 2]);
      const value = octets.subarray(start, next);
      const isOfRoutes = code === 14 || code === 15;
      if (isOfRoutes && !isEvpn(value)) return;
      if (code === 14) reach = value;
      else if (code === 15) unreach = value;
      else attributes.set(code, { flags, value: hex(value) });
      at = next;
    }
    if (unreach !== undefined && reach === undefined && unreach.length === 3) this.endsOfRib.push(this.routes.size);
    for (const nlri of unreach === undefined ? [] : cut(unreach, 3)) {
      this.withdrawals++;
      const key = keyOf(nlri);
      this.routes.delete(key);
      this.withdrew?.(key);
    }
    if (reach === undefined) return;
    const hopEnd = 4 + reach[3];
    const nextHop = hex(reach.subarray(4, hopEnd));
    for (const nlri of cut(reach, hopEnd + 1)) {
      const [key, route] = [keyOf(nlri), { nlri: hex(nlri), nextHop, attributes }];
      this.routes.set(key, route);
      this.heard?.(key, route);
    }
  }
}

/** Of the routes, only those of EVPN are kept. */
const isEvpn = ([high, low, safi]: Uint8Array) => high === 0 && low === 25 && safi === 70;

function* cut(octets: Uint8Array, start: number): Generator<Uint8Array> {
  for (let at = start; at < octets.length; ) {
    const next = at + 2 + octets[at + 1];
    yield octets.subarray(at, next);
    at = next;
  }
}

/** What names a route (RFC 7432 §7.1–7.4, RFC 9136 §3.1): not its labels, and of types 2 and 5 not the ESI. */
function keyOf(nlri: Uint8Array): string {
  const [type, length] = nlri;
  const value = nlri.subarray(2);
  switch (type) {
    case 1:
      return `1 ${hex(value.subarray(0, 22))}`;
    case 2:
      return `2 ${hex(value.subarray(0, 8))} ${hex(value.subarray(18, 30 + value[29] / 8))}`;
    case 5:
      return `5 ${hex(value.subarray(0, 8))} ${hex(value.subarray(18, 23 + (length === 34 ? 4 : 16)))}`;
    default:
      return hex(nlri);
  }
}
