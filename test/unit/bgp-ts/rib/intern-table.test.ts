import { describe, expect, it } from 'vitest';
import { type InternSlot, InternTable } from '../../../../src/bgp-ts/rib/intern-table.ts';

interface Named extends InternSlot<Named> {
  readonly name: string;
}

/** A table whose values have the hash that they are given, so that they may share one. */
function setUp() {
  const table = new InternTable<Named>();
  return {
    table,
    add(name: string, hash: number): number {
      const slot: Named = { id: table.takeId(), name, hash, refs: 1, nextSameHash: table.first(hash) };
      table.add(slot);
      return slot.id;
    },
    chain(hash: number): string[] {
      const names: string[] = [];
      for (let slot = table.first(hash); slot !== undefined; slot = slot.nextSameHash) names.push(slot.name);
      return names;
    },
  };
}

describe('InternTable', () => {
  it.each([
    ['a', ['c', 'b']],
    ['b', ['c', 'a']],
    ['c', ['b', 'a']],
  ])('takes %s out of a chain of three and leaves the others', (name, rest) => {
    const t = setUp();
    const ids = new Map(['a', 'b', 'c'].map((n) => [n, t.add(n, 7)]));
    expect(t.chain(7)).toEqual(['c', 'b', 'a']);
    expect(t.table.release(ids.get(name) as number)?.name).toBe(name);
    expect(t.chain(7)).toEqual(rest);
    expect(t.table.size).toBe(2);
    for (const other of rest) expect(t.table.get(ids.get(other) as number).name).toBe(other);
  });

  it('has no chain where the last of it went, and uses numbers again', () => {
    const t = setUp();
    const [a, b] = [t.add('a', 7), t.add('b', 8)];
    t.table.retain(a);
    expect(t.table.release(a)).toBeUndefined();
    expect(t.table.release(a)?.name).toBe('a');
    expect([t.chain(7), t.chain(8)]).toEqual([[], ['b']]);
    expect(t.add('c', 8)).toBe(a);
    expect(t.chain(8)).toEqual(['c', 'b']);
    expect(t.table.release(b)?.name).toBe('b');
    expect(t.chain(8)).toEqual(['c']);
  });
});
