import { describe, expect, it } from 'vitest';
import {
  decodeIpv6ExtendedCommunity,
  describeIpv6ExtendedCommunity,
  encodeIpv6ExtendedCommunity,
  formatIpv6ExtendedCommunity,
  type Ipv6ExtendedCommunityView,
  ipv6ExtendedCommunity,
} from '../../../../../src/bgp-ts/wire/community/ipv6-extended.ts';
import { EncodeError } from '../../../../../src/bgp-ts/wire/encode-error.ts';
import { hex } from '../hex.ts';

const address = '20010db8000000000000000000000001';

describe('IPv6 address specific extended community', () => {
  it.each<[string, Ipv6ExtendedCommunityView, string]>([
    [
      `0002${address}000a`,
      { kind: 'route-target', transitive: true, address: '2001:db8::1', local: 10 },
      'RT:[2001:db8::1]:10',
    ],
    [
      `4003${address}000a`,
      { kind: 'route-origin', transitive: false, address: '2001:db8::1', local: 10 },
      'SoO:[2001:db8::1]:10',
    ],
    [`0004${address}000a`, { kind: 'opaque', type: 0, subtype: 4, value: `${address}000a` }, `0x0004${address}000a`],
    [`0102${address}000a`, { kind: 'opaque', type: 1, subtype: 2, value: `${address}000a` }, `0x0102${address}000a`],
  ])('%s', (community, view, text) => {
    expect(describeIpv6ExtendedCommunity(community)).toEqual(view);
    expect(ipv6ExtendedCommunity(view)).toBe(community);
    expect(formatIpv6ExtendedCommunity(community)).toBe(text);
    expect(decodeIpv6ExtendedCommunity(hex(community))).toBe(community);
    expect(encodeIpv6ExtendedCommunity(community)).toEqual(hex(community));
  });

  it('refuses what has no encoding', () => {
    expect(() => encodeIpv6ExtendedCommunity('00')).toThrow(EncodeError);
    expect(() => encodeIpv6ExtendedCommunity('x')).toThrow(EncodeError);
    const target = { kind: 'route-target', transitive: true, address: '::', local: 0 } as const;
    expect(() => ipv6ExtendedCommunity({ ...target, address: '10.0.0.1' })).toThrow(EncodeError);
    expect(() => ipv6ExtendedCommunity({ ...target, local: 65536 })).toThrow(EncodeError);
    expect(() => ipv6ExtendedCommunity({ kind: 'opaque', type: 0, subtype: 4, value: '00' })).toThrow(EncodeError);
  });
});
