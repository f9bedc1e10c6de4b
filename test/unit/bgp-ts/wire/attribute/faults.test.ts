import { describe, expect, it } from 'vitest';
import { decodeAttributes } from '../../../../../src/bgp-ts/wire/attribute/decode.ts';
import {
  type AttributeRow,
  attributeRow,
  attributes as registry,
} from '../../../../../src/bgp-ts/wire/attribute/registry.ts';
import { type DecodeContext, defaultContext } from '../../../../../src/bgp-ts/wire/context.ts';
import type { Outcome } from '../../../../../src/bgp-ts/wire/fault.ts';
import { hex } from '../hex.ts';

const withdraw = 'treat-as-withdraw';
const discard = 'attribute-discard';
const reset = 'session-reset';
const ibgp = defaultContext;
const ebgp: DecodeContext = { ...defaultContext, session: 'ebgp' };
const twoOctet: DecodeContext = { ...defaultContext, asn4: false };

/** Stable code, the attribute's octets, outcome, subcode of the NOTIFICATION (3), offset. */
type Case = readonly [code: string, octets: string, Outcome, subcode: number, offset: number, ctx?: DecodeContext];

const srv6 = (structure: string) => `c02825 05 0022 00 01 001e ${'00'.repeat(21)} 01 0006 ${structure}`;

