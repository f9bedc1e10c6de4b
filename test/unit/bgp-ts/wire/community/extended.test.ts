import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAdministrator } from '../../../../../src/bgp-ts/wire/community/extended/administrator.ts';
import {
  describeExtendedCommunity,
  extendedCommunity,
  isRouteTarget,
  parseRouteTarget,
} from '../../../../../src/bgp-ts/wire/community/extended/extended.ts';
import { formatExtendedCommunity } from '../../../../../src/bgp-ts/wire/community/extended/format.ts';
import {
  decodeExtendedCommunity,
  encodeExtendedCommunity,
  isTransitive,
} from '../../../../../src/bgp-ts/wire/community/extended/octets.ts';
import type { ExtendedCommunityView } from '../../../../../src/bgp-ts/wire/community/extended/view.ts';
import { EncodeError } from '../../../../../src/bgp-ts/wire/encode-error.ts';
import { hex, toHex } from '../hex.ts';

const as2 = { encoding: 'as2', asn: 65000, local: 10 } as const;
const ipv4 = { encoding: 'ipv4', address: '192.0.2.1', local: 10 } as const;
const as4 = { encoding: 'as4', asn: 4200000000, local: 10 } as const;

/** Octets, view, text; a view makes the same octets again. */
const golden: [string, ExtendedCommunityView, string][] = [
  ['00 02 fde8 0000000a', { kind: 'route-target', transitive: true, value: as2 }, 'RT:65000:10'],
  ['01 02 c0000201 000a', { kind: 'route-target', transitive: true, value: ipv4 }, 'RT:192.0.2.1:10'],
  ['02 02 fa56ea00 000a', { kind: 'route-target', transitive: true, value: as4 }, 'RT:4200000000:10'],
  ['40 02 fde8 0000000a', { kind: 'route-target', transitive: false, value: as2 }, 'RT:65000:10,non-transitive'],
  ['00 03 fde8 0000000a', { kind: 'route-origin', transitive: true, value: as2 }, 'SoO:65000:10'],
  ['01 03 c0000201 000a', { kind: 'route-origin', transitive: true, value: ipv4 }, 'SoO:192.0.2.1:10'],
  ['02 03 fa56ea00 000a', { kind: 'route-origin', transitive: true, value: as4 }, 'SoO:4200000000:10'],
  [
    '40 04 fde8 4cee6b28',
    { kind: 'link-bandwidth', transitive: false, asn: 65000, octetsPerSecond: 125000000 },
    'LB:65000:125000000,non-transitive',
  ],
  ['00 04 0001 447a0000', { kind: 'link-bandwidth', transitive: true, asn: 1, octetsPerSecond: 1000 }, 'LB:1:1000'],
  ['03 0b 8000 00000064', { kind: 'color', flags: 0x8000, color: 100 }, 'Color:100'],
  ['03 0c 00000000 0008', { kind: 'encapsulation', tunnelType: 8 }, 'ET:8'],
  ['03 0d 000000000000', { kind: 'default-gateway' }, 'Default-Gateway'],
  ['06 00 00 00 00000001', { kind: 'mac-mobility', sticky: false, sequence: 1 }, 'MM:1'],
  ['06 00 01 00 02020202', { kind: 'mac-mobility', sticky: true, sequence: 0x02020202 }, 'MM:33686018,sticky'],
  ['06 01 00 0000 003e80', { kind: 'esi-label', singleActive: false, label: 0x3e80 }, 'ESI-label:1000,all-active'],
  [
    '06 01 01 0000 fffff1',
    { kind: 'esi-label', singleActive: true, label: 0xfffff1 },
    'ESI-label:1048575,single-active',
  ],
  ['06 02 f20cdd809ff7', { kind: 'es-import', mac: 'f2:0c:dd:80:9f:f7' }, 'ES-Import:f2:0c:dd:80:9f:f7'],
  ['06 03 020000000001', { kind: 'router-mac', mac: '02:00:00:00:00:01' }, 'Rmac:02:00:00:00:00:01'],
  [
    '06 04 0007 0101 0000',
    { kind: 'layer2-attributes', controlWord: true, primary: true, backup: true, flags: 7, mtu: 257 },
    'L2:mtu=257,flags=CPB',
  ],
  [
    '06 04 0020 05dc 0000',
    { kind: 'layer2-attributes', controlWord: false, primary: false, backup: false, flags: 0x20, mtu: 1500 },
    'L2:mtu=1500,flags=-',
  ],
  ['06 05 01 0000 000000', { kind: 'e-tree', leaf: true, label: 0 }, 'E-Tree:leaf,0'],
  ['06 05 00 0000 010000', { kind: 'e-tree', leaf: false, label: 0x10000 }, 'E-Tree:root,4096'],
  [
    '06 06 02 4000 00 7fff',
    { kind: 'df-election', algorithm: 2, capabilities: 0x4000, preference: 32767 },
    'DF:alg=2,cap=0x4000,pref=32767',
  ],
  ['06 08 0b 0000000000', { kind: 'arp-nd', router: true, override: true, immutable: true }, 'ND:ROI'],
  ['06 08 02 0000000000', { kind: 'arp-nd', router: false, override: true, immutable: false }, 'ND:O'],
  ['06 08 09 0000000000', { kind: 'arp-nd', router: true, override: false, immutable: true }, 'ND:RI'],
  ['06 09 0003 00000000', { kind: 'multicast-flags', igmpProxy: true, mldProxy: true }, 'MF:IM'],
  ['06 09 0000 00000000', { kind: 'multicast-flags', igmpProxy: false, mldProxy: false }, 'MF:'],
  ['06 0a fde8 0000000a', { kind: 'evi-route-target', value: as2 }, 'EVI-RT:65000:10'],
  ['06 0b c0000201 000a', { kind: 'evi-route-target', value: ipv4 }, 'EVI-RT:192.0.2.1:10'],
  ['06 0c fa56ea00 000a', { kind: 'evi-route-target', value: as4 }, 'EVI-RT:4200000000:10'],
  ['06 10 000000000064', { kind: 'opaque', type: 6, subtype: 0x10, value: '000000000064' }, '0x0610000000000064'],
  ['80 06 00644abebc20', { kind: 'opaque', type: 0x80, subtype: 6, value: '00644abebc20' }, '0x800600644abebc20'],
  ['43 0c 000000000008', { kind: 'opaque', type: 0x43, subtype: 0x0c, value: '000000000008' }, '0x430c000000000008'],
  ['03 06 000000000000', { kind: 'opaque', type: 3, subtype: 6, value: '000000000000' }, '0x0306000000000000'],
  ['00 09 ff8401020304', { kind: 'opaque', type: 0, subtype: 9, value: 'ff8401020304' }, '0x0009ff8401020304'],
  ['01 04 c00002010000', { kind: 'opaque', type: 1, subtype: 4, value: 'c00002010000' }, '0x0104c00002010000'],
];

