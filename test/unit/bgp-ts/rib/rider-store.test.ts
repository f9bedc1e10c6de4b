import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RiderStore } from '../../../../src/bgp-ts/rib/rider-store.ts';

const bytes = Uint8Array.from({ length: 64 }, (_, i) => i);

describe('RiderStore', () => {
  it('holds one rider for equal octets with an equal cut, and its octets in order', () => {
    const store = new RiderStore({ hashSeed: 3 });
    const id = store.intern(bytes, 8, 10, 30, 3);
    expect(store.intern(Uint8Array.from(bytes), 8, 10, 30, 3)).toBe(id);
    expect([...store.get(id).bytes]).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 30, 31, 32]);
    expect(store.get(id).mid).toBe(10);
    expect(store.size).toBe(1);
  });

  it('tells riders apart that differ in their cut alone', () => {
    const store = new RiderStore({ hashSeed: 3 });
    expect(store.intern(bytes, 0, 10, 10, 3)).not.toBe(store.intern(bytes, 0, 0, 0, 13));
    expect(store.size).toBe(2);
  });

  it('holds an empty rider', () => {
    const store = new RiderStore({ hashSeed: 3 });
    const id = store.intern(bytes, 5, 0, 5, 0);
    expect(store.intern(bytes, 9, 0, 9, 0)).toBe(id);
    expect(store.get(id).bytes.length).toBe(0);
  });

  it('forgets a rider with its last reference, and gives its number to another', () => {
    const store = new RiderStore({ hashSeed: 3 });
    const id = store.intern(bytes, 0, 0, 0, 3);
    store.retain(id);
    store.release(id);
    expect(store.size).toBe(1);
    store.release(id);
    expect(store.size).toBe(0);
    // The one that was interned last is gone: it must not be found by the short cut for runs.
    const other = store.intern(bytes, 0, 0, 0, 3);
    expect(other).toBe(id);
    expect([...store.get(other).bytes]).toEqual([0, 1, 2]);
  });

  it('agrees with a map of texts and counts', () => {
    const operation = fc.record({ add: fc.boolean(), at: fc.nat(6), mid: fc.constantFrom(0, 1, 10), tail: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const store = new RiderStore({ hashSeed: 3 });
        const model = new Map<string, { id: number; refs: number }>();
        for (const { add, at, mid, tail } of operations) {
          const text = `${mid}/${[...bytes.subarray(at, at + mid), ...bytes.subarray(at + 20, at + 20 + tail)]}`;
          const known = model.get(text);
          if (add) {
            const id = store.intern(bytes, at, mid, at + 20, tail);
            if (known === undefined) model.set(text, { id, refs: 1 });
            else {
              expect(id).toBe(known.id);
              known.refs++;
            }
          } else if (known !== undefined) {
            store.release(known.id);
            if (--known.refs === 0) model.delete(text);
          }
        }
        expect(store.size).toBe(model.size);
        expect(new Set([...model.values()].map(({ id }) => id)).size).toBe(model.size);
        for (const [text, { id }] of model) expect(`${store.get(id).mid}/${[...store.get(id).bytes]}`).toBe(text);
      }),
    );
  });
});
