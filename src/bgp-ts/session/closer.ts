/** Closes connections so that the last message arrives: FIN after what was written, and not for ever. */
import type { Clock, Timer } from './clock.ts';
import type { Connection } from './transport.ts';

export class Closer {
  readonly #clock: Clock;
  readonly #patience: number;
  readonly #closing = new Map<Connection, Timer>();
  #waiting: (() => void)[] = [];

  /** `patience`: milliseconds until a connection that the other side keeps open is destroyed. */
  constructor(options: { readonly patience: number }, modules: { readonly clock: Clock }) {
    this.#clock = modules.clock;
    this.#patience = options.patience;
  }

  /** Connections on their way out. */
  get size(): number {
    return this.#closing.size;
  }

  /** Takes the connection over from its handler. */
  close(connection: Connection): void {
    const timer = this.#clock.setTimer(this.#patience, () => {
      connection.destroy();
      this.#gone(connection);
    });
    this.#closing.set(connection, timer);
    connection.setHandler({ data() {}, drain() {}, close: () => this.#gone(connection) });
    connection.end();
  }

  /** Resolves when nothing is on its way out any more. */
  idle(): Promise<void> {
    if (this.#closing.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #gone(connection: Connection): void {
    this.#closing.get(connection)?.cancel();
    this.#closing.delete(connection);
    if (this.#closing.size > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
