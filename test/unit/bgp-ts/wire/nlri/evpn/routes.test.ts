import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Family } from '../../../../../../src/bgp-ts/wire/constants.ts';
import { EncodeError } from '../../../../../../src/bgp-ts/wire/encode-error.ts';
import { ZERO_ESI } from '../../../../../../src/bgp-ts/wire/esi.ts';
import type { EvpnNlri } from '../../../../../../src/bgp-ts/wire/nlri/evpn/evpn.ts';
import { formatNlri } from '../../../../../../src/bgp-ts/wire/nlri/format.ts';
import { decodeNlri, encodeNlri } from '../../../../../../src/bgp-ts/wire/nlri/registry.ts';
import { hex, toHex } from '../../hex.ts';
import { evpnRoute } from '../arbitrary.ts';

const plain = { addPath: false };
const decode = (octets: Uint8Array) => decodeNlri(Family.Evpn, octets, 0, octets.length, plain);
const encode = (...routes: EvpnNlri[]) => encodeNlri(Family.Evpn, routes, plain);
const evpn = { family: Family.Evpn } as const;
const rd = { type: 1, address: '192.0.2.1', assigned: 3 } as const;

/** One annotated NLRI of each form, what it decodes to, and how it is shown. */
const golden: [string, string, EvpnNlri, string][] = [
  [
    'type 1',
    `01 19               ; type, length 25
     0001 c0000201 0003  ; RD 192.0.2.1:3
     00112233445566778899; ESI
     ffffffff            ; Ethernet tag: MAX-ET
     000641              ; label`,
    {
      kind: 'ethernet-auto-discovery',
      ...evpn,
      type: 1,
      rd,
      esi: '00112233445566778899',
      ethernetTag: 0xffffffff,
      label: 0x641,
    },
    '[1]:[192.0.2.1:3]:[00:11:22:33:44:55:66:77:88:99]:[4294967295]',
  ],
  [
    'type 2, MAC alone',
    `02 21               ; type, length 33
     0001 c0000201 0003  ; RD
     00000000000000000000; ESI: single-homed
     00000000            ; Ethernet tag
     30 020000000011     ; MAC, 48 bits
     00                  ; no IP
     00000a              ; VNI 10`,
    {
      kind: 'mac-ip-advertisement',
      ...evpn,
      type: 2,
      rd,
      esi: ZERO_ESI,
      ethernetTag: 0,
      mac: '02:00:00:00:00:11',
      label1: 10,
    },
    '[2]:[192.0.2.1:3]:[0]:[48]:[02:00:00:00:00:11]',
  ],
  [
    'type 2, IPv4 and two labels',
    `02 28               ; type, length 40
     0001 c0000201 0003  ; RD
     00000000000000000000; ESI
     00000000            ; Ethernet tag
     30 020000000011     ; MAC
     20 ac100a0b         ; IP 172.16.10.11, 32 bits
     00000a 000065       ; VNI 10, layer-3 VNI 101`,
    {
      kind: 'mac-ip-advertisement',
      ...evpn,
      type: 2,
      rd,
      esi: ZERO_ESI,
      ethernetTag: 0,
      mac: '02:00:00:00:00:11',
      ip: '172.16.10.11',
      label1: 10,
      label2: 101,
    },
    '[2]:[192.0.2.1:3]:[0]:[48]:[02:00:00:00:00:11]:[32]:[172.16.10.11]',
  ],
  [
    'type 2, IPv6',
    `02 31               ; type, length 49
     0001 c0000201 0003  ; RD
     00000000000000000000; ESI
     00000005            ; Ethernet tag
     30 020000000011     ; MAC
     80 20010db8000000000000000000000001 ; IP, 128 bits
     00000a              ; VNI`,
    {
      kind: 'mac-ip-advertisement',
      ...evpn,
      type: 2,
      rd,
      esi: ZERO_ESI,
      ethernetTag: 5,
      mac: '02:00:00:00:00:11',
      ip: '2001:db8::1',
      label1: 10,
    },
    '[2]:[192.0.2.1:3]:[5]:[48]:[02:00:00:00:00:11]:[128]:[2001:db8::1]',
  ],
  [
    'type 3',
    `03 11 0001 c0000201 0003 ; RD
     00000000            ; Ethernet tag
     20 c0000201         ; originator, 32 bits`,
    { kind: 'inclusive-multicast', ...evpn, type: 3, rd, ethernetTag: 0, originator: '192.0.2.1' },
    '[3]:[192.0.2.1:3]:[0]:[32]:[192.0.2.1]',
  ],
  [
    'type 3, IPv6',
    `03 1d 0001 c0000201 0003 00000000
     80 20010db8000000000000000000000001 ; originator, 128 bits`,
    { kind: 'inclusive-multicast', ...evpn, type: 3, rd, ethernetTag: 0, originator: '2001:db8::1' },
    '[3]:[192.0.2.1:3]:[0]:[128]:[2001:db8::1]',
  ],
  [
    'type 4',
    `04 17 0001 c0000201 0003 00112233445566778899 20 c0000201`,
    { kind: 'ethernet-segment', ...evpn, type: 4, rd, esi: '00112233445566778899', originator: '192.0.2.1' },
    '[4]:[192.0.2.1:3]:[00:11:22:33:44:55:66:77:88:99]:[32]:[192.0.2.1]',
  ],
  [
    'type 5, IPv4',
    `05 22               ; type, length 34
     0001 c0000201 0003  ; RD
     00000000000000000000; ESI
     00000000            ; Ethernet tag
     18 0a3c0700         ; prefix 10.60.7.0/24
     c00002fe            ; gateway
     000065              ; label`,
    {
      kind: 'ip-prefix',
      ...evpn,
      type: 5,
      rd,
      esi: ZERO_ESI,
      ethernetTag: 0,
      prefix: '10.60.7.0/24',
      gateway: '192.0.2.254',
      label: 101,
    },
    '[5]:[192.0.2.1:3]:[0]:[24]:[10.60.7.0]',
  ],
  [
    'type 5, IPv6',
    `05 3a               ; type, length 58
     0001 c0000201 0003 00000000000000000000 00000000
     40 20010db8000100000000000000000000 ; prefix, 64 bits
     00000000000000000000000000000000    ; no gateway
     000065`,
    {
      kind: 'ip-prefix',
      ...evpn,
      type: 5,
      rd,
      esi: ZERO_ESI,
      ethernetTag: 0,
      prefix: '2001:db8:1::/64',
      gateway: '::',
      label: 101,
    },
    '[5]:[192.0.2.1:3]:[0]:[64]:[2001:db8:1::]',
  ],
  [
    'type 6, any source',
    `06 18 0001 c0000201 0003 00000001
     00                  ; any source
     20 ef010101         ; group
     20 c0000201         ; originator
     06                  ; flags`,
    {
      kind: 'selective-multicast',
      ...evpn,
      type: 6,
      rd,
      ethernetTag: 1,
      group: '239.1.1.1',
      originator: '192.0.2.1',
      flags: 6,
    },
    '[6]:[192.0.2.1:3]:[1]:[*]:[239.1.1.1]:[32]:[192.0.2.1]',
  ],
  [
    'type 7',
    `07 26 0001 c0000201 0003 00112233445566778899 00000001
     20 c000020a 20 ef010101 20 c0000201 04`,
    {
      kind: 'membership-report-synch',
      ...evpn,
      type: 7,
      rd,
      esi: '00112233445566778899',
      ethernetTag: 1,
      source: '192.0.2.10',
      group: '239.1.1.1',
      originator: '192.0.2.1',
      flags: 4,
    },
    '[7]:[192.0.2.1:3]:[00:11:22:33:44:55:66:77:88:99]:[1]:[192.0.2.10]:[239.1.1.1]:[32]:[192.0.2.1]',
  ],
  [
    'type 8',
    `08 27 0001 c0000201 0003 00112233445566778899 00000001
     00 20 ef010101 20 c0000201
     00000007            ; reserved
     0a                  ; maximum response time
     02                  ; flags`,
    {
      kind: 'leave-synch',
      ...evpn,
      type: 8,
      rd,
      esi: '00112233445566778899',
      ethernetTag: 1,
      group: '239.1.1.1',
      originator: '192.0.2.1',
      reserved: 7,
      maximumResponseTime: 10,
      flags: 2,
    },
    '[8]:[192.0.2.1:3]:[00:11:22:33:44:55:66:77:88:99]:[1]:[*]:[239.1.1.1]:[32]:[192.0.2.1]',
  ],
  [
    'type 9',
    `09 14 0001 c0000201 0003 00000001 0002000a00000001 ; region id`,
    { kind: 'per-region-i-pmsi', ...evpn, type: 9, rd, ethernetTag: 1, regionId: '0002000a00000001' },
    '[9]:[192.0.2.1:3]:[1]:[0002000a00000001]',
  ],
  [
    'type 10, any group',
    `0a 13 0001 c0000201 0003 00000001 00 00 20 c0000201`,
    { kind: 's-pmsi', ...evpn, type: 10, rd, ethernetTag: 1, originator: '192.0.2.1' },
    '[10]:[192.0.2.1:3]:[1]:[*]:[*]:[32]:[192.0.2.1]',
  ],
  [
    'type 11',
    `0b 0c 0105 0102030405 ; route key: an NLRI of its own
     20 c0000201         ; originator`,
    { kind: 'leaf', ...evpn, type: 11, routeKey: '01050102030405', originator: '192.0.2.1' },
    '[11]:[01050102030405]:[32]:[192.0.2.1]',
  ],
  [
    'unknown type',
    '99 04 deadbeef',
    { kind: 'opaque-evpn', ...evpn, type: 0x99, octets: 'deadbeef' },
    '[153]:[deadbeef]',
  ],
];

