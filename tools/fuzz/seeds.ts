/** The project's own corpus, made with the encoder: small, one of each message, attribute, route type and capability. */
import { encodeAttribute } from '../../src/bgp-ts/wire/attribute/encode.ts';
import type { MpReachNlri } from '../../src/bgp-ts/wire/attribute/mp-reach-nlri.ts';
import type { PathAttributes } from '../../src/bgp-ts/wire/attribute/path-attributes.ts';
import { concat, fromHex } from '../../src/bgp-ts/wire/bytes.ts';
import type { Capability } from '../../src/bgp-ts/wire/capability/registry.ts';
import { BgpRole } from '../../src/bgp-ts/wire/capability/role.ts';
import { Family, MAX_MESSAGE_LENGTH } from '../../src/bgp-ts/wire/constants.ts';
import { encodeKeepalive } from '../../src/bgp-ts/wire/message/keepalive.ts';
import { encodeNotification } from '../../src/bgp-ts/wire/message/notification.ts';
import { encodeOpen } from '../../src/bgp-ts/wire/message/open.ts';
import { encodeRouteRefresh } from '../../src/bgp-ts/wire/message/route-refresh.ts';
import { encodeUpdate, type Update } from '../../src/bgp-ts/wire/message/update.ts';
import type { EvpnNlri } from '../../src/bgp-ts/wire/nlri/evpn/evpn.ts';
import type { Nlri } from '../../src/bgp-ts/wire/nlri/nlri.ts';
import type { RtConstrainNlri } from '../../src/bgp-ts/wire/nlri/rt-constrain.ts';
import type { NamedInput } from './corpus.ts';
import { type ContextName, contexts } from './input.ts';

const hex = (text: string) => fromHex(text.replaceAll(' ', '')) ?? new Uint8Array(0);
const evpn = { family: Family.Evpn } as const;
const rd = { type: 1, address: '10.0.0.11', assigned: 100 } as const;
const esi = '00112233445566778899';
const noEsi = '00000000000000000000';
const ethernetTag = 0;

const routes: Readonly<Record<string, EvpnNlri>> = {
  'ethernet-ad': { kind: 'ethernet-auto-discovery', ...evpn, type: 1, rd, esi, ethernetTag: 0xffffffff, label: 0 },
  mac: {
    kind: 'mac-ip-advertisement',
    ...evpn,
    type: 2,
    rd,
    esi: noEsi,
    ethernetTag,
    mac: '02:00:00:00:00:01',
    label1: 100,
  },
  'mac-ip': {
    ...{ kind: 'mac-ip-advertisement', ...evpn, type: 2, rd, esi, ethernetTag, mac: '02:00:00:00:00:02' },
    ...{ ip: '192.0.2.2', label1: 100, label2: 5000 },
  },
  'mac-ipv6': {
    ...{ kind: 'mac-ip-advertisement', ...evpn, type: 2, rd, esi: noEsi, ethernetTag: 7, mac: '02:00:00:00:00:03' },
    ...{ ip: '2001:db8::3', label1: 0xffffff },
  },
  'inclusive-multicast': { kind: 'inclusive-multicast', ...evpn, type: 3, rd, ethernetTag, originator: '10.0.0.11' },
  'inclusive-multicast-ipv6': {
    kind: 'inclusive-multicast',
    ...evpn,
    type: 3,
    rd,
    ethernetTag,
    originator: '2001:db8::b',
  },
  'ethernet-segment': { kind: 'ethernet-segment', ...evpn, type: 4, rd, esi, originator: '10.0.0.11' },
  'ip-prefix': {
    ...{ kind: 'ip-prefix', ...evpn, type: 5, rd, esi: noEsi, ethernetTag, prefix: '198.51.100.0/24' },
    ...{ gateway: '0.0.0.0', label: 5000 },
  },
  'ip-prefix-ipv6': {
    ...{ kind: 'ip-prefix', ...evpn, type: 5, rd, esi: noEsi, ethernetTag, prefix: '2001:db8:1::/48' },
    ...{ gateway: '2001:db8::1', label: 0 },
  },
  'ip-prefix-host': {
    ...{ kind: 'ip-prefix', ...evpn, type: 5, rd, esi: noEsi, ethernetTag, prefix: '198.51.100.7/32' },
    ...{ gateway: '10.0.0.11', label: 0 },
  },
  'ip-prefix-ipv6-host': {
    ...{ kind: 'ip-prefix', ...evpn, type: 5, rd, esi: noEsi, ethernetTag, prefix: '2001:db8:1::7/128' },
    ...{ gateway: '::', label: 5000 },
  },
  'selective-multicast': {
    ...{ kind: 'selective-multicast', ...evpn, type: 6, rd, ethernetTag, source: '192.0.2.1', group: '232.0.0.1' },
    ...{ originator: '10.0.0.11', flags: 4 },
  },
  'membership-report': {
    ...{ kind: 'membership-report-synch', ...evpn, type: 7, rd, esi, ethernetTag, group: '239.0.0.1' },
    ...{ originator: '10.0.0.11', flags: 2 },
  },
  leave: {
    ...{ kind: 'leave-synch', ...evpn, type: 8, rd, esi, ethernetTag, group: 'ff0e::1', originator: '2001:db8::b' },
    ...{ reserved: 0, maximumResponseTime: 100, flags: 2 },
  },
  'per-region': { kind: 'per-region-i-pmsi', ...evpn, type: 9, rd, ethernetTag, regionId: '000200000000fde8' },
  's-pmsi': {
    kind: 's-pmsi',
    ...evpn,
    type: 10,
    rd,
    ethernetTag,
    source: '192.0.2.1',
    group: '232.0.0.1',
    originator: '10.0.0.11',
  },
  leaf: {
    ...{ kind: 'leaf', ...evpn, type: 11, originator: '10.0.0.12' },
    routeKey: '0311 00010a00000b0064 00000000 20 0a00000b'.replaceAll(' ', ''),
  },
  opaque: { kind: 'opaque-evpn', ...evpn, type: 200, octets: '00010a00000b0064deadbeef' },
};

