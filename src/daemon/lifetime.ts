/**
 * What one nvad leaves to the next in the store, so that the next knows that it has restarted (RFC 4724 §4.1): when it
 * was last alive, and with whom it had sessions. Routes are not among it; neighbours keep those for a while.
 */
import type { Clock, Timer } from 'bgp-ts';
import type { Store } from '../store/store.ts';
import type { Logger } from './logging.ts';
import { messageOf } from './message-of.ts';

export interface LifetimeModules {
  readonly store: Store;
  readonly clock: Clock;
  /** Milliseconds since the epoch by the clock on the wall: it is the same one for the next process. */
  readonly wallClock: () => number;
  readonly logger: Logger;
}

/** Milliseconds between two signs of life. */
export const HEARTBEAT = 5_000;

export class Lifetime {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #wallClock: () => number;
  readonly #logger: Logger;
  #timer: Timer | undefined;
  #failing = false;
  #ending = false;

  constructor(modules: LifetimeModules) {
    this.#store = modules.store;
    this.#clock = modules.clock;
    this.#wallClock = modules.wallClock;
    this.#logger = modules.logger;
  }

  /**
   * Begins this one. Answers the neighbours that the one before had sessions with, if it ended at most `restartTime`
   * seconds ago, so that they may still keep what they learnt from it; undefined otherwise.
   */
  begin(restartTime: number): readonly string[] | undefined {
    const now = this.#wallClock();
    const last = this.#store.lastAlive();
    const sessions = this.#store.sessionsUp();
    // It may have ended right before its next sign of life.
    const restarted = last !== undefined && Math.abs(now - last) <= 1000 * restartTime + HEARTBEAT;
    if (!restarted) for (const address of sessions) this.#write((store) => store.sessionDown(address));
    this.#beat();
    return restarted ? sessions : undefined;
  }

  established(address: string): void {
    this.#write((store) => store.sessionUp(address));
  }

  /** A session has ended, or the neighbour did not come back. Our own end is no end of sessions: the next one has them. */
  ended(address: string): void {
    if (!this.#ending) this.#write((store) => store.sessionDown(address));
  }

  /** The last sign of life; sessions that end from now on have been up to the end. */
  end(): void {
    this.#ending = true;
    this.#timer?.cancel();
    this.#write((store) => store.alive(this.#wallClock()));
  }

  #beat(): void {
    this.#write((store) => store.alive(this.#wallClock()));
    this.#timer = this.#clock.setTimer(HEARTBEAT, () => this.#beat());
  }

  #write(change: (store: Store) => void): void {
    try {
      change(this.#store);
      this.#failing = false;
    } catch (error) {
      // A full disk must not cost a session: what is lost is a graceful restart.
      if (!this.#failing) this.#logger.error(`the store cannot be written (${messageOf(error)}); nvad goes on without`);
      this.#failing = true;
    }
  }
}
