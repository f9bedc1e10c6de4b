import { expect, test } from 'vitest';
import { suggest } from '../../../src/api/suggest.ts';

const known = ['type', 'vni', 'mac', 'nextHop', 'routeTarget'];

test.each([
  ['macc', 'mac'],
  ['Mac', 'mac'],
  ['nexthop', 'nextHop'],
  ['routetargets', 'routeTarget'],
  ['colour', undefined],
  ['', undefined],
  ['x'.repeat(100_000), undefined],
])('%s', (given, meant) => {
  expect(suggest(given, known)).toBe(meant);
});
