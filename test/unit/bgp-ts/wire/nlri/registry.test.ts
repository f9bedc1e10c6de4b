import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Family } from '../../../../../src/bgp-ts/wire/constants.ts';
import { EncodeError } from '../../../../../src/bgp-ts/wire/encode-error.ts';
import { isLocated, NlriFaultCode } from '../../../../../src/bgp-ts/wire/nlri/fault.ts';
import { formatNlri } from '../../../../../src/bgp-ts/wire/nlri/format.ts';
import { LabelledFamily } from '../../../../../src/bgp-ts/wire/nlri/labelled.ts';
import type { Nlri } from '../../../../../src/bgp-ts/wire/nlri/nlri.ts';
import { decodeNlri, encodeNlri } from '../../../../../src/bgp-ts/wire/nlri/registry.ts';
import { MulticastFamily } from '../../../../../src/bgp-ts/wire/nlri/unicast.ts';
import { hex, toHex } from '../hex.ts';
import { evpnRoute, prefixRoutes } from './arbitrary.ts';

const plain = { addPath: false };
const withPath = { addPath: true };
const decode = (family: number, octets: string, options = plain) => {
  const bytes = hex(octets);
  return decodeNlri(family, bytes, 0, bytes.length, options);
};
const rd = { type: 0, asn: 65000, assigned: 1 } as const;

const golden: [string, number, string, Nlri[], string[]][] = [
  [
    'IPv4 unicast',
    Family.Ipv4Unicast,
    `18 c0a801           ; 192.168.1.0/24
     00                  ; default
     20 0a000001         ; host
     09 0a80             ; odd length`,
    ['192.168.1.0/24', '0.0.0.0/0', '10.0.0.1/32', '10.128.0.0/9'].map((prefix) => ({
      kind: 'prefix',
      family: Family.Ipv4Unicast,
      prefix,
    })),
    ['192.168.1.0/24', '0.0.0.0/0', '10.0.0.1/32', '10.128.0.0/9'],
  ],
  [
    'IPv6 unicast',
    Family.Ipv6Unicast,
    '20 20010db8 00 80 20010db8000000000000000000000001',
    ['2001:db8::/32', '::/0', '2001:db8::1/128'].map((prefix) => ({
      kind: 'prefix',
      family: Family.Ipv6Unicast,
      prefix,
    })),
    ['2001:db8::/32', '::/0', '2001:db8::1/128'],
  ],
  [
    'IPv4 multicast',
    MulticastFamily.Ipv4,
    '08 0a',
    [{ kind: 'prefix', family: MulticastFamily.Ipv4, prefix: '10.0.0.0/8' }],
    ['10.0.0.0/8'],
  ],
  [
    'IPv6 multicast',
    MulticastFamily.Ipv6,
    '08 20',
    [{ kind: 'prefix', family: MulticastFamily.Ipv6, prefix: '2000::/8' }],
    ['2000::/8'],
  ],
  [
    'labelled IPv4, one label and two',
    LabelledFamily.Ipv4,
    `30 000641 c0a801    ; 24 + 24 bits
     50 000640 000c81 c0a80101 ; 48 + 32 bits: only a stack explains the length`,
    [
      { kind: 'labelled', family: LabelledFamily.Ipv4, labels: [0x641], prefix: '192.168.1.0/24' },
      { kind: 'labelled', family: LabelledFamily.Ipv4, labels: [0x640, 0xc81], prefix: '192.168.1.1/32' },
    ],
    ['192.168.1.0/24', '192.168.1.1/32'],
  ],
  [
    'labelled IPv6',
    LabelledFamily.Ipv6,
    '38 000641 20010db8',
    [{ kind: 'labelled', family: LabelledFamily.Ipv6, labels: [0x641], prefix: '2001:db8::/32' }],
    ['2001:db8::/32'],
  ],
  [
    'VPN-IPv4: announced, withdrawn, and with the bottom-of-stack bit clear',
    Family.Ipv4Vpn,
    `70 000641 0000fde800000001 0a0001 ; 24 + 64 + 24 bits
     70 800000 0000fde800000001 0a0001 ; withdraw label
     70 000640 0000fde800000001 0a0001`,
    [0x641, 0x800000, 0x640].map((label) => ({
      kind: 'vpn',
      family: Family.Ipv4Vpn,
      labels: [label],
      rd,
      prefix: '10.0.1.0/24',
    })),
    ['65000:1:10.0.1.0/24', '65000:1:10.0.1.0/24', '65000:1:10.0.1.0/24'],
  ],
  [
    'VPN-IPv6',
    Family.Ipv6Vpn,
    '78 000641 0000fde800000001 20010db8',
    [{ kind: 'vpn', family: Family.Ipv6Vpn, labels: [0x641], rd, prefix: '2001:db8::/32' }],
    ['65000:1:2001:db8::/32'],
  ],
  [
    'route target membership: default, origin AS, partial and whole route target',
    Family.RtConstrain,
    `00
     20 0000fde8
     30 0000fde8 0002
     60 0000fde8 0002fde80000000a`,
    [
      { kind: 'rt-constrain', family: Family.RtConstrain, length: 0, originAs: 0, routeTarget: '' },
      { kind: 'rt-constrain', family: Family.RtConstrain, length: 32, originAs: 65000, routeTarget: '' },
      { kind: 'rt-constrain', family: Family.RtConstrain, length: 48, originAs: 65000, routeTarget: '0002' },
      {
        kind: 'rt-constrain',
        family: Family.RtConstrain,
        length: 96,
        originAs: 65000,
        routeTarget: '0002fde80000000a',
      },
    ],
    ['default', '65000:*', '65000:0x0002/48', '65000:RT:65000:10'],
  ],
  [
    'unknown family',
    (16397 << 8) | 99,
    'deadbeef',
    [{ kind: 'opaque', family: (16397 << 8) | 99, octets: 'deadbeef' }],
    ['afi 16397 safi 99 deadbeef'],
  ],
];

