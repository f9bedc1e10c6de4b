/** The table that is shown on terminals and in the document: a row for each load, step and reflector. */

import { tellsOnce } from '../model/load.ts';
import type { Reflector } from '../reflector/reflector.ts';
import type { LoadResult } from '../run/session.ts';
import {
  failuresOf,
  type ReflectorSummary,
  runsOf,
  type Spread,
  type StepSummary,
  slowReaderCost,
  stepOf,
  summarise,
} from './summary.ts';
import { milliseconds, octets, percent, rate, seconds, times } from './units.ts';

/** A reflector as far as tables know it. */
type Named = Pick<Reflector, 'name' | 'title'>;

export interface Row {
  readonly load: string;
  readonly step: string;
  readonly reflector: string;
  readonly time: string;
  readonly adverts: string;
  readonly ratio: string;
  readonly least: string;
  readonly peak: string;
  readonly standing: string;
  readonly perRoute: string;
  readonly cpu: string;
  readonly loop: string;
  readonly answers: string;
}

export const columns: readonly { readonly title: string; readonly key: keyof Row; readonly left?: true }[] = [
  { title: 'load', key: 'load', left: true },
  { title: 'step', key: 'step', left: true },
  { title: 'reflector', key: 'reflector', left: true },
  { title: 'time', key: 'time' },
  { title: 'adverts', key: 'adverts' },
  { title: '÷ nvad', key: 'ratio' },
  { title: 'least', key: 'least' },
  { title: 'peak', key: 'peak' },
  { title: 'standing', key: 'standing' },
  { title: 'B/route', key: 'perRoute' },
  { title: 'CPU', key: 'cpu' },
  { title: 'loop p99, max', key: 'loop' },
  { title: 'API p99, max', key: 'answers' },
];

/** Rows of one load; those of one step stand together. What gave no figures is a sentence of its own: {@link remarks}. */
export function rowsOf(result: LoadResult, reflectors: readonly Named[]): readonly Row[] {
  const summaries = summarise(
    result,
    reflectors.map(({ name }) => name),
  );
  const titleOf = (summary: ReflectorSummary) =>
    reflectors.find(({ name }) => name === summary.reflector)?.title ?? summary.reflector;
  const kinds = [...new Set(summaries.flatMap(({ steps }) => steps.map(({ step }) => step)))];
  return kinds.flatMap((kind) =>
    summaries.flatMap((summary) => {
      const step = summary.steps.find((candidate) => candidate.step === kind);
      return step === undefined ? [] : [row(result.title, titleOf(summary), step)];
    }),
  );
}

function row(load: string, reflector: string, step: StepSummary): Row {
  const { answers, latency, loop, ratio } = step;
  return {
    load,
    step: step.step,
    reflector,
    time:
      latency === undefined
        ? seconds(step.seconds.median)
        : `${seconds(latency.p50)} p50, ${seconds(latency.p99)} p99, ${seconds(latency.max)} max`,
    adverts: latency === undefined ? rate(step.advertsPerSecond) : '',
    ratio: ratio === undefined ? '' : times(ratio.median),
    least: ratio === undefined ? '' : times(ratio.least),
    peak: octets(step.peak),
    standing: octets(step.standing),
    perRoute: step.step === 'withdraw' || step.step === 'leave' ? '' : step.perRoute.toFixed(0),
    cpu: seconds(step.cpu),
    answers: answers === undefined ? '' : `${seconds(answers.p99)}, ${seconds(answers.max)}`,
    loop: loop === undefined ? '' : `${milliseconds(loop.p99)}, ${milliseconds(loop.max)}`,
  };
}

/** Sentences on what has no place in the table: reflectors that gave no figures, or fewer than they should have; what a slow reader adds. */
export function remarks(result: LoadResult, reflectors: readonly Named[]): readonly string[] {
  const summaries = summarise(
    result,
    reflectors.map(({ name }) => name),
  );
  const failures = summaries.flatMap((summary, at) =>
    summary.failures.map((failure) => `${result.title}: no figure of ${reflectors[at]?.title}: ${failure}`),
  );
  const without = failuresOf(result.undisturbed).map(
    (failure) => `${result.title}: no figure of nvad without the slow reader: ${failure}`,
  );
  return [...failures, ...without, ...repeatSentences(result, reflectors), ...slowReaderSentence(result)];
}

/** Nothing is wrong with what is told twice, but the figures mean something else then. */
function repeatSentences({ title, shown, outcomes }: LoadResult, reflectors: readonly Named[]): readonly string[] {
  return reflectors.flatMap((reflector) =>
    shown.flatMap((kind) => {
      const counts = runsOf(outcomes[reflector.name]).map((run) => stepOf(run, kind)?.repeats ?? 0);
      const most = Math.max(0, ...counts);
      if (most === 0 || !(tellsOnce(kind) || kind === 'churn')) return [];
      const meaning = kind === 'churn' ? 'the first time counts' : 'the time is that of the last UPDATE';
      const often = `${most.toLocaleString('en')} ${most === 1 ? 'time' : 'times'}`;
      return [`${title}: in ${kind}, ${reflector.title} told clients ${often} what they knew already; ${meaning}`];
    }),
  );
}

function slowReaderSentence(result: LoadResult): readonly string[] {
  const cost = slowReaderCost(result);
  if (cost === undefined) return [];
  const { time, memory, pairs } = cost;
  const added = (spread: Spread, format: (value: number) => string) =>
    `${format(spread.median)} (${format(spread.least)} to ${format(spread.greatest)})`;
  return [
    `${result.title}: to nvad's time it adds ${added(time, percent)}, to its peak ${added(memory, octets)}, ` +
      `medians of ${pairs} ${pairs === 1 ? 'pair' : 'pairs'} of runs with and without it`,
  ];
}
