/** `npm run fuzz`: fuzzes the codec, the way in and the way out for a bounded time. Exit code 1 when it found something. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { readArguments } from './arguments.ts';
import { readFolder, readVectors, writeFile } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { Fuzzer, type Totals } from './fuzz.ts';
import { randomFrom } from './random.ts';
import { seeds } from './seeds.ts';

const root = join(import.meta.dirname, '../..');
const fixtures = join(root, 'test/fixtures/fuzz');

function describe(totals: Totals): string {
  const { inputs, messages, accepted, finds, kept, features, functions, slowest, slowestOctets } = totals;
  const share = messages === 0 ? 0 : Math.round((100 * accepted) / messages);
  return (
    `${inputs} inputs, ${messages} messages of which ${share} % without a fault, ${finds} finds; ${kept} kept, ` +
    `${functions} functions and ${features} features seen; slowest ${slowest.toFixed(0)} ms for ${slowestOctets} octets`
  );
}

function main(): number {
  const options = readArguments(process.argv.slice(2), Date.now());
  if (typeof options === 'string') {
    console.error(`${options}\n\n${readFileSync(join(import.meta.dirname, 'help.txt'), 'utf8')}`);
    return 2;
  }
  if (options.makeCorpus) {
    for (const { name, input } of seeds()) writeFile(join(fixtures, 'corpus'), name, input, name, true);
    return 0;
  }
  const vectors = process.env['BGP_VECTORS'] ?? join(root, '..', 'shared', 'vectors');
  const own = [join(fixtures, 'corpus'), join(fixtures, 'finds'), ...options.corpus].flatMap((folder) =>
    readFolder(folder).map(({ input }) => input),
  );
  const others = readVectors(vectors);
  console.log(
    `seed ${options.seed}, ${options.seconds} s, ${own.length} own inputs, ${others.length} of other implementations`,
  );

  const coverage = options.coverage ? new Coverage() : undefined;
  coverage?.start();
  const [keepIn] = options.corpus;
  const fuzzer = new Fuzzer(
    { time: options.seconds * 1000 },
    {
      random: randomFrom(options.seed),
      now: () => performance.now(),
      ...(coverage !== undefined && { coverage }),
      found: ({ check, reason, input }) => {
        const comment = `${check}: ${reason.replaceAll(root, '').slice(0, 1500)}\nseed ${options.seed}`;
        const path = writeFile(options.finds ?? join(fixtures, 'finds'), check, input, comment);
        console.error(`FOUND ${check}: ${reason.slice(0, 2000)}\n  in ${path}`);
      },
      ...(keepIn !== undefined && { kept: (input) => void writeFile(keepIn, 'kept', input, 'kept') }),
      progress: (totals) => console.log(describe(totals)),
    },
  );
  const totals = fuzzer.run([...own, ...others]);
  coverage?.stop();
  console.log(`done with seed ${options.seed}: ${describe(totals)}`);
  return totals.finds === 0 ? 0 : 1;
}

process.exitCode = main();