const base: PathAttributes = {
  origin: 'igp',
  asPath: [],
  localPref: 100,
  extendedCommunities: ['0002fde800000064', '030c000000000008'],
};

/** Each beside what a route needs. */
const attributes: Readonly<Record<string, PathAttributes>> = {
  'as-path': {
    asPath: [
      { type: 'sequence', asns: [65001, 4200000001] },
      { type: 'set', asns: [65002, 65003] },
    ],
  },
  'as-path-confed': {
    asPath: [
      { type: 'confed-sequence', asns: [65010] },
      { type: 'confed-set', asns: [65011, 4200000002] },
      { type: 'sequence', asns: [65001] },
    ],
  },
  med: { multiExitDisc: 10 },
  'atomic-aggregate': { atomicAggregate: true, aggregator: { asn: 4200000003, address: '10.0.0.9' } },
  communities: { communities: [0xfde80064, 0xffff0006] },
  'no-export': { communities: [0xffffff01] },
  'no-advertise': { communities: [0xffffff02] },
  originator: { originatorId: '10.0.0.33', clusterList: ['10.0.0.2', '10.0.0.3'] },
  'extended-communities': {
    extendedCommunities: [
      '0600010000000005',
      '0601000000000064',
      '0602021122334455',
      '0603020000000001',
      '030d000000000000',
      '0102c00002010064',
      '4004000000000000',
    ],
  },
  'pmsi-ingress': {
    pmsiTunnel: { flags: 0, label: 100, tunnel: { kind: 'ingress-replication', type: 6, endpoint: '10.0.0.11' } },
  },
  'pmsi-pim': {
    pmsiTunnel: { flags: 1, label: 0, tunnel: { kind: 'pim', type: 3, source: '10.0.0.11', group: '232.0.0.1' } },
  },
  'pmsi-mldp': {
    pmsiTunnel: { flags: 0, label: 0, tunnel: { kind: 'opaque', type: 2, octets: '060001040a00000b000401020304' } },
  },
  tunnel: {
    tunnelEncapsulation: [
      {
        type: 8,
        subTlvs: [
          { type: 1, value: '800000640000000000000000' },
          { type: 6, value: '0000000000010a00000b' },
          { type: 4, value: '030b000000000001' },
          { type: 128, value: 'aabb' },
        ],
      },
    ],
  },
  'ipv6-extended-communities': { ipv6ExtendedCommunities: ['000220010db8000000000000000000000001000a'] },
  aigp: { aigp: [{ type: 1, value: hex('00000000000003e8') }] },
  'large-communities': { largeCommunities: ['65000:1:2', '65000:3:4'] },
  'only-to-customer': { onlyToCustomer: 65001 },
  'd-path': { dPath: [[{ domain: '65000:1', isfSafi: 70 }]] },
  'prefix-sid': { prefixSid: [{ type: 1, value: hex('00000000000001') }] },
  'prefix-sid-service': {
    prefixSid: [{ type: 6, value: hex('00 01001e 00fcbbbbbb0001e000000000000000000000004000 010006 201010001030') }],
  },
  'unknown-transitive': { unknown: [{ flags: 0xc0, code: 99, value: hex('abcd') }] },
  'unknown-non-transitive': { unknown: [{ flags: 0x80, code: 200, value: hex('01') }] },
  partial: { communities: [1], partial: [8] },
};

