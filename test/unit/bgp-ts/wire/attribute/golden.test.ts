import { describe, expect, it } from 'vitest';
import { type DomainId, parseDomainId } from '../../../../../src/bgp-ts/wire/attribute/d-path.ts';
import { decodeAttributes } from '../../../../../src/bgp-ts/wire/attribute/decode.ts';
import { encodeAttributes } from '../../../../../src/bgp-ts/wire/attribute/encode.ts';
import type { PathAttributes } from '../../../../../src/bgp-ts/wire/attribute/path-attributes.ts';
import { type DecodeContext, defaultContext } from '../../../../../src/bgp-ts/wire/context.ts';
import { EncodeError } from '../../../../../src/bgp-ts/wire/encode-error.ts';
import { hex, toHex } from '../hex.ts';

const twoOctet: DecodeContext = { ...defaultContext, asn4: false };

/** One attribute both ways. */
const golden: [name: string, octets: string, value: PathAttributes, ctx?: DecodeContext][] = [
  ['ORIGIN IGP', '400101 00', { origin: 'igp' }],
  ['ORIGIN EGP', '400101 01', { origin: 'egp' }],
  ['ORIGIN INCOMPLETE', '400101 02', { origin: 'incomplete' }],
  ['AS_PATH, empty', '400200', { asPath: [] }],
  [
    'AS_PATH with every segment type',
    `400220
      02 02 0000fde8 fa56ea00   ; AS_SEQUENCE
      01 02 00000001 00000002   ; AS_SET
      03 01 0000fde9            ; AS_CONFED_SEQUENCE
      04 01 0000fdea            ; AS_CONFED_SET`,
    {
      asPath: [
        { type: 'sequence', asns: [65000, 4200000000] },
        { type: 'set', asns: [1, 2] },
        { type: 'confed-sequence', asns: [65001] },
        { type: 'confed-set', asns: [65002] },
      ],
    },
  ],
  [
    'AS_PATH of two-octet numbers',
    '400206 02 02 fde8 0001',
    { asPath: [{ type: 'sequence', asns: [65000, 1] }] },
    twoOctet,
  ],
  ['NEXT_HOP', '400304 c0000201', { nextHop: '192.0.2.1' }],
  ['MULTI_EXIT_DISC', '800404 ffffffff', { multiExitDisc: 4294967295 }],
  ['LOCAL_PREF', '400504 00000064', { localPref: 100 }],
  ['ATOMIC_AGGREGATE', '400600', { atomicAggregate: true }],
  ['AGGREGATOR', 'c00708 fa56ea00 c0000201', { aggregator: { asn: 4200000000, address: '192.0.2.1' } }],
  ['AGGREGATOR of two octets', 'c00706 fde8 c0000201', { aggregator: { asn: 65000, address: '192.0.2.1' } }, twoOctet],
  ['ORIGINATOR_ID', '800904 0a000001', { originatorId: '10.0.0.1' }],
  ['CLUSTER_LIST', '800a08 0a000001 0a000002', { clusterList: ['10.0.0.1', '10.0.0.2'] }],
  [
    'AIGP',
    '801a0f 01 000b 00000000000003e8 02 0004 ff',
    {
      aigp: [
        { type: 1, value: hex('00000000000003e8') },
        { type: 2, value: hex('ff') },
      ],
    },
  ],
  ['ONLY_TO_CUSTOMER', 'c02304 0000fde8', { onlyToCustomer: 65000 }],
  [
    'D-PATH',
    `c02417
      02 0000fde8 0001 46  fa56ea00 ffff 80
      01 00000001 0000 00`,
    {
      dPath: [
        [
          { domain: '65000:1', isfSafi: 70 },
          { domain: '4200000000:65535', isfSafi: 128 },
        ],
        [{ domain: '1:0', isfSafi: 0 }],
      ],
    },
  ],
  [
    'PREFIX-SID with label index and SRGB',
    'c02815 01 0007 00 0000 00000001 03 0008 0000 003e80 001f40',
    {
      prefixSid: [
        { type: 1, value: hex('00000000000001') },
        { type: 3, value: hex('0000003e80001f40') },
      ],
    },
  ],
  [
    'PREFIX-SID with an SRv6 L3 service',
    `c02825 05 0022 00
      01 001e 00 fcbbbbbb0001e0000000000000000000 00 0040 00
        01 0006 20 10 10 00 10 30`,
    {
      prefixSid: [
        {
          type: 5,
          value: hex('00 01001e 00fcbbbbbb0001e000000000000000000000004000 010006 201010001030'),
        },
      ],
    },
  ],
  [
    'PREFIX-SID with an SRv6 L2 service whose inner parts are not known',
    `c02823 06 0020 00
      07 0001 ff
      01 0018 00 fcbbbbbb0001e0000000000000000000 00 0040 00 02 0000`,
    { prefixSid: [{ type: 6, value: hex('00 070001ff 010018 00fcbbbbbb0001e000000000000000000000004000 020000') }] },
  ],
  [
    'BGP-LS',
    '801d0b 0400 0001 80 0402 0002 7231',
    {
      linkState: [
        { type: 1024, value: hex('80') },
        { type: 1026, value: hex('7231') },
      ],
    },
  ],
  ['BGP-LS, empty', '801d00', { linkState: [] }],
  [
    'NHC',
    'c0270e 0001 01 04 c0000201 0001 0002 abcd',
    {
      nextHopCharacteristics: {
        family: 257,
        nextHop: 'c0000201',
        characteristics: [{ code: 1, value: hex('abcd') }],
      },
    },
  ],
  [
    'ATTR_SET',
    'c0800f 0000fde8 400101 00 40050400000064',
    { attrSet: { originAs: 65000, attributes: hex('400101 00 40050400000064') } },
  ],
  ['ATTR_SET without attributes', 'c08004 0000fde8', { attrSet: { originAs: 65000, attributes: hex('') } }],
  [
    'ATTR_SET with an extended length',
    'c08009 0000fde8 500100 01 00',
    { attrSet: { originAs: 65000, attributes: hex('5001000100') } },
  ],
  [
    'unrecognised ones, in order',
    'c06302 abcd 80c800',
    {
      unknown: [
        { flags: 0xc0, code: 99, value: hex('abcd') },
        { flags: 0x80, code: 200, value: hex('') },
      ],
    },
  ],
  ['the Partial bit', 'e00708 0000fde8 c0000201', { aggregator: { asn: 65000, address: '192.0.2.1' }, partial: [7] }],
  ['the Partial bit of an unrecognised one', 'e06300', { unknown: [{ flags: 0xe0, code: 99, value: hex('') }] }],
  [
    'MP_REACH_NLRI without routes',
    '800e09 0001 01 04 c0000201 00',
    { mpReachNlri: { family: 257, nextHop: '192.0.2.1', nlri: [] } },
  ],
  ['MP_UNREACH_NLRI without routes', '800f03 0019 46', { mpUnreachNlri: { family: 6470, nlri: [] } }],
];

