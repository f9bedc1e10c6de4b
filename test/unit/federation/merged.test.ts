import type { OwnSource } from 'bgp-ts';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/federation/judge.ts';
import { type Membership, Merged } from '../../../src/federation/merged.ts';
import { RouteDistinguishers } from '../../../src/federation/route-distinguishers.ts';

const source = (index: number) => ({ source: { index } }) as unknown as OwnSource;
const [A, B] = [source(1), source(2)];
const plan = (pref: number) => ({ vni: 7, reach: Uint8Array.of(1), others: Uint8Array.of(pref) }) as unknown as Plan;
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
    const number = merged.join(flood, plan(1), A) as number;
    expect(changed()).toEqual([[1, 1, 1]]);
    expect(merged.join(flood, plan(1), A)).toBe(number);
    expect(changed()).toEqual([]);
    merged.join(flood, plan(2), A);
    expect(changed()).toEqual([[1, 3, 2]]);
    for (let i = 0; i < 2; i++) merged.leave(number);
    expect(changed()).toEqual([]);
    merged.leave(number);
    expect(changed()).toEqual([[1, 0, 2]]);
    distinguishers.sweep();
    expect(distinguishers.size).toBe(0);
  });

  it('that is left and joined before anybody was told goes on', () => {
    const { merged, changed } = setUp();
    const number = merged.join(flood, plan(1), A) as number;
    changed();
    merged.leave(number);
    expect(merged.join(flood, plan(1), A)).toBe(number);
    expect(changed()).toEqual([[1, 1, 1]]);
    merged.leave(number);
    expect(changed()).toEqual([[1, 0, 1]]);
  });

  it('is another one under another source', () => {
    const { merged, changed } = setUp();
    const one = merged.join(flood, plan(1), A) as number;
    const other = merged.join(flood, plan(1), B) as number;
    expect(other).not.toBe(one);
    expect(changed()).toEqual([
      [1, 1, 1],
      [2, 1, 1],
    ]);
    merged.leave(one);
    expect(changed()).toEqual([[1, 0, 1]]);
    expect(merged.join({ ...flood, key: 'flood db' }, plan(1), A)).toBe(one);
  });

  it('is behind a distinguisher of ours', () => {
    const { merged } = setUp();
    merged.join(flood, plan(1), A);
    const [route] = [...merged.changed()];
    expect([...(route?.nlri ?? [])].slice(0, 2)).toEqual([3, 10]);
    expect([...(route?.nlri ?? [])].slice(2, 6)).toEqual([0, 0, 0xfd, 0xe9]);
    expect([...(route?.nlri ?? [])].slice(10)).toEqual([9, 9]);
  });
});
