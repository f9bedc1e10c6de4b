import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainAttributeBlock, explainMessage, explainRoutes } from '../../../../src/bgp-ts/cli/explain.ts';
import { addPathFamilies, contextOf } from '../../../../src/bgp-ts/cli/question.ts';
import { attributes as registry } from '../../../../src/bgp-ts/wire/attribute/registry.ts';
import { concat, u16 } from '../../../../src/bgp-ts/wire/bytes.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { defaultContext } from '../../../../src/bgp-ts/wire/context.ts';
import { hex } from '../wire/hex.ts';

type Explanation = ReturnType<typeof explainRoutes>;

/** Depth as indentation, first octet, text. */
const gist = ({ rows }: Explanation) => rows.map(({ depth, start, text }) => `${'  '.repeat(depth)}${start} ${text}`);

/** Rows below a heading tile it: no octet is left out, none is explained twice. */
function expectTiled({ rows }: Explanation): void {
  const below = (i: number) => {
    const end = rows.findIndex((row, j) => j > i && row.depth <= rows[i].depth);
    return rows.slice(i + 1, end < 0 ? undefined : end);
  };
  const endOf = (i: number) => Math.max(rows[i].end, ...below(i).map((row) => row.end));
  rows.forEach((heading, i) => {
    const children = below(i).filter((row) => row.depth === heading.depth + 1);
    if (children.length === 0) return;
    // attributes and TLVs have their header for heading, and their value below it
    let at = children[0].start === heading.end ? heading.end : heading.start;
    for (const child of children) {
      expect(`${child.text}: ${child.start}`).toBe(`${child.text}: ${at}`);
      at = endOf(rows.indexOf(child));
    }
  });
}

const evpn = (octets: string, addPath = false) => {
  const context = contextOf({ asn4: true, external: false, addPath: addPathFamilies(addPath) });
  const explained = explainRoutes(hex(octets), context, Family.Evpn);
  expectTiled(explained);
  return gist(explained);
};
const block = (octets: string, asn4 = true) => {
  const explained = explainAttributeBlock(hex(octets), { ...defaultContext, asn4 });
  expectTiled(explained);
  return gist(explained);
};

const rd = '0001c00002010001';

