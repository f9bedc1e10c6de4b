import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FlapGroups, type FlapKey } from '../../../src/federation/flap-groups.ts';
import { NONE } from '../../../src/nva/number-list.ts';

const keyOf = (n: number): FlapKey => ({ network: 1217 + (n % 3), address: 0x020000000000 + n * 0x10001 });

/** With an allowance of one a group is made at once; here each count is of a route that had a part in its last change. */
function counted(groups: FlapGroups, key: FlapKey, now: number): number {
  const group = groups.groupOf(key, 0, 0, now);
  groups.count(group, Number.MAX_SAFE_INTEGER, now);
  return group;
}

describe('groups of routes that are damped together', () => {
  it('are found by network and address, the highest and those that differ in one octet among them', () => {
    const groups = new FlapGroups({ interval: 1000, allowance: 1 }, 7);
    const keys = [0, 1, 0x020000000001, 0x020000000100, 0x030000000001, 0xffffffffffff].flatMap((address) =>
      [-1, 1, 0xffffff].map((network) => ({ network, address })),
    );
    const numbers = keys.map((key) => counted(groups, key, 0));
    expect(new Set(numbers).size).toBe(keys.length);
    expect(keys.map((key) => groups.find(key))).toEqual(numbers);
    groups.forget(keys[4]!);
    expect(keys.map((key) => groups.find(key))).toEqual(numbers.map((number, i) => (i === 4 ? NONE : number)));
    expect(groups.find({ network: 2, address: 0 })).toBe(NONE);
  });

  it('are kept until they have regained all, and their numbers are given again', () => {
    const groups = new FlapGroups({ interval: 1000, allowance: 1 }, 1);
    let highest = 0;
    for (let n = 0; n < 100_000; n++) {
      while (groups.overAt <= n) groups.takeOver();
      highest = Math.max(highest, counted(groups, keyOf(n), n));
    }
    // A thousand are within the interval.
    expect(highest).toBeLessThan(3000);
    for (let n = 99_001; n < 100_000; n++) expect(groups.find(keyOf(n))).not.toBe(NONE);
  });

  it('are made when a route crosses a second time within the interval, and know of the first', () => {
    const groups = new FlapGroups({ interval: 1000, allowance: 3 }, 1);
    const key = keyOf(1);
    expect([groups.groupOf(key, 0, 0, 5), groups.regainedAt(NONE, 5)]).toEqual([NONE, 1005]);
    const first = groups.count(NONE, 0, 5);
    expect(groups.groupOf(key, first, 1005, 1005)).toBe(NONE);
    const group = groups.groupOf(key, first, 1005, 10);
    expect(groups.find(key)).toBe(group);
    expect(groups.count(group, first, 10)).toBe(first + 1);
    expect(groups.regainedAt(group, 10)).toBe(2005);
    // Another route takes part in that.
    expect(groups.count(group, 0, 20)).toBe(first + 1);
    expect(groups.regainedAt(group, 20)).toBe(2005);
  });

  it('are a million at most: some that do not rest go, however many come', () => {
    const groups = new FlapGroups({ interval: 3_600_000, allowance: 1 }, 1);
    const first = counted(groups, keyOf(0), 0);
    expect(groups.admits(first, Number.MAX_SAFE_INTEGER)).toBe(false);
    let highest = 0;
    for (let n = 1; n < 1_200_000; n++) highest = Math.max(highest, counted(groups, keyOf(n), 1));
    expect(highest).toBe(2 ** 20 - 1);
    expect(groups.find(keyOf(0))).toBe(first);
    expect(groups.find(keyOf(1_199_999))).not.toBe(NONE);
  });

  it('are what a plain map of them is, whatever comes and goes', () => {
    const step = fc.record({ n: fc.nat(30), do: fc.constantFrom('count', 'count', 'forget'), wait: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.integer(), (steps, seed) => {
        const groups = new FlapGroups({ interval: 200, allowance: 1 }, seed);
        const regained = new Map<number, number>();
        let now = 0;
        for (const { n, do: what, wait } of steps) {
          now += wait;
          while (groups.overAt <= now) groups.takeOver();
          if (what === 'forget') {
            groups.forget(keyOf(n));
            regained.delete(n);
          } else {
            const group = counted(groups, keyOf(n), now);
            expect(group).not.toBe(NONE);
            regained.set(n, now + 200);
          }
          for (const [key, until] of regained) {
            const group = groups.find(keyOf(key));
            if (until > now) expect(groups.regainedAt(group, now)).toBe(until);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