describe('extended community', () => {
  it.each(golden)('%s', (octets, view, text) => {
    const community = decodeExtendedCommunity(hex(octets));
    expect(describeExtendedCommunity(community)).toEqual(view);
    expect(extendedCommunity(view)).toBe(community);
    expect(formatExtendedCommunity(community)).toBe(text);
    expect(encodeExtendedCommunity(community)).toEqual(hex(octets));
  });

  it('does not look at reserved bits', () => {
    expect(describeExtendedCommunity('0600feff00000001')).toEqual({ kind: 'mac-mobility', sticky: false, sequence: 1 });
    expect(describeExtendedCommunity('0606e20000ff7fff')).toMatchObject({ algorithm: 2, preference: 32767 });
    expect(describeExtendedCommunity('030c0102030400ff')).toEqual({ kind: 'encapsulation', tunnelType: 255 });
    expect(describeExtendedCommunity('030dffffffffffff')).toEqual({ kind: 'default-gateway' });
  });

  it('takes the known control flags from their own fields', () => {
    const view = {
      kind: 'layer2-attributes',
      controlWord: true,
      primary: false,
      backup: false,
      flags: 0x23,
      mtu: 0,
    } as const;
    expect(extendedCommunity(view)).toBe('0604002400000000');
  });

  it('tells transitive from non-transitive, and route targets from others', () => {
    expect(isTransitive('0002fde80000000a')).toBe(true);
    expect(isTransitive('4002fde80000000a')).toBe(false);
    const targets = golden.map(([octets]) => toHex(hex(octets))).filter(isRouteTarget);
    expect(targets).toEqual(['0002fde80000000a', '0102c0000201000a', '0202fa56ea00000a', '4002fde80000000a']);
  });

  it('reads route targets', () => {
    expect(parseRouteTarget('65000:10')).toBe('0002fde80000000a');
    expect(parseRouteTarget('192.0.2.1:10')).toBe('0102c0000201000a');
    expect(parseRouteTarget('4200000000:10')).toBe('0202fa56ea00000a');
  });

  it.each(['', '1', 'a:b', '70000:65536', '65000:4294967296', '4294967296:1', '192.0.2.1:65536', '192.0.2:1', '1:2:3'])(
    'refuses the route target %j',
    (text) => {
      expect(parseAdministrator(text)).toBeUndefined();
      expect(parseRouteTarget(text)).toBeUndefined();
    },
  );

  it.each<ExtendedCommunityView>([
    { kind: 'route-target', transitive: true, value: { ...as2, asn: 65536 } },
    { kind: 'route-target', transitive: true, value: { ...as2, local: 4294967296 } },
    { kind: 'route-target', transitive: true, value: { ...ipv4, address: 'x' } },
    { kind: 'route-target', transitive: true, value: { ...ipv4, local: 65536 } },
    { kind: 'route-target', transitive: true, value: { ...as4, asn: 4294967296 } },
    { kind: 'link-bandwidth', transitive: true, asn: 65536, octetsPerSecond: 1 },
    { kind: 'color', flags: 65536, color: 0 },
    { kind: 'color', flags: 0, color: -1 },
    { kind: 'encapsulation', tunnelType: 65536 },
    { kind: 'mac-mobility', sticky: true, sequence: 4294967296 },
    { kind: 'esi-label', singleActive: true, label: 0x1000000 },
    { kind: 'es-import', mac: 'x' },
    { kind: 'e-tree', leaf: true, label: -1 },
    { kind: 'df-election', algorithm: 32, capabilities: 0, preference: 0 },
    { kind: 'opaque', type: 256, subtype: 0, value: '000000000000' },
    { kind: 'opaque', type: 0, subtype: 0, value: '00' },
  ])('has no encoding for %o', (view) => {
    expect(() => extendedCommunity(view)).toThrow(EncodeError);
  });

  it.each(['', '00', 'zz02fde80000000a'])('is not %j', (text) => {
    expect(() => encodeExtendedCommunity(text)).toThrow(EncodeError);
  });

  it('views any eight octets without throwing; a view made again is viewed the same', () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.constantFrom(0, 1, 2, 3, 6, 0x40, 0x80), fc.nat(16), fc.uint8Array({ minLength: 6, maxLength: 6 })),
        ([type, subtype, value]) => {
          const community = decodeExtendedCommunity(Uint8Array.of(type, subtype, ...value));
          const view = describeExtendedCommunity(community);
          expect(describeExtendedCommunity(extendedCommunity(view))).toEqual(view);
          expect(formatExtendedCommunity(community)).not.toMatch(/\s/);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