const capabilities: Readonly<Record<string, Capability>> = {
  multiprotocol: { kind: 'multiprotocol', value: Family.Evpn },
  'route-refresh': { kind: 'routeRefresh', value: true },
  'extended-next-hop': { kind: 'extendedNextHop', value: [{ family: Family.Ipv4Unicast, nextHopAfi: 2 }] },
  'extended-message': { kind: 'extendedMessage', value: true },
  role: { kind: 'role', value: BgpRole.Customer },
  'graceful-restart': {
    kind: 'gracefulRestart',
    value: {
      ...{ restarted: true, notification: true, restartTime: 120 },
      families: [{ family: Family.Evpn, forwardingPreserved: true }],
    },
  },
  'four-octet-as': { kind: 'fourOctetAs', value: 65000 },
  'add-path': { kind: 'addPath', value: [{ family: Family.Evpn, receive: true, send: true }] },
  'enhanced-route-refresh': { kind: 'enhancedRouteRefresh', value: true },
  'long-lived-graceful-restart': {
    kind: 'longLivedGracefulRestart',
    value: [{ family: Family.Evpn, forwardingPreserved: false, staleTime: 3600 }],
  },
  fqdn: { kind: 'fqdn', value: { hostname: 'leaf1', domain: 'example.net' } },
  'cisco-route-refresh': { kind: 'ciscoRouteRefresh', value: true },
  unknown: { kind: 'unknown', code: 222, value: hex('0102') },
};

const otherFamilies: Readonly<Record<string, { nextHop: string; routes: readonly Nlri[] }>> = {
  'ipv6-unicast': {
    nextHop: '2001:db8::1',
    routes: [{ kind: 'prefix', family: Family.Ipv6Unicast, prefix: '2001:db8:2::/48' }],
  },
  'ipv4-vpn': {
    nextHop: '10.0.0.11',
    routes: [{ kind: 'vpn', family: Family.Ipv4Vpn, rd, labels: [0x000641], prefix: '198.51.100.0/24' }],
  },
  'ipv6-vpn': {
    nextHop: '2001:db8::1',
    routes: [{ kind: 'vpn', family: Family.Ipv6Vpn, rd, labels: [0x000641], prefix: '2001:db8:3::/48' }],
  },
  'rt-constrain': {
    nextHop: '10.0.0.11',
    routes: [
      {
        kind: 'rt-constrain',
        family: Family.RtConstrain,
        length: 96,
        originAs: 65000,
        routeTarget: '0002fde800000064',
      },
      {
        kind: 'rt-constrain',
        family: Family.RtConstrain,
        length: 95,
        originAs: 65000,
        routeTarget: '0002fde800000064',
      },
      { kind: 'rt-constrain', family: Family.RtConstrain, length: 32, originAs: 65001, routeTarget: '' },
    ],
  },
  'rt-constrain-default': {
    nextHop: '2001:db8::1',
    routes: [{ kind: 'rt-constrain', family: Family.RtConstrain, length: 0, originAs: 0, routeTarget: '' }],
  },
  'flow-specification': { nextHop: '10.0.0.11', routes: [{ kind: 'opaque', family: 256 + 133, octets: '0401180a01' }] },
};

