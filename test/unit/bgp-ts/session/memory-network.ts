import type { Clock } from '../../../../src/bgp-ts/session/clock.ts';
import type {
  Connection,
  ConnectionHandler,
  ConnectOptions,
  Listener,
  ListenOptions,
  ProtectedPeers,
  Protection,
  ProtectionFault,
  Transport,
} from '../../../../src/bgp-ts/session/transport.ts';

/** TCP without sockets: every event is delivered by the clock, zero milliseconds after what caused it. */
export class MemoryNetwork {
  readonly #clock: Clock;
  readonly #listeners = new Map<string, ListenOptions>();
  /** Dials to these addresses are never answered. */
  readonly blackholes = new Set<string>();
  readonly dials: ConnectOptions[] = [];
  /** What listeners were asked to do, and what they answer. */
  readonly protections: (readonly ProtectedPeers[])[] = [];
  listenerFault: ProtectionFault | undefined;
  /** Why connections that come in are not protected as they should be, and whether they take another key. */
  acceptFault: ProtectionFault | undefined;
  keyFault: ProtectionFault | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The transport of a host with this address. */
  transport(address: string): Transport {
    return {
      connect: (options) => this.#connect(address, options),
      listen: async (options): Promise<Listener> => {
        const key = `${address}:${options.port}`;
        this.#listeners.set(key, options);
        return {
          address,
          port: options.port,
          protect: (peers) => {
            this.protections.push(peers);
            return this.listenerFault;
          },
          close: async () => void this.#listeners.delete(key),
        };
      },
    };
  }

  #connect(from: string, options: ConnectOptions): Connection {
    this.dials.push(options);
    const near = new MemoryConnection(this.#clock, options.address, options.port, from);
    near.network = this;
    this.#clock.setTimer(0, () => {
      if (near.destroyed || this.blackholes.has(options.address)) return;
      const listener = this.#listeners.get(`${options.address}:${options.port}`);
      if (listener === undefined) return near.lose('ECONNREFUSED');
      const far = new MemoryConnection(this.#clock, from, 40000 + this.dials.length, options.address);
      near.other = far;
      far.other = near;
      far.network = this;
      near.handler?.connected?.();
      listener.accept(far);
    });
    return near;
  }
}

export class MemoryConnection implements Connection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort = 0;
  other: MemoryConnection | undefined;
  network: MemoryNetwork | undefined;
  /** What it was asked for when it came in, and each key it was given since. */
  protection: Protection | undefined;
  readonly keys: (string | undefined)[] = [];
  handler: ConnectionHandler | undefined;
  destroyed = false;
  /** Stands for a peer whose window is closed: nothing written arrives. */
  stuck = false;
  /** Octets that `write` takes before it says that the socket is full. */
  highWaterMark = 1 << 20;
  readonly #clock: Clock;
  #paused = false;
  #ended = false;
  #inbox: (Uint8Array | 'end')[] = [];
  #held: Uint8Array[] = [];
  #full = false;

  constructor(clock: Clock, remoteAddress: string, remotePort: number, localAddress = '') {
    this.localAddress = localAddress;
    this.#clock = clock;
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
  }

  get bufferedBytes(): number {
    return this.#held.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  setHandler(handler: ConnectionHandler): void {
    this.handler = handler;
    this.#clock.setTimer(0, () => this.#deliver());
  }

  protect(protection: Protection): ProtectionFault | undefined {
    this.protection = protection;
    return protection.md5Key === undefined && protection.ttlSecurity === undefined
      ? undefined
      : this.network?.acceptFault;
  }

  setMd5Key(key: string | undefined): ProtectionFault | undefined {
    this.keys.push(key);
    return this.network?.keyFault;
  }

  write(bytes: Uint8Array): boolean {
    if (this.destroyed || this.#ended) return false;
    this.#held.push(bytes.slice());
    if (!this.stuck) this.#clock.setTimer(0, () => this.flush());
    this.#full = this.bufferedBytes >= this.highWaterMark;
    return !this.#full;
  }

  /** What was written arrives, as one read. */
  flush(): void {
    if (this.stuck || this.destroyed) return;
    const parts = this.#held;
    this.#held = [];
    if (parts.length > 0) this.other?.receive(Uint8Array.from(Buffer.concat(parts)));
    if (this.#full) {
      this.#full = false;
      this.handler?.drain();
    }
  }

  receive(item: Uint8Array | 'end'): void {
    this.#inbox.push(item);
    this.#deliver();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#clock.setTimer(0, () => this.#deliver());
  }

  end(): void {
    this.#ended = true;
    this.#paused = false;
    if (this.stuck) return;
    this.#clock.setTimer(0, () => {
      this.flush();
      this.other?.receive('end');
      if (this.other === undefined || this.other.destroyed) this.lose();
    });
  }

  destroy(): void {
    this.handler = undefined;
    this.#gone();
    const other = this.other;
    this.#clock.setTimer(0, () => other?.lose('ECONNRESET'));
  }

  /** The connection is gone, for this side only. */
  lose(error?: string): void {
    if (this.destroyed) return;
    this.#gone();
    this.handler?.close(error);
  }

  #gone(): void {
    this.destroyed = true;
    this.#held = [];
    this.#inbox = [];
  }

  #deliver(): void {
    while (this.handler !== undefined && !this.#paused && !this.destroyed) {
      const item = this.#inbox.shift();
      if (item === undefined) return;
      if (item !== 'end') {
        if (!this.#ended) this.handler.data(item);
        continue;
      }
      const other = this.other;
      this.#clock.setTimer(0, () => other?.lose());
      this.lose();
    }
  }
}
