import {
  decodeAttributes,
  decodeNlri,
  defaultContext,
  type EvpnNlri,
  type ExtendedCommunityView,
  emptySplit,
  encodeAttributes,
  encodeNlri,
  extendedCommunity,
  Family,
  formatExtendedCommunity,
  type PathAttributes,
  parseIp,
  splitEvpn,
} from 'bgp-ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  carriesVni,
  type NlriRewrite,
  type ReOrigination,
  reachHead,
  reOriginateAttributes,
  reOriginateNlri,
} from '../../../src/evpn/re-originate.ts';
import { pathAttributes } from '../bgp-ts/properties/attributes.ts';

const rd = { type: 1, address: '10.1.0.1', assigned: 7 } as const;
const ourRd = Uint8Array.of(0, 0, 0xfd, 0xe9, 0, 0, 0, 99);
const noEsi = '00'.repeat(10);
const esi = '00aabbccddeeff001122';
const common = { family: Family.Evpn, rd, ethernetTag: 0 } as const;

/** What becomes of a route's octets; undefined where it does not cross. */
function rewritten(route: object, to: Partial<NlriRewrite> = {}): EvpnNlri | undefined {
  const bytes = encodeNlri(Family.Evpn, [route as EvpnNlri], { addPath: false });
  const split = emptySplit();
  splitEvpn(bytes, 0, bytes.length, split);
  const out = new Uint8Array(300).fill(0xee);
  const end = reOriginateNlri(bytes, split, { vniBefore: 1217, vni: 2217, ...to }, ourRd, out, 3);
  if (end < 0) return undefined;
  expect(out[end]).toBe(0xee);
  const { routes, fault } = decodeNlri(Family.Evpn, out, 3, end, { addPath: false });
  expect(fault).toBeUndefined();
  expect(routes).toHaveLength(1);
  return routes[0] as EvpnNlri;
}

const there = { rd: { type: 0, asn: 65001, assigned: 99 } };

describe('the octets of a route', () => {
  const mac = {
    kind: 'mac-ip-advertisement',
    type: 2,
    ...common,
    esi,
    mac: '02:00:00:00:00:11',
    label1: 1217,
  } as const;
  it.each([
    ['a MAC address', {}],
    ['with an IPv4 address', { ip: '172.16.0.11' }],
    ['with an IPv6 address', { ip: '2001:db8::11' }],
    ['in another Ethernet tag', { ethernetTag: 5 }],
  ])('%s', (_, more) => {
    expect(rewritten({ ...mac, ...more })).toEqual({ ...mac, ...more, ...there, esi: noEsi, label1: 2217 });
  });

  it('in the Ethernet tag that is its VNI, which becomes the VNI there', () => {
    const flood = { kind: 'inclusive-multicast', type: 3, ...common, originator: '10.1.0.1' };
    const prefix = { kind: 'ip-prefix', type: 5, ...common, esi: noEsi, prefix: '10.9.0.0/16', gateway: '0.0.0.0' };
    for (const route of [mac, { ...mac, ip: '2001:db8::11' }, flood, { ...prefix, label: 1217 }]) {
      const tagOf = (ethernetTag: number) => rewritten({ ...route, ethernetTag });
      expect(tagOf(1217)).toMatchObject({ ethernetTag: 2217 });
      for (const other of [0, 1218, 0x010004c1, 0xffffffff]) expect(tagOf(other)).toMatchObject({ ethernetTag: other });
    }
  });

  it('its second label, where the network that routes crosses too', () => {
    const routed = { ...mac, ip: '172.16.0.11', label2: 5001 };
    const { label2: _, ...alone } = { ...routed, ...there, esi: noEsi, label1: 2217 };
    expect(rewritten(routed, { l3Vni: 6001 })).toEqual({ ...alone, label2: 6001 });
    expect(rewritten(routed)).toEqual(alone);
    expect(rewritten({ ...mac, ip: '172.16.0.11' }, { l3Vni: 6001 })).toEqual(alone);
  });

  it('a segment that it is at there', () => {
    const segment = Uint8Array.from(Buffer.from('00112233445566778899', 'hex'));
    expect(rewritten(mac, { esi: segment })).toMatchObject({ esi: '00112233445566778899' });
  });

  it('flooding, with the originator as it is or a gateway in its place, of whichever family', () => {
    const flood = { kind: 'inclusive-multicast', type: 3, ...common, originator: '10.1.0.1' } as const;
    expect(rewritten(flood)).toEqual({ ...flood, ...there });
    for (const gateway of ['192.0.2.9', '2001:db8::9']) {
      const originator = parseIp(gateway) as Uint8Array;
      expect(rewritten(flood, { originator })).toEqual({ ...flood, ...there, originator: gateway });
    }
  });

  it('a prefix, whose key has no ESI in it', () => {
    const prefix = {
      kind: 'ip-prefix',
      type: 5,
      ...common,
      esi: noEsi,
      prefix: '10.9.0.0/16',
      gateway: '0.0.0.0',
      label: 5001,
    };
    expect(rewritten(prefix)).toEqual({ ...prefix, ...there, label: 2217 });
    const v6 = { ...prefix, prefix: '2001:db8::/48', gateway: '::' };
    expect(rewritten(v6)).toEqual({ ...v6, ...there, label: 2217 });
    const byAddress = { ...prefix, gateway: '172.16.0.1', label: 0 };
    expect(rewritten(byAddress)).toEqual({ ...byAddress, ...there });
    expect(rewritten({ ...prefix, esi })).toEqual({ ...prefix, ...there, label: 2217 });
  });

  it('Ethernet segments stay', () => {
    const segment = { kind: 'ethernet-segment', type: 4, family: Family.Evpn, rd, esi, originator: '10.1.0.1' };
    const discovery = { kind: 'ethernet-auto-discovery', type: 1, ...common, esi, label: 0 };
    expect([rewritten(segment), rewritten(discovery)]).toEqual([undefined, undefined]);
  });

  it('whatever they were, keep all that is the tenant’s', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const macText = fc.array(octet, { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(
        macText,
        fc.option(fc.ipV4(), { nil: undefined }),
        fc.integer({ min: 1, max: 0xffffff }),
        (octets, ip, vni) => {
          const address = octets.map((one) => one.toString(16).padStart(2, '0')).join(':');
          const route = { ...mac, mac: address, ...(ip !== undefined && { ip }) };
          expect(rewritten(route, { vni })).toEqual({ ...route, ...there, esi: noEsi, label1: vni });
        },
      ),
    );
  });
});

