import { describe, expect, it } from 'vitest';
import { decodeAttributes } from '../../../../../src/bgp-ts/wire/attribute/decode.ts';
import { encodeAttributes } from '../../../../../src/bgp-ts/wire/attribute/encode.ts';
import type { MpReachNlri } from '../../../../../src/bgp-ts/wire/attribute/mp-reach-nlri.ts';
import { type DecodeContext, defaultContext } from '../../../../../src/bgp-ts/wire/context.ts';
import { hex } from '../hex.ts';

const v4 = 'c0000201';
const v6 = '20010db8000000000000000000000001';
const local = 'fe800000000000000000000000000001';
const rd = '0000000000000000';
const ipv6NextHops: DecodeContext = { ...defaultContext, extendedNextHop: new Set([257, 384]) };

function reach(family: string, hop: string, nlri = ''): Uint8Array {
  const hopOctets = hex(hop);
  const value = hex(`${family} ${hopOctets.length.toString(16).padStart(2, '0')} ${hop} 00 ${nlri}`);
  return Uint8Array.of(0x80, 14, value.length, ...value);
}

function decode(bytes: Uint8Array, ctx: DecodeContext) {
  const { attributes, faults } = decodeAttributes(bytes, 0, bytes.length, ctx);
  return { hop: attributes.mpReachNlri, faults: faults.map(({ code }) => code) };
}

describe('the next hop of MP_REACH_NLRI', () => {
  const global = '2001:db8::1';
  const cases: [string, string, string, Omit<MpReachNlri, 'family' | 'nlri'>, DecodeContext?][] = [
    ['IPv4', '0001 01', v4, { nextHop: '192.0.2.1' }],
    ['IPv4 over IPv6 (RFC 8950)', '0001 01', v6, { nextHop: global }, ipv6NextHops],
    ['IPv4 over IPv6 and link-local', '0001 01', v6 + local, { nextHop: global, linkLocal: 'fe80::1' }, ipv6NextHops],
    ['IPv6', '0002 01', v6, { nextHop: global }],
    ['IPv6 and link-local (RFC 2545)', '0002 01', v6 + local, { nextHop: global, linkLocal: 'fe80::1' }],
    ['VPN-IPv4 (RFC 4364)', '0001 80', rd + v4, { nextHop: '192.0.2.1' }],
    ['VPN-IPv4 over IPv6 (RFC 8950)', '0001 80', rd + v6, { nextHop: global }, ipv6NextHops],
    ['VPN-IPv6 (RFC 4659)', '0002 80', rd + v6, { nextHop: global }],
    ['VPN-IPv6, link-local', '0002 80', rd + v6 + rd + local, { nextHop: global, linkLocal: 'fe80::1' }],
    ['EVPN over IPv4', '0019 46', v4, { nextHop: '192.0.2.1' }],
    ['EVPN over IPv6', '0019 46', v6, { nextHop: global }],
    ['RT-Constrain', '0001 84', v6, { nextHop: global }],
    ['flow specification (RFC 8955)', '0001 85', '', { nextHop: null }],
    ['a family that is not known', '4004 47', v4, { nextHop: '192.0.2.1' }],
    ['another one', '0019 41', v6, { nextHop: global }],
    ['one with RD (RFC 9552)', '4004 48', rd + v4, { nextHop: '192.0.2.1' }],
    ['none in a family that is not known', '4004 47', '', { nextHop: null }],
    ['one of a form that is not known', '4004 47', 'c00002', { nextHop: null, octets: 'c00002' }],
    [
      'an RD alone, in a family that is not known',
      '0000 80',
      '0000000000000001',
      { nextHop: null, octets: '0000000000000001' },
    ],
    ['none, where an RD would stand before it', '0000 80', '', { nextHop: null }],
  ];

  it.each(cases)('%s', (_name, family, hop, expected, ctx = defaultContext) => {
    const bytes = reach(family, hop);
    const { hop: found, faults } = decode(bytes, ctx);
    expect(faults).toEqual([]);
    expect(found).toEqual({ family: expect.any(Number), ...expected, nlri: [] });
    expect(encodeAttributes(found === undefined ? {} : { mpReachNlri: found }, ctx)).toEqual(bytes);
  });

  it.each([
    ['IPv4 over IPv6 where that was not negotiated', '0001 01', v6],
    ['VPN-IPv4 without RD', '0001 80', v4],
    ['VPN-IPv4 with half an address', '0001 80', `${rd}c000`],
    ['IPv6 over IPv4', '0002 01', v4],
    ['EVPN with a link-local address', '0019 46', v6 + local],
    ['EVPN with none', '0019 46', ''],
    ['EVPN with 5 octets', '0019 46', 'c000020100'],
  ])('%s has the wrong length', (_name, family, hop) => {
    expect(decode(reach(family, hop), defaultContext)).toEqual({
      hop: undefined,
      faults: ['mp-reach-next-hop-length'],
    });
  });

  it.each([
    ['of EVPN in loopback', '0019 46', '7f000001'],
    ['of EVPN in IPv6 loopback', '0019 46', `${'00'.repeat(15)}01`],
    ['of EVPN that is link-local', '0019 46', `fe80${'00'.repeat(13)}01`],
    ['of IPv6 that is zero beside a link-local one', '0002 01', `${'00'.repeat(16)}${local}`],
    ['of VPN-IPv4 above multicast', '0001 80', `${rd}f0000001`],
  ])('%s is taken', (_name, family, hop) => {
    expect(decode(reach(family, hop), defaultContext).faults).toEqual([]);
  });

  it('is followed by a reserved octet, which is ignored', () => {
    const bytes = reach('0019 46', v4);
    bytes[bytes.length - 1] = 0xff;
    expect(decode(bytes, defaultContext).faults).toEqual([]);
  });
});

describe('routes', () => {
  it('stand behind the next hop', () => {
    const bytes = reach('0002 01', v6, '20 20010db8 00');
    const { attributes } = decodeAttributes(bytes, 0, bytes.length, defaultContext);
    expect(attributes.mpReachNlri?.nlri).toEqual([
      { kind: 'prefix', family: 513, prefix: '2001:db8::/32' },
      { kind: 'prefix', family: 513, prefix: '::/0' },
    ]);
    expect(encodeAttributes(attributes, defaultContext)).toEqual(bytes);
  });

  it('have path identifiers where the session uses them (RFC 7911 §3)', () => {
    const ctx = { ...defaultContext, addPath: new Set([513]) };
    for (const bytes of [reach('0002 01', v6, '00000007 00'), hex('800f08 0002 01 00000007 00')]) {
      const { attributes } = decodeAttributes(bytes, 0, bytes.length, ctx);
      const { nlri } = attributes.mpReachNlri ?? attributes.mpUnreachNlri ?? { nlri: [] };
      expect(nlri).toEqual([{ kind: 'prefix', family: 513, prefix: '::/0', pathId: 7 }]);
      expect(encodeAttributes(attributes, ctx)).toEqual(bytes);
    }
  });
});
