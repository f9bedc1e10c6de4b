import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DestinationColumn } from '../../../src/nva/destination-column.ts';

it('has what a Map would have', () => {
  const names = ['a', 'b'].map((name) => ({ name }));
  const step = fc.tuple(fc.nat({ max: 5000 }), fc.constantFrom(undefined, ...names));
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const column = new DestinationColumn<{ name: string }>();
      const model = new Map<number, { name: string }>();
      for (const [destination, value] of steps) {
        column.set(destination, value);
        if (value === undefined) model.delete(destination);
        else model.set(destination, value);
        expect(column.size).toBe(model.size);
      }
      for (const [destination] of steps) expect(column.get(destination)).toBe(model.get(destination));
      expect(column.get(1 << 20)).toBeUndefined();
    }),
  );
});