describe('NLRI of every family', () => {
  it.each(golden)('%s: octets both ways, and text', (_name, family, octets, routes, texts) => {
    expect(decode(family, octets)).toEqual({ routes });
    expect(toHex(encodeNlri(family, routes, plain))).toBe(toHex(hex(octets)));
    expect(routes.map(formatNlri)).toEqual(texts);
  });

  it('reads a part of a buffer, and nothing of an empty one', () => {
    expect(decodeNlri(Family.Ipv4Unicast, hex('ffff 080a ffff'), 2, 4, plain)).toEqual({
      routes: [{ kind: 'prefix', family: Family.Ipv4Unicast, prefix: '10.0.0.0/8' }],
    });
    expect(decode(Family.Evpn, '')).toEqual({ routes: [] });
    expect(decode(12345, '')).toEqual({ routes: [] });
  });

  it('clears the bits behind a prefix, which are irrelevant (RFC 4271 §4.3)', () => {
    expect(decode(Family.Ipv4Unicast, '09 0aff').routes).toMatchObject([{ prefix: '10.128.0.0/9' }]);
    expect(decode(Family.RtConstrain, '31 0000fde8 0002ff').routes).toMatchObject([
      { length: 49, routeTarget: '000280' },
    ]);
    expect(
      toHex(encodeNlri(Family.Ipv4Unicast, decodeNlri(Family.Ipv4Unicast, hex('09 0aff'), 0, 3, plain).routes, plain)),
    ).toBe('090a80');
  });
});

describe('path identifiers', () => {
  it('stand in front of every NLRI', () => {
    const octets = '00000001 18 c0a801 ffffffff 00';
    const { routes, fault } = decode(Family.Ipv4Unicast, octets, withPath);
    expect(fault).toBeUndefined();
    expect(routes).toEqual([
      { kind: 'prefix', family: Family.Ipv4Unicast, prefix: '192.168.1.0/24', pathId: 1 },
      { kind: 'prefix', family: Family.Ipv4Unicast, prefix: '0.0.0.0/0', pathId: 4294967295 },
    ]);
    expect(encodeNlri(Family.Ipv4Unicast, routes as never, withPath)).toEqual(hex(octets));
    expect(routes.map(formatNlri)).toEqual(['1 192.168.1.0/24', '4294967295 0.0.0.0/0']);
  });

  it('are 0 where a route has none, and left out where the session has none', () => {
    const route = { kind: 'prefix', family: Family.Ipv4Unicast, prefix: '10.0.0.0/8' } as const;
    expect(encodeNlri(Family.Ipv4Unicast, [route], withPath)).toEqual(hex('00000000 080a'));
    expect(encodeNlri(Family.Ipv4Unicast, [{ ...route, pathId: 7 }], plain)).toEqual(hex('080a'));
    expect(() => encodeNlri(Family.Ipv4Unicast, [{ ...route, pathId: -1 }], withPath)).toThrow(EncodeError);
  });

  it.each(['000000', '00000001', '00000001 080a 0000'])('are not cut: %s', (octets) => {
    expect(decode(Family.Ipv4Unicast, octets, withPath).fault).toMatchObject({
      code: 'nlri-overrun',
      outcome: 'session-reset',
    });
  });

  it('have nothing to do with a family that is not known', () => {
    expect(decode(12345, '00000001 00', withPath)).toEqual({
      routes: [{ kind: 'opaque', family: 12345, octets: '0000000100' }],
    });
  });
});

