import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import type { InteropFile, InteropOutcome, InteropResult, InteropRow } from './result.ts';
import { renderTable } from './table.ts';

const root = join(import.meta.dirname, '../../..');
const page = join(root, 'docs/interop.md');
const folder = join(root, '.interop');

/** What the test of a row leaves in its metadata. */
export interface InteropMeta extends InteropRow {
  /** What the test said of itself while it ran. */
  outcome?: Exclude<InteropOutcome, 'fails'>;
  readonly notes: string[];
}

declare module 'vitest' {
  interface TaskMeta {
    interop?: InteropMeta;
  }
}

/** What is looked at of Vitest's TestCase. */
export interface RowTest {
  meta(): { readonly interop?: InteropMeta };
  result(): { readonly state: string };
}

/**
 * Vitest's reporter that keeps the results of the rows in `.interop/`, a file for each test file, and writes
 * docs/interop.md as soon as each test file has its results. A file some of whose rows did not run, as on a machine that
 * lacks the peer, keeps those that it has.
 */
export default class InteropReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const ran = modules.flatMap((module): InteropFile[] => {
      const results = resultsOf([...module.children.allTests()]);
      return results === undefined ? [] : [{ file: relative(root, module.moduleId), results }];
    });
    if (ran.length === 0) return;
    mkdirSync(folder, { recursive: true });
    for (const one of ran) writeFileSync(place(one.file), `${JSON.stringify(one, undefined, 2)}\n`);
    const wanted = globSync('test/system/interop/**/*.test.ts', { cwd: root });
    const missing = wanted.filter((file) => !existsSync(place(file)));
    if (missing.length > 0) {
      process.stdout.write(`docs/interop.md stays as it is: no results yet of ${missing.join(', ')}\n`);
      return;
    }
    const files = wanted.map((file) => JSON.parse(readFileSync(place(file), 'utf8')) as InteropFile);
    const text = renderTable(files);
    if (existsSync(page) && readFileSync(page, 'utf8') === text) return;
    writeFileSync(page, text);
    process.stdout.write('docs/interop.md has changed: look at the difference, and commit it\n');
  }
}

/** The results of one file's rows in order; undefined if it has none, or one did not run. */
export function resultsOf(tests: readonly RowTest[]): InteropResult[] | undefined {
  const results: InteropResult[] = [];
  for (const test of tests) {
    const { interop } = test.meta();
    if (interop === undefined) continue;
    const outcome = outcomeOf(interop, test.result().state);
    if (outcome === undefined) return undefined;
    const { peer, what, standard, notes } = interop;
    results.push({ peer, what, standard, outcome, notes });
  }
  return results.length === 0 ? undefined : results;
}

function outcomeOf(meta: InteropMeta, state: string): InteropOutcome | undefined {
  if (state === 'passed') return meta.outcome ?? 'works';
  if (state === 'failed') return 'fails';
  return undefined;
}

const place = (file: string) => join(folder, `${file.replaceAll('/', '-')}.json`);
