/** What nvactl explain prints: each line under its own subject, once, in the order of the way. */
import { expect, test } from 'vitest';
import type { ExplainStep } from '../../../src/api/contract/explain.ts';
import { createPaint } from '../../../src/cli/format/paint.ts';
import { viewExplanation } from '../../../src/cli/views/explanation.ts';

const one = '[2]:[10.1.0.11:7]:[0]:[48]:[02:00:00:00:00:01]';
const two = '[2]:[10.1.0.11:7]:[0]:[48]:[02:00:00:00:00:01]:[32]:[192.0.2.1]';

type Where = Partial<Pick<ExplainStep, 'domain' | 'direction' | 'asked'>>;
const step = (
  stage: ExplainStep['stage'],
  about: string,
  reason: string,
  where: Where = {},
  outcome: ExplainStep['outcome'] = 'yes',
): ExplainStep => ({ stage, outcome, code: 'x', about, reason, domain: null, direction: null, asked: null, ...where });
const shown = (steps: readonly ExplainStep[]) =>
  viewExplanation(
    { steps: [...steps], more: 0, conclusion: { has: true, reason: 'it is there' } },
    createPaint(false),
  ).split('\n');

test('what two routes to one address have in common is said once, under what it is about', () => {
  const place = 'behind 10.1.0.11';
  const decided = [step('mapping', place, 'as leaf1 says'), step('mapping', place, 'nobody else says so')];
  expect(
    shown([
      step('announced', one, 'by leaf1'),
      step('announced', two, 'by leaf1'),
      ...decided,
      ...decided,
      step('mapping', 'behind 10.1.0.12', 'does not count', {}, 'note'),
      step('told', 'leaf1', 'it is behind it'),
      step('told', 'leaf2', 'it has no session', {}, 'no'),
    ]),
  ).toEqual([
    'our own domain',
    `  ${one}`,
    '    yes    announced    by leaf1',
    `  ${two}`,
    '    yes    announced    by leaf1',
    `  ${place}`,
    '    yes    mapping      as leaf1 says',
    '    yes    mapping      nobody else says so',
    '  behind 10.1.0.12',
    '           mapping      does not count',
    '  who is told',
    '    yes    told         leaf1: it is behind it',
    '    no     told         leaf2: it has no session',
    'yes: it is there',
    '',
  ]);
});

test('rules and gateways stand under the route that they decide on, and a line of two routes under each', () => {
  const where = { domain: 'dc2', direction: 'export' } as const;
  const crosses = (route: string, rule: string) => [
    step('policy', rule, 'the rule matches', where),
    step('gateway', '10.1.0.254', 'it is the only gateway of web', where),
    step('translation', route, 'it becomes another', where),
  ];
  const away = step('asked', 'dc2', 'it gives no answer', { domain: 'dc2' }, 'no');
  expect(shown([...crosses(one, 'a.yaml:1'), ...crosses(two, 'a.yaml:9'), away])).toEqual([
    'to dc2',
    `  ${one}`,
    '    yes    policy       a.yaml:1: the rule matches',
    '    yes    gateway      10.1.0.254: it is the only gateway of web',
    '    yes    translation  it becomes another',
    `  ${two}`,
    '    yes    policy       a.yaml:9: the rule matches',
    '    yes    gateway      10.1.0.254: it is the only gateway of web',
    '    yes    translation  it becomes another',
    'dc2',
    '    no     asked        it gives no answer',
    'yes: it is there',
    '',
  ]);
});

test('what another domain says is a section of its own', () => {
  const lines = shown([
    step('announced', one, 'by leaf1'),
    step('announced', one, 'heard', { domain: 'dc1', direction: 'import', asked: 'dc2' }),
  ]);
  expect(lines.slice(0, -2)).toEqual([
    'our own domain',
    `  ${one}`,
    '    yes    announced    by leaf1',
    'dc2 says',
    `  ${one}`,
    '    yes    announced    heard',
  ]);
});