/** Every input of the corpus, named. */
export function seeds(): NamedInput[] {
  const list: NamedInput[] = [];
  const add = (name: string, bytes: Uint8Array, context: ContextName = 'ibgp') => {
    list.push({ name, input: { context, bytes } });
  };
  const update = (attributes: PathAttributes, context: ContextName = 'ibgp', rest: Partial<Update> = {}) =>
    encodeUpdate({ withdrawn: [], attributes, nlri: [], ...rest }, contexts[context]);
  const announce = (
    nlri: readonly Nlri[],
    more: PathAttributes = {},
    context: ContextName = 'ibgp',
    nextHop = '10.0.0.11',
  ) => {
    // every list here is of one family
    const mpReachNlri = { family: nlri[0].family, nextHop, nlri } as MpReachNlri;
    return update({ ...base, ...more, mpReachNlri }, context);
  };
  const withdraw = (nlri: readonly EvpnNlri[], context: ContextName = 'ibgp') =>
    update({ mpUnreachNlri: { family: Family.Evpn, nlri } }, context);
  const mac = [routes['mac'], routes['mac-ip']];

  const open = (list: readonly Capability[]) =>
    encodeOpen({ myAs: 65000, holdTime: 90, bgpId: '10.0.0.11', capabilities: list });
  for (const [name, capability] of Object.entries(capabilities)) add(`open-${name}`, open([capability]));
  add('open-all', open(Object.values(capabilities)));
  add('open-extended', open(Array.from({ length: 20 }, () => Object.values(capabilities)).flat()));
  add('keepalive', encodeKeepalive());
  add('notification', encodeNotification({ code: 6, subcode: 2, data: hex('03627965') }));
  add('notification-hard-reset', encodeNotification({ code: 6, subcode: 9, data: hex('0301') }));
  add('route-refresh', encodeRouteRefresh({ family: Family.Evpn, subtype: 0 }));
  add('route-refresh-filters', encodeRouteRefresh({ family: Family.Evpn, subtype: 0, filters: hex('0180000101') }));

  for (const [name, route] of Object.entries(routes)) {
    add(`route-${name}`, concat([announce([route]), withdraw([route])]));
  }
  add('route-add-path', announce([{ ...routes['mac'], pathId: 7 }], {}, 'add-path'), 'add-path');
  for (const [name, more] of Object.entries(attributes)) {
    add(`attribute-${name}`, announce(mac, more));
    add(`attribute-${name}-2octet`, announce(mac, more, 'ibgp-2octet'), 'ibgp-2octet');
  }
  const { localPref: _, ...outside } = base;
  const external = { asPath: [{ type: 'sequence', asns: [65100, 4200000001] }] } as const;
  const fromOutside = (context: ContextName) =>
    update({ ...outside, ...external, mpReachNlri: { family: Family.Evpn, nextHop: '10.9.0.1', nlri: mac } }, context);
  add('external', fromOutside('ebgp'), 'ebgp');
  add('external-2octet', fromOutside('ebgp-2octet'), 'ebgp-2octet');
  add('confederation', announce(mac, attributes['as-path-confed'], 'confed'), 'confed');
  add('next-hop-ipv6', announce(mac, {}, 'ibgp', '2001:db8::b'));
  for (const [name, { nextHop, routes: nlri }] of Object.entries(otherFamilies)) {
    add(`family-${name}`, announce(nlri, {}, 'ibgp', nextHop));
  }
  const prefix = (text: string) => ({ kind: 'prefix', family: Family.Ipv4Unicast, prefix: text }) as const;
  add(
    'ipv4',
    update({ ...base, nextHop: '10.0.0.11' }, 'ibgp', {
      nlri: [prefix('198.51.100.0/24'), prefix('198.51.100.7/32')],
      withdrawn: [prefix('0.0.0.0/0')],
    }),
  );
  add('end-of-rib-ipv4', update({}));
  add('end-of-rib-evpn', withdraw([]));

  // several messages, whose order matters
  const moved = announce(mac, { extendedCommunities: ['0002fde800000064', '0600000000000001'] });
  add('stream-move', concat([announce(mac), moved, withdraw([routes['mac']]), announce(mac), withdraw(mac)]));
  add('stream-two-senders', concat([announce(mac), announce(mac, { localPref: 200 }), withdraw(mac), withdraw(mac)]));
  add('stream-bad-between', concat([announce(mac), withoutOrigin(announce(mac)), announce(mac)]));
  const both = { ...base, mpUnreachNlri: { family: Family.Evpn, nlri: [routes['leaf']] } };
  add('both', update({ ...both, mpReachNlri: { family: Family.Evpn, nextHop: '10.0.0.11', nlri: mac } }));
  const memberships = otherFamilies['rt-constrain'].routes as readonly RtConstrainNlri[];
  const take = update({ mpUnreachNlri: { family: Family.RtConstrain, nlri: memberships } });
  add('stream-memberships', concat([announce(memberships), announce(mac), announce(mac), announce(memberships), take]));
  const many = Array.from({ length: 20 }, (_, i) => ({ ...routes['mac'], ethernetTag: i }) as EvpnNlri);
  add('many-routes', announce(many));
  add(
    'long-path',
    announce(mac, { asPath: [{ type: 'sequence', asns: Array.from({ length: 300 }, (_, i) => 100_000 + i) }] }),
  );
  add(
    'extended-message',
    announce(
      Array.from({ length: 120 }, (_, i) => ({ ...many[0], ethernetTag: i }) as EvpnNlri),
      {},
      'ibgp-extended',
    ),
    'ibgp-extended',
  );
  add('full-message', filledTo(MAX_MESSAGE_LENGTH, mac, announce));
  return list;
}

/** Its ORIGIN becomes an attribute that nobody knows. */
function withoutOrigin(message: Uint8Array): Uint8Array {
  const copy = message.slice();
  const [, code] = encodeAttribute(0x40, 1, Uint8Array.of(0));
  for (let at = 23; at < copy.length - 3; at++) {
    if (copy[at] === 0x40 && copy[at + 1] === code && copy[at + 2] === 1) {
      copy.set([0xc0, 99], at);
      break;
    }
  }
  return copy;
}

function filledTo(
  length: number,
  nlri: readonly Nlri[],
  announce: (nlri: readonly Nlri[], more: PathAttributes) => Uint8Array,
): Uint8Array {
  const empty = announce(nlri, { unknown: [{ flags: 0xc0, code: 99, value: new Uint8Array(300) }] });
  const value = new Uint8Array(300 + length - empty.length);
  return announce(nlri, { unknown: [{ flags: 0xc0, code: 99, value }] });
}
