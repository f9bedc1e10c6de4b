import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** What became of one run's tests. `failed` also counts what kept tests from running, `trouble` says what that was. */
export type Tally = {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly trouble: readonly string[];
};

type Problem = { readonly message: string };

/** What is looked at of Vitest's TestModule. */
export type CountedModule = {
  readonly moduleId: string;
  readonly children: {
    allTests(): Iterable<{ result(): { readonly state: string } }>;
    allSuites(): Iterable<{ readonly name: string; errors(): readonly Problem[] }>;
  };
  errors(): readonly Problem[];
};

/** The environment variable that names the file for the tally. */
export const TALLY_FILE = 'VITEST_TALLY';

/** Vitest's reporter that writes the tally of a run as JSON to the file named by {@link TALLY_FILE}. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly Problem[]): void {
    const path = process.env[TALLY_FILE];
    if (path !== undefined) writeFileSync(path, JSON.stringify(count(modules, unhandledErrors)));
  }
}

/** Counts tests. A file or a hook that fails takes its tests with it unseen, so it counts as a failure of its own. */
export function count(modules: readonly CountedModule[], unhandledErrors: readonly Problem[]): Tally {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  const trouble: string[] = [];
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') passed++;
      else if (state === 'failed') failed++;
      else skipped++;
    }
    for (const suite of module.children.allSuites()) {
      for (const error of suite.errors()) trouble.push(`${module.moduleId}: ${suite.name}: ${error.message}`);
    }
    for (const error of module.errors()) trouble.push(`${module.moduleId}: ${error.message}`);
  }
  for (const error of unhandledErrors) trouble.push(`outside any test: ${error.message}`);
  return { passed, failed: failed + trouble.length, skipped, trouble };
}

/** The sum of several runs. */
export function sum(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((total, tally) => total + tally.passed, 0),
    failed: tallies.reduce((total, tally) => total + tally.failed, 0),
    skipped: tallies.reduce((total, tally) => total + tally.skipped, 0),
    trouble: tallies.flatMap((tally) => tally.trouble),
  };
}
