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
  /** Octets that the reflector had at most, at rest, and at rest for each route over what it had before anybody connected. */
  readonly peak: number;
  readonly standing: number;
  readonly perRoute: number;
  readonly cpu: number;
  /** Of the event loop, in milliseconds; the worst of all runs. */
  readonly loop: { readonly p99: number; readonly max: number } | undefined;
  /** How long the API took to answer meanwhile, in seconds, of all runs together. */
  readonly answers: { readonly p99: number; readonly max: number } | undefined;
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

/** What a slow reader adds for everybody else, pair by pair of nvad's runs with and without it. */
export interface SlowReaderCost {
  /** Part of the time without it. */
  readonly time: Spread;
  /** Octets, of the most there was. */
  readonly memory: Spread;
  readonly pairs: number;
}

export function slowReaderCost({ outcomes, undisturbed }: LoadResult): SlowReaderCost | undefined {
  const pairs = inPairs(outcomes.nvad, undisturbed).flatMap(([slow, calm]) => {
    const [own, other] = [stepOf(slow, 'announce'), stepOf(calm, 'announce')];
    return own === undefined || other === undefined ? [] : [{ own, other }];
  });
  if (pairs.length === 0) return undefined;
  return {
    time: spread(pairs.map(({ own, other }) => own.seconds / other.seconds - 1)),
    memory: spread(pairs.map(({ own, other }) => own.peak - other.peak)),
    pairs: pairs.length,
  };
}

export function summarise(result: LoadResult, reflectors: readonly ReflectorName[]): readonly ReflectorSummary[] {
  const [reference = 'nvad'] = reflectors;
  return reflectors.map((reflector) => {
    const outcomes = result.outcomes[reflector] ?? [];
    const runs = runsOf(outcomes);
    const skipped = result.skipped[reflector];
    const failures = failuresOf(outcomes);
    return {
      reflector,
      runs: runs.length,
      failures: skipped === undefined ? failures : [...failures, skipped],
      steps: (runs.length === 0 ? [] : result.shown).map((kind) =>
        summariseStep(
          kind,
          result.routes,
          runs,
          reference === reflector ? [] : ratiosOf(result, kind, reflector, reference),
        ),
      ),
    };
  });
}

function summariseStep(kind: StepKind, routes: number, runs: readonly Run[], ratio: readonly number[]): StepSummary {
  const steps = runs.flatMap((run) => stepOf(run, kind) ?? []);
  const seconds = spread(steps.map((step) => step.seconds));
  const loops = steps.flatMap(({ loopDelay }) => loopDelay ?? []);
  const latencies = steps.flatMap(({ latency }) => (latency === undefined ? [] : [latency]));
  const answers = steps.flatMap((step) => step.answers ?? []).sort((a, b) => a - b);
  const at = (part: number) => median(latencies.map((sorted) => latencyAt(sorted, part)));
  return {
    step: kind,
    seconds,
    advertsPerSecond: (steps[0]?.adverts ?? 0) / seconds.median,
    ratio: ratio.length === 0 ? undefined : spread(ratio),
    peak: median(steps.map(({ peak }) => peak)),
    standing: median(steps.map(({ resident }) => resident)),
    perRoute: median(runs.map((run) => ((stepOf(run, kind)?.resident ?? 0) - run.start) / routes)),
    cpu: median(steps.map(({ cpu }) => cpu)),
    loop:
      loops.length === 0
        ? undefined
        : { p99: Math.max(...loops.map(({ p99Ms }) => p99Ms)), max: Math.max(...loops.map(({ maxMs }) => maxMs)) },
    answers: answers.length === 0 ? undefined : { p99: latencyAt(answers, 0.99), max: latencyAt(answers, 1) },
    latency: latencies.length === 0 ? undefined : { p50: at(0.5), p99: at(0.99), max: at(1) },
  };
}

/** A reflector's time by that of another, round by round; of churn, of the latency that 99 of 100 changes do not exceed. */
export function ratiosOf(
  { outcomes }: LoadResult,
  kind: StepKind,
  reflector: ReflectorName,
  to: ReflectorName,
): readonly number[] {
  return inPairs(outcomes[reflector], outcomes[to]).flatMap(([run, partner]) => {
    const own = measureOf(stepOf(run, kind));
    const other = measureOf(stepOf(partner, kind));
    return own === undefined || other === undefined ? [] : [own / other];
  });
}

/** Runs of the same round, where both gave figures. */
function inPairs(some: readonly Outcome[] = [], others: readonly Outcome[] = []): readonly (readonly [Run, Run])[] {
  return some.flatMap((outcome, round) => {
    const [run, partner] = [runOf(outcome), runOf(others[round])];
    return run === undefined || partner === undefined ? [] : [[run, partner] as const];
  });
}

function measureOf(step: StepFigures | undefined): number | undefined {
  if (step?.latency === undefined) return step?.seconds;
  return latencyAt(step.latency, 0.99);
}

/** The latency that this part of all changes do not exceed; `sorted` as in {@link StepFigures}. */
export const latencyAt = (sorted: readonly number[], part: number): number =>
  sorted[Math.round((sorted.length - 1) * part)] ?? 0;

export const runsOf = (outcomes: readonly Outcome[] = []): readonly Run[] =>
  outcomes.flatMap((outcome) => runOf(outcome) ?? []);

export const failuresOf = (outcomes: readonly Outcome[] = []): readonly string[] =>
  outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : []));

function runOf(outcome: Outcome | undefined): Run | undefined {
  return outcome !== undefined && 'run' in outcome ? outcome.run : undefined;
}

export const stepOf = (run: Run | undefined, kind: StepKind): StepFigures | undefined =>
  run?.steps.find((step) => step.kind === kind);

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const [low = 0, high = 0] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]];
  return (low + high) / 2;
}

function spread(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), greatest: Math.max(...values) };
}