/** For each attribute, and in the order of the rules of its row, values that break one. */
const malformed: Record<keyof typeof registry, readonly (readonly Case[])[]> = {
  origin: [[['origin-length', '400102 0000', withdraw, 5, 3]], [['origin-value', '400101 03', withdraw, 6, 3]]],
  asPath: [
    [
      ['as-path-segment-type', '400202 0501', withdraw, 11, 3],
      ['as-path-segment-type', '400202 0001', withdraw, 11, 3],
    ],
    [['as-path-segment-overrun', '400206 0202 00000001', withdraw, 11, 4]],
    [['as-path-segment-underrun', '400207 0201 00000001 02', withdraw, 11, 9]],
    [['as-path-segment-empty', '400202 0200', withdraw, 11, 4]],
    [['as-path-as-zero', '400206 0201 00000000', withdraw, 11, 5]],
    [
      ['as-path-confed', '400206 0301 00000001', withdraw, 11, 3, ebgp],
      ['as-path-confed', '400206 0401 00000001', withdraw, 11, 3, ebgp],
    ],
  ],
  nextHop: [
    [['next-hop-length', '400303 0a0000', withdraw, 5, 3]],
    [
      ['next-hop-address', '400304 00000000', withdraw, 8, 3],
      ['next-hop-address', '400304 e0000001', withdraw, 8, 3],
      ['next-hop-address', '400304 ffffffff', withdraw, 8, 3],
    ],
  ],
  multiExitDisc: [[['multi-exit-disc-length', '800403 000000', withdraw, 5, 3]]],
  localPref: [
    [['local-pref-length', '400505 0000000000', withdraw, 5, 3]],
    [['attribute-external', '400504 00000064', discard, 5, 0, ebgp]],
  ],
  atomicAggregate: [[['atomic-aggregate-length', '400601 00', discard, 5, 3]]],
  aggregator: [
    [
      ['aggregator-length', 'c00706 0001 0a000001', discard, 5, 3],
      ['aggregator-length', 'c00708 00000001 0a000001', discard, 5, 3, twoOctet],
    ],
    [['aggregator-as-zero', 'c00708 00000000 0a000001', discard, 9, 3]],
  ],
  communities: [[['communities-length', 'c00805 0000000100', withdraw, 5, 3]]],
  originatorId: [
    [['originator-id-length', '800903 0a0000', withdraw, 5, 3]],
    [['attribute-external', '800904 0a000001', discard, 5, 0, ebgp]],
  ],
  clusterList: [
    [['cluster-list-length', '800a05 0a00000100', withdraw, 5, 3]],
    [['attribute-external', '800a04 0a000001', discard, 5, 0, ebgp]],
  ],
  mpReachNlri: [
    [['mp-reach-length', '800e04 00194600', reset, 9, 3]],
    [['mp-reach-next-hop-overrun', '800e07 001946 04 c00002', reset, 9, 6]],
    [['mp-reach-next-hop-length', '800e0a 001946 05 c000020100 00', reset, 9, 6]],
    [
      ['mp-reach-next-hop-address', '800e09 001946 04 00000000 00', withdraw, 9, 7],
      ['mp-reach-next-hop-address', '800e09 001946 04 e0000001 00', withdraw, 9, 7],
      ['mp-reach-next-hop-address', '800e09 001946 04 ffffffff 00', withdraw, 9, 7],
      ['mp-reach-next-hop-address', `800e15 001946 10 ${'00'.repeat(16)} 00`, withdraw, 9, 7],
      ['mp-reach-next-hop-address', `800e15 001946 10 ff02${'00'.repeat(13)}01 00`, withdraw, 9, 7],
      ['mp-reach-next-hop-address', `800e15 001946 10 ${'00'.repeat(10)}ffffe0000001 00`, withdraw, 9, 7],
      ['mp-reach-next-hop-address', '800e09 000184 04 00000000 00', withdraw, 9, 7],
    ],
    [
      ['nlri-overrun', '800e0b 000101 04 c0000201 00 18 0a', reset, 9, 12],
      ['nlri-prefix-length', '800e0a 000101 04 c0000201 00 21', reset, 9, 12],
    ],
    [['evpn-length', '800e0c 001946 04 c0000201 00 0201 00', withdraw, 9, 12]],
  ],
  mpUnreachNlri: [
    [['mp-unreach-length', '800f02 0019', reset, 9, 3]],
    [['nlri-overrun', '800f04 001946 02', reset, 9, 6]],
    [['evpn-length', '800f06 001946 0201 00', withdraw, 9, 6]],
  ],
  extendedCommunities: [[['extended-communities-length', 'c01007 0002fde8000000', withdraw, 5, 3]]],
  as4Path: [
    [
      ['as4-path-length', 'c01102 0201', discard, 11, 3],
      ['as4-path-length', 'c01102 0201', discard, 11, 3, twoOctet],
    ],
    [['as4-path-segment-type', 'c01106 0501 00000001', discard, 11, 3, twoOctet]],
    [['attribute-as4', 'c01106 0201 00000001', 'ignore', 5, 0]],
  ],
  as4Aggregator: [
    [['as4-aggregator-length', 'c01206 0001 0a000001', discard, 5, 3]],
    [['as4-aggregator-as-zero', 'c01208 00000000 0a000001', discard, 9, 3, twoOctet]],
    [['attribute-as4', 'c01208 00000001 0a000001', 'ignore', 5, 0]],
  ],
  pmsiTunnel: [
    [['pmsi-tunnel-length', 'c01604 00060000', withdraw, 5, 3]],
    [
      ['pmsi-tunnel-identifier', 'c01608 00 06 000064 0a0000', withdraw, 5, 8],
      ['pmsi-tunnel-identifier', 'c0160c 00 03 000064 0a000001 e80000', withdraw, 5, 8],
      ['pmsi-tunnel-identifier', 'c01606 00 01 000064 0a', withdraw, 5, 8],
      ['pmsi-tunnel-identifier', 'c01609 00 02 000064 06000104', withdraw, 5, 8],
      ['pmsi-tunnel-identifier', 'c01609 00 08 000064 0a000001', withdraw, 5, 8],
    ],
  ],
  tunnelEncapsulation: [
    [
      ['tunnel-encapsulation-overrun', 'c01703 000800', withdraw, 5, 3],
      ['tunnel-encapsulation-overrun', 'c01706 0008 0003 0102', withdraw, 5, 3],
    ],
    [['tunnel-encapsulation-overrun', 'c01707 0008 0003 01 05 aa', withdraw, 5, 7]],
    [['tunnel-encapsulation-empty', 'c01706 0008 0002 0600', withdraw, 5, 3]],
  ],
  aigp: [
    [
      ['aigp-overrun', '801a02 0100', discard, 9, 3],
      ['aigp-overrun', '801a03 02 0002', discard, 9, 3],
      ['aigp-overrun', '801a04 02 0005 00', discard, 9, 3],
    ],
    [['aigp-metric-length', '801a04 01 0004 00', discard, 9, 4]],
  ],
  ipv6ExtendedCommunities: [[['ipv6-extended-communities-length', 'c0190a 00020002000200020002', withdraw, 5, 3]]],
  linkState: [
    [
      ['link-state-overrun', '801d02 0400', discard, 9, 3],
      ['link-state-overrun', '801d09 0400 0000 0401 0002 ff', discard, 9, 7],
    ],
  ],
  largeCommunities: [[['large-communities-length', 'c0200b 0000000100000002000000', withdraw, 5, 3]]],
  onlyToCustomer: [
    [['only-to-customer-length', 'c02303 000001', withdraw, 5, 3]],
    [['only-to-customer-as-zero', 'c02304 00000000', withdraw, 5, 3]],
  ],
  dPath: [
    [['d-path-segment-empty', 'c02401 00', withdraw, 5, 3]],
    [['d-path-segment-overrun', 'c02407 01 00000001 0000', withdraw, 5, 3]],
  ],
  nextHopCharacteristics: [
    [
      ['next-hop-characteristics-overrun', 'c02703 0001 01', discard, 9, 3],
      ['next-hop-characteristics-overrun', 'c02705 0001 01 04 c0', discard, 9, 3],
    ],
    [
      ['next-hop-characteristics-overrun', 'c02706 0001 01 00 01ff', discard, 9, 7],
      ['next-hop-characteristics-overrun', 'c02709 0001 01 00 0001 0002 ab', discard, 9, 7],
    ],
  ],
  prefixSid: [
    [
      ['prefix-sid-overrun', 'c02802 0100', discard, 9, 3],
      ['prefix-sid-overrun', 'c02803 020001', discard, 9, 3],
    ],
    [['prefix-sid-label-index', 'c02809 01 0006 000000000000', discard, 9, 6]],
    [
      ['prefix-sid-srgb', 'c02805 03 0002 0000', discard, 9, 6],
      ['prefix-sid-srgb', 'c0280c 03 0009 000000000000000000', discard, 9, 6],
    ],
    [
      ['prefix-sid-service', 'c02803 05 0000', withdraw, 9, 6],
      ['prefix-sid-overrun', 'c02806 06 0003 00 0100', withdraw, 9, 7],
      ['prefix-sid-information', 'c02807 05 0004 00 01 0000', withdraw, 9, 10],
      ['prefix-sid-structure', `c02820 05 001d 00 01 0019 ${'00'.repeat(21)} 01 0001 00`, withdraw, 9, 34],
      ['prefix-sid-structure', srv6('404040 010000'), withdraw, 9, 34],
      ['prefix-sid-structure', srv6('201010 00 10 20'), withdraw, 9, 34],
      ['prefix-sid-structure', srv6('201010 00 11 30'), withdraw, 9, 34],
    ],
  ],
  attrSet: [
    [['attr-set-length', 'c08003 000001', withdraw, 5, 3]],
    [
      ['attr-set-overrun', 'c08006 00000001 4001', withdraw, 9, 7],
      ['attr-set-overrun', 'c0800b 00000001 400101 00 400501', withdraw, 9, 11],
      ['attr-set-overrun', 'c08008 00000001 50010001', withdraw, 9, 7],
    ],
  ],
};

