import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PathAttributes } from '../../../../src/bgp-ts/wire/attribute/path-attributes.ts';
import { announcement, macIp, rib, sourceOf } from './kit.ts';

interface Candidate {
  readonly index: number;
  readonly neighbourAs: number;
  readonly med: number;
  readonly hops: number;
  readonly originatorId: string;
}

/** Announces one route by each candidate, in this order, and says whose path is best. */
function best(candidates: readonly Candidate[], batched: boolean): number {
  const t = rib();
  for (const { index, neighbourAs, med, hops, originatorId } of candidates) {
    const asns = new Array(hops).fill(neighbourAs);
    const attributes: PathAttributes = {
      origin: 'igp',
      asPath: [{ type: 'sequence', asns }],
      localPref: 100,
      multiExitDisc: med,
      originatorId,
    };
    t.receive(sourceOf(index), announcement([macIp(1)], attributes));
    if (!batched) t.decide();
  }
  t.decide();
  expect(t.table.pathsTo(0)[0]?.set).toBe(t.table.sentSet(0));
  return t.attributes.get(t.table.sentSet(0)).source.index;
}

/** RFC 4271 §9.1.2.2 as it is written: each step removes routes from consideration. */
function model(candidates: readonly Candidate[]): number {
  const least = (list: readonly Candidate[], of: (c: Candidate) => number) => {
    const lowest = Math.min(...list.map(of));
    return list.filter((c) => of(c) === lowest);
  };
  const byPath = least(candidates, ({ hops }) => hops);
  const byMed = byPath.filter(
    ({ neighbourAs, med }) => !byPath.some((other) => other.neighbourAs === neighbourAs && other.med < med),
  );
  const byId = least(byMed, ({ originatorId }) => Number(originatorId.split('.')[3]));
  return least(byId, ({ index }) => index)[0]?.index ?? -1;
}

it('takes a path with a higher MED out before it can stand against a third (RFC 4271 §9.1.2.2 c)', () => {
  // By pairs: 1 beats 2 by identifier, 2 beats 3 by identifier, 3 beats 1 by MED.
  const circle: Candidate[] = [
    { index: 1, neighbourAs: 65001, med: 10, hops: 1, originatorId: '10.9.0.1' },
    { index: 2, neighbourAs: 65002, med: 0, hops: 1, originatorId: '10.9.0.2' },
    { index: 3, neighbourAs: 65001, med: 5, hops: 1, originatorId: '10.9.0.3' },
  ];
  const [a, b, c] = circle as [Candidate, Candidate, Candidate];
  for (const order of [
    [a, b, c],
    [a, c, b],
    [b, a, c],
    [b, c, a],
    [c, a, b],
    [c, b, a],
  ]) {
    expect([best(order, true), best(order, false)]).toEqual([2, 2]);
  }
});

it('chooses what the RFC chooses, whatever the order of arrival', () => {
  const candidate = fc.record({
    neighbourAs: fc.constantFrom(65001, 65002, 65003),
    med: fc.nat(2),
    hops: fc.integer({ min: 1, max: 2 }),
    originatorId: fc.nat(4).map((last) => `10.9.0.${last}`),
  });
  const candidates = fc.array(candidate, { minLength: 1, maxLength: 6 }).chain((list) =>
    fc.shuffledSubarray(
      list.map((c, i) => ({ ...c, index: i + 1 })),
      { minLength: list.length },
    ),
  );
  fc.assert(
    fc.property(candidates, fc.boolean(), (list, batched) => {
      expect(best(list, batched)).toBe(model(list));
    }),
    { numRuns: 300 },
  );
});
