import { describeExtendedCommunity, EncodeError, type ExtendedCommunity, parseRouteTarget } from 'bgp-ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  automaticRouteTarget,
  derivationOf,
  derivedRouteTarget,
  formatRouteTarget,
  serviceTypes,
  vniOfRouteTarget,
} from '../../../src/evpn/route-target.ts';

const target = (text: string): ExtendedCommunity => parseRouteTarget(text) as ExtendedCommunity;

describe('the route target of a VNI', () => {
  it('is AS number and VNI, as FRR has it', () => {
    expect(automaticRouteTarget(65000, 10)).toBe('65000:10');
    // 00 02: two-octet AS, route target; fde8: AS 65000; 0000000a: VNI 10
    expect(target(automaticRouteTarget(65000, 10))).toBe('0002fde80000000a');
  });

  it('has the lower 16 bits of a four-octet AS number, and so room for the VNI', () => {
    expect(automaticRouteTarget(4200000159, 16777215)).toBe('60063:16777215');
    expect(target(automaticRouteTarget(4200000159, 16777215))).toBe('0002ea9f00ffffff');
  });

  it('stands for that VNI, whatever AS and VNI', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xffffffff }), fc.integer({ min: 1, max: 0xffffff }), (asn, vni) => {
        expect(vniOfRouteTarget(target(automaticRouteTarget(asn, vni)))).toBe(vni);
      }),
    );
  });
});

describe('the form of RFC 8365 §5.1.2.1', () => {
  it('is type, domain and number behind the AS number', () => {
    // 1: VXLAN, 0: domain, 00000a: VNI; FRR's `autort rfc8365-compatible` is the same
    expect(derivedRouteTarget({ asn: 65000, type: 'vxlan', domainId: 0, serviceId: 10 })).toBe('0002fde81000000a');
    expect(derivedRouteTarget({ asn: 65000, type: 'dual-vid', domainId: 3, serviceId: 10 })).toBe('0002fde85300000a');
  });

  it('is recognised, and its VNI is', () => {
    const derived = { asn: 65000, type: 'nvgre', domainId: 15, serviceId: 0xabcdef } as const;
    expect(derivationOf(derivedRouteTarget(derived))).toEqual(derived);
    expect(vniOfRouteTarget(derivedRouteTarget(derived))).toBe(0xabcdef);
  });

  it.each([
    ['a VNI alone', '0002fde80000000a'],
    ['one made by hand', '0002fde89000000a'],
    ['a type that is not defined', '0002fde86000000a'],
    ['behind an IPv4 address', '0102c0a80101000a'],
    ['no route target', '030c000000000008'],
  ])('is not %s', (_, octets) => {
    expect(derivationOf(octets)).toBeUndefined();
  });

  it('comes back for all that it is made of', () => {
    const any = fc.record({
      asn: fc.nat({ max: 0xffff }),
      type: fc.constantFrom(...serviceTypes.filter((type) => type !== 'vid')),
      domainId: fc.nat({ max: 15 }),
      serviceId: fc.nat({ max: 0xffffff }),
    });
    fc.assert(
      fc.property(any, (derived) => {
        expect(derivationOf(derivedRouteTarget(derived))).toEqual(derived);
      }),
    );
  });

  it.each([
    { domainId: 16, serviceId: 1 },
    { domainId: 0, serviceId: 0x1000000 },
    { domainId: -1, serviceId: 1 },
  ])('refuses domain $domainId, service $serviceId', (numbers) => {
    expect(() => derivedRouteTarget({ asn: 65000, type: 'vxlan', ...numbers })).toThrow(EncodeError);
  });
});

describe('the VNI of a route target', () => {
  it.each([
    ['65000:10', 10],
    ['192.0.2.1:10', 10],
    ['4200000159:65535', 65535],
    ['65000:0', undefined],
    ['65000:4294967295', undefined],
  ])('%s is %s', (text, vni) => {
    expect(vniOfRouteTarget(target(text))).toBe(vni);
  });

  it.each([
    ['of an I-SID', '0002fde83000000a'],
    ['made by hand', '0002fde89000000a'],
    ['an encapsulation', '030c000000000008'],
    ['ES-Import', '0602000000000001'],
  ])('is none where the community is one %s', (_, octets) => {
    expect(vniOfRouteTarget(octets)).toBeUndefined();
  });

  it('does not depend on whether it may leave the AS', () => {
    expect(vniOfRouteTarget('4002fde80000000a')).toBe(10);
  });
});

it('writes route targets as they are read, but for small four-octet AS numbers', () => {
  for (const text of ['65000:10', '192.0.2.1:10', '4200000159:10']) expect(formatRouteTarget(target(text))).toBe(text);
  expect(describeExtendedCommunity('020200000001000a')).toMatchObject({ value: { encoding: 'as4', asn: 1 } });
  expect(formatRouteTarget('020200000001000a')).toBe('1:10');
  expect(formatRouteTarget('030c000000000008')).toBeUndefined();
});
