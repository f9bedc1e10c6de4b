/**
 * What is aimed at, judged by what was measured. An aim holds for every single run, so it is the worst run that counts;
 * what was not measured, or at another size than it is aimed at, is never met.
 */
import { HOLD_TIME } from '../load/plan.ts';
import { loadsOf } from '../loads/loads.ts';
import { series } from '../loads/scaling.ts';
import type { StepKind } from '../model/load.ts';
import type { Run } from '../run/measure.ts';
import type { LoadResult, Outcome } from '../run/session.ts';
import { failuresOf, latencyAt, median, ratiosOf, runsOf, slowReaderCost, stepOf } from './summary.ts';
import { milliseconds, octets, percent, seconds, times } from './units.ts';

export type Verdict = 'met' | 'missed' | 'not measured';

export interface JudgedAim {
  readonly aim: string;
  readonly limit: string;
  /** The figure in words; empty when there is none. */
  readonly found: string;
  readonly verdict: Verdict;
}

export const aimColumns: readonly { readonly title: string; readonly key: keyof JudgedAim }[] = [
  { title: 'aim', key: 'aim' },
  { title: 'limit', key: 'limit' },
  { title: 'found', key: 'found' },
  { title: 'verdict', key: 'verdict' },
];

/** What the results say of an aim. */
type Finding = Pick<JudgedAim, 'found' | 'verdict'>;

interface Aim {
  readonly aim: string;
  readonly limit: string;
  readonly find: (loads: ReadonlyMap<string, LoadResult>) => Finding;
}

/** Every aim, in an order that does not depend on the results. */
export function judge(results: readonly LoadResult[]): readonly JudgedAim[] {
  const loads = new Map(results.filter(({ size }) => size === 'full').map((result) => [result.load, result]));
  return aims.map(({ aim, limit, find }) => ({ aim, limit, ...find(loads) }));
}

const notMeasured: Finding = { found: '', verdict: 'not measured' };
const verdictOn = (met: boolean): Verdict => (met ? 'met' : 'missed');

const titles = new Map(loadsOf('full').map(({ name, title }) => [name, title]));

/** A million routes: what must not be late is not late while these go through. */
const MILLION = '20x50000';

/** FRR's time by nvad's. */
function ratioAims(): readonly Aim[] {
  const announcing = { '100x1000': 3, [MILLION]: 5, '480-one': 1.5, '480x210': 2.5, 'small-networks': 10 };
  const withdrawing = 1.2;
  const aim = (kind: StepKind, load: string, least: number): Aim => ({
    aim: `FRR's time ÷ nvad's, ${kind}: ${titles.get(load)}`,
    limit: `at least ${least}`,
    find: ofLoad(load, (result) => {
      const ratios = ratiosOf(result, kind, 'frr', 'nvad');
      return ofRuns(ratios, times, (ratio) => ratio >= least);
    }),
  });
  return (['announce', 'withdraw'] as const).flatMap((kind) =>
    Object.entries(announcing).map(([load, least]) => aim(kind, load, kind === 'announce' ? least : withdrawing)),
  );
}

const MOST_PER_ROUTE = 250;
const MOST_PEAK = 2;
const memoryAims: readonly Aim[] = [
  {
    aim: `standing memory for a route: ${titles.get(MILLION)}`,
    limit: `below ${MOST_PER_ROUTE} B`,
    find: ofLoad(MILLION, ({ routes, outcomes }) =>
      ofRuns(
        runsOf(outcomes.nvad)
          .flatMap((run) => heldAfterAnnouncing(run) ?? [])
          .map((held) => held / routes),
        (value) => `${value.toFixed(0)} B`,
        (value) => value < MOST_PER_ROUTE,
      ),
    ),
  },
  {
    aim: `peak ÷ standing memory, both over the process's start: ${titles.get(MILLION)}`,
    limit: `at most ${MOST_PEAK}`,
    find: ofLoad(MILLION, ({ outcomes }) =>
      ofRuns(
        runsOf(outcomes.nvad).flatMap((run) => {
          const held = heldAfterAnnouncing(run);
          return held === undefined ? [] : [(peakOf(run) - run.start) / held];
        }),
        times,
        (value) => value <= MOST_PEAK,
      ),
    ),
  },
];

