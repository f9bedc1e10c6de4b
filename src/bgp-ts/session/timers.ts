/** The timers of one state machine: at most one of each kind, with the jitter of RFC 4271 §10. */
import type { FsmTimer } from '../fsm/action.ts';
import type { Clock, Timer } from './clock.ts';

/** RFC 4271 §10: a random factor between 0.75 and 1.0, anew each time; for these two timers of the state machine. */
const jittered: ReadonlySet<FsmTimer> = new Set(['connect-retry', 'keepalive']);

export class TimerSet {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #expired: (timer: FsmTimer) => void;
  readonly #running = new Map<FsmTimer, Timer>();

  /** `random` gives numbers in [0, 1). */
  constructor(modules: {
    readonly clock: Clock;
    readonly random: () => number;
    readonly expired: (timer: FsmTimer) => void;
  }) {
    this.#clock = modules.clock;
    this.#random = modules.random;
    this.#expired = modules.expired;
  }

  /** Starts or restarts. */
  start(timer: FsmTimer, seconds: number): void {
    const factor = jittered.has(timer) ? 0.75 + 0.25 * this.#random() : 1;
    this.startMilliseconds(timer, seconds * 1000 * factor);
  }

  /** Without jitter. */
  startMilliseconds(timer: FsmTimer, milliseconds: number): void {
    this.stop(timer);
    const running = this.#clock.setTimer(milliseconds, () => {
      // A timer that was stopped after it became due must not be heard.
      if (this.#running.get(timer) !== running) return;
      this.#running.delete(timer);
      this.#expired(timer);
    });
    this.#running.set(timer, running);
  }

  stop(timer: FsmTimer): void {
    this.#running.get(timer)?.cancel();
    this.#running.delete(timer);
  }

  stopAll(): void {
    for (const timer of this.#running.values()) timer.cancel();
    this.#running.clear();
  }
}
