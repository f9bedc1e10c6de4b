import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DestinationList } from '../../../src/federation/destination-list.ts';

it('is in the order of a Set', () => {
  const step = fc.record({
    what: fc.constantFrom('add', 'delete', 'take'),
    destination: fc.oneof(fc.nat({ max: 8 }), fc.nat({ max: 5000 })),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const list = new DestinationList();
      const model = new Set<number>();
      for (const { what, destination } of steps) {
        if (what === 'add') {
          list.add(destination);
          model.add(destination);
        } else if (what === 'delete') {
          list.delete(destination);
          model.delete(destination);
        } else {
          const [first = -1] = model;
          model.delete(first);
          expect(list.take()).toBe(first);
        }
        expect(list.size).toBe(model.size);
      }
      for (const destination of [...model, -1]) expect(list.take()).toBe(destination);
    }),
    { numRuns: 300 },
  );
});