describe('faults', () => {
  it.each([
    ['nlri-overrun', Family.Ipv4Unicast, '18 c0a8', 10],
    ['nlri-overrun', Family.Ipv6Unicast, '80 20010db8', 9],
    ['nlri-prefix-length', Family.Ipv4Unicast, '21 0000000000', 10],
    ['nlri-prefix-length', Family.Ipv6Unicast, `81 ${'00'.repeat(17)}`, 9],
    ['nlri-overrun', LabelledFamily.Ipv4, '30 000641 c0a8', 9],
    ['nlri-labelled-length', LabelledFamily.Ipv4, '17 000641', 9],
    ['nlri-prefix-length', LabelledFamily.Ipv4, '39 000641 c0a8010100', 9],
    ['nlri-labelled-length', LabelledFamily.Ipv4, '60 000640 000640 000640 000640', 9],
    ['nlri-overrun', Family.Ipv4Vpn, '70 000641 0000fde800000001', 9],
    ['nlri-labelled-length', Family.Ipv4Vpn, '57 000641 0000fde800000001', 9],
    ['nlri-labelled-length', Family.Ipv4Vpn, '00', 9],
    ['nlri-prefix-length', Family.Ipv4Vpn, `88 000641 0000fde800000001 ${'00'.repeat(6)}`, 9],
    ['nlri-overrun', Family.RtConstrain, '60 0000fde8 0002', 9],
    ['nlri-prefix-length', Family.RtConstrain, `61 ${'00'.repeat(13)}`, 9],
  ])('%s in family %i: %s', (code, family, octets, subcode) => {
    const { routes, fault } = decode(family, `${octets}`);
    expect(fault).toMatchObject({
      code,
      outcome: 'session-reset',
      offset: 0,
      family,
      notification: { code: 3, subcode },
    });
    expect(routes).toEqual([]);
  });

  it('lets a membership prefix of 1 to 31 bits cost itself', () => {
    const { routes, fault } = decode(Family.RtConstrain, '10 0001 00');
    expect(fault).toMatchObject({ code: 'nlri-rt-constrain-length', outcome: 'treat-as-withdraw', offset: 0 });
    expect(routes).toMatchObject([{ length: 0 }]);
  });

  it.each([['30 0000fde8 0003'], ['60 0000fde8 0003 006400000001'], ['60 0000fde8 0600 0100 00000001']])(
    'membership %s is of something known that is no route target',
    (octets) => {
      const { routes, fault } = decode(Family.RtConstrain, `${octets} 00`);
      expect(fault).toMatchObject({ code: 'nlri-rt-constrain-target', outcome: 'treat-as-withdraw', offset: 0 });
      expect(routes).toMatchObject([{ length: 0 }]);
      const route = { kind: 'rt-constrain', family: Family.RtConstrain, originAs: 65000 } as const;
      const target = hex(octets).subarray(5);
      const refused = { ...route, length: 32 + target.length * 8, routeTarget: toHex(target) };
      expect(() => encodeNlri(Family.RtConstrain, [refused], plain)).toThrow(EncodeError);
    },
  );

  it.each([
    ['ES-Import', '0602 020000000011'],
    ['EVI-RT', '060a 0064 00000001'],
    ['a type that nobody knows', '0f77 000000000000'],
    ['zeros', '0000 000000000000'],
    ['three octets of a type', '00'],
  ])('membership of %s is relayed', (_name, target) => {
    const octets = hex(target);
    const field = Uint8Array.of(32 + octets.length * 8, 0, 0, 0xfd, 0xe8, ...octets);
    const { routes, fault } = decodeNlri(Family.RtConstrain, field, 0, field.length, plain);
    expect(fault).toBeUndefined();
    expect(encodeNlri(Family.RtConstrain, routes, plain)).toEqual(field);
  });

  it('keeps what stood before the one that cannot be located', () => {
    const { routes, fault } = decode(Family.Ipv4Unicast, '080a 21 0000000000');
    expect(routes).toMatchObject([{ prefix: '10.0.0.0/8' }]);
    expect(fault?.offset).toBe(2);
  });

  it('says of each code whether the next NLRI can be found', () => {
    const located = Object.values(NlriFaultCode).filter((code) => code !== 0 && isLocated(code));
    expect(located).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
  });
});

