/** The figures of docs/performance.md: tables between two marks, and charts beside it. What is around the marks is written by people. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadGroups } from '../loads/loads.ts';
import { aimColumns, judge } from './aims.ts';
import { chartsOf } from './charts.ts';
import type { Results } from './results.ts';
import { columns, remarks, rowsOf } from './rows.ts';

const folder = join(import.meta.dirname, '../../docs');
const page = join(folder, 'performance.md');
const CHARTS = 'performance';
const BEGIN = '<!-- figures: written by npm run bench -- --document -->';
const END = '<!-- end of figures -->';

const headings: Readonly<Record<keyof typeof loadGroups, string>> = {
  design: 'Announce and withdraw everything',
  variants: 'The same with other routes',
  special: 'Other things that happen',
  scaling: 'What doubling does',
};

const captions: Readonly<Record<string, string>> = {
  'ratios.svg': 'How many times as long as nvad FRR takes; of churn, for the change in a hundred that takes longest.',
  'latency.svg': 'From the moment a client writes a change to the moment the last of the others has read it.',
  'scaling.svg': 'Time until everybody has everything, and memory at most, when clients or routes double.',
};

/** Writes page and charts anew; answers the paths of what was written. */
export function writeDocument(results: Results): readonly string[] {
  const charts = chartsOf(results);
  mkdirSync(join(folder, CHARTS), { recursive: true });
  const paths = [...charts].map(([name, content]) => {
    const path = join(folder, CHARTS, name);
    writeFileSync(path, content);
    return path;
  });
  writeFileSync(page, withFigures(readFileSync(page, 'utf8'), figuresOf(results, [...charts.keys()])));
  return [page, ...paths];
}

/** The page with other figures. Throws when it has no place for them. */
export function withFigures(text: string, figures: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page has no "${BEGIN}" with "${END}" behind it`);
  return `${text.slice(0, begin + BEGIN.length)}\n\n${figures}\n${text.slice(end)}`;
}

/** Everything between the marks. */
function figuresOf(results: Results, charts: readonly string[]): string {
  const { machine, node, date, loads, reflectors } = results;
  const measured = reflectors.filter(({ name }) => loads.some(({ outcomes }) => outcomes[name] !== undefined));
  const titles = measured.map(({ title }) => title).join(', ');
  const parts = [
    `Measured on ${date.slice(0, 10)}: ${titles}; ${machine.cores} cores of ${machine.processor}, ${machine.memory}, Linux ` +
      `${machine.kernel}, Node ${node}. ${runsSentence(loads)}`,
  ];
  const picture = (name: string) => `![${captions[name]}](${CHARTS}/${name})\n\n${captions[name]}`;
  const placed: Readonly<Partial<Record<string, string>>> = { special: 'latency.svg', scaling: 'scaling.svg' };
  if (charts.includes('ratios.svg')) parts.push(picture('ratios.svg'));
  for (const [group, members] of Object.entries(loadGroups)) {
    const own = loads.filter(({ load }) => members.includes(load));
    if (own.length === 0) continue;
    parts.push(`### ${headings[group as keyof typeof headings]}`, table(own, results));
    const chart = placed[group];
    if (chart !== undefined && charts.includes(chart)) parts.push(picture(chart));
    const sentences = own.flatMap((result) => remarks(result, reflectors));
    if (sentences.length > 0) parts.push(sentences.map((sentence) => `- ${sentence.split('\n')[0]}`).join('\n'));
  }
  parts.push(
    '### What is aimed at',
    'Each aim holds for every single run: where there are several, the worst of them is judged. Of doubling, medians.',
    aimTable(loads),
  );
  return `${parts.join('\n\n')}\n`;
}

/** How many runs the medians are of: as many as most loads have; those with others are named. */
export function runsSentence(loads: Results['loads']): string {
  const byRuns = Map.groupBy(loads, ({ outcomes }) =>
    Math.max(0, ...Object.values(outcomes).map((list) => list.length)),
  );
  const [most, ...others] = [...byRuns].sort(([, some], [, more]) => more.length - some.length);
  const times = (runs = 0) => (runs === 1 ? '1 run' : `${runs} runs`);
  const exceptions = others.map(
    ([runs, named]) => `; of ${times(runs)}: ${named.map(({ title }) => title).join('; ')}`,
  );
  return `Medians of ${times(most?.[0])} each${exceptions.join('')}.`;
}

function aimTable(loads: Results['loads']): string {
  const rows = judge(loads).map((aim) =>
    aimColumns.map(({ key }) => (key === 'verdict' && aim.verdict !== 'met' ? `**${aim.verdict}**` : aim[key])),
  );
  return markdown([aimColumns.map(({ title }) => title), aimColumns.map(() => '---'), ...rows]);
}

function table(loads: Results['loads'], { reflectors }: Results): string {
  return markdown([
    columns.map(({ title }) => title),
    columns.map(({ left }) => (left ? '---' : '---:')),
    ...loads.flatMap((result) => rowsOf(result, reflectors)).map((row) => columns.map(({ key }) => row[key])),
  ]);
}

function markdown(lines: readonly (readonly string[])[]): string {
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
