/** `npm run bench:federation`: see arguments.ts. Exit code 1 when somebody was told otherwise than he has to be. */
import { createPaint } from '../../src/cli/format/paint.ts';
import { behaviours } from '../../test/system/support/hostile-neighbour.ts';
import { isRoot } from '../../test/system/support/namespace.ts';
import { showAims } from '../report/show-aims.ts';
import { INTERRUPTED, interruption } from '../run/interruption.ts';
import { inTurn } from '../run/session.ts';
import { judge, type Result } from './aims.ts';
import { type Arguments, readArguments, usage } from './arguments.ts';
import { churnBeside, type HostileRun } from './figures/hostile.ts';
import { type ImportRun, importOnce } from './figures/import.ts';

const WRONG_USE = 2;

/** What is compared takes turns, so that what the machine does in between hits both alike. */
async function compared<T>(
  runs: number,
  signal: AbortSignal,
  a: () => Promise<T>,
  b: () => Promise<T>,
): Promise<readonly [T[], T[]]> {
  const found: [T[], T[]] = [[], []];
  for (let round = 0; round < runs; round++) {
    for (const [into, measure] of inTurn([[0, a] as const, [1, b] as const], round)) {
      signal.throwIfAborted();
      found[into].push(await measure());
    }
  }
  return found;
}

async function* measureAll({ only, runs, size }: Arguments, signal: AbortSignal): AsyncGenerator<Result> {
  if (only.includes('import')) {
    const options = { domain: { networks: 100, nves: 20, routes: 200_000 * size }, nves: 50 };
    const [translated, reflected] = await compared<ImportRun>(
      runs,
      signal,
      () => importOnce('translated', options),
      () => importOnce('reflected', options),
    );
    yield { figure: 'import', translated, reflected };
  }
  if (only.includes('hostile')) {
    const options = { clients: 50, macs: 1000 * size, rate: 1000, changes: 10_000 * size };
    for (const behaviour of behaviours) {
      const [beside, quiet] = await compared<HostileRun>(
        runs,
        signal,
        () => churnBeside(behaviour, options, signal),
        () => churnBeside(undefined, options, signal),
      );
      yield { figure: 'hostile', behaviour, beside, quiet };
    }
  }
}

async function main(words: readonly string[]): Promise<number> {
  const options = readArguments(words);
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n\n${usage}`);
    return WRONG_USE;
  }
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (!isRoot) {
    process.stderr.write('root is needed here, since everybody runs in network namespaces; use sudo\n');
    return WRONG_USE;
  }
  const signal = interruption();
  const results: Result[] = [];
  try {
    for await (const result of measureAll(options, signal)) {
      results.push(result);
      process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : told(result));
    }
  } catch (error) {
    if (signal.aborted) return INTERRUPTED;
    throw error;
  }
  if (!options.json) {
    const paint = createPaint(process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '');
    process.stdout.write(options.size === 1 ? showAims(judge(results), paint) : 'Aims are judged at full size only.\n');
  }
  return results.some((result) => wrongIn(result) > 0) ? 1 : 0;
}

const wrongIn = (result: Result): number =>
  result.figure === 'import'
    ? [...result.translated, ...result.reflected].reduce((sum, { wrong }) => sum + wrong, 0)
    : 0;

const milliseconds = (seconds: number) => `${(seconds * 1000).toFixed(2)} ms`;

/** A line for each run. */
function told(result: Result): string {
  const lines =
    result.figure === 'import'
      ? (['translated', 'reflected'] as const).flatMap((way) =>
          result[way].map(({ announced, withdrawn, wrong }) => {
            const cost = ({ seconds, cpu }: typeof announced) => `${seconds.toFixed(2)} s, ${cpu.toFixed(2)} s of CPU`;
            const end = wrong === 0 ? '' : `; ${wrong} routes told otherwise`;
            return `  ${way.padEnd(12)} announced ${cost(announced)}; withdrawn ${cost(withdrawn)}${end}`;
          }),
        )
      : (['beside', 'quiet'] as const).flatMap((how) =>
          result[how].map(
            ({ p99, median, peak }) =>
              `  ${how.padEnd(12)} p99 ${milliseconds(p99)}, median ${milliseconds(median)}; ${Math.round(peak / 1e6)} MB`,
          ),
        );
  const title = result.figure === 'import' ? 'import' : `hostile: ${result.behaviour}`;
  return `${title}\n${lines.join('\n')}\n`;
}

process.exitCode = await main(process.argv.slice(2));