describe('EVPN routes, field by field', () => {
  it('type 1 with an ESI of LACP', () => {
    expect(evpn(`0119 ${rd} 01 020000001100 0005 00 ffffffff 000640`)).toEqual([
      '0 [1]:[192.0.2.1:1]:[01:02:00:00:00:11:00:00:05:00]:[4294967295]',
      '  0 route type 1 Ethernet Auto-discovery',
      '  1 length 25',
      '  2 RD 192.0.2.1:1, type 1',
      '  10 ESI 01:02:00:00:00:11:00:00:05:00',
      '    10 ESI type 1, lacp',
      '    11 LACP system MAC 02:00:00:00:11:00',
      '    17 LACP port key 5',
      '    19 reserved 00',
      '  20 Ethernet tag MAX-ET',
      '  24 label: 1600 as VNI, 100 as MPLS label',
    ]);
  });

  it.each([
    ['00 010203040506070809', ['ESI type 0, arbitrary', 'value 010203040506070809']],
    [
      '02 020000000011 8000 00',
      ['ESI type 2, bridge', 'root bridge MAC 02:00:00:00:00:11', 'root bridge priority 32768', 'reserved 00'],
    ],
    ['03 020000000011 00000a', ['ESI type 3, mac', 'system MAC 02:00:00:00:00:11', 'local discriminator 10']],
    [
      '04 c0000201 0000000a 00',
      ['ESI type 4, router-id', 'router id 192.0.2.1', 'local discriminator 10', 'reserved 00'],
    ],
    ['05 0000fde8 0000000a 00', ['ESI type 5, as', 'AS 65000', 'local discriminator 10', 'reserved 00']],
    ['06 010203040506070809', ['ESI type 6, unknown', 'value 010203040506070809']],
  ])('ESI %s', (esi, parts) => {
    const rows = evpn(`0417 ${rd} ${esi} 20 c0000201`);
    expect(rows.slice(5, 5 + parts.length).map((row) => row.replace(/^ *\d+ /, ''))).toEqual(parts);
    expect(rows.slice(5 + parts.length)).toEqual(['  20 originator length 32', '  21 originator 192.0.2.1']);
  });

  it('type 2 with address and two labels, behind a path identifier', () => {
    const octets = `00000007 0228 ${rd} ${'ff'.repeat(10)} 00000000 30 020000000011 20 0a000001 00000a 000641`;
    expect(evpn(octets, true)).toEqual([
      '0 7 [2]:[192.0.2.1:1]:[0]:[48]:[02:00:00:00:00:11]:[32]:[10.0.0.1]',
      '  0 path identifier 7',
      '  4 route type 2 MAC/IP Advertisement',
      '  5 length 40',
      '  6 RD 192.0.2.1:1, type 1',
      '  14 MAX-ESI, reserved',
      '  24 Ethernet tag 0',
      '  28 MAC address length 48',
      '  29 MAC address 02:00:00:00:00:11',
      '  35 IP address length 32',
      '  36 IP address 10.0.0.1',
      '  40 label 1: 10 as VNI, 0 as MPLS label, traffic class 5',
      '  43 label 2: 1601 as VNI, 100 as MPLS label, bottom of stack',
    ]);
  });

  it('types 3 and 5', () => {
    expect(
      evpn(`0311 ${rd} 00000000 20 c0000201 0522 ${rd} ${'00'.repeat(10)} 00000000 18 0a010000 c0000209 00000a`),
    ).toEqual([
      '0 [3]:[192.0.2.1:1]:[0]:[32]:[192.0.2.1]',
      '  0 route type 3 Inclusive Multicast Ethernet Tag',
      '  1 length 17',
      '  2 RD 192.0.2.1:1, type 1',
      '  10 Ethernet tag 0',
      '  14 originator length 32',
      '  15 originator 192.0.2.1',
      '19 [5]:[192.0.2.1:1]:[0]:[24]:[10.1.0.0]',
      '  19 route type 5 IP Prefix',
      '  20 length 34',
      '  21 RD 192.0.2.1:1, type 1',
      '  29 ESI 0, single-homed',
      '  39 Ethernet tag 0',
      '  43 IP prefix length 24',
      '  44 IP prefix 10.1.0.0',
      '  48 gateway 192.0.2.9',
      '  52 label: 10 as VNI, 0 as MPLS label, traffic class 5',
    ]);
  });

  it('types 6 to 11, and one that nobody knows', () => {
    const any = '00 20 e0000101 20 c0000201';
    const rows = evpn(
      [
        `0618 ${rd} 00000000 ${any} 01`,
        `0727 ${rd} ${'00'.repeat(10)} 00000000 20 0a000001 20 e0000101 20 c0000201 02`.replace('0727', '0726'),
        `0827 ${rd} ${'00'.repeat(10)} 00000000 ${any} 00000000 0a 01`,
        `0914 ${rd} 00000000 0009fde800000000`,
        `0a17 ${rd} 00000000 ${any}`,
        '0b09 0102abcd 20 c0000201',
        '7702 abcd',
      ].join(''),
    ).map((row) => row.replace(/\d+ /, ''));
    expect(rows).toEqual(
      expect.arrayContaining([
        '  route type 6 Selective Multicast Ethernet Tag',
        '  multicast source length 0',
        '  multicast group length 32',
        '  multicast group 224.0.1.1',
        '  flags 0x01',
        '  route type 7 Multicast Membership Report Synch',
        '  multicast source 10.0.0.1',
        '  flags 0x02',
        '  route type 8 Multicast Leave Synch',
        '  reserved 0',
        '  maximum response time 10',
        '  route type 9 Per-Region I-PMSI A-D',
        '  region id 0009fde800000000',
        '  route type 10 S-PMSI A-D',
        '  route type 11 Leaf A-D',
        '  route key',
        '  route type 119',
        '  value',
      ]),
    );
  });

  it('a malformed one, beside good ones, and one that is cut', () => {
    expect(evpn(`0201 00 0311 ${rd} 00000000 20 c0000201 03`).filter((row) => !row.startsWith(' '))).toEqual([
      '0 malformed route of type 2 MAC/IP Advertisement: the length of an EVPN route does not fit its fields',
      '3 [3]:[192.0.2.1:1]:[0]:[32]:[192.0.2.1]',
      '22 a route that runs past the field',
    ]);
  });
});

