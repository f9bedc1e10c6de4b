/** Time, handed to everything that needs it. */
export interface Clock {
  /** Milliseconds; never going backwards. */
  now(): number;
  /** Calls `fire` once, `milliseconds` from now at the earliest, never from within this call. The answer cancels. */
  after(milliseconds: number, fire: () => void): () => void;
  /** Calls `run` once, as soon as what has come in by now was taken. */
  soon(run: () => void): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, fire) {
    const timeout = setTimeout(fire, milliseconds);
    return () => clearTimeout(timeout);
  },
  soon: (run) => {
    setImmediate(run);
  },
};
