import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePaths, pathOrder, type RankedPath, steps } from '../../../../src/bgp-ts/rib/best-path.ts';
import { hex } from '../wire/hex.ts';

const base: RankedPath = {
  longLivedStale: true,
  behindClients: true,
  sticky: false,
  mobilitySequence: 1,
  nextHop: hex('0a010002'),
  localPref: 100,
  asPathLength: 2,
  origin: 1,
  med: 10,
  neighbourAs: 65001,
  external: false,
  originatorId: 0x0a000002,
  clusterListLength: 1,
  peerAddress: hex('00000000000000000000ffff0a000002'),
};

/** One row a step: what makes a path better than the base at this step and worse at every later one. */
const rows: readonly [string, Partial<RankedPath>, string, string][] = [
  [
    'long-lived-stale',
    { longLivedStale: false, mobilitySequence: 0 },
    'confirmed, not long-lived stale',
    'RFC 9494 §4.4',
  ],
  ['sticky-mac', { sticky: true, mobilitySequence: 0 }, 'static, not mobile', 'RFC 7432 §15.2'],
  ['mobility-sequence', { mobilitySequence: 2, nextHop: hex('0a010009') }, '2 > 1', 'RFC 7432 §15'],
  ['mobility-next-hop', { nextHop: hex('0a010001'), localPref: 1 }, '10.1.0.1 < 10.1.0.2', 'RFC 7432 §15.1'],
  ['client-membership', { behindClients: false, localPref: 1 }, 'client, not non-client', 'RFC 4684 §3.2 ii'],
  ['local-pref', { localPref: 200, asPathLength: 9 }, '200 > 100', 'RFC 4271 §9.1.1'],
  ['as-path-length', { asPathLength: 1, origin: 2 }, '1 < 2', 'RFC 4271 §9.1.2.2 a'],
  ['origin', { origin: 0, med: 99 }, 'IGP < EGP', 'RFC 4271 §9.1.2.2 b'],
  ['med', { med: 5, originatorId: 0xffffffff }, '5 < 10', 'RFC 4271 §9.1.2.2 c'],
  ['external', { external: true, originatorId: 0xffffffff }, 'not iBGP, not iBGP', 'RFC 4271 §9.1.2.2 d'],
  [
    'originator-id',
    { originatorId: 0x0a000001, clusterListLength: 9 },
    '10.0.0.1 < 10.0.0.2',
    'RFC 4271 §9.1.2.2 f, RFC 4456 §9',
  ],
  [
    'cluster-list-length',
    { clusterListLength: 0, peerAddress: hex('00000000000000000000ffff0a000009') },
    '0 < 1',
    'RFC 4456 §9',
  ],
  [
    'peer-address',
    { peerAddress: hex('00000000000000000000ffff0a000001') },
    '10.0.0.1 < 10.0.0.2',
    'RFC 4271 §9.1.2.2 g',
  ],
];

describe('the decision process', () => {
  it('has the steps in their order', () => {
    expect(steps.map(({ name }) => name)).toEqual(rows.map(([name]) => name));
  });

  it.each(rows)('decides at %s', (name, better, shown, section) => {
    const winner = { ...base, ...better };
    const { order, step } = comparePaths(winner, base, true);
    expect(order).toBeLessThan(0);
    expect(step?.name).toBe(name);
    expect(step?.section).toBe(section);
    const [won, lost] = [step?.show(winner), step?.show(base)];
    expect(step?.relation === 'not' ? `${won}, not ${lost}` : `${won} ${step?.relation} ${lost}`).toBe(shown);
    expect(comparePaths(base, winner, true).order).toBeGreaterThan(0);
    expect(comparePaths(base, winner, true).step?.name).toBe(name);
  });

  it('leaves mobility out of all but MAC/IP advertisements', () => {
    const moved = { ...base, mobilitySequence: 7, sticky: true, nextHop: hex('01010101') };
    expect(comparePaths(moved, base, false)).toEqual({ order: 0 });
    expect(comparePaths({ ...moved, localPref: 1 }, base, false).step?.name).toBe('local-pref');
  });

  it('compares MED between routes of one neighbouring AS alone', () => {
    const elsewhere = { ...base, med: 1, neighbourAs: 65002 };
    expect(comparePaths(elsewhere, base, true)).toEqual({ order: 0 });
    expect(comparePaths({ ...elsewhere, originatorId: 0xffffffff }, base, true).step?.name).toBe('originator-id');
  });

  it('compares identifiers as unsigned numbers', () => {
    const low = { ...base, originatorId: 0x7fffffff };
    expect(comparePaths(low, { ...base, originatorId: 0x80000000 }, false).order).toBeLessThan(0);
  });

  it('shows IPv6 next hops and peers as such, mapped ones as IPv4', () => {
    const shown = (octets: string) =>
      steps.find(({ name }) => name === 'peer-address')?.show({ ...base, peerAddress: hex(octets) });
    expect(shown('20010db8000000000000000000000001')).toBe('2001:db8::1');
    expect(shown('20010db80000000000ffff0a000002ff')).toBe('2001:db8::ff:ff0a:0:2ff');
    expect(shown('20010db800000000'.padEnd(20, '0').concat('ffff0a000002'))).toBe('2001:db8::ffff:a00:2');
    expect(shown('00000000000000000000ffff0a000002')).toBe('10.0.0.2');
  });
});

const small = fc.nat(1);
const path: fc.Arbitrary<RankedPath> = fc.record({
  longLivedStale: fc.boolean(),
  behindClients: fc.boolean(),
  sticky: fc.boolean(),
  mobilitySequence: small,
  nextHop: fc.constantFrom(hex('0a010001'), hex('0a010002'), hex('20010db8000000000000000000000001')),
  localPref: small,
  asPathLength: small,
  origin: small,
  med: small,
  neighbourAs: small,
  external: fc.boolean(),
  originatorId: small,
  clusterListLength: small,
  peerAddress: fc.constantFrom(hex('0a000001'), hex('0a000002')),
});

describe('for any two paths', () => {
  it('the order is the other way round the other way round, and the fast one is the same', () => {
    fc.assert(
      fc.property(path, path, fc.boolean(), (a, b, mobility) => {
        const [there, back] = [comparePaths(a, b, mobility), comparePaths(b, a, mobility)];
        expect(Math.sign(there.order) + Math.sign(back.order)).toBe(0);
        expect(there.step).toBe(back.step);
        expect(there.order === 0).toBe(there.step === undefined);
        expect(pathOrder(a, b, mobility)).toBe(there.order);
      }),
      { numRuns: 1000 },
    );
  });

  it('three paths of one neighbouring AS never run in a circle', () => {
    const one = path.map((p) => ({ ...p, neighbourAs: 65001 }));
    fc.assert(
      fc.property(one, one, one, fc.boolean(), (a, b, c, mobility) => {
        const [ab, bc, ac] = [pathOrder(a, b, mobility), pathOrder(b, c, mobility), pathOrder(a, c, mobility)];
        if (ab <= 0 && bc <= 0) expect(ac).toBeLessThanOrEqual(0);
        if (ab <= 0 && bc <= 0 && ac === 0) expect([ab, bc]).toEqual([0, 0]);
      }),
      { numRuns: 2000 },
    );
  });
});
