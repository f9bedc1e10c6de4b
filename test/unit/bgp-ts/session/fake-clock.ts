import type { Clock, Timer } from '../../../../src/bgp-ts/session/clock.ts';

/** Time that stands still until it is told to pass; timers fire in order of their time, then of their making. */
export class FakeClock implements Clock {
  #now = 0;
  /** Milliseconds that pass with every look at it. */
  haste = 0;
  #sequence = 0;
  #timers: { readonly at: number; readonly sequence: number; readonly fire: () => void }[] = [];

  now(): number {
    this.#now += this.haste;
    return this.#now;
  }

  setTimer(milliseconds: number, fire: () => void): Timer {
    const entry = { at: this.#now + milliseconds, sequence: this.#sequence++, fire };
    this.#timers.push(entry);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== entry);
      },
    };
  }

  get pending(): number {
    return this.#timers.length;
  }

  /** Fires everything due within `milliseconds`, including what is set meanwhile. */
  advance(milliseconds: number): void {
    const until = this.#now + milliseconds;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until);
      if (due.length === 0) break;
      const next = due.reduce((a, b) => (b.at < a.at || (b.at === a.at && b.sequence < a.sequence) ? b : a));
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.fire();
    }
    this.#now = Math.max(this.#now, until);
  }
}
