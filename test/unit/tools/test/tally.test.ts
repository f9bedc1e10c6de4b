import { expect, it } from 'vitest';
import { type CountedModule, count, sum } from '../../../../tools/test/tally.ts';

function module(
  moduleId: string,
  states: readonly string[],
  errors: readonly string[] = [],
  suiteErrors: readonly string[] = [],
): CountedModule {
  const problems = (messages: readonly string[]) => messages.map((message) => ({ message }));
  return {
    moduleId,
    children: {
      allTests: () => states.map((state) => ({ result: () => ({ state }) })),
      allSuites: () => [{ name: 'suite', errors: () => problems(suiteErrors) }],
    },
    errors: () => problems(errors),
  };
}

it('counts tests by what became of them; one that never ran was skipped', () => {
  expect(count([module('a', ['passed', 'failed', 'skipped']), module('b', ['passed', 'pending'])], [])).toEqual({
    passed: 2,
    failed: 1,
    skipped: 2,
    trouble: [],
  });
});

it('counts a file, a hook and an error outside any test as failures', () => {
  expect(
    count([module('a', [], ['no such file']), module('b', ['passed'], [], ['hook'])], [{ message: 'late' }]),
  ).toEqual({
    passed: 1,
    failed: 3,
    skipped: 0,
    trouble: ['a: no such file', 'b: suite: hook', 'outside any test: late'],
  });
});

it('adds runs up', () => {
  const one = { passed: 3, failed: 1, skipped: 0, trouble: ['x'] };
  expect(sum([one, { passed: 4, failed: 0, skipped: 2, trouble: [] }])).toEqual({
    passed: 7,
    failed: 1,
    skipped: 2,
    trouble: ['x'],
  });
});
