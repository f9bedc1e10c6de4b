/** All runs of a session: for each load the reflectors take turns, so that what the machine does in between hits all alike. */
import type { Size } from '../loads/size.ts';
import { type Load, type StepKind, withoutSlowReader } from '../model/load.ts';
import { adverts, prepare, type Scenario } from '../model/scenario.ts';
import type { Reflector, ReflectorName } from '../reflector/reflector.ts';
import { measure, type Run, RunFailure } from './measure.ts';

/** A run that gave figures, or a sentence on why there are none. */
export type Outcome = { readonly run: Run } | { readonly failure: string };

export interface LoadResult {
  readonly load: string;
  readonly title: string;
  readonly size: Size;
  readonly clients: number;
  readonly routes: number;
  readonly shown: readonly StepKind[];
  /** By round, so that runs of two reflectors with the same index were neighbours in time. */
  readonly outcomes: Readonly<Partial<Record<ReflectorName, readonly Outcome[]>>>;
  /** With a slow reader: nvad's runs of the same rounds without it. */
  readonly undisturbed?: readonly Outcome[];
  /** Why a reflector was not tried. */
  readonly skipped: Readonly<Partial<Record<ReflectorName, string>>>;
}

export interface SessionOptions {
  readonly loads: readonly Load[];
  /** In which the loads are. */
  readonly size: Size;
  readonly reflectors: readonly Reflector[];
  readonly runs: number;
  /** Seconds that one step may take. */
  readonly bound: number;
}

export interface SessionModules {
  readonly signal: AbortSignal;
  /** What is going on, in words; asked for often. */
  readonly progress: (load: Load, what: string) => void;
  readonly finished: (result: LoadResult) => void;
}

/** Measures everything. Ends early, without an error, when it is told to. */
export async function runSession(options: SessionOptions, modules: SessionModules): Promise<readonly LoadResult[]> {
  const results: LoadResult[] = [];
  for (const load of options.loads) {
    if (modules.signal.aborted) break;
    const result = await runLoad(load, options, modules);
    if (modules.signal.aborted) break;
    results.push(result);
    modules.finished(result);
  }
  return results;
}

/** What a slow reader adds is less than what two runs differ by, so it takes more of them. */
const PAIRS_A_RUN = 3;

/** What comes once in each round. */
interface Turn {
  readonly reflector: Reflector;
  readonly title: string;
  readonly scenario: Scenario;
  readonly keep: (outcome: Outcome) => void;
}

async function runLoad(load: Load, options: SessionOptions, modules: SessionModules): Promise<LoadResult> {
  const { runs, bound } = options;
  const { signal, progress } = modules;
  progress(load, 'prepares what is sent');
  const scenario = prepare(load);
  const outcomes: Partial<Record<ReflectorName, readonly Outcome[]>> = {};
  const skipped: Partial<Record<ReflectorName, string>> = {};
  for (const reflector of options.reflectors) {
    const why = whySkipped(reflector, scenario);
    if (why !== undefined) skipped[reflector.name] = why;
  }
  const keep = (name: ReflectorName, outcome: Outcome) => {
    outcomes[name] = [...(outcomes[name] ?? []), outcome];
    // It would only be the same again, at length.
    if ('failure' in outcome && name !== 'nvad') skipped[name] = 'it failed before';
  };
  const undisturbed: Outcome[] = [];
  const calm = withoutSlowReader(load);
  const calmScenario = calm === undefined ? undefined : prepare(calm);
  const turns = options.reflectors.flatMap((reflector): readonly Turn[] => {
    const { name, title } = reflector;
    const turn: Turn = { reflector, title, scenario, keep: (outcome) => keep(name, outcome) };
    if (name !== 'nvad' || calmScenario === undefined) return [turn];
    const without = `${title} without the slow reader`;
    return [turn, { reflector, title: without, scenario: calmScenario, keep: (outcome) => undisturbed.push(outcome) }];
  });
  const rounds = calm === undefined || options.size === 'quick' ? runs : runs * PAIRS_A_RUN;
  for (let round = 0; round < rounds; round++) {
    for (const turn of inTurn(turns, round)) {
      if (skipped[turn.reflector.name] !== undefined || signal.aborted) continue;
      const told = (what: string) => progress(load, `${turn.title}, run ${round + 1} of ${rounds}: ${what}`);
      turn.keep(await attempt(turn.scenario, turn.reflector, { bound, signal, progress: told }));
    }
  }
  const failedOnce = new Set(Object.keys(outcomes));
  return {
    load: load.name,
    title: load.title,
    size: options.size,
    clients: load.population.clients,
    routes: scenario.routes.count,
    shown: load.shown,
    outcomes,
    ...(undisturbed.length > 0 && { undisturbed }),
    skipped: Object.fromEntries(Object.entries(skipped).filter(([name]) => !failedOnce.has(name))),
  };
}

/** Every other round backwards: whoever comes first after a pause finds the machine's memory cold. */
export function inTurn<T>(all: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? all : all.toReversed();
}

async function attempt(
  scenario: Scenario,
  reflector: Reflector,
  options: Parameters<typeof measure>[2],
): Promise<Outcome> {
  try {
    return { run: await measure(scenario, reflector, options) };
  } catch (error) {
    if (error instanceof RunFailure) return { failure: error.message };
    if (options.signal.aborted) return { failure: 'interrupted' };
    // One that does not start is no reason to lose what was measured of the others.
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

function whySkipped({ missing, limit, derivesInterest }: Reflector, scenario: Scenario): string | undefined {
  if (missing !== undefined) return missing;
  if (scenario.load.silent === true && !derivesInterest)
    return 'it sends everybody everything, with RT-Constrain or without';
  const most = Math.max(...scenario.steps.map(adverts));
  return limit !== undefined && most > limit.adverts ? limit.why : undefined;
}
