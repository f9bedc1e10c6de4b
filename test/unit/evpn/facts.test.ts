import {
  canonicalIp,
  defaultContext,
  encodeRd,
  encodeUpdate,
  Family,
  isHostAddress,
  type PathAttributes,
  parseIp,
  toHex,
} from 'bgp-ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EvpnNlri } from '../../../src/bgp-ts/wire/nlri/evpn/evpn.ts';
import { type Encapsulation, encapsulationOf, tunnelTypes, vniOfLabel } from '../../../src/evpn/encapsulation.ts';
import { factsOfSet } from '../../../src/evpn/facts.ts';
import { Vrf } from '../../../src/evpn/originate.ts';
import { encodeAnnouncements, type OriginatedRoute } from '../../../src/evpn/updates.ts';
import { announcedRoute } from '../bgp-ts/wire/nlri/arbitrary.ts';
import { heard, source } from './kit.ts';
import { vectors } from './vectors.ts';

const plain: PathAttributes = { origin: 'igp', asPath: [], localPref: 100 };
const mac: EvpnNlri = {
  kind: 'mac-ip-advertisement',
  family: Family.Evpn,
  type: 2,
  rd: { type: 1, address: '10.0.0.1', assigned: 1 },
  esi: '00'.repeat(10),
  ethernetTag: 0,
  mac: '02:00:00:00:00:11',
  label1: 10,
};

const announced = (nlri: EvpnNlri, more: PathAttributes = {}, nextHop = '10.0.0.1') => {
  const attributes = { ...plain, ...more, mpReachNlri: { family: Family.Evpn, nextHop, nlri: [nlri] } };
  return heard(encodeUpdate({ withdrawn: [], attributes, nlri: [] }, defaultContext))[0];
};
const setOf = (more: PathAttributes) => announced(mac, more).set;

/** What {@link EvpnNlri} says, in the fields of the facts. */
function said(route: EvpnNlri) {
  if (route.kind === 'opaque-evpn') return undefined;
  const esi = 'esi' in route && /[^0]/.test(route.esi) ? route.esi : undefined;
  const nothing = { esi, ethernetTag: 'ethernetTag' in route ? route.ethernetTag : undefined };
  switch (route.type) {
    case 1:
      return { ...nothing, label: route.label };
    case 2:
      return { ...nothing, mac: route.mac, ip: route.ip, label: route.label1, l3Label: route.label2 };
    case 3:
    case 4:
      return { ...nothing, originator: route.originator };
    case 5: {
      const gateway = canonicalIp(route.gateway);
      return {
        ...nothing,
        prefix: route.prefix,
        gateway: gateway === '0.0.0.0' || gateway === '::' ? undefined : gateway,
        label: route.label,
      };
    }
  }
}

describe('what a route says', () => {
  it('is what its decoded form says, whatever it is', () => {
    fc.assert(
      fc.property(announcedRoute, (nlri) => {
        const { route } = announced(nlri);
        expect(route.type).toBe(nlri.type);
        if (nlri.type > 5) {
          expect(Object.values(route).filter((value) => value !== undefined)).toEqual([nlri.type]);
          return;
        }
        expect(route).toMatchObject(said(nlri) ?? {});
        expect(route.rd).toBe('rd' in nlri ? toHex(encodeRd(nlri.rd)) : undefined);
      }),
    );
  });

  it('has the same fields in the same order for every type', () => {
    const vrf = new Vrf({ tunnelAddress: '10.0.0.1', encapsulations: ['geneve'] }, { vni: 1, routeTargets: [] }, 1);
    const fields = [vrf.host({ mac: mac.mac }), vrf.prefix('10.0.0.0/8'), vrf.presence()].map((route) =>
      Object.keys(heard(encodeAnnouncements([route])[0])[0].route),
    );
    const other = announced({ kind: 'opaque-evpn', family: Family.Evpn, type: 99, octets: '00' });
    for (const each of [...fields, Object.keys(other.route)]) expect(each).toEqual(fields[0]);
  });
});

