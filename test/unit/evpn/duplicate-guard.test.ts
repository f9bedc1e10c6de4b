import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DuplicateGuard, type DuplicateGuardOptions } from '../../../src/evpn/duplicate-guard.ts';

const web = (mac: number) => `web 02:00:00:00:00:0${mac}`;

function guarded(options: DuplicateGuardOptions = {}) {
  let time = 1_000;
  const displaced: string[] = [];
  const guard = new DuplicateGuard(options, { now: () => time, displaced: (key) => displaced.push(key) });
  const moves = (key: string, count: number) => Array.from({ length: count }, () => guard.move(key));
  return { guard, displaced, moves, wait: (milliseconds: number) => (time += milliseconds) };
}

describe('a MAC address that moves too often', () => {
  it('is frozen by the fifth move within 180 s, and its later ones are ignored', () => {
    const { guard, moves, wait } = guarded();
    expect(moves(web(1), 4)).toEqual(['counted', 'counted', 'counted', 'counted']);
    wait(179_999);
    expect(moves(web(1), 3)).toEqual(['frozen', 'ignored', 'ignored']);
    expect(guard.isFrozen(web(1))).toBe(true);
    expect([...guard.frozen()]).toEqual([{ key: web(1), since: 180_999, ignored: 2 }]);
    // no time ends it
    wait(1e9);
    expect(guard.move(web(1))).toBe('ignored');
  });

  it('may move again once it is released, and is counted anew', () => {
    const { guard, moves } = guarded();
    moves(web(1), 5);
    expect(guard.release(web(1))).toBe(true);
    expect(guard.release(web(1))).toBe(false);
    expect(moves(web(1), 5)).toEqual(['counted', 'counted', 'counted', 'counted', 'frozen']);
  });

  it('is found in any stretch of time, not only in one that a timer began', () => {
    const { moves, wait } = guarded({ moves: 3, window: 100 });
    expect(moves(web(1), 1)).toEqual(['counted']);
    wait(90);
    expect(moves(web(1), 1)).toEqual(['counted']);
    wait(20);
    expect(moves(web(1), 2)).toEqual(['counted', 'frozen']);
  });
});

it('lets an address move for ever that does so slowly', () => {
  const { moves, wait, guard } = guarded({ moves: 2, window: 100 });
  for (let i = 0; i < 50; i++) {
    expect(moves(web(1), 1)).toEqual(['counted']);
    wait(100);
  }
  expect(guard.remembered).toBeLessThanOrEqual(2);
});

it('counts each address for itself, and forgets one that is gone', () => {
  const { guard, moves } = guarded({ moves: 2 });
  expect([guard.move(web(1)), guard.move(web(2))]).toEqual(['counted', 'counted']);
  guard.forget(web(1));
  expect(moves(web(1), 2)).toEqual(['counted', 'frozen']);
  guard.forget(web(1));
  expect(guard.isFrozen(web(1))).toBe(false);
  expect(guard.move(web(2))).toBe('frozen');
});

describe('its memory is bounded', () => {
  it('of those that are counted the ones that moved longest ago are forgotten', () => {
    const { guard } = guarded({ moves: 2, capacity: 4 });
    for (const mac of [1, 2, 3, 4, 5]) guard.move(web(mac));
    expect(guard.remembered).toBe(3);
    expect([3, 4, 5].map((mac) => guard.move(web(mac)))).toEqual(['frozen', 'frozen', 'frozen']);
    expect([1, 2].map((mac) => guard.move(web(mac)))).toEqual(['counted', 'counted']);
  });

  it('however many there are', () => {
    const { guard, wait } = guarded({ capacity: 10 });
    fc.assert(
      fc.property(fc.nat({ max: 1000 }), fc.nat({ max: 30_000 }), (mac, pause) => {
        wait(pause);
        guard.move(web(mac));
        expect(guard.remembered).toBeLessThanOrEqual(10);
        expect([...guard.frozen()].length).toBeLessThanOrEqual(10);
      }),
      { numRuns: 1000 },
    );
  });

  it('of those that are frozen the longest gives way, and that is told', () => {
    const { guard, displaced } = guarded({ moves: 1, capacity: 2 });
    for (const mac of [1, 2, 3]) expect(guard.move(web(mac))).toBe('frozen');
    expect([...guard.frozen()].map(({ key }) => key)).toEqual([web(2), web(3)]);
    expect(displaced).toEqual([web(1)]);
  });

  it('those whose moves are long ago are forgotten without being asked for', () => {
    const { guard, wait } = guarded({ window: 100 });
    for (let mac = 1; mac < 10; mac++) guard.move(web(mac));
    for (let i = 0; i < 2; i++) {
      wait(100);
      guard.move(web(1));
    }
    expect(guard.remembered).toBe(2);
  });
});

it('does what a list of all moves would do', () => {
  const step = fc.record({ mac: fc.nat({ max: 2 }), wait: fc.nat({ max: 60 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { guard, wait } = guarded({ moves: 3, window: 100 });
      const all = new Map<number, number[]>();
      let time = 0;
      for (const { mac, wait: pause } of steps) {
        wait(pause);
        time += pause;
        const times = all.get(mac) ?? [];
        const wasFrozen = times.some((last, i) => i >= 2 && last - times[i - 2] < 100);
        all.set(mac, [...times, time]);
        const frozen = times.length >= 2 && time - times[times.length - 2] < 100;
        expect(guard.move(web(mac))).toBe(wasFrozen ? 'ignored' : frozen ? 'frozen' : 'counted');
      }
    }),
  );
});
