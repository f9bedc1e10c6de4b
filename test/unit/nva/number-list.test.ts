import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NumberList } from '../../../src/nva/number-list.ts';

it('is in the order of a Set', () => {
  const step = fc.record({
    what: fc.constantFrom('add', 'delete', 'take'),
    number: fc.oneof(fc.nat({ max: 8 }), fc.nat({ max: 5000 })),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const list = new NumberList();
      const model = new Set<number>();
      for (const { what, number } of steps) {
        if (what === 'add') {
          list.add(number);
          model.add(number);
        } else if (what === 'delete') {
          list.delete(number);
          model.delete(number);
        } else {
          const [first = -1] = model;
          model.delete(first);
          expect(list.take()).toBe(first);
        }
        expect(list.size).toBe(model.size);
      }
      for (const number of [...model, -1]) expect(list.take()).toBe(number);
    }),
    { numRuns: 300 },
  );
});