describe('what a set of attributes says', () => {
  it('is what absence means where there is nothing', () => {
    expect(setOf({})).toEqual({
      nextHop: '10.0.0.1',
      tunnelTypes: [],
      encapsulations: [],
      sequence: 0,
      sticky: false,
      routerMac: undefined,
      routerMacs: [],
      defaultGateway: false,
      routeTargets: [],
      flooding: undefined,
      dPath: undefined,
      asPathLength: 0,
      originatorId: '10.0.0.1',
      longLivedStale: false,
    });
  });

  it('is what its communities say', () => {
    const extendedCommunities = [
      '030c000000000008', // VXLAN
      '030c000000000013', // GENEVE
      '030c000000000002', // GRE
      '030c000000000008',
      '0002fde80000000a', // RT 65000:10
      '0002fde81000000b', // RT of VXLAN VNI 11
      '0002fde80000000a',
      '0602020000000001', // ES-Import
      '0600010000000007', // MAC Mobility 7, static
      '0603020000000001', // Router's MAC
      '0603020000000002',
      '030d000000000000', // Default Gateway
    ];
    expect(setOf({ extendedCommunities })).toMatchObject({
      tunnelTypes: [8, 19, 2],
      encapsulations: ['vxlan', 'geneve'],
      sequence: 7,
      sticky: true,
      routerMac: '02:00:00:00:00:01',
      routerMacs: ['02:00:00:00:00:01', '02:00:00:00:00:02'],
      defaultGateway: true,
      routeTargets: [
        { target: '0002fde80000000a', text: '65000:10', vni: 10 },
        { target: '0002fde81000000b', text: '65000:268435467', vni: 11 },
      ],
    });
  });

  it('is what its other attributes say', () => {
    expect(
      setOf({
        originatorId: '10.0.0.77',
        communities: [0xffff0006],
        tunnelEncapsulation: [
          { type: 9, subTlvs: [] },
          { type: 13, subTlvs: [] },
        ],
        dPath: [[{ domain: '65000:1', isfSafi: 70 }], [{ domain: '65000:2', isfSafi: 1 }]],
        pmsiTunnel: { flags: 0, label: 10, tunnel: { kind: 'pim', type: 4, source: '10.0.0.1', group: '239.1.1.1' } },
      }),
    ).toMatchObject({
      originatorId: '10.0.0.77',
      longLivedStale: true,
      encapsulations: ['nvgre', 'mpls-in-udp'],
      dPath: [{ domain: '65000:1' }, { domain: '65000:2' }],
      flooding: { type: 4, label: 10, address: '239.1.1.1', source: '10.0.0.1' },
    });
    expect(
      setOf({ pmsiTunnel: { flags: 0, label: 1, tunnel: { kind: 'opaque', type: 0, octets: '' } } }).flooding,
    ).toEqual({
      type: 0,
      label: 1,
      address: undefined,
    });
  });

  it('is found out once, and its route targets once for all sets that have them', () => {
    const vrf = new Vrf({ tunnelAddress: '10.0.0.1', encapsulations: ['vxlan'] }, { vni: 1, routeTargets: ['1:1'] }, 1);
    const [{ set, interned }] = heard(encodeAnnouncements([vrf.presence()])[0]);
    expect(factsOfSet(interned)).toBe(set);
    expect(factsOfSet({ ...interned }).routeTargets).toBe(set.routeTargets);
  });
});

describe('the VNI in a label', () => {
  it.each<[string, readonly number[], number]>([
    ['VXLAN', [tunnelTypes.vxlan], 0xabcdef],
    ['none that is named', [], 0xabcdef],
    ['one that is not known', [99], 0xabcdef],
    ['MPLS in GRE', [tunnelTypes['mpls-in-gre']], 0xabcde],
    ['MPLS', [10, tunnelTypes['mpls-in-udp']], 0xabcde],
    ['MPLS or VXLAN', [10, tunnelTypes.vxlan], 0xabcdef],
  ])('with %s', (_, types, vni) => {
    expect(vniOfLabel(0xabcdef, types)).toBe(vni);
  });

  it('goes with encapsulations that have a tunnel type each', () => {
    const names = Object.keys(tunnelTypes) as Encapsulation[];
    expect(names.map((name) => encapsulationOf(tunnelTypes[name]))).toEqual(names);
    expect(encapsulationOf(10)).toBeUndefined();
  });
});

const isHost = (address: string) => {
  const octets = parseIp(address) as Uint8Array;
  return isHostAddress(octets, 0, octets.length === 4 ? 4 : 16);
};

/** What an orchestrator may say, with encapsulations that agree. */
const nves = fc.record({
  tunnelAddress: fc
    .oneof(fc.ipV4(), fc.ipV6())
    .map((address) => canonicalIp(address) as string)
    .filter(isHost),
  encapsulations: fc.oneof(
    fc.uniqueArray(fc.constantFrom<Encapsulation>('vxlan', 'vxlan-gpe', 'nvgre', 'geneve'), { minLength: 1 }),
    fc.uniqueArray(fc.constantFrom<Encapsulation>('mpls-in-gre', 'mpls-in-udp'), { minLength: 1 }),
  ),
  routerMac: fc.constant('02:00:00:00:00:fe'),
  routerId: fc.ipV4(),
});
const vnis = fc.integer({ min: 1, max: 0xfffff });
const hosts = fc.record(
  {
    mac: fc
      .array(fc.nat({ max: 255 }), { minLength: 6, maxLength: 6 })
      .map((octets) => octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':')),
    ip: fc.oneof(fc.ipV4(), fc.ipV6()).map((address) => canonicalIp(address) as string),
    sequence: fc.nat({ max: 0xffffffff }),
    sticky: fc.boolean(),
    defaultGateway: fc.boolean(),
  },
  { requiredKeys: ['mac'] },
);