function decode(octets: Uint8Array, ctx: DecodeContext = defaultContext) {
  return decodeAttributes(octets, 0, octets.length, ctx);
}

describe('each attribute', () => {
  it.each(golden)('%s', (_name, octets, value, ctx) => {
    const bytes = hex(octets);
    const decoded = decode(bytes, ctx);
    expect(decoded).toEqual({ attributes: value, faults: [], present: new Set(decoded.present) });
    expect(toHex(encodeAttributes(value, ctx ?? defaultContext))).toBe(toHex(bytes));
  });

  it('is read at an offset', () => {
    const bytes = hex('ffff 400101 02 ff');
    expect(decodeAttributes(bytes, 2, 6, defaultContext).attributes).toEqual({ origin: 'incomplete' });
  });
});

describe('the order and form of encoding', () => {
  it('routes first, then ascending type codes (RFC 7606 §5.1)', () => {
    const attributes: PathAttributes = {
      unknown: [{ flags: 0xc0, code: 12, value: hex('') }],
      onlyToCustomer: 1,
      asPath: [],
      origin: 'igp',
      mpUnreachNlri: { family: 6470, nlri: [] },
      mpReachNlri: { family: 257, nextHop: '192.0.2.1', nlri: [] },
      multiExitDisc: 0,
    };
    expect(encodeAttributes(attributes, defaultContext)).toEqual(
      hex('800e09000101 04c0000201 00 800f03001946 40010100 400200 80040400000000 c00c00 c0230400000001'),
    );
  });

  it('a value of more than 255 octets has an extended length, and no other has', () => {
    const list = (count: number) => ({ clusterList: Array.from({ length: count }, () => '10.0.0.1') });
    expect(toHex(encodeAttributes(list(63), defaultContext), 0, 3)).toBe('800afc');
    expect(toHex(encodeAttributes(list(64), defaultContext), 0, 4)).toBe('900a0100');
    const long = encodeAttributes(list(64), defaultContext);
    expect(decode(long).attributes).toEqual(list(64));
    // extended length on a short one is read all the same
    expect(decode(hex('5001 0001 00')).attributes).toEqual({ origin: 'igp' });
  });

  it('a sequence of more than 255 AS numbers is cut (RFC 4271 §5.1.2)', () => {
    const asns = Array.from({ length: 300 }, (_, i) => i + 1);
    const bytes = encodeAttributes({ asPath: [{ type: 'sequence', asns }] }, defaultContext);
    expect(decode(bytes).attributes.asPath).toEqual([
      { type: 'sequence', asns: asns.slice(0, 255) },
      { type: 'sequence', asns: asns.slice(255) },
    ]);
  });
});

