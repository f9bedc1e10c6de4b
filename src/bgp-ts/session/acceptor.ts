/**
 * The gate in front of the peers: who may come in, how fast, and how many of those may have said nothing yet.
 *
 * RFC 4271 §8.1.1 (AcceptConnectionsUnconfiguredPeers), RFC 4486 §4 (Connection Rejected). An address that is no
 * peer gets NOTIFICATION 6/5 and is closed; when too many of them come, they are closed without a word, so that a
 * flood costs neither descriptors nor the time that peers need. So are connections that are not protected as they
 * should be: who is behind them is not known.
 */
import { connectionRejected } from './cease.ts';
import type { Clock } from './clock.ts';
import { Closer } from './closer.ts';
import type { Connection, ProtectionFault } from './transport.ts';

export interface AcceptorOptions {
  /** Connections from peers that have not reached Established; above it new ones are refused. Default 1024. */
  readonly maxHalfOpen?: number;
  /** Connections a second from peers, in the long run. Default 500. */
  readonly connectionsPerSecond?: number;
  /** Connections from peers that may come at once. Default 1000: every NVE comes back after a restart. */
  readonly burst?: number;
  /** NOTIFICATIONs a second to addresses that are refused. Default 50. */
  readonly rejectionsPerSecond?: number;
  /** Refused connections that may wait for the other side's FIN. Default 64. */
  readonly maxLingering?: number;
  /** Milliseconds that a refused connection waits for the other side's FIN. Default 1000. */
  readonly lingerTime?: number;
}

/** Room for one half-open connection. */
export interface Admission {
  /** The connection is established, or gone. Calling it again does nothing. */
  settle(): void;
}

/** `route-limit`: the peer had too many routes and may not come back yet. */
export type RefusalReason = 'unknown-peer' | 'half-open-limit' | 'rate-limit' | 'route-limit' | ProtectionFault['code'];

export interface AcceptorCounts {
  admitted: number;
  refused: Record<RefusalReason, number>;
  /** Those among the refused that got no NOTIFICATION. */
  silent: number;
}

export class Acceptor {
  readonly counts: AcceptorCounts = {
    admitted: 0,
    refused: {
      'unknown-peer': 0,
      'half-open-limit': 0,
      'rate-limit': 0,
      'route-limit': 0,
      unsigned: 0,
      'too-far': 0,
      unprotected: 0,
    },
    silent: 0,
  };
  readonly #maxHalfOpen: number;
  readonly #maxLingering: number;
  readonly #closer: Closer;
  readonly #connections: TokenBucket;
  readonly #rejections: TokenBucket;
  #halfOpen = 0;

  constructor(options: AcceptorOptions, modules: { readonly clock: Clock }) {
    this.#maxHalfOpen = options.maxHalfOpen ?? 1024;
    this.#maxLingering = options.maxLingering ?? 64;
    this.#closer = new Closer({ patience: options.lingerTime ?? 1000 }, modules);
    this.#connections = new TokenBucket(modules.clock, options.connectionsPerSecond ?? 500, options.burst ?? 1000);
    const rejections = options.rejectionsPerSecond ?? 50;
    this.#rejections = new TokenBucket(modules.clock, rejections, rejections);
  }

  /** Connections admitted and not settled. */
  get halfOpen(): number {
    return this.#halfOpen;
  }

  /** For a connection from a peer's address: room for it, or the reason why there is none. */
  admit(): Admission | RefusalReason {
    if (this.#halfOpen >= this.#maxHalfOpen) return 'half-open-limit';
    if (!this.#connections.take()) return 'rate-limit';
    this.counts.admitted++;
    this.#halfOpen++;
    let settled = false;
    return {
      settle: () => {
        if (settled) return;
        settled = true;
        this.#halfOpen--;
      },
    };
  }

  /** Closes `connection`, with NOTIFICATION 6/5 where it may be a peer's and there are not too many of them. */
  refuse(connection: Connection, reason: RefusalReason): void {
    this.counts.refused[reason]++;
    const isSuspect = reason === 'unsigned' || reason === 'too-far' || reason === 'unprotected';
    if (isSuspect || this.#closer.size >= this.#maxLingering || !this.#rejections.take()) {
      this.counts.silent++;
      connection.destroy();
      return;
    }
    connection.setHandler({ data() {}, drain() {}, close() {} });
    connection.write(connectionRejected);
    this.#closer.close(connection);
  }
}

/** `rate` a second in the long run, `burst` at once. */
class TokenBucket {
  readonly #clock: Clock;
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt: number;

  constructor(clock: Clock, rate: number, burst: number) {
    this.#clock = clock;
    this.#rate = rate;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filledAt = clock.now();
  }

  take(): boolean {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#filledAt) / 1000) * this.#rate);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
