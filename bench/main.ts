/** `npm run bench`: see arguments.ts. Exit code 1 when a run of nvad gave no figure. */

import { createPaint } from '../src/cli/format/paint.ts';
import { formatTable } from '../src/cli/format/table.ts';
import { isRoot } from '../test/system/support/namespace.ts';
import { type Arguments, readArguments, usage } from './arguments.ts';
import { guard } from './hot-path/guard.ts';
import { loadGroups, loadsOf } from './loads/loads.ts';
import { reflectors } from './reflector/reflectors.ts';
import { judge } from './report/aims.ts';
import { writeDocument } from './report/document.ts';
import { Progress } from './report/progress.ts';
import { keepResults, type Results, readResults, resultsOf } from './report/results.ts';
import { columns, type Row, remarks, rowsOf } from './report/rows.ts';
import { showAims } from './report/show-aims.ts';
import { INTERRUPTED, interruption } from './run/interruption.ts';
import { type LoadResult, runSession } from './run/session.ts';

const WRONG_USE = 2;

async function main(words: readonly string[]): Promise<number> {
  const choice = { loads: loadsOf('full'), groups: loadGroups, reflectors: reflectors.map(({ name }) => name) };
  const options = readArguments(words, choice);
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n\n${usage(choice)}`);
    return WRONG_USE;
  }
  if (options.help) {
    process.stdout.write(usage(choice));
    return 0;
  }
  if (options.guard) {
    const { passed, text } = await guard(options.accept);
    process.stdout.write(`${text}\n`);
    return passed ? 0 : 1;
  }
  if (options.from.length > 0) {
    const results = readResults(options.from);
    if (!options.json) {
      for (const result of results.loads) showTable(result, results.reflectors);
      process.stdout.write(aimsOf(results.loads));
    }
    tell(results, options);
    return 0;
  }
  if (!isRoot) {
    process.stderr.write('root is needed here, since the reflectors run in network namespaces; use sudo\n');
    return WRONG_USE;
  }
  return measureAll(options);
}

async function measureAll(options: Arguments): Promise<number> {
  const signal = interruption();
  const chosen = reflectors.filter(({ name }) => options.only.includes(name));
  const size = options.quick ? 'quick' : 'full';
  const loads = loadsOf(size).filter(({ name }) => options.loads.includes(name));
  const progress = new Progress(process.stderr);
  const measured = await runSession(
    { loads, size, reflectors: chosen, runs: options.runs, bound: options.bound },
    {
      signal,
      progress: (load, what) => progress.show(`${load.title}: ${what}`),
      finished: (result) => {
        progress.clear();
        if (!options.json) showTable(result, chosen);
      },
    },
  );
  progress.clear();
  const results = resultsOf(measured, chosen, new Date());
  if (signal.aborted) return INTERRUPTED;
  process.stderr.write(`all figures: ${keepResults(results)}\n`);
  if (!options.json) process.stdout.write(aimsOf(measured));
  tell(results, options);
  const failed = measured.some(({ outcomes, undisturbed = [] }) =>
    [...(outcomes.nvad ?? []), ...undisturbed].some((outcome) => 'failure' in outcome),
  );
  return failed ? 1 : 0;
}

const paint = createPaint(process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '');

function showTable(result: LoadResult, chosen: Results['reflectors']): void {
  const told = columns.map(({ title, key, left }) => ({
    title,
    align: left ? ('left' as const) : ('right' as const),
    cell: (row: Row) => row[key],
  }));
  process.stdout.write(formatTable(told, rowsOf(result, chosen), paint));
  for (const remark of remarks(result, chosen)) process.stdout.write(`${paint.unsure(remark)}\n`);
  process.stdout.write('\n');
}

function aimsOf(loads: readonly LoadResult[]): string {
  if (loads.every(({ size }) => size !== 'full')) return 'What is aimed at is judged at full size only.\n';
  return showAims(judge(loads), paint);
}

/** In the other ways that were asked for. */
function tell(results: Results, { json, document }: Arguments): void {
  if (json) process.stdout.write(`${JSON.stringify(results)}\n`);
  if (document) for (const path of writeDocument(results)) process.stderr.write(`written: ${path}\n`);
}

process.exitCode = await main(process.argv.slice(2));