const MOST_P99 = 0.005;
const MOST_LATENCY = 0.04;
const churnAims: readonly Aim[] = [
  { part: 0.99, what: '99 of 100 changes reach their last reader', most: MOST_P99 },
  { part: 1, what: 'all changes reach their last reader', most: MOST_LATENCY },
].map(({ part, what, most }) => ({
  aim: `${what}: ${titles.get('churn')}`,
  limit: `below ${milliseconds(most * 1000)}`,
  find: ofLoad('churn', ({ outcomes }) =>
    ofRuns(
      runsOf(outcomes.nvad).flatMap((run) => {
        const latency = stepOf(run, 'churn')?.latency;
        return latency === undefined ? [] : [latencyAt(latency, part)];
      }),
      seconds,
      (value) => value < most,
    ),
  ),
}));

const MOST_LATE = 50;
const loopAim: Aim = {
  aim: 'event loop late at p99: the worst of all steps of all loads',
  limit: `below ${MOST_LATE} ms`,
  find: ofAllLoads({
    values: (run) =>
      run.steps.flatMap(({ kind, loopDelay }) => (loopDelay === undefined ? [] : [[kind, loopDelay.p99Ms]])),
    format: milliseconds,
    holds: (value) => value < MOST_LATE,
    saysEnough: (loads) =>
      runsOf(loads.get(MILLION)?.outcomes.nvad).some(({ steps }) => steps.some((step) => step.loopDelay)),
  }),
};

/** Half the hold time: KEEPALIVEs are due after a third of it (RFC 4271 section 4.4). */
const MOST_SILENCE = HOLD_TIME / 2;
const silenceAim: Aim = {
  aim: `longest silence towards a client, with a hold time of ${HOLD_TIME} s: the worst of all steps of all loads`,
  limit: `at most ${MOST_SILENCE} s`,
  find: ofAllLoads({
    values: ({ steps, silenceAfterwards }) => [
      ...steps.map(({ kind, silence }) => [kind, silence] as const),
      ['afterwards', silenceAfterwards],
    ],
    format: seconds,
    holds: (value) => value <= MOST_SILENCE,
    // In less time nobody can have been silent for longer.
    saysEnough: (loads) => runsOf(loads.get(MILLION)?.outcomes.nvad).some(({ watched }) => watched > MOST_SILENCE),
  }),
};

const MOST_ADDED_TIME = 0.05;
const MOST_ADDED_MEMORY = 5e6;
const slowReaderAims: readonly Aim[] = [
  slowReaderAim('time', MOST_ADDED_TIME, percent),
  slowReaderAim('memory', MOST_ADDED_MEMORY, octets),
];

const MOST_GROWTH = 2;
const doublingAims: readonly Aim[] = (['clients', 'routes'] as const).flatMap((grows) =>
  [
    { what: 'time', of: (run: Run) => stepOf(run, 'announce')?.seconds ?? Number.NaN },
    { what: 'memory at most', of: (run: Run) => stepOf(run, 'announce')?.peak ?? Number.NaN },
  ].map(({ what, of }) => ({
    aim: `${what} when ${grows} double`,
    limit: `at most ${MOST_GROWTH} ×`,
    find: (loads: ReadonlyMap<string, LoadResult>) => doubling(series[grows], loads, grows, of),
  })),
);

const aims: readonly Aim[] = [
  ...ratioAims(),
  ...memoryAims,
  ...churnAims,
  loopAim,
  silenceAim,
  ...slowReaderAims,
  ...doublingAims,
];

/** Of one load; a run of nvad that gave no figure is a miss. */
function ofLoad(name: string, find: (result: LoadResult) => Finding): Aim['find'] {
  return (loads) => {
    const result = loads.get(name);
    if (result === undefined) return notMeasured;
    return failureIn(result.outcomes.nvad) ?? find(result);
  };
}

