/**
 * All tests: the unit tests with their coverage thresholds, then those that need root and other programs. Ends with
 * one line, `N passed, N failed, N skipped`, over both; exits with 0 only if nothing failed and coverage is kept.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sum, TALLY_FILE, type Tally } from './tally.ts';

const root = join(import.meta.dirname, '../..');

type Outcome = { readonly code: number; readonly tally: Tally };

async function run(name: string, options: readonly string[], folder: string): Promise<Outcome> {
  const path = join(folder, `${name}.json`);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', '--project', name, ...options], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, [TALLY_FILE]: path },
  });
  const code = await new Promise<number>((resolve) => child.once('exit', (status) => resolve(status ?? 1)));
  return { code, tally: readTally(path, `${name} tests ended with code ${code} before they were counted`) };
}

function readTally(path: string, otherwise: string): Tally {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Tally;
  } catch {
    return { passed: 0, failed: 1, skipped: 0, trouble: [otherwise] };
  }
}

if (process.argv.length > 2) {
  process.stderr.write(readFileSync(join(import.meta.dirname, 'help.txt'), 'utf8'));
  process.exit(2);
}

// Ctrl-C reaches the children too; they tidy up, and the line of the tally is still due.
process.on('SIGINT', () => {});

const folder = mkdtempSync(join(tmpdir(), 'nvad-tests-'));
try {
  const unit = await run('unit', ['--coverage'], folder);
  const system = await run('system', [], folder);
  const { passed, failed, skipped, trouble } = sum([unit.tally, system.tally]);
  for (const line of trouble) process.stdout.write(`${line}\n`);
  const code = unit.code || system.code || (failed > 0 ? 1 : 0);
  if (code !== 0 && failed === 0) process.stdout.write('no test failed, but coverage is below its threshold (above)\n');
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  process.exitCode = code;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
