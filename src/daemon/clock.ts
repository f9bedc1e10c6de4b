/** Repeated and single timers, so that what waits can be tested without waiting. */
export interface DaemonClock {
  /** Calls once after `milliseconds`; the answer cancels. A waiting timer does not keep the process alive. */
  after(milliseconds: number, call: () => void): () => void;
  /** Calls every `milliseconds`; the answer cancels. */
  every(milliseconds: number, call: () => void): () => void;
  /** CLOCK_MONOTONIC in microseconds. */
  monotonicMicroseconds(): bigint;
}

export const systemClock: DaemonClock = {
  after(milliseconds, call) {
    const timer = setTimeout(call, milliseconds).unref();
    return () => clearTimeout(timer);
  },
  every(milliseconds, call) {
    const timer = setInterval(call, milliseconds).unref();
    return () => clearInterval(timer);
  },
  monotonicMicroseconds: () => process.hrtime.bigint() / 1000n,
};
