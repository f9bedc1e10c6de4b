/** From runs to the figures that are shown: medians, and ratios pair by pair of runs that were neighbours in time. */
import type { StepKind } from '../model/load.ts';
import type { ReflectorName } from '../reflector/reflector.ts';
import type { Run, StepFigures } from '../run/measure.ts';
import type { LoadResult, Outcome } from '../run/session.ts';

/** A figure over all runs. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
}

export interface StepSummary {
  readonly step: StepKind;
  readonly seconds: Spread;
  readonly advertsPerSecond: number;
  /** Its time by that of the first reflector; absent for that one itself. */
  readonly ratio: Spread | undefined;
  /** Octets that the reflector had at most, and for each route over what it had before anybody connected. */
  readonly peak: number;
  readonly perRoute: number;
  readonly cpu: number;
  /** Of the event loop, in milliseconds; the worst of all runs. */
  readonly loop: { readonly p99: number; readonly max: number } | undefined;
  /** From a change to its last reader, in seconds; medians. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number } | undefined;
}

export interface ReflectorSummary {
  readonly reflector: ReflectorName;
  readonly runs: number;
  /** Sentences on runs that gave no figure, or on why it was not tried. */
  readonly failures: readonly string[];
  readonly steps: readonly StepSummary[];
}

export function summarise(result: LoadResult, reflectors: readonly ReflectorName[]): readonly ReflectorSummary[] {
  const [reference] = reflectors;
  return reflectors.map((reflector) => {
    const outcomes = result.outcomes[reflector] ?? [];
    const runs = outcomes.flatMap((outcome) => runOf(outcome) ?? []);
    const skipped = result.skipped[reflector];
    const failures = outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : []));
    const to = reference === reflector || reference === undefined ? undefined : result.outcomes[reference];
    return {
      reflector,
      runs: runs.length,
      failures: skipped === undefined ? failures : [...failures, skipped],
      steps: (runs.length === 0 ? [] : result.shown).map((kind) =>
        summariseStep(kind, result.routes, runs, ratios(kind, outcomes, to)),
      ),
    };
  });
}

function summariseStep(kind: StepKind, routes: number, runs: readonly Run[], ratio: readonly number[]): StepSummary {
  const steps = runs.flatMap((run) => stepOf(run, kind) ?? []);
  const seconds = spread(steps.map((step) => step.seconds));
  const loops = steps.flatMap(({ loopDelay }) => loopDelay ?? []);
  const latencies = steps.flatMap(({ latency }) => (latency === undefined ? [] : [latency]));
  const at = (fraction: number) =>
    median(latencies.map((sorted) => sorted[Math.round((sorted.length - 1) * fraction)] ?? 0));
  return {
    step: kind,
    seconds,
    advertsPerSecond: (steps[0]?.adverts ?? 0) / seconds.median,
    ratio: ratio.length === 0 ? undefined : spread(ratio),
    peak: median(steps.map(({ peak }) => peak)),
    perRoute: median(runs.map((run) => ((stepOf(run, kind)?.resident ?? 0) - run.start) / routes)),
    cpu: median(steps.map(({ cpu }) => cpu)),
    loop:
      loops.length === 0
        ? undefined
        : { p99: Math.max(...loops.map(({ p99Ms }) => p99Ms)), max: Math.max(...loops.map(({ maxMs }) => maxMs)) },
    latency: latencies.length === 0 ? undefined : { p50: at(0.5), p99: at(0.99), max: at(1) },
  };
}

/** Of churn the latency that 99 of 100 changes do not exceed, of all others the time. */
function ratios(kind: StepKind, outcomes: readonly Outcome[], to: readonly Outcome[] | undefined): readonly number[] {
  return outcomes.flatMap((outcome, run) => {
    const own = measureOf(stepOf(runOf(outcome), kind));
    const other = measureOf(stepOf(runOf(to?.[run]), kind));
    return own === undefined || other === undefined ? [] : [own / other];
  });
}

function measureOf(step: StepFigures | undefined): number | undefined {
  if (step?.latency === undefined) return step?.seconds;
  return step.latency[Math.round((step.latency.length - 1) * 0.99)];
}

function runOf(outcome: Outcome | undefined): Run | undefined {
  return outcome !== undefined && 'run' in outcome ? outcome.run : undefined;
}

const stepOf = (run: Run | undefined, kind: StepKind): StepFigures | undefined =>
  run?.steps.find((step) => step.kind === kind);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const [low = 0, high = 0] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]];
  return (low + high) / 2;
}

function spread(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), greatest: Math.max(...values) };
}