describe('what has no encoding', () => {
  const cases: [string, PathAttributes][] = [
    ['ORIGIN', { origin: 'bgp' as 'igp' }],
    ['segment type', { asPath: [{ type: 'list' as 'set', asns: [1] }] }],
    ['AS number', { asPath: [{ type: 'set', asns: [2 ** 32] }] }],
    ['AS set of more than 255', { asPath: [{ type: 'set', asns: Array.from({ length: 256 }, () => 1) }] }],
    ['NEXT_HOP', { nextHop: '::1' }],
    ['local-pref', { localPref: -1 }],
    ['ATOMIC_AGGREGATE', { atomicAggregate: false as unknown as true }],
    ['AGGREGATOR address', { aggregator: { asn: 1, address: 'x' } }],
    ['AGGREGATOR AS number', { aggregator: { asn: -1, address: '10.0.0.1' } }],
    ['ORIGINATOR_ID', { originatorId: '' }],
    ['cluster id', { clusterList: ['10.0.0.1', 'x'] }],
    ['AIGP metric', { aigp: [{ type: 1, value: hex('00') }] }],
    ['global administrator', { dPath: [[{ domain: 'x:1' as DomainId, isfSafi: 0 }]] }],
    ['local administrator', { dPath: [[{ domain: '1:65536', isfSafi: 0 }]] }],
    ['D-PATH without a segment', { dPath: [] }],
    ['segment without a domain', { dPath: [[]] }],
    ['ISF SAFI', { dPath: [[{ domain: '1:1', isfSafi: 256 }]] }],
    ['TLV type', { prefixSid: [{ type: 256, value: hex('') }] }],
    ['next hop', { mpReachNlri: { family: 257, nextHop: 'x', nlri: [] } }],
    ['next hop', { mpReachNlri: { family: 12345, nextHop: null, octets: 'x', nlri: [] } }],
    ['TLV type', { linkState: [{ type: 65536, value: hex('') }] }],
    ['no hexadecimal', { nextHopCharacteristics: { family: 257, nextHop: 'x', characteristics: [] } }],
    [
      'characteristic code',
      { nextHopCharacteristics: { family: 257, nextHop: '', characteristics: [{ code: -1, value: hex('') }] } },
    ],
    ['does not add up', { attrSet: { originAs: 1, attributes: hex('4001') } }],
    ['origin AS', { attrSet: { originAs: -1, attributes: hex('') } }],
    ['length of attribute', { unknown: [{ flags: 0xc0, code: 99, value: new Uint8Array(65536) }] }],
  ];

  it.each(cases)('%s', (what, attributes) => {
    expect(() => encodeAttributes(attributes, defaultContext)).toThrow(EncodeError);
    expect(() => encodeAttributes(attributes, defaultContext)).toThrow(what);
  });
});

it.each([
  ['65000:1', '65000:1'],
  ['4294967295:65535', '4294967295:65535'],
  ['007:01', '7:1'],
  ['4294967296:0', undefined],
  ['1:65536', undefined],
  ['192.0.2.1:1', undefined],
  ['1', undefined],
  ['1:1:1', undefined],
  ['', undefined],
])('the domain %j is %s', (text, domain) => {
  expect(parseDomainId(text)).toBe(domain);
});