/** By the median of pairs, since what is added is less than what two runs differ by. */
function slowReaderAim(what: 'time' | 'memory', most: number, format: (value: number) => string): Aim {
  return {
    aim: `${what === 'time' ? "everybody else's time" : 'memory at most'} that a slow reader adds: ${titles.get('slow')}`,
    limit: `below ${format(most)}`,
    find: ofLoad('slow', (result) => {
      const cost = slowReaderCost(result);
      if (cost === undefined) return failureIn(result.undisturbed) ?? notMeasured;
      const { median: added, least, greatest } = cost[what];
      const found = `${format(added)}, median of ${cost.pairs} pairs (${format(least)} to ${format(greatest)})`;
      return { found, verdict: verdictOn(added < most) };
    }),
  };
}

function failureIn(outcomes: readonly Outcome[] = []): Finding | undefined {
  const failed = failuresOf(outcomes).length;
  if (failed === 0) return undefined;
  return { found: `${failed} of ${runs(outcomes.length)} gave no figure`, verdict: 'missed' };
}

function ofRuns(
  values: readonly number[],
  format: (value: number) => string,
  holds: (value: number) => boolean,
): Finding {
  if (values.length === 0) return notMeasured;
  const [least, greatest] = [format(Math.min(...values)), format(Math.max(...values))];
  const span = least === greatest ? least : `${least} to ${greatest}`;
  return { found: `${span} in ${runs(values.length)}`, verdict: verdictOn(values.every(holds)) };
}

/** What is aimed at whatever happens: the worst step of all. */
function ofAllLoads({
  values,
  format,
  holds,
  saysEnough,
}: {
  readonly values: (run: Run) => readonly (readonly [where: string, value: number])[];
  readonly format: (value: number) => string;
  readonly holds: (value: number) => boolean;
  /** Whether what was measured is enough to say that the aim is met. */
  readonly saysEnough: (loads: ReadonlyMap<string, LoadResult>) => boolean;
}): Aim['find'] {
  return (loads) => {
    const failed = [...loads.values()].find(({ outcomes }) => failureIn(outcomes.nvad) !== undefined);
    if (failed !== undefined) return { found: `a run gave no figure: ${failed.title}`, verdict: 'missed' };
    const found = [...loads.values()].flatMap(({ title, outcomes }) =>
      runsOf(outcomes.nvad).flatMap((run) =>
        values(run).map(([step, value]) => ({ where: `${title}, ${step}`, value })),
      ),
    );
    const [worst] = found.sort((a, b) => b.value - a.value);
    if (worst === undefined) return notMeasured;
    const text = `${format(worst.value)} (${worst.where})`;
    if (!holds(worst.value)) return { found: text, verdict: 'missed' };
    return { found: text, verdict: saysEnough(loads) ? 'met' : 'not measured' };
  };
}

/** Octets held for the routes of all, once everything is announced. */
function heldAfterAnnouncing(run: Run): number | undefined {
  const step = stepOf(run, 'announce');
  return step === undefined ? undefined : step.resident - run.start;
}

const peakOf = ({ steps }: Run): number => Math.max(...steps.map(({ peak }) => peak));

/** Medians of each size by those of the size before it; the greatest counts. */
function doubling(
  members: readonly string[],
  loads: ReadonlyMap<string, LoadResult>,
  grows: 'clients' | 'routes',
  of: (run: Run) => number,
): Finding {
  const results = members.map((name) => loads.get(name));
  const failed = results.find((result) => failureIn(result?.outcomes.nvad) !== undefined);
  if (failed !== undefined) return { found: `a run gave no figure: ${failed.title}`, verdict: 'missed' };
  const sizes = results.map((result) => {
    const measured = runsOf(result?.outcomes.nvad).map(of);
    return { size: result?.[grows] ?? 0, value: measured.length === 0 ? undefined : median(measured) };
  });
  const growths = sizes.slice(1).flatMap(({ size, value }, at) => {
    const before = sizes[at];
    return value === undefined || before?.value === undefined
      ? []
      : [{ factor: value / before.value, from: before.size, to: size }];
  });
  const [worst] = growths.sort((a, b) => b.factor - a.factor);
  if (worst === undefined) return notMeasured;
  const found = `${times(worst.factor)} from ${worst.from.toLocaleString('en')} to ${worst.to.toLocaleString('en')}`;
  if (worst.factor > MOST_GROWTH) return { found, verdict: 'missed' };
  return { found, verdict: growths.length === members.length - 1 ? 'met' : 'not measured' };
}

const runs = (count: number) => (count === 1 ? '1 run' : `${count} runs`);