/** Wrong whatever attribute it is. */
const ofAny: readonly Case[] = [
  // RFC 7606 §4
  ['attribute-overrun', '40', withdraw, 1, 0],
  ['attribute-overrun', '4001', withdraw, 1, 0],
  ['attribute-overrun', '400101', withdraw, 1, 0],
  ['attribute-overrun', '500100', withdraw, 1, 0],
  ['attribute-overrun', '50010001', withdraw, 1, 0],
  // RFC 4271 §6.3
  ['attribute-unrecognized', '406301 00', reset, 2, 0],
];

interface Rule {
  readonly what: string;
  readonly outcome: string;
}
/** The rules of a row's sentence, and what breaking each costs. */
const rulesOf = ({ malformedWhen, error }: AttributeRow): readonly Rule[] =>
  malformedWhen.split('; ').map((rule) => {
    const [what, outcome = error] = rule.split(' → ');
    return { what, outcome };
  });

const rows: readonly (readonly [keyof typeof registry, AttributeRow])[] = Object.keys(registry).map((key) => [
  key as keyof typeof registry,
  attributeRow(key as keyof typeof registry),
]);

describe.each(rows)('%s is malformed', (key, row) => {
  it('by rules each of which has values here', () => {
    expect(malformed[key].map((cases) => cases.length > 0)).toEqual(rulesOf(row).map(() => true));
  });

  it.each(rulesOf(row).map((rule, i) => [rule, malformed[key][i] ?? []] as const))('when $what', (rule, cases) => {
    for (const one of cases) {
      expectFault(one);
      expect(one[2]).toBe(rule.outcome);
    }
  });

  if (row.mayBeEmpty) return;
  it('when it is empty (RFC 7606 §4)', () => {
    const octets = `${row.flags.toString(16).padStart(2, '0')}${row.code.toString(16).padStart(2, '0')}00`;
    expectFault(['attribute-empty', octets, row.error, 5, 0]);
  });
});

function expectFault([code, octets, outcome, subcode, offset, ctx = ibgp]: Case): void {
  const bytes = hex(octets);
  const { faults } = decodeAttributes(bytes, 0, bytes.length, ctx);
  expect(faults).toHaveLength(1);
  const [fault] = faults;
  expect([fault.code, fault.outcome, fault.offset]).toEqual([code, outcome, offset]);
  const wholeList = code === 'attribute-overrun';
  expect(fault.notification).toEqual({ code: 3, subcode, data: wholeList ? hex('') : bytes });
  expect(fault.attribute).toBe(wholeList ? undefined : bytes[1]);
}

describe('a malformed attribute', () => {
  it.each(ofAny.map((one) => [one[0], one[1], one] as const))('%s: %s', (_code, _octets, one) => {
    expectFault(one);
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
