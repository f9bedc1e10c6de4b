import { describe, expect, it } from 'vitest';
import { decodeAttributes } from '../../../../../src/bgp-ts/wire/attribute/decode.ts';
import { attributes as registry } from '../../../../../src/bgp-ts/wire/attribute/registry.ts';
import { type DecodeContext, defaultContext } from '../../../../../src/bgp-ts/wire/context.ts';
import type { Outcome } from '../../../../../src/bgp-ts/wire/fault.ts';
import { hex } from '../hex.ts';

const withdraw = 'treat-as-withdraw';
const discard = 'attribute-discard';
const reset = 'session-reset';
const ibgp = defaultContext;
const ebgp: DecodeContext = { ...defaultContext, session: 'ebgp' };
const twoOctet: DecodeContext = { ...defaultContext, asn4: false };

/** A malformed attribute alone: stable code, its octets, outcome, NOTIFICATION 3 subcode, offset. */
const cases: [code: string, octets: string, Outcome, subcode: number, offset: number, ctx?: DecodeContext][] = [
  // RFC 7606 §7.1
  ['attribute-empty', '400100', withdraw, 5, 0],
  ['origin-length', '400102 0000', withdraw, 5, 3],
  ['origin-value', '400101 03', withdraw, 6, 3],
  // §7.2, and AS number zero of RFC 7607 §2
  ['as-path-segment-type', '400202 0501', withdraw, 11, 3],
  ['as-path-segment-type', '400202 0001', withdraw, 11, 3],
  ['as-path-segment-overrun', '400206 0202 00000001', withdraw, 11, 4],
  ['as-path-segment-underrun', '400207 0201 00000001 02', withdraw, 11, 9],
  ['as-path-segment-empty', '400202 0200', withdraw, 11, 4],
  ['as-path-as-zero', '400206 0201 00000000', withdraw, 11, 5],
  ['as-path-confed', '400206 0301 00000001', withdraw, 11, 3, ebgp],
  ['as-path-confed', '400206 0401 00000001', withdraw, 11, 3, ebgp],
  // §7.3, and the host's address of RFC 4271 §6.3
  ['next-hop-length', '400303 0a0000', withdraw, 5, 3],
  ['next-hop-address', '400304 00000000', withdraw, 8, 3],
  ['next-hop-address', '400304 e0000001', withdraw, 8, 3],
  ['next-hop-address', '400304 ffffffff', withdraw, 8, 3],
  // §7.4, §7.5
  ['multi-exit-disc-length', '800403 000000', withdraw, 5, 3],
  ['local-pref-length', '400505 0000000000', withdraw, 5, 3],
  ['attribute-external', '400504 00000064', discard, 5, 0, ebgp],
  // §7.6, §7.7
  ['atomic-aggregate-length', '400601 00', discard, 5, 3],
  ['aggregator-length', 'c00706 0001 0a000001', discard, 5, 3],
  ['aggregator-length', 'c00708 00000001 0a000001', discard, 5, 3, twoOctet],
  ['aggregator-as-zero', 'c00708 00000000 0a000001', discard, 9, 3],
  // §7.9, §7.10
  ['originator-id-length', '800903 0a0000', withdraw, 5, 3],
  ['attribute-external', '800904 0a000001', discard, 5, 0, ebgp],
  ['cluster-list-length', '800a05 0a00000100', withdraw, 5, 3],
  ['attribute-external', '800a04 0a000001', discard, 5, 0, ebgp],
  // §5.3, §7.11, §7.12
  ['mp-reach-length', '800e04 00194600', reset, 9, 3],
  ['mp-reach-next-hop-overrun', '800e07 001946 04 c00002', reset, 9, 6],
  ['mp-reach-next-hop-length', '800e0a 001946 05 c000020100 00', reset, 9, 6],
  ['mp-reach-next-hop-address', '800e09 001946 04 00000000 00', withdraw, 9, 7],
  ['mp-reach-next-hop-address', '800e09 001946 04 e0000001 00', withdraw, 9, 7],
  ['mp-reach-next-hop-address', '800e09 001946 04 ffffffff 00', withdraw, 9, 7],
  ['mp-reach-next-hop-address', `800e15 001946 10 ${'00'.repeat(16)} 00`, withdraw, 9, 7],
  ['mp-reach-next-hop-address', `800e15 001946 10 ff02${'00'.repeat(13)}01 00`, withdraw, 9, 7],
  ['mp-reach-next-hop-address', `800e15 001946 10 ${'00'.repeat(10)}ffffe0000001 00`, withdraw, 9, 7],
  ['mp-reach-next-hop-address', '800e09 000184 04 00000000 00', withdraw, 9, 7],
  ['nlri-overrun', '800e0c 001946 04 00000000 00 021a00', reset, 9, 12],
  ['nlri-overrun', '800e0b 000101 04 c0000201 00 18 0a', reset, 9, 12],
  ['nlri-prefix-length', '800e0a 000101 04 c0000201 00 21', reset, 9, 12],
  ['evpn-length', '800e0c 001946 04 c0000201 00 0201 00', withdraw, 9, 12],
  ['mp-unreach-length', '800f02 0019', reset, 9, 3],
  ['nlri-overrun', '800f04 001946 02', reset, 9, 6],
  // RFC 6793 §6
  ['attribute-as4', 'c01106 0201 00000001', 'ignore', 5, 0],
  ['attribute-as4', 'c01208 00000001 0a000001', 'ignore', 5, 0],
  ['as4-path-length', 'c01102 0201', discard, 11, 3],
  ['as4-aggregator-length', 'c01206 0001 0a000001', discard, 5, 3],
  ['as4-path-length', 'c01102 0201', discard, 11, 3, twoOctet],
  ['as4-path-segment-type', 'c01106 0501 00000001', discard, 11, 3, twoOctet],
  ['as4-aggregator-length', 'c01206 0001 0a000001', discard, 5, 3, twoOctet],
  ['as4-aggregator-as-zero', 'c01208 00000000 0a000001', discard, 9, 3, twoOctet],
  // RFC 7311 §3
  ['aigp-overrun', '801a02 0100', discard, 9, 3],
  ['aigp-overrun', '801a03 02 0002', discard, 9, 3],
  ['aigp-overrun', '801a04 02 0005 00', discard, 9, 3],
  ['aigp-metric-length', '801a04 01 0004 00', discard, 9, 4],
  // RFC 9234 §5
  ['only-to-customer-length', 'c02303 000001', withdraw, 5, 3],
  ['only-to-customer-as-zero', 'c02304 00000000', withdraw, 5, 3],
  // RFC 7606 §7.16, RFC 6368 §5
  ['attribute-empty', 'c08000', withdraw, 5, 0],
  ['attr-set-length', 'c08003 000001', withdraw, 5, 3],
  ['attr-set-overrun', 'c08006 00000001 4001', withdraw, 9, 7],
  ['attr-set-overrun', 'c0800b 00000001 400101 00 400501', withdraw, 9, 11],
  ['attr-set-overrun', 'c08008 00000001 50010001', withdraw, 9, 7],
  // RFC 9552 §8.2.2
  ['link-state-overrun', '801d02 0400', discard, 9, 3],
  ['link-state-overrun', '801d09 0400 0000 0401 0002 ff', discard, 9, 7],
  // draft-ietf-idr-nhc
  ['next-hop-characteristics-overrun', 'c02703 0001 01', discard, 9, 3],
  ['next-hop-characteristics-overrun', 'c02705 0001 01 04 c0', discard, 9, 3],
  ['next-hop-characteristics-overrun', 'c02706 0001 01 00 01ff', discard, 9, 7],
  ['next-hop-characteristics-overrun', 'c02709 0001 01 00 0001 0002 ab', discard, 9, 7],
  // draft-ietf-bess-evpn-ipvpn-interworking §4
  ['d-path-segment-empty', 'c02401 00', withdraw, 5, 3],
  ['d-path-segment-overrun', 'c02407 01 00000001 0000', withdraw, 5, 3],
  // RFC 8669 §6
  ['prefix-sid-overrun', 'c02802 0100', discard, 9, 3],
  ['prefix-sid-overrun', 'c02803 020001', discard, 9, 3],
  ['prefix-sid-label-index', 'c02809 01 0006 000000000000', discard, 9, 6],
  ['prefix-sid-srgb', 'c02805 03 0002 0000', discard, 9, 6],
  ['prefix-sid-srgb', 'c0280c 03 0009 000000000000000000', discard, 9, 6],
  // RFC 9252 §7
  ['prefix-sid-service', 'c02803 05 0000', withdraw, 9, 6],
  ['prefix-sid-overrun', 'c02806 06 0003 00 0100', withdraw, 9, 7],
  ['prefix-sid-information', 'c02807 05 0004 00 01 0000', withdraw, 9, 10],
  ['prefix-sid-structure', `c02820 05 001d 00 01 0019 ${'00'.repeat(21)} 01 0001 00`, withdraw, 9, 34],
  ['prefix-sid-structure', `c02825 05 0022 00 01 001e ${'00'.repeat(21)} 01 0006 20101040 19 30`, withdraw, 9, 34],
  ['prefix-sid-structure', `c02825 05 0022 00 01 001e ${'00'.repeat(21)} 01 0006 404040 010000`, withdraw, 9, 34],
  ['prefix-sid-structure', `c02825 05 0022 00 01 001e ${'00'.repeat(21)} 01 0006 201010 00 10 20`, withdraw, 9, 34],
  ['prefix-sid-structure', `c02825 05 0022 00 01 001e ${'00'.repeat(21)} 01 0006 201010 00 11 30`, withdraw, 9, 34],
  // RFC 7606 §4
  ['attribute-overrun', '40', withdraw, 1, 0],
  ['attribute-overrun', '4001', withdraw, 1, 0],
  ['attribute-overrun', '400101', withdraw, 1, 0],
  ['attribute-overrun', '500100', withdraw, 1, 0],
  ['attribute-overrun', '50010001', withdraw, 1, 0],
  // RFC 4271 §6.3
  ['attribute-unrecognized', '406301 00', reset, 2, 0],
];

