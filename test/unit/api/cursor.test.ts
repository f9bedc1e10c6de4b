import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor } from '../../../src/api/cursor.ts';

test('a cursor leads back to its position under the same filter, in whatever order its members stand', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(255), fc.string(), (position, type, rd) => {
      const cursor = encodeCursor(position, { type, rd, mac: undefined });
      expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(decodeCursor(cursor, { rd, type })).toEqual({ position });
    }),
  );
});

test('a cursor for other filters is refused', () => {
  const cursor = encodeCursor('p', { type: 2 });
  expect(decodeCursor(cursor, { type: 3 })).toEqual({
    reason: 'was given for other filters; use the same filters on every page',
  });
});

test('whatever is not a cursor is refused, never thrown', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.base64String()), (text) => {
      expect(decodeCursor(text, {})).toEqual({ reason: "must be 'next' of an earlier page, unchanged" });
    }),
  );
  const foreign = Buffer.from(JSON.stringify([2, 'x', 'p'])).toString('base64url');
  expect(decodeCursor(foreign, {})).toHaveProperty('reason');
});
