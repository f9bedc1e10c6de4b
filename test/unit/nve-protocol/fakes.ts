import type { Clock } from '../../../src/nve-protocol/transport/clock.ts';
import type { Connection, ConnectionHandler } from '../../../src/nve-protocol/transport/connection.ts';
import { decodeFromNva, encodeMessage } from '../../../src/nve-protocol/wire/codec.ts';
import { Framer } from '../../../src/nve-protocol/wire/framer.ts';
import type { Message, NvaMessage } from '../../../src/nve-protocol/wire/registry.ts';

/** Time that a test moves. `soon` runs when it moves too. */
export class FakeClock implements Clock {
  #now = 0;
  #timers: { at: number; fire: () => void; over: boolean }[] = [];
  #soon: (() => void)[] = [];

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, fire: () => void): () => void {
    const timer = { at: this.#now + milliseconds, fire, over: false };
    this.#timers.push(timer);
    return () => {
      timer.over = true;
    };
  }

  soon(run: () => void): void {
    this.#soon.push(run);
  }

  /** Runs what is due now. */
  settle(): void {
    while (this.#soon.length > 0) for (const run of this.#soon.splice(0)) run();
  }

  pass(milliseconds: number): void {
    const end = this.#now + milliseconds;
    this.settle();
    while (true) {
      this.#timers = this.#timers.filter(({ over }) => !over).sort((a, b) => a.at - b.at);
      const [next] = this.#timers;
      if (next === undefined || next.at > end) break;
      this.#now = next.at;
      next.over = true;
      next.fire();
      this.settle();
    }
    this.#now = end;
  }
}

/** One end of a connection whose other end is the test. */
export class FakeConnection implements Connection {
  readonly remote = 'test:1';
  buffered = 0;
  paused = false;
  ended = false;
  destroyed = false;
  /** While true, what is written stays unread. */
  stuck = false;
  writes = 0;
  #handler: ConnectionHandler | undefined;
  readonly #framer = new Framer(1 << 24);
  readonly received: NvaMessage[] = [];

  setHandler(handler: ConnectionHandler): void {
    this.#handler = handler;
  }

  write(bytes: Uint8Array): void {
    this.writes++;
    if (this.stuck) this.buffered += bytes.length;
    this.#framer.push(bytes, (chunk, start, end) => {
      const decoded = decodeFromNva(chunk, start, end);
      if (!decoded.ok) throw new Error(decoded.fault.reason);
      this.received.push(decoded.value);
    });
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  end(): void {
    this.ended = true;
  }

  destroy(): void {
    this.destroyed = true;
    this.#handler = undefined;
  }

  /** The other end sends. */
  send(...messages: readonly Message[]): void {
    this.raw(Buffer.concat(messages.map((message) => encodeMessage(message))));
  }

  raw(bytes: Uint8Array): void {
    this.#handler?.data(bytes);
  }

  /** The other end has read everything. */
  drain(): void {
    this.buffered = 0;
    this.#handler?.drained();
  }

  close(): void {
    this.#handler?.closed();
  }

  /** What came since the last look. */
  take(): NvaMessage[] {
    return this.received.splice(0);
  }
}