describe('a malformed attribute', () => {
  it.each(cases)('%s: %s → %s', (code, octets, outcome, subcode, offset, ctx = ibgp) => {
    const bytes = hex(octets);
    const { faults } = decodeAttributes(bytes, 0, bytes.length, ctx);
    expect(faults).toHaveLength(1);
    const [fault] = faults;
    expect([fault.code, fault.outcome, fault.offset]).toEqual([code, outcome, offset]);
    const wholeList = code === 'attribute-overrun';
    expect(fault.notification).toEqual({ code: 3, subcode, data: wholeList ? hex('') : bytes });
    expect(fault.attribute).toBe(wholeList ? undefined : bytes[1]);
  });

  it('leaves nothing but its fault, and the attributes around it', () => {
    const bytes = hex('400101 07 400504 00000064');
    const { attributes, present } = decodeAttributes(bytes, 0, bytes.length, ibgp);
    expect(attributes).toEqual({ localPref: 100 });
    expect(present).toEqual(new Set([1, 5]));
  });

  it.each(['c01106 0201 00000001', 'c01208 00000001 0a000001'])('%s is not used where it is out of place', (octets) => {
    const bytes = hex(`400206 0201 00005ba0 c00708 00005ba0 0a000002 ${octets}`);
    const { attributes } = decodeAttributes(bytes, 0, bytes.length, ibgp);
    expect(attributes).toEqual({
      asPath: [{ type: 'sequence', asns: [23456] }],
      aggregator: { asn: 23456, address: '10.0.0.2' },
    });
  });

  it('gives the routes that were found all the same', () => {
    // type 2 too short, then a good type 3
    const bytes = hex(
      `800e1f 001946 04 c0000201 00
      0201 00
      0311 0001c00002010001 00000000 20 c0000201`,
    );
    const { attributes, faults } = decodeAttributes(bytes, 0, bytes.length, ibgp);
    expect(faults.map(({ code, outcome }) => [code, outcome])).toEqual([['evpn-length', withdraw]]);
    expect(attributes.mpReachNlri?.nlri).toMatchObject([{ type: 3, originator: '192.0.2.1' }]);
  });
});