describe('what has no encoding', () => {
  const vpn = { kind: 'vpn', family: Family.Ipv4Vpn, labels: [1], rd, prefix: '10.0.0.0/8' } as const;
  const member = {
    kind: 'rt-constrain',
    family: Family.RtConstrain,
    length: 96,
    originAs: 1,
    routeTarget: '0002fde80000000a',
  } as const;
  it.each<[string, number, Nlri]>([
    ['another family', Family.Ipv6Unicast, { kind: 'prefix', family: Family.Ipv4Unicast, prefix: '10.0.0.0/8' }],
    ['IPv6 in IPv4', Family.Ipv4Unicast, { kind: 'prefix', family: Family.Ipv4Unicast, prefix: '::/0' }],
    ['IPv4 in IPv6', Family.Ipv6Unicast, { kind: 'prefix', family: Family.Ipv6Unicast, prefix: '0.0.0.0/0' }],
    ['no prefix', Family.Ipv4Unicast, { kind: 'prefix', family: Family.Ipv4Unicast, prefix: '10.0.0.0/' }],
    ['no label', Family.Ipv4Vpn, { ...vpn, labels: [] }],
    ['wide label', Family.Ipv4Vpn, { ...vpn, labels: [0x1000000] }],
    ['many labels', Family.Ipv4Vpn, { ...vpn, labels: [0, 0, 0, 0, 0, 0, 0, 1], prefix: '10.0.0.1/32' }],
    ['a stack that could be one label', Family.Ipv4Vpn, { ...vpn, labels: [0, 1] }],
    ['a stack without a bottom', Family.Ipv4Vpn, { ...vpn, labels: [0, 0], prefix: '10.0.0.1/32' }],
    ['a stack that goes on below its bottom', Family.Ipv4Vpn, { ...vpn, labels: [1, 1], prefix: '10.0.0.1/32' }],
    [
      'many labels',
      LabelledFamily.Ipv4,
      { kind: 'labelled', family: LabelledFamily.Ipv4, labels: [...Array(10).fill(0), 1], prefix: '0.0.0.0/0' },
    ],
    ['short membership', Family.RtConstrain, { ...member, length: 31 }],
    ['long membership', Family.RtConstrain, { ...member, length: 97 }],
    ['half a route target', Family.RtConstrain, { ...member, routeTarget: '0002' }],
    ['no hexadecimal', Family.RtConstrain, { ...member, routeTarget: 'x' }],
    ['no hexadecimal', 12345, { kind: 'opaque', family: 12345, octets: 'x' }],
  ])('%s in family %i', (_name, family, route) => {
    expect(() => encodeNlri(family, [route], plain)).toThrow(EncodeError);
  });

  it('is refused by the compiler where the family is known', () => {
    const wrongFamily = { kind: 'prefix', family: Family.Ipv6Unicast, prefix: '::/0' } as const;
    // @ts-expect-error an IPv6 prefix is no IPv4 NLRI
    expect(() => encodeNlri(Family.Ipv4Unicast, [wrongFamily], plain)).toThrow(EncodeError);
    const noLabel = {
      kind: 'ethernet-auto-discovery',
      family: Family.Evpn,
      type: 1,
      rd,
      esi: '00'.repeat(10),
      ethernetTag: 0,
    } as const;
    // @ts-expect-error a type 1 without label is no EVPN NLRI
    expect(() => encodeNlri(Family.Evpn, [noLabel], plain)).toThrow(EncodeError);
  });
});

describe('properties', () => {
  it('encode and decode are each other’s inverse, with and without path identifiers', () => {
    const evpn = fc.record({ family: fc.constant<number>(Family.Evpn), routes: fc.array(evpnRoute) });
    fc.assert(
      fc.property(
        fc.oneof(prefixRoutes, evpn),
        fc.boolean(),
        fc.nat(0xffffffff),
        ({ family, routes }, addPath, pathId) => {
          const sent: Nlri[] = addPath ? routes.map((route: Nlri) => ({ ...route, pathId })) : routes;
          const octets = encodeNlri(family, sent, { addPath });
          expect(decodeNlri(family, octets, 0, octets.length, { addPath })).toEqual({ routes: sent });
        },
      ),
    );
  });

  it('any octets of any family never make it throw, and what is accepted survives a second time', () => {
    const families = [...golden.map(([, family]) => family), Family.Evpn];
    fc.assert(
      fc.property(
        fc.constantFrom(...families),
        fc.uint8Array({ maxLength: 60 }),
        fc.boolean(),
        (family, bytes, addPath) => {
          const { routes, fault } = decodeNlri(family, bytes, 0, bytes.length, { addPath });
          if (fault !== undefined) return;
          const again = encodeNlri(family, routes, { addPath });
          expect(again.length).toBe(bytes.length);
          expect(decodeNlri(family, again, 0, again.length, { addPath })).toEqual({ routes });
        },
      ),
      { numRuns: 2000 },
    );
  });
});
