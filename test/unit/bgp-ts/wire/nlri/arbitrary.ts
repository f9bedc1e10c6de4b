import fc from 'fast-check';
import { Family } from '../../../../../src/bgp-ts/wire/constants.ts';
import { formatIp } from '../../../../../src/bgp-ts/wire/ip.ts';
import { formatMac } from '../../../../../src/bgp-ts/wire/mac.ts';
import type { EvpnNlri } from '../../../../../src/bgp-ts/wire/nlri/evpn/evpn.ts';
import { LabelledFamily } from '../../../../../src/bgp-ts/wire/nlri/labelled.ts';
import type { Nlri } from '../../../../../src/bgp-ts/wire/nlri/nlri.ts';
import { readPrefix } from '../../../../../src/bgp-ts/wire/nlri/prefix.ts';
import { MulticastFamily } from '../../../../../src/bgp-ts/wire/nlri/unicast.ts';
import { decodeRd } from '../../../../../src/bgp-ts/wire/rd.ts';
import { toHex } from '../hex.ts';

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const hexOf = (length: number) => octets(length).map((bytes) => toHex(bytes));
const u32 = fc.nat(0xffffffff);
const u24 = fc.nat(0xffffff);
const u8 = fc.nat(0xff);
const rd = octets(8).map((bytes) => decodeRd(bytes));
const esi = hexOf(10);
const mac = octets(6).map((bytes) => formatMac(bytes));
const ipv4 = octets(4).map((bytes) => formatIp(bytes, 0, 4));
const ipv6 = octets(16).map((bytes) => formatIp(bytes, 0, 16));
const ip = fc.oneof(ipv4, ipv6);
const optional = { requiredKeys: [] as never[] };

const maybe = <T>(key: string, value: fc.Arbitrary<T>) => fc.record({ [key]: value }, optional);
const multicast = fc
  .tuple(maybe('source', ip), fc.record({ group: ip, originator: ip }))
  .map(([source, rest]) => ({ ...source, ...rest }));
const of = (kind: string, type: number, ...parts: fc.Arbitrary<object>[]) =>
  fc.tuple(...parts).map((values) => Object.assign({ kind, family: Family.Evpn, type }, ...values) as EvpnNlri);

const gatewayRoute = (octetsOfAddress: 4 | 16, address: fc.Arbitrary<string>) =>
  fc.record({
    prefix: fc.tuple(address, fc.nat(octetsOfAddress * 8)).map(([a, bits]) => `${a}/${bits}`),
    gateway: address,
  });

/** A well-formed route of each type, and opaque ones. */
export const evpnRoute: fc.Arbitrary<EvpnNlri> = fc.oneof(
  of('ethernet-auto-discovery', 1, fc.record({ rd, esi, ethernetTag: u32, label: u24 })),
  of(
    'mac-ip-advertisement',
    2,
    fc.record({ rd, esi, ethernetTag: u32, mac, label1: u24 }),
    maybe('ip', ip),
    maybe('label2', u24),
  ),
  of('inclusive-multicast', 3, fc.record({ rd, ethernetTag: u32, originator: ip })),
  of('ethernet-segment', 4, fc.record({ rd, esi, originator: ip })),
  of(
    'ip-prefix',
    5,
    fc.record({ rd, esi, ethernetTag: u32, label: u24 }),
    fc.oneof(gatewayRoute(4, ipv4), gatewayRoute(16, ipv6)),
  ),
  of('selective-multicast', 6, fc.record({ rd, ethernetTag: u32, flags: u8 }), multicast),
  of('membership-report-synch', 7, fc.record({ rd, esi, ethernetTag: u32, flags: u8 }), multicast),
  of(
    'leave-synch',
    8,
    fc.record({ rd, esi, ethernetTag: u32, reserved: u32, maximumResponseTime: u8, flags: u8 }),
    multicast,
  ),
  of('per-region-i-pmsi', 9, fc.record({ rd, ethernetTag: u32, regionId: hexOf(8) })),
  of('s-pmsi', 10, fc.record({ rd, ethernetTag: u32 }), multicast),
  // the route key is an NLRI with its own length, so that its end is never in doubt
  of('leaf', 11, fc.record({ routeKey: hexOf(20).map((body) => `0914${body}`), originator: ip })),
  fc
    .tuple(fc.constantFrom(0, 12, 153, 255), fc.uint8Array({ maxLength: 40 }))
    .map(([type, bytes]) => ({ kind: 'opaque-evpn', family: Family.Evpn, type, octets: toHex(bytes) }) as EvpnNlri),
);

/** The same, as they may be announced whatever stands beside them: type 5 with one overlay index or with a label. */
export const announcedRoute: fc.Arbitrary<EvpnNlri> = fc
  .tuple(evpnRoute, fc.constantFrom('esi', 'gateway', 'label'), fc.integer({ min: 1, max: 0xffffff }))
  .map(([route, index, label]) => {
    if (route.kind !== 'ip-prefix') return route;
    const none = { esi: '00'.repeat(10), gateway: route.gateway.includes(':') ? '::' : '0.0.0.0', label };
    if (index === 'label') return { ...route, ...none };
    return index === 'esi' ? { ...route, gateway: none.gateway, label } : { ...route, esi: none.esi, label };
  });

const prefixOf = (length: 4 | 16) =>
  fc.tuple(octets(length), fc.nat(length * 8)).map(([bytes, bits]) => readPrefix(bytes, 0, bits, length));

/** Well-formed routes of one family of the prefix kind. */
export const prefixRoutes: fc.Arbitrary<{ family: number; routes: Nlri[] }> = fc.oneof(
  ...(
    [
      [Family.Ipv4Unicast, 4],
      [Family.Ipv6Unicast, 16],
      [MulticastFamily.Ipv4, 4],
      [MulticastFamily.Ipv6, 16],
    ] as const
  ).map(([family, length]) =>
    fc.record({
      family: fc.constant(family),
      routes: fc.array(
        fc.record({ kind: fc.constant('prefix' as const), family: fc.constant(family), prefix: prefixOf(length) }),
      ),
    }),
  ),
  ...(
    [
      [LabelledFamily.Ipv4, 4],
      [LabelledFamily.Ipv6, 16],
    ] as const
  ).map(([family, length]) =>
    fc.record({
      family: fc.constant(family),
      routes: fc.array(
        fc.record({
          kind: fc.constant('labelled' as const),
          family: fc.constant(family),
          labels: u24.map((label) => [label]),
          prefix: prefixOf(length),
        }),
      ),
    }),
  ),
  ...(
    [
      [Family.Ipv4Vpn, 4],
      [Family.Ipv6Vpn, 16],
    ] as const
  ).map(([family, length]) =>
    fc.record({
      family: fc.constant(family),
      routes: fc.array(
        fc.record({
          kind: fc.constant('vpn' as const),
          family: fc.constant(family),
          labels: u24.map((label) => [label]),
          rd,
          prefix: prefixOf(length),
        }),
      ),
    }),
  ),
) as fc.Arbitrary<{ family: number; routes: Nlri[] }>;
