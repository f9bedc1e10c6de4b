import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes, copyShort, finishHash, hashRange, sameRange } from '../../../../src/bgp-ts/rib/bytes.ts';

const octets = fc.uint8Array({ maxLength: 40 });

describe('hashRange', () => {
  it('takes ranges in turn as one, where the first is a multiple of four octets', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(5), octets, (seed, words, rest) => {
        const bytes = Uint8Array.from([...new Array(words * 4).keys(), ...rest]);
        const turns = hashRange(hashRange(seed, bytes, 0, words * 4), bytes, words * 4, bytes.length);
        expect(turns).toBe(hashRange(seed, bytes, 0, bytes.length));
      }),
    );
  });

  it('reads the range alone', () => {
    const bytes = Uint8Array.of(9, 1, 2, 3, 4, 5, 9);
    expect(hashRange(3, bytes, 1, 6)).toBe(hashRange(3, Uint8Array.of(1, 2, 3, 4, 5), 0, 5));
    expect(hashRange(3, bytes, 1, 6)).not.toBe(hashRange(4, bytes, 1, 6));
  });

  it('has no pair of differences that meets whatever the seed', () => {
    // What the highest bit of a word makes of one multiplication and shift is the same for every seed, so that the next
    // word could take it back: keys made like that would all meet in one slot.
    const key = new Uint8Array(8);
    const twin = new Uint8Array(8);
    const view = new DataView(twin.buffer);
    let meetings = 0;
    for (let shift = 1; shift < 32; shift++) {
      view.setUint32(0, 0x80000000, true);
      view.setUint32(4, (0x80000000 | (0x80000000 >>> shift)) >>> 0, true);
      for (let seed = 0; seed < 64; seed++) {
        const s = Math.imul(seed, 0x9e3779b1);
        if (hashRange(s, key, 0, 8) === hashRange(s, twin, 0, 8)) meetings++;
      }
    }
    expect(meetings).toBe(0);
  });

  it('spreads the keys of a table over its slots', () => {
    const slots = new Int32Array(1 << 12);
    const key = new Uint8Array(23);
    for (let i = 0; i < slots.length; i++) {
      key[21] = i >> 8;
      key[22] = i;
      slots[finishHash(hashRange(5, key, 0, key.length)) & (slots.length - 1)]++;
    }
    // A random function leaves e⁻¹ of the slots empty and fills hardly any with more than seven.
    expect(Math.max(...slots)).toBeLessThan(10);
    expect(slots.filter((count) => count === 0).length / slots.length).toBeCloseTo(Math.exp(-1), 1);
  });
});

it('sameRange compares ranges alone', () => {
  const a = Uint8Array.of(0, 1, 2, 3);
  const b = Uint8Array.of(1, 2, 9);
  expect(sameRange(a, 1, b, 0, 2)).toBe(true);
  expect(sameRange(a, 1, b, 0, 3)).toBe(false);
  expect(sameRange(a, 3, b, 2, 0)).toBe(true);
});

it('copyShort says where it ended', () => {
  const out = new Uint8Array(5);
  expect(copyShort(Uint8Array.of(7, 8, 9), 1, 3, out, 2)).toBe(4);
  expect([...out]).toEqual([0, 0, 8, 9, 0]);
});

it('compareBytes is the order of octets, a beginning before what goes on', () => {
  fc.assert(
    fc.property(octets, octets, (a, b) => {
      expect(Math.sign(compareBytes(a, b))).toBe(Math.sign(Buffer.compare(a, b)));
    }),
  );
});