describe('path attributes, part by part', () => {
  it.each<[string, string[], boolean?]>([
    ['40020e 0201 0000fde8 0101 00000001 ', ['3 AS_SEQUENCE 65000', '9 AS_SET 1']],
    ['400206 0202 fde8fde9', ['3 AS_SEQUENCE 65000 65001'], false],
    ['c00808 fde80064 ffffff01', ['3 65000:100', '7 no-export']],
    ['800a08 0a000001 0a000002', ['3 cluster 10.0.0.1', '7 cluster 10.0.0.2']],
    ['c0200c 0000fde8 00000001 00000002', ['3 65000:1:2']],
    ['c01914 0002 20010db8000000000000000000000001 000a', ['3 RT:[2001:db8::1]:10, route target']],
    ['801a0e 01 000b 00000000000003e8 02 0003', ['3 TLV 1, metric 1000', '14 TLV 2']],
    ['801d09 0400 0001 80 0402 0000', ['3 TLV 1024, 1 octets', '8 TLV 1026, 0 octets']],
    [
      'c0270d 0001 01 04 c0000201 0001 0001 ff',
      ['3 AFI/SAFI 1/1 IPv4 unicast', '6 next hop 0xc0000201', '11 characteristic 1, 1 octets'],
    ],
    ['c08008 0000fde8 400101 00', ['3 origin AS 65000', '7 ORIGIN (well-known, transitive), 1 octets', '  10 igp']],
    [
      'c01609 01 06 00000a c0000201',
      [
        '3 flags 0x01, leaf information is asked for',
        '4 tunnel type 6 ingress replication',
        '5 label: 10 as VNI, 0 as MPLS label, traffic class 5',
        '8 tunnel endpoint 192.0.2.1',
      ],
    ],
    [
      'c0160d 00 03 000000 c0000201 e0000101',
      [
        '3 flags 0x00',
        '4 tunnel type 3 PIM-SSM tree',
        '5 label: 0 as VNI, 0 as MPLS label',
        '8 source or root 192.0.2.1',
        '12 multicast group 224.0.1.1',
      ],
    ],
    [
      'c01606 00 63 000000 ff',
      ['3 flags 0x00', '4 tunnel type 99', '5 label: 0 as VNI, 0 as MPLS label', '8 tunnel identifier'],
    ],
    [
      'c01724 0008 0020 01 0c 80 00000a 000000000000 0000 04 08 030b000000000064 09 01 02 63 00 80 0000',
      [
        '3 tunnel type 8 VXLAN, 32 octets',
        '  7 sub-TLV 1 Encapsulation: vni 10',
        '  21 sub-TLV 4 Color: color 100',
        '  31 sub-TLV 9 Embedded Label Handling: value 2',
        '  34 sub-TLV 99',
        '  36 sub-TLV 128',
      ],
    ],
    [
      'c02815 01 0007 00 0000 00000001 03 0008 0000 003e80 001f40',
      [
        '3 TLV 1 Label-Index, 7 octets',
        '  6 reserved and flags',
        '  9 label index 1',
        '13 TLV 3 Originator SRGB, 8 octets',
        '  16 value',
      ],
    ],
    [
      `c0282d 05 002a 00 07 0001 ff 01 0022 00 fcbbbbbb0001e0000000000000000000 00 0040 00
        01 0006 20 10 10 00 10 30 02 0001 ff`,
      [
        '3 TLV 5 SRv6 L3 Service, 42 octets',
        '  6 reserved',
        '  7 sub-TLV 7',
        '  11 sub-TLV 1 SRv6 SID Information',
        '    14 reserved',
        '    15 SID fcbb:bbbb:1:e000::',
        '    31 flags 0x00',
        '    32 endpoint behavior 0x0040',
        '    34 reserved',
        '    35 SID structure: block 32, node 16, function 16, argument 0, 16 bits from 48 on are in the label',
        '    44 sub-sub-TLV 2',
      ],
    ],
    ['c02408 01 0000fde8 0001 46', ['3 domain 65000:1 isfSafi 70']],
    ['c0210200 00', ['3 as it stands']],
  ])('%s', (octets, rows, asn4 = true) => {
    const length = hex(octets).length - 3;
    const bytes = hex(octets);
    bytes[2] = length;
    const text = Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('');
    const [head, ...found] = block(text, asn4);
    expect(head).toMatch(new RegExp(`, ${length} octets$`));
    expect(found).toEqual(rows.map((row) => `  ${row}`));
  });

  it('extended communities, each with its meaning', () => {
    const communities: [string, string][] = [
      ['4002fde80000000a', 'RT:65000:10,non-transitive, route target, two-octet AS, not beyond the AS'],
      ['0103c0000201000a', 'SoO:192.0.2.1:10, route origin, IPv4 address'],
      ['0202fa56ea00000a', 'RT:4200000000:10, route target, four-octet AS'],
      [
        '4004fde849742400',
        'LB:65000:1000000,non-transitive, link bandwidth, 1000000 octets a second at AS 65000, not beyond the AS',
      ],
      ['030b400000000064', 'Color:100, color 100, flags 0x4000'],
      ['030c000000000013', 'ET:19, encapsulation 19 Geneve'],
      ['030c000000000063', 'ET:99, encapsulation 99'],
      ['030d000000000000', 'Default-Gateway, the MAC address is a default gateway'],
      ['0600010000000003', 'MM:3,sticky, MAC mobility, sequence number 3, static'],
      ['0600000000000003', 'MM:3, MAC mobility, sequence number 3'],
      ['0601010000000640', 'ESI-label:100,single-active, ESI label 1600 as VNI, 100 as MPLS label, single-active'],
      ['0602020000000011', 'ES-Import:02:00:00:00:00:11, ES-Import route target'],
      ['0603020000000011', "Rmac:02:00:00:00:00:11, Router's MAC"],
      ['0604000605dc0000', 'L2:mtu=1500,flags=CP, layer 2 attributes, MTU 1500, control flags 0x6'],
      ['0604000100000000', 'L2:mtu=0,flags=B, layer 2 attributes, MTU not to be checked, control flags 0x1'],
      ['0605010000000640', 'E-Tree:leaf,100, E-Tree, leaf, leaf label 1600 as VNI, 100 as MPLS label'],
      [
        '0606024000000064',
        'DF:alg=2,cap=0x4000,pref=100, DF election, algorithm 2, capabilities 0x4000, preference 100',
      ],
      ['06080b0000000000', 'ND:ROI, ARP/ND, router, override, immutable'],
      ['0608000000000000', 'ND:, ARP/ND, no flag'],
      ['0609000300000000', 'MF:IM, multicast flags, IGMP proxy, MLD proxy'],
      ['060afde80000000a', 'EVI-RT:65000:10, EVI route target, two-octet AS'],
      ['800600000000000a', '0x800600000000000a, type 0x80, subtype 0x06'],
    ];
    const octets = communities.map(([community]) => community).join('');
    const [, ...rows] = block(`d010 ${(octets.length / 2).toString(16).padStart(4, '0')} ${octets}`);
    expect(rows).toEqual(communities.map(([, text], i) => `  ${4 + 8 * i} ${text}`));
  });

  it('routes of other families', () => {
    expect(block(`800e20 000180 0c 0000000000000000c0000201 00 70 000641 ${rd} 0a0000`)).toEqual([
      '0 MP_REACH_NLRI (optional, non-transitive), 32 octets',
      '  3 AFI/SAFI 1/128 IPv4 VPN',
      '  6 next hop 192.0.2.1',
      '  19 reserved',
      '  20 192.0.2.1:1:10.0.0.0/24',
      '    20 length 112 bits',
      '    21 label 1601 as VNI, 100 as MPLS label, bottom of stack',
      '    24 RD 192.0.2.1:1, type 1',
      '    32 prefix 10.0.0.0/24',
    ]);
    expect(block('800f0a 400447 0001 0003 abcdef')).toEqual([
      '0 MP_UNREACH_NLRI (optional, non-transitive), 10 octets',
      '  3 AFI/SAFI 16388/71 BGP-LS link state',
      '  6 afi 16388 safi 71 00010003abcdef',
    ]);
    expect(block('800f06 000101 18 0a00')).toEqual([
      '0 MP_UNREACH_NLRI (optional, non-transitive), 6 octets',
      '  3 AFI/SAFI 1/1 IPv4 unicast',
      '  6 NLRI',
    ]);
  });
});

