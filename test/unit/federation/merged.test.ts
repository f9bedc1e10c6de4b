import type { OwnSource } from 'bgp-ts';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/federation/judge.ts';
import { type Membership, Merged } from '../../../src/federation/merged.ts';
import { RouteDistinguishers } from '../../../src/federation/route-distinguishers.ts';

const source = (index: number) => ({ source: { index } }) as unknown as OwnSource;
const [A, B] = [source(1), source(2)];
const planOf = (pref: number, rule: Plan['verdict']['rule'] = 'default') => {
  const verdict = { outcome: 'accept', rule };
  return { vni: 7, reach: Uint8Array.of(1), others: Uint8Array.of(pref), verdict } as unknown as Plan;
};
const [one, two, three] = [planOf(1), planOf(2), planOf(3)];
const flood: Membership = { key: 'flood web', type: 3, behindRd: Uint8Array.of(9, 9) };

function setUp() {
  const distinguishers = new RouteDistinguishers(65001, 'x');
  const merged = new Merged(distinguishers);
  const changed = () =>
    [...merged.changed()].map(
      ({
        source: {
          source: { index },
        },
        members,
        plan: { others },
      }) => [index, members, others[0]],
    );
  return { distinguishers, merged, changed };
}

describe('a merged route', () => {
  it('is told with its first member, when what it says is another, and when the last has left', () => {
    const { merged, changed, distinguishers } = setUp();
    const number = merged.join(flood, one, A) as number;
    expect(changed()).toEqual([[1, 1, 1]]);
    expect(merged.join(flood, one, A)).toBe(number);
    expect(changed()).toEqual([]);
    merged.join(flood, two, A);
    expect(changed()).toEqual([[1, 3, 2]]);
    for (let i = 0; i < 2; i++) merged.leave(number, one);
    expect(changed()).toEqual([]);
    merged.leave(number, two);
    expect(changed()).toEqual([[1, 0, 2]]);
    distinguishers.sweep();
    expect(distinguishers.size).toBe(0);
  });

  it('says what one of its members says: not what somebody did who has left', () => {
    const { merged, changed } = setUp();
    const number = merged.join(flood, one, A) as number;
    for (const plan of [two, three, three]) merged.join(flood, plan, A);
    expect(changed()).toEqual([[1, 4, 3]]);
    merged.leave(number, two);
    merged.leave(number, three);
    expect(changed()).toEqual([]);
    merged.leave(number, three);
    expect(changed()).toEqual([[1, 1, 1]]);
  });

  it('that is left and joined before anybody was told goes on', () => {
    const { merged, changed } = setUp();
    const number = merged.join(flood, one, A) as number;
    changed();
    merged.leave(number, one);
    expect(merged.join(flood, one, A)).toBe(number);
    expect(changed()).toEqual([]);
    merged.leave(number, one);
    expect(changed()).toEqual([[1, 0, 1]]);
  });

  it('says the same in whatever order its members joined: what the first of their rules makes of it', () => {
    const rule = (index: number) => ({ file: 'f', line: index, index });
    const plans = [planOf(5), planOf(4, rule(1)), planOf(2, rule(0)), planOf(3, rule(0))];
    for (const order of [plans, [...plans].reverse()]) {
      const { merged, changed } = setUp();
      for (const plan of order) merged.join(flood, plan, A);
      expect(changed()).toEqual([[1, 4, 3]]);
    }
  });

  it('is another one under another source', () => {
    const { merged, changed } = setUp();
    const number = merged.join(flood, one, A) as number;
    expect(merged.join(flood, one, B)).not.toBe(number);
    expect(changed()).toEqual([
      [1, 1, 1],
      [2, 1, 1],
    ]);
    merged.leave(number, one);
    expect(changed()).toEqual([[1, 0, 1]]);
    expect(merged.join({ ...flood, key: 'flood db' }, one, A)).toBe(number);
  });

  it('is behind a distinguisher of ours', () => {
    const { merged } = setUp();
    merged.join(flood, one, A);
    const [route] = [...merged.changed()];
    expect([...(route?.nlri ?? [])].slice(0, 2)).toEqual([3, 10]);
    expect([...(route?.nlri ?? [])].slice(2, 6)).toEqual([0, 0, 0xfd, 0xe9]);
    expect([...(route?.nlri ?? [])].slice(10)).toEqual([9, 9]);
  });
});
