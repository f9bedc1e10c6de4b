import { expect, it } from 'vitest';
import { setAlarm } from '../../../../src/bgp-ts/session/clock.ts';
import { FakeClock } from './fake-clock.ts';

it('an alarm goes off when it is time, also beyond what a timer of the machine can be set for', () => {
  const clock = new FakeClock();
  const times: number[] = [];
  const day = 86_400_000;
  const longest: number[] = [];
  const watched = {
    now: () => clock.now(),
    setTimer(milliseconds: number, fire: () => void) {
      longest.push(milliseconds);
      return clock.setTimer(milliseconds, fire);
    },
  };
  for (const at of [100 * day, 5, -5]) setAlarm(watched, at, () => times.push(clock.now()));
  const cancelled = setAlarm(watched, 90 * day, () => times.push(-1));
  clock.advance(60 * day);
  cancelled.cancel();
  clock.advance(60 * day);
  expect(times).toEqual([0, 5, 100 * day]);
  expect(Math.max(...longest)).toBeLessThan(2 ** 31);
  expect(clock.pending).toBe(0);
});
