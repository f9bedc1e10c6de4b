import { expect, it } from 'vitest';
import { RefusalCounts } from '../../../src/federation/refusal-counts.ts';

it('counts by reason, the most frequent first', () => {
  const counts = new RefusalCounts();
  for (const reason of ['loop', 'not-shared', 'not-shared', 'inside']) counts.count(reason);
  expect(counts.entries()).toEqual([
    ['not-shared', 2],
    ['inside', 1],
    ['loop', 1],
  ]);
  expect(counts.total).toBe(4);
});

it('does not grow with what a neighbour thinks of, and loses none', () => {
  const counts = new RefusalCounts();
  for (let i = 0; i < 1000; i++) counts.count(`reason ${i % 500}`);
  expect(counts.entries()).toHaveLength(65);
  expect(counts.entries()[0]).toEqual(['other', 2 * 436]);
  expect(counts.total).toBe(1000);
});
