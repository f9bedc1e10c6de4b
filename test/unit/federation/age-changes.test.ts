import { expect, it } from 'vitest';
import { AgeChanges } from '../../../src/federation/age-changes.ts';

it('gives each destination in its second, once, and those that were to be sooner first', () => {
  const ages = new AgeChanges();
  expect(ages.next).toBeUndefined();
  for (const [destination, second] of [
    [1, 60],
    [2, 30],
    [3, 60],
    [1, 70],
    [3, 20],
  ] as const) {
    ages.plan(destination, second);
  }
  expect([ages.next, [...ages.due(19)]]).toEqual([20, []]);
  expect([[...ages.due(30)], ages.next]).toEqual([[2, 3], 60]);
  expect([[...ages.due(60)], ages.next]).toEqual([[1], undefined]);
  ages.plan(1, 80);
  ages.clear();
  expect([[...ages.due(100)], ages.next]).toEqual([[], undefined]);
});
