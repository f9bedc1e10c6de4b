/** `npm run nve-conformance`: holds an NVA against docs/nve-protocol.md. Exit code 1 when a rule was not kept. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { readArguments } from './arguments.ts';
import { run } from './run.ts';

const signs = { kept: '✓', broken: '✗', skipped: '–' } as const;

async function main(): Promise<number> {
  const target = readArguments(process.argv.slice(2));
  if (typeof target === 'string') {
    console.error(`${target}\n\n${readFileSync(join(import.meta.dirname, 'help.txt'), 'utf8')}`);
    return 2;
  }
  const counts = { kept: 0, broken: 0, skipped: 0 };
  let section = '';
  for await (const { rule, verdict, reason } of run(target)) {
    if (rule.section !== section) console.log(`${rule.section}`);
    section = rule.section;
    counts[verdict]++;
    console.log(`  ${signs[verdict]} ${rule.name}${reason === undefined ? '' : `: ${reason}`}`);
  }
  console.log(`${counts.kept} kept, ${counts.broken} broken, ${counts.skipped} skipped`);
  return counts.broken === 0 ? 0 : 1;
}

process.exitCode = await main();
