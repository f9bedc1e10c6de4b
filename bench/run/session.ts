/** All runs of a session: for each load the reflectors take turns, so that what the machine does in between hits all alike. */
import type { Size } from '../loads/size.ts';
import type { Load, StepKind } from '../model/load.ts';
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

async function runLoad(load: Load, options: SessionOptions, modules: SessionModules): Promise<LoadResult> {
  const { runs, bound } = options;
  const { signal, progress } = modules;
  progress(load, 'prepares what is sent');
  const scenario = prepare(load);
  const outcomes: Partial<Record<ReflectorName, Outcome[]>> = {};
  const skipped: Partial<Record<ReflectorName, string>> = {};
  for (const reflector of options.reflectors) {
    const why = whySkipped(reflector, scenario);
    if (why !== undefined) skipped[reflector.name] = why;
  }
  for (let run = 0; run < runs; run++) {
    for (const reflector of inTurn(options.reflectors, run)) {
      if (skipped[reflector.name] !== undefined || signal.aborted) continue;
      const told = (what: string) => progress(load, `${reflector.title}, run ${run + 1} of ${runs}: ${what}`);
      const outcome = await attempt(scenario, reflector, { bound, signal, progress: told });
      const list = outcomes[reflector.name] ?? [];
      outcomes[reflector.name] = list;
      list.push(outcome);
      // It would only be the same again, at length.
      if ('failure' in outcome && reflector.name !== 'nvad') skipped[reflector.name] = 'it failed before';
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