describe('EVPN routes', () => {
  it.each(golden)('%s: octets both ways, and text', (_name, octets, route, text) => {
    expect(decode(hex(octets))).toEqual({ routes: [route] });
    expect(toHex(encode(route))).toBe(toHex(hex(octets)));
    expect(formatNlri(route)).toBe(text);
  });

  it('keeps the bits behind a type-5 prefix, which are part of its key', () => {
    const octets = hex('05 22 0001c00002010003 00000000000000000000 00000000 18 0a3c07ff 00000000 000065');
    expect(decode(octets).routes).toMatchObject([{ prefix: '10.60.7.255/24' }]);
    expect(encode(...decode(octets).routes)).toEqual(octets);
  });

  it('reads many in one field', () => {
    const all = golden.map(([, octets]) => hex(octets));
    const field = Uint8Array.from(all.flatMap((octets) => [...octets]));
    expect(decode(field)).toEqual({ routes: golden.map(([, , route]) => route) });
  });

  it('finds the end of a Leaf A-D route key from the back when its own length leads nowhere', () => {
    expect(decode(hex('0b 07 aaaa 20 c0000201')).routes).toMatchObject([{ routeKey: 'aaaa', originator: '192.0.2.1' }]);
    expect(decode(hex('0b 13 aaaa 80 20010db8000000000000000000000001')).routes).toMatchObject([
      { routeKey: 'aaaa', originator: '2001:db8::1' },
    ]);
    // both an IPv4 and an IPv6 originator would fit: the longer is taken
    expect(decode(hex('0b 13 aaaa 80 2001 0db8 0000 0000 0000 0020 0000 0001')).routes).toMatchObject([
      { routeKey: 'aaaa', originator: '2001:db8::20:0:1' },
    ]);
  });

  it('gives every route back that can be made', () => {
    fc.assert(
      fc.property(fc.array(evpnRoute, { maxLength: 5 }), (routes) => {
        expect(decode(encode(...routes))).toEqual({ routes });
      }),
    );
  });
});