describe('attributes in which something is wrong', () => {
  it('one that stands there again is not read', () => {
    expect(block('400200 400204 0204 0000')).toEqual([
      '0 AS_PATH (well-known, transitive), 0 octets',
      '3 AS_PATH (well-known, transitive), 4 octets',
      '  6 again, and not read',
    ]);
  });

  it('sets in sets are followed a few levels down, however many there are', () => {
    let octets: Uint8Array = hex('400101 00');
    for (let i = 0; i < 4000; i++) {
      const length = octets.length + 4;
      octets = concat([Uint8Array.of(0xd0, 128, ...u16(length), 0, 0, 0, 1), octets]);
    }
    const { rows, faults } = explainAttributeBlock(octets, defaultContext);
    expect(faults).toEqual([]);
    expect(rows.length).toBeLessThan(30);
    expect(rows.at(-1)?.text).toMatch(/^originAs 1 attributes [0-9a-f]+$/);
  });

  it('whatever the octets, the rows lie in them', () => {
    const codes = Object.values(registry).map(({ code, flags }) => [flags, code] as const);
    const attribute = fc
      .tuple(fc.constantFrom(...codes), fc.uint8Array({ maxLength: 30 }))
      .map(([[flags, code], value]) => Uint8Array.of(flags, code, value.length, ...value));
    const attributes = fc.array(attribute, { maxLength: 6 }).map(concat);
    fc.assert(
      fc.property(attributes, fc.boolean(), fc.nat(), (all, asn4, cut) => {
        const bytes = all.subarray(0, cut % 3 === 0 ? cut % (all.length + 1) : all.length);
        for (const { start, end } of explainAttributeBlock(bytes, { ...defaultContext, asn4 }).rows) {
          expect(start >= 0 && start <= end && end <= bytes.length).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('a route refresh with filters (RFC 5291 §4, RFC 5292 §3)', () => {
  const refresh = (filters: string) => {
    const octets = hex(filters);
    const bytes = hex(
      `${'ff'.repeat(16)} 00${(23 + octets.length).toString(16).padStart(2, '0')} 05 0001 00 01 ${filters}`,
    );
    return gist(explainMessage(bytes, defaultContext)).slice(6);
  };

  it.each([
    [
      '01 40 000b 00 00000005 10 18 10 0a01 80',
      [
        '23 when to refresh: immediate',
        '24 ORF type 64 address prefix, 11 octets',
        '  27 add, permit, sequence 5, 0x0a01/16 from 16 to 24 bits',
        '  37 remove all',
      ],
    ],
    [
      '02 40 0003 60 0000',
      ['23 when to refresh: deferred', '24 ORF type 64 address prefix, 3 octets', '  27 remove, deny'],
    ],
    ['09 80 0001 00', ['23 when to refresh: 9', '24 ORF type 128, 1 octets', '  27 add, permit']],
    ['01 40 00ff 00', ['23 when to refresh: immediate', '24 outbound route filters, cut']],
    ['', []],
  ])('%j', (filters, rows) => {
    expect(refresh(filters)).toEqual(rows.map((row) => `  ${row}`));
  });
});
