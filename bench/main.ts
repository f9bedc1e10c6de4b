/** `npm run bench`: see arguments.ts. Exit code 1 when a run of nvad gave no figure. */

import { createPaint } from '../src/cli/format/paint.ts';
import { formatTable } from '../src/cli/format/table.ts';
import { isRoot } from '../test/system/support/namespace.ts';
import { readArguments, usage } from './arguments.ts';
import { loadGroups, loadsOf } from './loads/loads.ts';
import { reflectors } from './reflector/reflectors.ts';
import { Progress } from './report/progress.ts';
import { keepResults, resultsOf } from './report/results.ts';
import { columns, type Row, remarks, rowsOf } from './report/rows.ts';
import { runSession } from './run/session.ts';

const INTERRUPTED = 130;

async function main(words: readonly string[]): Promise<number> {
  const names = reflectors.map(({ name }) => name);
  const options = readArguments(words, { loads: loadsOf('full'), groups: loadGroups, reflectors: names });
  const help = usage({ loads: loadsOf('full'), groups: loadGroups, reflectors: names });
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n\n${help}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  if (!isRoot) {
    process.stderr.write('root is needed here, since the reflectors run in network namespaces; use sudo\n');
    return 2;
  }

  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort());
  const chosen = reflectors.filter(({ name }) => options.only.includes(name));
  const loads = loadsOf(options.quick ? 'quick' : 'full').filter(({ name }) => options.loads.includes(name));
  const progress = new Progress(process.stderr);
  const paint = createPaint(process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '');
  const results = await runSession(
    { loads, reflectors: chosen, runs: options.runs, bound: options.bound },
    {
      signal: interruption.signal,
      progress: (load, what) => progress.show(`${load.title}: ${what}`),
      finished: (result) => {
        progress.clear();
        if (options.json) return;
        const rows = rowsOf(result, chosen);
        const told = columns.map(({ title, key, left }) => ({
          title,
          align: left ? ('left' as const) : ('right' as const),
          cell: (row: Row) => row[key],
        }));
        process.stdout.write(`${formatTable(told, rows, paint)}`);
        for (const remark of remarks(result, chosen)) process.stdout.write(`${paint.unsure(remark)}\n`);
        process.stdout.write('\n');
      },
    },
  );
  progress.clear();
  const all = resultsOf(results, chosen, new Date());
  if (options.json) process.stdout.write(`${JSON.stringify(all)}\n`);
  if (interruption.signal.aborted) return INTERRUPTED;
  process.stderr.write(`all figures: ${keepResults(all)}\n`);
  const failed = results.some(({ outcomes }) => outcomes.nvad?.some((outcome) => 'failure' in outcome) === true);
  return failed ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
