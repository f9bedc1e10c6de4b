import { createHistogram, performance } from 'node:perf_hooks';
import type { ReadEventLoopDelay } from './source.ts';

const INTERVAL_MS = 20;

const milliseconds = (nanoseconds: number) => Math.round(nanoseconds / 1e4) / 100;

/**
 * Starts watching the event loop. Each reading covers the time since the one before, up to the present moment;
 * `stop` ends the watch, which by itself keeps no process alive.
 *
 * monitorEventLoopDelay of node:perf_hooks forgets its last tick when it is reset, and with it a block that begins
 * right after a reading; this watch does not.
 */
export function watchEventLoopDelay(): { readonly read: ReadEventLoopDelay; readonly stop: () => void } {
  const delays = createHistogram();
  let due = performance.now() + INTERVAL_MS;
  const late = () => Math.max(0, Math.round((performance.now() - due) * 1e6));
  const timer = setInterval(() => {
    // A histogram holds nothing below 1.
    delays.record(Math.max(1, late()));
    due = performance.now() + INTERVAL_MS;
  }, INTERVAL_MS);
  timer.unref();
  return {
    read: () => {
      const inFlight = late();
      const delay = {
        meanMs: delays.count === 0 ? 0 : milliseconds(delays.mean),
        p99Ms: delays.count === 0 ? 0 : milliseconds(delays.percentile(99)),
        maxMs: milliseconds(Math.max(delays.max, inFlight)),
      };
      delays.reset();
      return delay;
    },
    stop: () => clearInterval(timer),
  };
}
