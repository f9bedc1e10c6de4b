/** What is aimed at for nvad as the authority over virtual networks, judged by the results of one run. */
import type { JudgedAim } from '../report/aims.ts';
import { milliseconds, seconds } from '../report/units.ts';
import type { AttachFigures, StartFigures } from './figures/attach.ts';
import type { KillFigures } from './figures/kills.ts';
import type { MoveFigures } from './figures/moves.ts';
import type { PullFigures } from './figures/pulls.ts';

export type Result =
  | ({ readonly figure: 'attach' } & AttachFigures)
  | ({ readonly figure: 'start' } & StartFigures)
  | ({ readonly figure: 'moves'; readonly batch: number } & MoveFigures)
  | ({ readonly figure: 'pulls' } & PullFigures)
  | ({ readonly figure: 'kills' } & KillFigures);

/** A figure in the words of its kind; undefined when the result is of another one. */
type Find = (result: Result) => { readonly found: string; readonly met: boolean } | undefined;

interface Aim {
  readonly aim: string;
  readonly limit: string;
  readonly find: Find;
}

/** Every aim, in an order that does not depend on the results; one whose end state is wrong is missed, whatever its figure. */
export function judge(results: readonly Result[]): readonly JudgedAim[] {
  return aims.map(({ aim, limit, find }) => {
    for (const result of results) {
      const figure = find(result);
      if (figure === undefined) continue;
      const { wrong } = result.comparison;
      if (wrong > 0) return { aim, limit, found: `${figure.found}; ${wrong} things are wrong`, verdict: 'missed' };
      return { aim, limit, found: figure.found, verdict: figure.met ? 'met' : 'missed' };
    }
    return { aim, limit, found: '', verdict: 'not measured' };
  });
}

/** The longest of milliseconds, by whom it was. */
function slowest(times: Readonly<Record<string, number>>): readonly [who: string, time: number] {
  const [first] = Object.entries(times).sort(([, a], [, b]) => b - a);
  return first ?? ['nobody', Number.NaN];
}

const MOST_ATTACH = 20_000;
const MOST_START = 5000;
const MOST_MOVE = 50;
const MOST_ANSWER = 2;
const KILLS = 200;

const startAim = (aim: string, of: (figures: StartFigures) => readonly [what: string, time: number]): Aim => ({
  aim,
  limit: `below ${seconds(MOST_START / 1000)}`,
  find: (result) => {
    if (result.figure !== 'start') return undefined;
    const [what, time] = of(result);
    return { found: `${seconds(time / 1000)}, ${what}`, met: time < MOST_START };
  },
});

const moveAim = (batch: number, how: string): Aim => ({
  aim: `a move until a far NVE knows it, p99: 1,000 moves a second, ${how}`,
  limit: `below ${milliseconds(MOST_MOVE)}`,
  find: (result) => {
    if (result.figure !== 'moves' || result.batch !== batch) return undefined;
    const [who, p99] = slowest(Object.fromEntries(Object.entries(result.seen).map(([name, seen]) => [name, seen.p99])));
    return { found: `${milliseconds(p99)}, ${who}`, met: p99 < MOST_MOVE };
  },
});

const aims: readonly Aim[] = [
  {
    aim: '100,000 attachments by the API in transactions of 1,000, until everybody knows all',
    limit: `below ${seconds(MOST_ATTACH / 1000)}`,
    find: (result) => {
      if (result.figure !== 'attach') return undefined;
      const [who, time] = slowest(result.complete);
      return { found: `${seconds(time / 1000)}, ${who}`, met: time < MOST_ATTACH };
    },
  },
  startAim('a start with 100,000 attachments, until nvad is ready', ({ ready }) => ['nvad', ready]),
  startAim('the same, until everybody knows all again', ({ complete }) => slowest(complete)),
  moveAim(1, 'each a PUT of its own'),
  moveAim(10, 'in transactions of 10'),
  {
    aim: 'the answer to an NVE that pulls, p99: 10,000 questions a second, 100 moves a second beside',
    limit: `below ${milliseconds(MOST_ANSWER)}`,
    find: (result) => {
      if (result.figure !== 'pulls') return undefined;
      const { p99 } = result.answered;
      return { found: milliseconds(p99), met: p99 < MOST_ANSWER };
    },
  },
  {
    aim: 'nothing that was acknowledged is missing after kill -9 at a random instant under load',
    limit: `${KILLS} kills`,
    find: (result) => {
      if (result.figure !== 'kills') return undefined;
      const { kills, acknowledged } = result;
      return {
        found: `${kills} kills, ${acknowledged.toLocaleString('en')} transactions acknowledged`,
        met: kills >= KILLS,
      };
    },
  },
];