describe('flags that conflict with the type (RFC 7606 §3 c, f; §5.3)', () => {
  const expected: Record<string, Outcome> = {
    atomicAggregate: discard,
    aggregator: discard,
    mpReachNlri: reset,
    mpUnreachNlri: reset,
    aigp: discard,
    linkState: discard,
    nextHopCharacteristics: discard,
    prefixSid: discard,
  };

  it.each(Object.entries(registry))('%s', (key, { code, flags }) => {
    for (const bit of [0x80, 0x40]) {
      const bytes = Uint8Array.of(flags ^ bit, code, 0);
      const { faults } = decodeAttributes(bytes, 0, 3, ibgp);
      expect(faults.map((fault) => [fault.code, fault.outcome])).toEqual([
        ['attribute-flags', expected[key] ?? withdraw],
      ]);
      expect(faults[0].notification).toEqual({ code: 3, subcode: 4, data: bytes });
    }
  });

  it('so does the Partial bit where it cannot be (RFC 4271 §4.3)', () => {
    for (const octets of ['600101 00', 'a00404 00000000']) {
      const bytes = hex(octets);
      const { faults } = decodeAttributes(bytes, 0, bytes.length, ibgp);
      expect(faults.map((fault) => [fault.code, fault.outcome])).toEqual([['attribute-flags', withdraw]]);
    }
  });

  it('weigh more than who sent it', () => {
    const bytes = hex('c00904 0a000001');
    expect(decodeAttributes(bytes, 0, bytes.length, ebgp).faults[0].outcome).toBe(withdraw);
  });

  it('the lower four bits mean nothing but extended length', () => {
    const bytes = hex('5f01 0001 00');
    expect(decodeAttributes(bytes, 0, bytes.length, ibgp)).toMatchObject({ attributes: { origin: 'igp' }, faults: [] });
  });
});

describe('an attribute that stands there again (RFC 7606 §3 g)', () => {
  it.each([
    ['800404 00000001 800404 00000002', { multiExitDisc: 1 }],
    ['c06301 01 c06301 02', { unknown: [{ flags: 0xc0, code: 99, value: hex('01') }] }],
    ['400101 07 400101 00', {}], // also where the first was malformed
  ])('%s: the first counts', (octets, attributes) => {
    const bytes = hex(octets);
    const decoded = decodeAttributes(bytes, 0, bytes.length, ibgp);
    expect(decoded.attributes).toEqual(attributes);
    expect(decoded.faults.at(-1)).toMatchObject({ code: 'attribute-repeated', outcome: discard });
  });

  it.each(['800f03 001946', '800e09 000101 04 c0000201 00'])('%s: the session ends', (octets) => {
    const bytes = hex(`${octets} ${octets}`);
    const { faults } = decodeAttributes(bytes, 0, bytes.length, ibgp);
    expect(faults).toMatchObject([{ code: 'attribute-repeated', outcome: reset }]);
    expect(faults[0].notification).toEqual({ code: 3, subcode: 1, data: hex('') });
  });
});
