/** One connection to one NVA, from the `hello` to its end: framing, keepalive, and one write for all that a turn sends. */
import type { Clock } from '../transport/clock.ts';
import type { Connection } from '../transport/connection.ts';
import { Batch } from '../wire/batch.ts';
import { decodeFromNva } from '../wire/codec.ts';
import { Framer } from '../wire/framer.ts';
import { protocolLimits } from '../wire/limits.ts';
import type { Hello } from '../wire/message/hello.ts';
import type { Welcome } from '../wire/message/welcome.ts';
import type { NvaMessage, NveMessage } from '../wire/registry.ts';

/** Why a connection has ended, or never came up. */
export interface LinkEnd {
  /** An error code of the protocol, `goodbye`, or `closed` where the connection itself failed. */
  readonly code: string;
  readonly reason: string;
  /** Milliseconds after which this NVA may be tried again, where it said so. */
  readonly retryAfter?: number;
}

export interface LinkHandler {
  welcomed(welcome: Welcome): void;
  /** Everything but what keeps the connection. */
  message(message: NvaMessage): void;
  /** Last call. */
  ended(end: LinkEnd): void;
}

export interface LinkOptions {
  readonly hello: Hello;
  /** Milliseconds to the `welcome`. */
  readonly connectTime: number;
}

/** Milliseconds that the last message has to be taken. */
const LINGER = 1_000;

export class Link {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #handler: LinkHandler;
  readonly #framer = new Framer(protocolLimits.nvePayload);
  readonly #batch = new Batch();
  #welcome: Welcome | undefined;
  #over = false;
  #scheduled = false;
  #lastHeard: number;
  #pings = 0;
  #cancel: () => void;

  constructor(
    options: LinkOptions,
    modules: { readonly connection: Connection; readonly clock: Clock; readonly handler: LinkHandler },
  ) {
    this.#connection = modules.connection;
    this.#clock = modules.clock;
    this.#handler = modules.handler;
    this.#lastHeard = modules.clock.now();
    this.#cancel = modules.clock.after(options.connectTime, () =>
      this.#fail('silent', `There was no welcome within ${options.connectTime} ms.`),
    );
    modules.connection.setHandler({
      connected: () => this.send(options.hello),
      data: (bytes) => this.#received(bytes),
      drained: () => {},
      closed: (error) => this.#end({ code: 'closed', reason: error ?? 'The NVA closed the connection.' }),
    });
  }

  get remote(): string {
    return this.#connection.remote;
  }

  get welcome(): Welcome | undefined {
    return this.#welcome;
  }

  send(message: NveMessage): void {
    if (this.#over) return;
    this.#batch.add(message);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.soon(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  /** Takes leave; the handler hears no more. */
  close(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancel();
    this.#batch.add({ type: 'goodbye', reason });
    this.#linger();
  }

  #received(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#lastHeard = this.#clock.now();
    const fault = this.#framer.push(bytes, (chunk, start, end) => {
      const decoded = decodeFromNva(chunk, start, end);
      if (decoded.ok) this.#handle(decoded.value);
      else if (decoded.fault.code === 'unknown-message') {
        // One of a later version, which can be done without.
        const { code, reason, type } = decoded.fault;
        this.send({ type: 'error', code, reason, fatal: false, ...(type === undefined ? {} : { message: type }) });
      } else {
        // What was in it is not known, and so is what there would be to know.
        this.#fail(decoded.fault.code, decoded.fault.reason);
      }
      return !this.#over;
    });
    if (fault !== undefined) this.#fail(fault.code, fault.reason);
  }

  #handle(message: NvaMessage): void {
    switch (message.type) {
      case 'welcome':
        if (this.#welcome !== undefined) return;
        this.#welcome = message;
        this.#cancel();
        this.#tick(message.keepalive);
        this.#handler.welcomed(message);
        return;
      case 'ping':
        this.send({ type: 'pong', id: message.id });
        return;
      case 'pong':
        return;
      case 'goodbye':
        this.#finish({ code: 'goodbye', ...withRetry(message) });
        return;
      case 'error':
        if (message.fatal) this.#finish({ code: message.code, ...withRetry(message) });
        else this.#handler.message(message);
        return;
      default:
        if (this.#welcome === undefined) this.#fail('unexpected-message', `${message.type} came before a welcome.`);
        else this.#handler.message(message);
    }
  }

  #tick(keepalive: number): void {
    this.#cancel = this.#clock.after(Math.max(50, keepalive / 2), () => {
      const silent = this.#clock.now() - this.#lastHeard;
      if (silent >= 3 * keepalive) {
        this.#fail('silent', `Nothing was heard for ${Math.round(silent)} ms.`);
        return;
      }
      if (silent >= keepalive) {
        this.#pings = (this.#pings + 1) >>> 0;
        this.send({ type: 'ping', id: this.#pings });
      }
      this.#tick(keepalive);
    });
  }

  #fail(code: string, reason: string): void {
    if (this.#over) return;
    this.#batch.add({ type: 'error', code, reason, fatal: true });
    this.#finish({ code, reason });
  }

  #finish(end: LinkEnd): void {
    if (this.#over) return;
    this.#linger();
    this.#end(end);
  }

  #linger(): void {
    this.#flush();
    this.#connection.end();
    this.#clock.after(LINGER, () => this.#connection.destroy());
  }

  #end(end: LinkEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancel();
    this.#handler.ended(end);
  }

  #flush(): void {
    if (this.#batch.length > 0) this.#connection.write(this.#batch.take());
  }
}

function withRetry(message: { readonly reason: string; readonly retryAfter?: number }): {
  readonly reason: string;
  readonly retryAfter?: number;
} {
  const { reason, retryAfter } = message;
  return retryAfter === undefined ? { reason } : { reason, retryAfter };
}
