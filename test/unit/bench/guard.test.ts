import { describe, expect, it } from 'vitest';
import { combine, judge } from '../../../bench/hot-path/guard.ts';

const referenceSeconds = 2;
const accepted = { ratio: 1, allocatedPerRoute: 400, referenceSeconds, processor: 'this one' };

describe('the guard of the hot path', () => {
  it.each([
    ['what is as it was', 1, 400, true],
    ['what is cheaper', 0.5, 100, true],
    ['what is within the limit', 1.09, 435, true],
    ['15 % more time', 1.15, 400, false],
    ['15 % more allocations', 1, 460, false],
  ])('judges %s', (_, ratio, allocatedPerRoute, passed) => {
    expect(judge({ ratio, allocatedPerRoute, referenceSeconds }, accepted, 'this one').passed).toBe(passed);
  });

  it.each([
    ['on a processor that it was not accepted on', 'another', 2],
    ['on one of the same name that is slower', 'this one', 3],
    ['on one of the same name that is faster', 'this one', 1],
  ])('allows more time, but no more allocations, %s', (_, on, seconds) => {
    const found = { ratio: 1, allocatedPerRoute: 400, referenceSeconds: seconds };
    expect(judge({ ...found, ratio: 1.25 }, accepted, on).passed).toBe(true);
    expect(judge({ ...found, ratio: 1.35 }, accepted, on).passed).toBe(false);
    expect(judge({ ...found, allocatedPerRoute: 460 }, accepted, on).passed).toBe(false);
  });

  it('says what it found, what is allowed, and how to accept it', () => {
    expect(
      judge({ ratio: 1.2, allocatedPerRoute: 410, referenceSeconds }, accepted, 'this one').text.split('\n'),
    ).toEqual([
      "the hot path: 1.200 of the reference's time, 410 octets allocated for a route; accepted: 1.000 of the reference's time, 400 octets allocated for a route.",
      'Time +20.0 % (limit +10.0 %), allocations +2.5 % (limit +10.0 %).',
      'It got dearer. If something else ran beside it, measure again on an idle machine first.',
      'If it is meant: npm run bench -- --guard --accept',
    ]);
  });

  it('takes the best of what the processes found, and the middle of the reference', () => {
    const found = [
      { hotSeconds: 3, referenceSeconds: 1, allocatedPerRoute: 500 },
      { hotSeconds: 2, referenceSeconds: 4, allocatedPerRoute: 470 },
      { hotSeconds: 5, referenceSeconds: 2, allocatedPerRoute: 480 },
    ];
    expect(combine(found)).toEqual({ ratio: 1, allocatedPerRoute: 470, referenceSeconds: 2 });
  });
});
