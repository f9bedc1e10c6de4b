import { describe, expect, it } from 'vitest';
import { decodeRd } from '../../../src/bgp-ts/wire/rd.ts';
import { RouteDistinguishers } from '../../../src/federation/route-distinguishers.ts';

const theirs = (n: number): Uint8Array => Uint8Array.of(0, 0, 0xfd, 0xea, 0, n >> 16, n >> 8, n);
const text = (rd: Uint8Array | undefined): string => Buffer.from(rd ?? []).toString('hex');

describe('route distinguishers of our own', () => {
  it('are the same at each replica, and others for another domain', () => {
    const [one, other] = [new RouteDistinguishers(65001, 'import dc2'), new RouteDistinguishers(65001, 'import dc2')];
    const elsewhere = new RouteDistinguishers(65001, 'import dc3');
    for (let n = 0; n < 100; n++) {
      expect(text(one.of(theirs(n), 0))).toBe(text(other.of(theirs(n), 0)));
      expect(text(one.of(theirs(n), 0))).not.toBe(text(elsewhere.of(theirs(n), 0)));
    }
  });

  it('are different where theirs are, and read from anywhere in an NLRI', () => {
    const ours = new RouteDistinguishers(65001, 'x');
    const all = new Set(Array.from({ length: 5000 }, (_, n) => text(ours.of(theirs(n), 0))));
    expect(all.size).toBe(5000);
    expect(text(ours.of(Uint8Array.of(2, 33, ...theirs(7), 9), 2))).toBe(text(ours.of(theirs(7), 0)));
  });

  it('are of our AS number, of type 2 where it takes four octets', () => {
    expect(decodeRd(new RouteDistinguishers(65001, 'x').of(theirs(1), 0) as Uint8Array)).toMatchObject({
      type: 0,
      asn: 65001,
    });
    expect(decodeRd(new RouteDistinguishers(4_200_000_000, 'x').of(theirs(1), 0) as Uint8Array)).toMatchObject({
      type: 2,
      asn: 4_200_000_000,
    });
  });

  it('stay as long as a route has them, and until what was said of it is through', () => {
    const ours = new RouteDistinguishers(65001, 'x');
    ours.retain(theirs(1), 0);
    ours.retain(theirs(1), 0);
    ours.release(theirs(1), 0);
    ours.sweep();
    expect(ours.size).toBe(1);
    const before = text(ours.of(theirs(1), 0));
    ours.release(theirs(1), 0);
    expect([ours.size, text(ours.of(theirs(1), 0))]).toEqual([1, before]);
    ours.sweep();
    expect(ours.size).toBe(0);
  });

  it('are not given away while one that is released may still be withdrawn', () => {
    // With four octets of AS number there are 65,536 of them, so that two of 2,000 meet.
    const ours = new RouteDistinguishers(4_200_000_000, 'x');
    const wanted = new Map<string, number>();
    let met: readonly [number, number] | undefined;
    for (let n = 0; met === undefined; n++) {
      const rd = text(ours.of(theirs(n), 0));
      ours.sweep();
      const other = wanted.get(rd);
      if (other !== undefined) met = [other, n];
      wanted.set(rd, n);
    }
    const [one, other] = met.map(theirs) as [Uint8Array, Uint8Array];
    ours.retain(one, 0);
    const rd = text(ours.of(one, 0));
    ours.release(one, 0);
    expect(text(ours.of(other, 0))).not.toBe(rd);
    ours.sweep();
    expect(ours.size).toBe(0);
    expect(text(ours.of(other, 0))).toBe(rd);
  });

  it('are bounded', () => {
    const ours = new RouteDistinguishers(4_200_000_000, 'x');
    const all = new Set<string>();
    let n = 0;
    for (; ours.of(theirs(n), 0) !== undefined; n++) {
      ours.retain(theirs(n), 0);
      all.add(text(ours.of(theirs(n), 0)));
    }
    expect([n, all.size, ours.size]).toEqual([49_152, 49_152, 49_152]);
    expect(text(ours.of(theirs(0), 0))).toBeDefined();
    ours.release(theirs(0), 0);
    ours.sweep();
    expect(ours.of(theirs(n), 0)).toBeDefined();
  });

  it('are none where all numbers are taken that one could have', () => {
    const ours = new RouteDistinguishers(4_200_000_000, 'x');
    // Those that have a number of the first 2,000 make one row of numbers, longer than is looked through.
    let n = 0;
    for (; n < 1 << 20; n++) {
      const rd = ours.of(theirs(n), 0);
      if (rd === undefined) break;
      if (((rd[6]! << 8) | rd[7]!) < 2000) ours.retain(theirs(n), 0);
      ours.sweep();
    }
    expect(ours.size).toBeLessThanOrEqual(2000);
    expect(ours.size).toBeGreaterThan(1024);
    expect(ours.of(theirs(n), 0)).toBeUndefined();
  });
});