describe('EVPN routes that have no encoding', () => {
  const mac = golden[1][2];
  const prefix = golden[7][2];
  const leaf = golden[14][2];
  it.each<[string, EvpnNlri]>([
    ['Ethernet tag', { ...mac, ethernetTag: -1 } as EvpnNlri],
    ['label', { ...mac, label1: 0x1000000 } as EvpnNlri],
    ['MAC', { ...mac, mac: '02:00' } as EvpnNlri],
    ['IP', { ...mac, ip: '10.0.0' } as EvpnNlri],
    ['ESI', { ...mac, esi: '00' } as EvpnNlri],
    ['originator', { ...golden[4][2], originator: 'x' } as EvpnNlri],
    ['prefix', { ...prefix, prefix: '10.0.0.0/33' } as EvpnNlri],
    ['prefix without length', { ...prefix, prefix: '10.0.0.0' } as EvpnNlri],
    ['gateway of another family', { ...prefix, gateway: '::' } as EvpnNlri],
    ['region', { ...golden[12][2], regionId: '00' } as EvpnNlri],
    ['route key', { ...leaf, routeKey: '' } as EvpnNlri],
    ['route key digits', { ...leaf, routeKey: 'zz' } as EvpnNlri],
    ['route key length', { ...leaf, routeKey: '00'.repeat(255) } as EvpnNlri],
    ['opaque digits', { kind: 'opaque-evpn', ...evpn, type: 99, octets: 'x' }],
    ['opaque of a known type', { kind: 'opaque-evpn', ...evpn, type: 2, octets: '' }],
    ['opaque type', { kind: 'opaque-evpn', ...evpn, type: 256, octets: '' }],
  ])('%s', (_name, route) => {
    expect(() => encode(route)).toThrow(EncodeError);
  });
});
