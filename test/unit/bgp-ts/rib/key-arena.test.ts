import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyArena, writeJoined } from '../../../../src/bgp-ts/rib/key-arena.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { joinEvpn, keyEvpn, splitEvpn } from '../../../../src/bgp-ts/wire/nlri/evpn/key.ts';
import { emptySplit } from '../../../../src/bgp-ts/wire/nlri/evpn/split.ts';
import { encodeNlri } from '../../../../src/bgp-ts/wire/nlri/registry.ts';
import { evpnRoute } from '../wire/nlri/arbitrary.ts';

describe('KeyArena', () => {
  it('lays type, length and key out one behind the other', () => {
    const arena = new KeyArena(64);
    const first = arena.allocate(2, 23);
    const second = arena.allocate(3, 17);
    expect([first, second, arena.used]).toEqual([0, 25, 44]);
    expect([arena.type(second), arena.length(second), arena.start(second)]).toEqual([3, 17, 27]);
  });

  it('gives a freed slot to the next key of its length, the last freed first', () => {
    const arena = new KeyArena(64);
    const [a, b, c] = [arena.allocate(2, 8), arena.allocate(2, 8), arena.allocate(2, 9)];
    arena.free(a);
    arena.free(c);
    arena.free(b);
    expect([arena.allocate(5, 8), arena.allocate(6, 8)]).toEqual([b, a]);
    expect([arena.type(b), arena.type(a)]).toEqual([5, 6]);
    expect(arena.allocate(7, 9)).toBe(c);
    expect(arena.allocate(7, 8)).toBe(31);
  });

  it('has room for a link in a slot for no octets at all', () => {
    const arena = new KeyArena(8);
    const slots = [arena.allocate(9, 0), arena.allocate(9, 0), arena.allocate(9, 1)];
    expect(slots).toEqual([0, 6, 12]);
    arena.free(0);
    arena.free(6);
    expect([arena.allocate(9, 0), arena.allocate(9, 0), arena.allocate(9, 0)]).toEqual([6, 0, 18]);
    expect(arena.length(12)).toBe(1);
  });

  it('keeps what it holds when it grows, a key longer than itself included', () => {
    const arena = new KeyArena(4);
    const at = arena.allocate(2, 4);
    arena.bytes.set([1, 2, 3, 4], arena.start(at));
    const long = arena.allocate(200, 255);
    expect([...arena.bytes.subarray(0, 6)]).toEqual([2, 4, 1, 2, 3, 4]);
    expect([arena.type(long), arena.length(long)]).toEqual([200, 255]);
  });
});

it('writeJoined makes of key and rider what the codec makes', () => {
  fc.assert(
    fc.property(evpnRoute, fc.nat(9), (route, offset) => {
      const nlri = encodeNlri(Family.Evpn, [route], { addPath: false });
      const split = emptySplit();
      expect(splitEvpn(nlri, 0, nlri.length, split)).toBe(0);
      const key = keyEvpn(nlri, 0, nlri.length);
      const rider = Uint8Array.from([
        ...nlri.subarray(split.midStart, split.midStart + split.midLength),
        ...nlri.subarray(split.tailStart, split.next),
      ]);
      const out = new Uint8Array(300);
      const end = writeJoined(Uint8Array.of(99, ...key), 1, key.length, rider, split.midLength, out, offset);
      expect(out.subarray(offset, end)).toEqual(nlri.subarray(2));
      expect(joinEvpn(split.type, key, rider)).toEqual(nlri);
    }),
  );
});