const direct: ReOrigination = {
  routeTargets: [
    extendedCommunity({ kind: 'route-target', transitive: true, value: { encoding: 'as2', asn: 65002, local: 2217 } }),
  ],
  vni: 2217,
  isRouted: false,
  communities: [],
  largeCommunities: [],
  localPref: 100,
};
const gateway = { tunnelAddress: '192.0.2.9', routerMac: '02:00:00:00:09:09', encapsulations: ['geneve'] } as const;
const communitiesOf = (kinds: readonly ExtendedCommunityView[], to: Partial<ReOrigination> = {}) => {
  const { extendedCommunities } = reOriginateAttributes(
    { extendedCommunities: kinds.map((view) => extendedCommunity(view)) },
    { ...direct, ...to },
  );
  return (extendedCommunities ?? []).map((one) => formatExtendedCommunity(one));
};

describe('extended communities', () => {
  const as2 = { encoding: 'as2', asn: 65001, local: 1217 } as const;
  const kept: readonly ExtendedCommunityView[] = [
    { kind: 'mac-mobility', sticky: true, sequence: 4 },
    { kind: 'default-gateway' },
    { kind: 'arp-nd', router: true, override: true, immutable: false },
    { kind: 'encapsulation', tunnelType: 8 },
  ];
  const left: readonly ExtendedCommunityView[] = [
    { kind: 'route-target', transitive: true, value: as2 },
    { kind: 'route-origin', transitive: true, value: as2 },
    { kind: 'color', flags: 0, color: 7 },
    { kind: 'es-import', mac: '02:00:00:00:00:01' },
    { kind: 'router-mac', mac: '02:00:00:00:00:01' },
    { kind: 'evi-route-target', value: as2 },
    { kind: 'multicast-flags', igmpProxy: true, mldProxy: false },
    { kind: 'opaque', type: 0x43, subtype: 9, value: '000000000001' },
  ];

  it('cross where they are true on the other side, behind the route targets there', () => {
    expect(communitiesOf([...left, ...kept])).toEqual([
      'RT:65002:2217',
      ...kept.map((view) => formatExtendedCommunity(extendedCommunity(view))),
    ]);
  });

  it('say what a gateway can do, and its Router’s MAC where it routes', () => {
    const router: ExtendedCommunityView = { kind: 'router-mac', mac: '02:00:00:00:00:01' };
    const vxlan: ExtendedCommunityView = { kind: 'encapsulation', tunnelType: 8 };
    expect(communitiesOf([router, vxlan], { isRouted: true })).toEqual([
      'RT:65002:2217',
      'ET:8',
      'Rmac:02:00:00:00:00:01',
    ]);
    const second: ExtendedCommunityView = { kind: 'router-mac', mac: '02:00:00:00:00:02' };
    expect(communitiesOf([router, second], { isRouted: true })).toEqual(['RT:65002:2217', 'Rmac:02:00:00:00:00:01']);
    expect(communitiesOf([router, vxlan], { gateway, isRouted: true })).toEqual([
      'RT:65002:2217',
      'ET:19',
      'Rmac:02:00:00:00:09:09',
    ]);
    expect(communitiesOf([router, vxlan], { gateway })).toEqual(['RT:65002:2217', 'ET:19']);
    const { encapsulations: _, ...unknown } = gateway;
    expect(communitiesOf([vxlan], { gateway: unknown })).toEqual(['RT:65002:2217', 'ET:8']);
  });
});

