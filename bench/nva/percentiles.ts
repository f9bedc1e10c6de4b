import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values).sort();
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? Number.NaN };
}

/** How late this process itself runs what is due, from now until the answer is called; milliseconds. */
export function ownDelay(): () => Omit<Percentiles, 'count'> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  return () => {
    histogram.disable();
    const at = (percent: number) => Math.max(0, histogram.percentile(percent) / 1e6 - 1);
    return { p50: at(50), p99: at(99), max: at(100) };
  };
}
