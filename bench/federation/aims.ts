/** What is aimed at between domains, judged by the results of one session. */
import type { Behaviour } from '../../test/system/support/hostile-neighbour.ts';
import { behaviours } from '../../test/system/support/hostile-neighbour.ts';
import type { JudgedAim } from '../report/aims.ts';
import { octets, times } from '../report/units.ts';
import type { HostileRun } from './figures/hostile.ts';
import type { ImportRun } from './figures/import.ts';

/** Runs by round: those of one index were neighbours in time. */
export type Result =
  | { readonly figure: 'import'; readonly translated: readonly ImportRun[]; readonly reflected: readonly ImportRun[] }
  | {
      readonly figure: 'hostile';
      readonly behaviour: Behaviour;
      readonly beside: readonly HostileRun[];
      readonly quiet: readonly HostileRun[];
    };

const MOST_TRANSLATED = 1.5;
const MOST_BESIDE = 1.5;
/** Of nvad with 50,000 routes of its own NVEs and 100,000 of the neighbour. */
const MOST_MEMORY = 1e9;

/** Every aim, in an order that does not depend on the results. */
export function judge(results: readonly Result[]): readonly JudgedAim[] {
  return [importAim(results), ...behaviours.map((one) => besideAim(results, one)), memoryAim(results)];
}

/** By the median: what two runs on a machine differ by is more than what either costs. */
function judged(aim: string, limit: string, values: readonly number[], most: number, text: (value: number) => string) {
  const common = { aim, limit };
  if (values.length === 0) return { ...common, found: '', verdict: 'not measured' as const };
  const sorted = [...values].sort((a, b) => a - b);
  // Of two in the middle the greater one.
  const median = sorted[Math.floor(sorted.length / 2)] as number;
  const found = sorted.length === 1 ? text(median) : `${text(median)} (${sorted.map(text).join(', ')})`;
  return { ...common, found, verdict: median <= most ? ('met' as const) : ('missed' as const) };
}

function importAim(results: readonly Result[]): JudgedAim {
  const ratios = results.flatMap((result) =>
    result.figure !== 'import'
      ? []
      : result.translated.map(({ announced }, i) => announced.seconds / (result.reflected[i]?.announced.seconds ?? 0)),
  );
  const aim = '200,000 routes of a neighbour domain announced anew to 50 NVEs ÷ the same reflected';
  return judged(aim, `at most ${MOST_TRANSLATED}`, ratios, MOST_TRANSLATED, times);
}

function besideAim(results: readonly Result[], behaviour: Behaviour): JudgedAim {
  const ratios = results.flatMap((result) =>
    result.figure !== 'hostile' || result.behaviour !== behaviour
      ? []
      : result.beside.map(({ p99 }, i) => p99 / (result.quiet[i]?.p99 ?? 0)),
  );
  const aim = `a change of ours until its last reader, p99, beside a neighbour domain: ${behaviour} ÷ quiet`;
  return judged(aim, `at most ${MOST_BESIDE}`, ratios, MOST_BESIDE, times);
}

function memoryAim(results: readonly Result[]): JudgedAim {
  const peaks = results.flatMap((result) => (result.figure === 'hostile' ? result.beside.map(({ peak }) => peak) : []));
  const worst = peaks.length === 0 ? [] : [Math.max(...peaks)];
  return judged('memory of nvad beside any of these', `below ${octets(MOST_MEMORY)}`, worst, MOST_MEMORY, octets);
}
