import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes } from '../../../src/bgp-ts/rib/bytes.ts';
import { parseIp } from '../../../src/bgp-ts/wire/ip.ts';
import { compareClaims, isSamePlace, type MacClaim, nextSequence, settle } from '../../../src/evpn/mobility.ts';

const claim = (more: Partial<MacClaim> = {}): MacClaim => ({
  nextHop: '10.0.0.1',
  sequence: 0,
  sticky: false,
  ...more,
});

describe('of two claims to one MAC address', () => {
  it.each<[string, Partial<MacClaim>, Partial<MacClaim>]>([
    ['long-lived-stale', {}, { longLivedStale: true, sticky: true, sequence: 9 }],
    ['sticky-mac', { sticky: true, nextHop: '10.0.0.9' }, { sequence: 9 }],
    ['mobility-sequence', { sequence: 10, nextHop: '10.0.0.9' }, { sequence: 9 }],
    ['mobility-sequence', { sequence: 10, distance: 2 }, { sequence: 9 }],
    ['as-path-length', { distance: 1, nextHop: '10.0.0.9' }, { distance: 2 }],
    ['as-path-length', { nextHop: '10.0.0.9' }, { distance: 1 }],
    // as octets, not as text
    ['mobility-next-hop', { nextHop: '10.0.0.9' }, { nextHop: '10.0.0.10' }],
    ['mobility-next-hop', { nextHop: '2001:db8::9' }, { nextHop: '2001:db8::10' }],
  ])('%s decides', (step, winner, loser) => {
    const [won, lost] = [compareClaims(claim(winner), claim(loser)), compareClaims(claim(loser), claim(winner))];
    expect(won.order).toBeLessThan(0);
    expect(lost.order).toBeGreaterThan(0);
    expect(won.step?.name).toBe(step);
    expect(lost.step?.name).toBe(step);
  });

  it('says what each had, for people', () => {
    const { step } = compareClaims(claim({ sequence: 3 }), claim({ sequence: 2, nextHop: '10.0.0.2' }));
    expect(step?.reason).toBe('higher MAC mobility sequence number');
    expect([step?.show(claim({ sequence: 3 })), step?.relation, step?.show(claim({ sequence: 2 }))]).toEqual([
      '3',
      '>',
      '2',
    ]);
  });

  it('nothing decides where they are of one NVE and say the same', () => {
    expect(compareClaims(claim(), claim())).toEqual({ order: 0 });
  });

  it('the order of next hops is that of the decision process', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(address, address, (a, b) => {
        const { order } = compareClaims(claim({ nextHop: a }), claim({ nextHop: b }));
        expect(Math.sign(order)).toBe(Math.sign(compareBytes(parseIp(a) as Uint8Array, parseIp(b) as Uint8Array)));
      }),
    );
  });
});

describe('all claims to one MAC address', () => {
  it('are settled with the best of the other places, and the step between them', () => {
    const claims = [
      claim({ nextHop: '10.0.0.1', sequence: 1 }),
      claim({ nextHop: '10.0.0.2', sequence: 3 }),
      claim({ nextHop: '10.0.0.2', sequence: 2 }),
      claim({ nextHop: '10.0.0.3', sequence: 2 }),
    ];
    const settled = settle(claims);
    expect(settled?.holder).toBe(claims[1]);
    // not the second of its own
    expect(settled?.contender).toBe(claims[3]);
    expect(settled?.step?.name).toBe('mobility-sequence');
  });

  it('need no decision where they are of one place', () => {
    const esi = '00112233445566778899';
    const claims = [claim(), claim({ sequence: 1 })];
    expect(settle(claims)).toEqual({ holder: claims[1] });
    const shared = [claim({ esi }), claim({ esi, nextHop: '10.0.0.2' })];
    expect(settle(shared)).toEqual({ holder: shared[0] });
    expect(settle([])).toBeUndefined();
  });

  it('have one holder whatever order they come in', () => {
    const any = fc.record({
      nextHop: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.10', '2001:db8::1'),
      sequence: fc.nat({ max: 3 }),
      sticky: fc.boolean(),
      longLivedStale: fc.boolean(),
    });
    const several = fc.array(any, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        several.chain((claims) =>
          fc.tuple(fc.constant(claims), fc.shuffledSubarray(claims, { minLength: claims.length })),
        ),
        ([claims, shuffled]) => {
          const [one, other] = [settle(claims), settle(shuffled)];
          expect(other).toEqual(one);
          for (const each of claims) expect(compareClaims(one?.holder as MacClaim, each).order).toBeLessThanOrEqual(0);
        },
      ),
    );
  });
});

it('is no move within one NVE or one Ethernet segment', () => {
  const esi = '00112233445566778899';
  expect(isSamePlace(claim(), claim({ sequence: 1 }))).toBe(true);
  expect(isSamePlace(claim(), claim({ nextHop: '10.0.0.2' }))).toBe(false);
  expect(isSamePlace(claim({ esi }), claim({ esi, nextHop: '10.0.0.2' }))).toBe(true);
  expect(isSamePlace(claim({ esi }), claim({ nextHop: '10.0.0.2' }))).toBe(false);
});

it('counts moves up to the last number there is', () => {
  expect(nextSequence(0)).toBe(1);
  expect(nextSequence(0xfffffffe)).toBe(0xffffffff);
  expect(nextSequence(0xffffffff)).toBe(0xffffffff);
});