describe('what is announced for an NVE says what was to be said', () => {
  const back = (route: OriginatedRoute) => {
    const [found] = heard(encodeAnnouncements([route])[0]);
    expect(found.interned.faults).toEqual([]);
    const vni = (label: number | undefined) =>
      label === undefined ? undefined : vniOfLabel(label, found.set.tunnelTypes);
    return { ...found, vni };
  };

  it('of hosts', () => {
    fc.assert(
      fc.property(nves, vnis, fc.option(vnis, { nil: undefined }), hosts, (nve, number, l3, host) => {
        const targets = (vni: number) => [`65000:${vni}`];
        const network = { vni: number, routeTargets: targets(number) };
        const routing = l3 === undefined ? {} : { l3: { vni: l3, routeTargets: targets(l3) } };
        const { route, set, vni } = back(new Vrf(nve, { ...network, ...routing }, 7).host(host));
        const routed = l3 !== undefined && host.ip !== undefined && !/^fe[89ab]/.test(host.ip);
        expect(route).toMatchObject({ type: 2, esi: undefined, ethernetTag: 0, mac: host.mac, ip: host.ip });
        expect([vni(route.label), vni(route.l3Label)]).toEqual([number, routed ? l3 : undefined]);
        expect(set).toMatchObject({
          nextHop: nve.tunnelAddress,
          encapsulations: nve.encapsulations,
          sequence: host.sequence ?? 0,
          sticky: host.sticky ?? false,
          defaultGateway: host.defaultGateway ?? false,
          routerMac: routed ? nve.routerMac : undefined,
        });
        expect(new Set(set.routeTargets.map((target) => target.vni))).toEqual(
          new Set(routed ? [number, l3] : [number]),
        );
      }),
    );
  });

  it('of prefixes and of being there', () => {
    fc.assert(
      fc.property(nves, vnis, fc.oneof(fc.ipV4(), fc.ipV6()), (nve, number, address) => {
        const vrf = new Vrf(nve, { vni: number, routeTargets: [`65000:${number}`] }, 7);
        const host = `${canonicalIp(address)}/${address.includes(':') ? 128 : 32}`;
        const prefix = back(vrf.prefix(host));
        expect(prefix.route).toMatchObject({ type: 5, prefix: host, gateway: undefined, esi: undefined });
        expect(prefix.set).toMatchObject({ routerMac: nve.routerMac, flooding: undefined });
        expect(prefix.vni(prefix.route.label)).toBe(number);
        const presence = back(vrf.presence());
        expect(presence.route).toMatchObject({ type: 3, originator: nve.tunnelAddress, ethernetTag: 0 });
        expect(presence.set.flooding).toMatchObject({ type: 6, address: nve.tunnelAddress });
        expect(presence.vni(presence.set.flooding?.label)).toBe(number);
      }),
    );
  });
});

it.runIf(vectors !== undefined)('reads what FRR and GoBGP send', () => {
  const of = (id: string) => heard(vectors?.get(id) as Uint8Array, source);
  expect(of('wire-frr-e1-update-27')[0]).toMatchObject({
    route: { type: 2, mac: '02:00:00:00:00:11', label: 10 },
    set: { nextHop: '192.168.2.2', encapsulations: ['vxlan'], sequence: 1, originatorId: '192.168.2.2' },
  });
  expect(of('wire-frr-e1-update-20')[0].set).toMatchObject({ defaultGateway: true, routeTargets: [{ vni: 10 }] });
  expect(of('wire-frr-e1-update-23')[0]).toMatchObject({
    route: { type: 3, originator: '192.168.2.2' },
    set: { flooding: { type: 6, label: 10, address: '192.168.2.2' } },
  });
  expect(of('wire-gobgp-update-21')[0]).toMatchObject({
    route: { type: 5, prefix: '2001:db8:50::/48', gateway: undefined, label: 5000 },
    set: { routerMac: '52:54:00:00:00:aa', routeTargets: [{ text: '65000:5000', vni: 5000 }] },
  });
});
