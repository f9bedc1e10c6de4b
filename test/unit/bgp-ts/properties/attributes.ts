import fc from 'fast-check';
import type { AsSegment } from '../../../../src/bgp-ts/wire/attribute/as-path-segments.ts';
import type { DomainId } from '../../../../src/bgp-ts/wire/attribute/d-path.ts';
import type { PathAttributes, UnknownAttribute } from '../../../../src/bgp-ts/wire/attribute/path-attributes.ts';
import { attributeKey } from '../../../../src/bgp-ts/wire/attribute/registry.ts';
import { toHex } from '../../../../src/bgp-ts/wire/bytes.ts';
import { formatIp } from '../../../../src/bgp-ts/wire/ip.ts';

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const hexOf = (length: number) => octets(length).map((bytes) => toHex(bytes));
const u32 = fc.nat(0xffffffff);
const u16 = fc.nat(0xffff);
const u8 = fc.nat(0xff);
const ipv4 = octets(4).map((bytes) => formatIp(bytes, 0, 4));
const ipv6 = octets(16).map((bytes) => formatIp(bytes, 0, 16));
const ip = fc.oneof(ipv4, ipv6);
const asn = fc.oneof(fc.integer({ min: 1, max: 0xffff }), fc.integer({ min: 1, max: 0xffffffff }));
const some = <T>(item: fc.Arbitrary<T>, maxLength = 6) => fc.array(item, { minLength: 1, maxLength });

const segment: fc.Arbitrary<AsSegment> = fc.oneof(
  // long ones reach beyond what one segment and one length octet hold
  fc.record({ type: fc.constant('sequence' as const), asns: fc.oneof(some(asn), some(asn, 255)) }),
  fc.record({
    type: fc.constantFrom('set' as const, 'confed-sequence' as const, 'confed-set' as const),
    asns: some(asn),
  }),
);

const unknown: fc.Arbitrary<UnknownAttribute> = fc
  .record({
    flags: fc.constantFrom(0x80, 0xc0, 0xe0),
    code: u8.filter((code) => attributeKey(code) === undefined),
    value: fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 250, maxLength: 300 })),
  })
  .filter(({ code }) => code !== 0);

const pmsiTunnel = fc.record({
  flags: u8,
  label: fc.nat(0xffffff),
  tunnel: fc.oneof(
    fc.record({ kind: fc.constant('ingress-replication' as const), type: fc.constant(6 as const), endpoint: ip }),
    fc.record({
      kind: fc.constant('pim' as const),
      type: fc.constantFrom(3 as const, 4, 5),
      source: ipv4,
      group: ipv4,
    }),
    fc.record({ kind: fc.constant('opaque' as const), type: fc.constantFrom(0, 99), octets: hexOf(7) }),
  ),
});

const subTlv = fc.record({
  type: fc.constantFrom(1, 4, 8, 99, 128, 200),
  value: fc.uint8Array({ maxLength: 12 }).map((b) => toHex(b)),
});

/** Any attributes that a route may have, MP_REACH_NLRI and MP_UNREACH_NLRI aside. */
export const pathAttributes: fc.Arbitrary<PathAttributes> = fc.record(
  {
    origin: fc.constantFrom('igp' as const, 'egp' as const, 'incomplete' as const),
    asPath: fc.array(segment, { maxLength: 4 }),
    multiExitDisc: u32,
    localPref: u32,
    atomicAggregate: fc.constant(true as const),
    aggregator: fc.record({ asn, address: ipv4 }),
    communities: some(u32),
    originatorId: ipv4,
    // 64 and more go beyond 255 octets
    clusterList: fc.oneof(some(ipv4), some(ipv4, 80)),
    extendedCommunities: some(hexOf(8), 40),
    pmsiTunnel,
    tunnelEncapsulation: some(fc.record({ type: u16, subTlvs: fc.array(subTlv, { maxLength: 4 }) }), 3),
    ipv6ExtendedCommunities: some(hexOf(20)),
    aigp: some(
      fc.oneof(
        octets(8).map((value) => ({ type: 1, value })),
        octets(3).map((value) => ({ type: 7, value })),
      ),
    ),
    largeCommunities: fc.uniqueArray(
      fc.tuple(u32, u32, u32).map(([a, b, c]) => `${a}:${b}:${c}`),
      { minLength: 1, maxLength: 25 },
    ),
    onlyToCustomer: asn,
    dPath: some(some(fc.record({ domain: fc.tuple(u32, u16).map(([a, b]): DomainId => `${a}:${b}`), isfSafi: u8 }))),
    prefixSid: some(fc.record({ type: fc.constant(99), value: fc.uint8Array({ maxLength: 9 }) })),
    unknown: fc
      .uniqueArray(unknown, { minLength: 1, maxLength: 4, selector: ({ code }) => code })
      .map((list) => list.sort((a, b) => a.code - b.code)),
  },
  { requiredKeys: ['origin', 'asPath'] },
);
