/** `npm run bench:nva`: see arguments.ts. Exit code 1 when an end state is not what the model says. */
import { createPaint } from '../../src/cli/format/paint.ts';
import { isRoot } from '../../test/system/support/namespace.ts';
import { showAims } from '../report/show-aims.ts';
import { judge, type Result } from './aims.ts';
import { type Arguments, readArguments, usage } from './arguments.ts';
import { attachAll, startAgain } from './figures/attach.ts';
import { killAgain } from './figures/kills.ts';
import { moveAll } from './figures/moves.ts';
import { pullAll } from './figures/pulls.ts';
import type { Shape } from './model.ts';
import { Site } from './site.ts';

const WRONG_USE = 2;

async function* measure({ figures, size, kills, seconds }: Arguments): AsyncGenerator<Result> {
  const shape = (networks: number, attachments: number): Shape => ({
    networks,
    nves: 50,
    attachments: attachments * size,
  });
  const within = 120_000;
  if (figures.includes('attach') || figures.includes('start')) {
    await using stack = new AsyncDisposableStack();
    const site = await siteOf({ shape: shape(10, 100_000), frr: true, nved: true, pushNves: 2 }, stack);
    yield { figure: 'attach', ...(await attachAll(site, { batch: 1000, within })) };
    if (figures.includes('start')) yield { figure: 'start', ...(await startAgain(site, within)) };
  }
  if (figures.includes('moves')) {
    for (const batch of [1, 10]) {
      await using stack = new AsyncDisposableStack();
      const site = await siteOf({ shape: shape(10, 100_000), frr: false, nved: false, pushNves: 1 }, stack);
      await attachAll(site, { batch: 1000, within });
      const options = { perSecond: 1000, warmUp: 5, seconds, batch, connections: 32, within };
      yield { figure: 'moves', batch, ...(await moveAll(site, options)) };
    }
  }
  if (figures.includes('pulls')) {
    await using stack = new AsyncDisposableStack();
    const site = await siteOf({ shape: shape(1, 100_000), frr: false, nved: false, pushNves: 0 }, stack);
    await attachAll(site, { batch: 1000, within });
    yield {
      figure: 'pulls',
      ...(await pullAll(site, { perSecond: 10_000, movesPerSecond: 100, warmUp: 5, seconds, clients: 4, within })),
    };
  }
  if (figures.includes('kills')) {
    await using stack = new AsyncDisposableStack();
    const site = await siteOf({ shape: shape(4, 4000), frr: false, nved: false, pushNves: 1 }, stack);
    yield { figure: 'kills', ...(await killAgain(site, { kills, seed: Date.now() % 2 ** 31, within })) };
  }
}

async function siteOf(options: ConstructorParameters<typeof Site>[0], stack: AsyncDisposableStack): Promise<Site> {
  const site = new Site(options);
  stack.defer(() => site.clear());
  await site.begin();
  return site;
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
  const results: Result[] = [];
  for await (const result of measure(options)) {
    results.push(result);
    process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : told(result));
  }
  if (!options.json) {
    const paint = createPaint(process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '');
    process.stdout.write(options.size === 1 ? showAims(judge(results), paint) : 'Aims are judged at full size only.\n');
  }
  return results.every(({ comparison }) => comparison.wrong === 0) ? 0 : 1;
}

/** A line for each figure of it. */
function told({ figure, comparison, ...figures }: Result): string {
  const { compared, wrong, examples } = comparison;
  const lines = Object.entries(figures).map(([name, value]) => `  ${name.padEnd(14)} ${text(value)}`);
  const end =
    wrong === 0 ? `as the model says, ${compared} things compared` : `${wrong} of ${compared} things are wrong`;
  return [figure, ...lines, `  ${'end state'.padEnd(14)} ${end}`, ...examples.map((one) => `    ${one}`), ''].join(
    '\n',
  );
}

function text(value: unknown): string {
  if (typeof value === 'number') return value.toFixed(value < 100 ? 2 : 0);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name} ${typeof part === 'object' ? `(${text(part)})` : text(part)}`)
    .join(', ');
}

process.exitCode = await main(process.argv.slice(2));
