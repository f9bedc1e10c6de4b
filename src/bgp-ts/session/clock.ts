/** Time, handed to everything that needs it. */

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

/**
 * The machine's clock. It is the monotonic one, anchored to the wall clock when the process started, so that a
 * change of the system's time expires no hold timer.
 */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  setTimer(milliseconds, fire) {
    const timeout = setTimeout(fire, milliseconds);
    return { cancel: () => clearTimeout(timeout) };
  },
};
