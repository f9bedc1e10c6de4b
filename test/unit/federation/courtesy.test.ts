import { expect, it } from 'vitest';
import { Courtesy } from '../../../src/federation/courtesy.ts';

/** The rest that it asks for when the thread is used for so much of each window. */
function restAt(...uses: readonly number[]): number[] {
  let [now, worked] = [1000, 77];
  const courtesy = new Courtesy({ now: () => now, worked: () => worked });
  return uses.map((use) => {
    now += 100;
    worked += 100 * use;
    return courtesy.rest;
  });
}

it('what is foreign rests for twelve times as long as it works on a thread that is idle otherwise', () => {
  expect(restAt(0)).toEqual([12]);
});

it('it rests the longer the less of the thread is left, up to a bound', () => {
  const [little, half, much, all] = restAt(0.2, 0.5, 0.55, 1) as [number, number, number, number];
  expect(little).toBeCloseTo(18.75);
  expect(half).toBeCloseTo(48);
  expect(much).toBeCloseTo(59.3, 1);
  expect(all).toBe(64);
});

it('it goes by the last window alone', () => {
  expect(restAt(1, 0)).toEqual([64, 12]);
});

it('nothing is measured over less than a window', () => {
  let [now, worked] = [0, 0];
  const courtesy = new Courtesy({ now: () => now, worked: () => worked });
  now = worked = 49;
  expect(courtesy.rest).toBe(12);
  now = worked = 50;
  expect(courtesy.rest).toBe(64);
});
