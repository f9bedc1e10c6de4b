/** Time, handed to everything that needs it. */
import { performance } from 'node:perf_hooks';

/** A timer that was set; `cancel` on one that has fired does nothing. */
export interface Timer {
  cancel(): void;
}

/** Where time comes from: the machine's clock, or a test's. */
export interface Clock {
  /** Milliseconds since the Unix epoch, never going backwards. */
  now(): number;
  /** Calls `fire` once, `milliseconds` from now at the earliest, never from within this call. */
  setTimer(milliseconds: number, fire: () => void): Timer;
}

// The global `performance` and its origin are getters, which cost more than the time itself.
const { timeOrigin } = performance;

/**
 * The machine's clock. It is the monotonic one, anchored to the wall clock when the process started, so that a
 * change of the system's time expires no hold timer.
 */
export const systemClock: Clock = {
  now: () => timeOrigin + performance.now(),
  setTimer(milliseconds, fire) {
    const timeout = setTimeout(fire, milliseconds);
    return { cancel: () => clearTimeout(timeout) };
  },
};

/** What a timer of the machine can be set for: 31 bits of milliseconds, 24 days. */
const LONGEST_TIMER = 0x7fff_ffff;

/** Calls `fire` once when the clock shows `at`, however far that is. */
export function setAlarm(clock: Clock, at: number, fire: () => void): Timer {
  const wait = (): Timer =>
    clock.setTimer(Math.min(Math.max(0, at - clock.now()), LONGEST_TIMER), () => {
      if (clock.now() < at) timer = wait();
      else fire();
    });
  let timer = wait();
  return { cancel: () => timer.cancel() };
}