describe('other attributes', () => {
  const of = (received: PathAttributes, to: Partial<ReOrigination> = {}) =>
    reOriginateAttributes(received, { ...direct, ...to });

  it('of the inside stay there, and AS_PATH does not, but of what begins there', () => {
    const received: PathAttributes = {
      origin: 'igp',
      asPath: [{ type: 'sequence', asns: [65003] }],
      localPref: 300,
      multiExitDisc: 7,
      communities: [1],
      largeCommunities: ['1:2:3'],
      originatorId: '10.1.0.1',
      clusterList: ['10.0.0.1'],
    };
    expect(of(received)).toEqual({
      origin: 'igp',
      asPath: [{ type: 'sequence', asns: [65003] }],
      localPref: 100,
      extendedCommunities: direct.routeTargets,
    });
    expect(of(received, { beginsHere: true }).asPath).toEqual([]);
    expect(of(received, { communities: [5], largeCommunities: ['65001:1:1'] })).toMatchObject({
      communities: [5],
      largeCommunities: ['65001:1:1'],
    });
  });

  it('D-PATH has the domain that was left before all others, in a new segment where there is no room', () => {
    const passed = (domain: string) => ({ domain: domain as '1:0', isfSafi: 70 });
    expect(of({}, { domain: '65001:0' }).dPath).toEqual([[passed('65001:0')]]);
    expect(of({ dPath: [[passed('2:0')], [passed('3:0')]] }, { domain: '65001:0' }).dPath).toEqual([
      [passed('65001:0'), passed('2:0')],
      [passed('3:0')],
    ]);
    const full = Array.from({ length: 255 }, (_, i) => passed(`${i + 1}:0`));
    expect(of({ dPath: [full] }, { domain: '65001:0' }).dPath).toEqual([[passed('65001:0')], full]);
    expect(of({ dPath: [full] }).dPath).toEqual([full]);
    expect(of({}).dPath).toBeUndefined();
  });

  it('flooding becomes a copy for each receiver, to the gateway where there is one', () => {
    const copies = {
      flags: 1,
      label: 1217,
      tunnel: { kind: 'ingress-replication', type: 6, endpoint: '10.1.0.1' },
    } as const;
    const pim = {
      flags: 0,
      label: 1217,
      tunnel: { kind: 'pim', type: 3, source: '10.1.0.1', group: '239.0.0.1' },
    } as const;
    const to = (endpoint: string) => ({
      flags: 0,
      label: 2217,
      tunnel: { kind: 'ingress-replication', type: 6, endpoint },
    });
    for (const pmsiTunnel of [copies, pim]) {
      expect(of({ pmsiTunnel }).pmsiTunnel).toEqual(to('10.1.0.1'));
      expect(of({ pmsiTunnel }, { gateway }).pmsiTunnel).toEqual(to('192.0.2.9'));
    }
  });
});

it('a next hop is of either family', () => {
  expect([...reachHead('10.0.0.1')]).toEqual([0, 25, 70, 4, 10, 0, 0, 1, 0]);
  expect([...reachHead('2001:db8::1')].slice(0, 6)).toEqual([0, 25, 70, 16, 0x20, 0x01]);
  expect(() => reachHead('dc2')).toThrow(RangeError);
});

it('MPLS has no number that could be given another value', () => {
  expect([[], [8], [10, 8], [10], [13]].map((types) => carriesVni(types))).toEqual([true, true, true, false, false]);
});

it('whatever attributes a route came with, what they become can be encoded and decoded', () => {
  const context = { asn4: true, addPath: new Set<number>(), extendedMessages: true };
  fc.assert(
    fc.property(pathAttributes, fc.constantFrom(undefined, gateway), fc.boolean(), (received, by, isRouted) => {
      const to = { ...direct, ...(by && { gateway: by }), isRouted, domain: '65001:0' } as const;
      const octets = encodeAttributes(reOriginateAttributes(received, to), context);
      expect(decodeAttributes(octets, 0, octets.length, defaultContext).faults).toEqual([]);
    }),
  );
});
