/**
 * What a neighbour domain is sent where gateways are set, looked through octet by octet: the tenants' addresses cross, and of
 * what identifies anything inside nothing does, not in announcements and not in withdrawals.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { address, hex, u16, u24, u32, unhex } from '../support/bytes.ts';
import {
  ethernetAd,
  ethernetSegment,
  inclusiveMulticast,
  ipPrefix,
  type MacIp,
  macIp,
  rd,
} from '../support/evpn-routes.ts';
import {
  announce,
  encapsulationVxlan,
  macMobility,
  type RawAttribute,
  routeTarget,
  withdraw,
} from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import { until } from '../support/until.ts';

const addresses = { nvad: '10.1.0.1', nve1: '10.1.0.11', nve2: '10.1.0.12', neighbour: '10.9.0.1' };
const gateway = { address: '203.0.113.254', mac: '02:99:99:99:99:01' };
/** What the network and the one that routes for it are called inside, and on the wire. */
const inside = { l2: 1234567, l3: 1424232, private: 1300001, asn: 64999, web: 123456, vrf: 234567 };
const wire = { l2: 900900, l3: 900901, asn: 65009 };

const config = `
domain: dc1
asn: 65001
routerId: 10.255.0.1
clusterId: 10.255.0.77
listen: ["${addresses.nvad}:179"]
nves:
  - { prefix: 10.1.0.0/24, passive: true }
  - { prefix: 10.1.0.12/32, asn: 4205555555, passive: true }
  - { tunnelAddress: ${gateway.address}, name: gateway, kind: static, routerMac: "${gateway.mac}" }
virtualNetworks:
  - { name: vrf, vni: ${inside.l3}, service: l3, routeTargets: ["${inside.asn}:${inside.vrf}"] }
  - { name: web, vni: ${inside.l2}, l3: vrf, routeTargets: ["${inside.asn}:${inside.web}"] }
  - { name: private, vni: ${inside.private} }
federation:
  - domain: dc9
    address: ${addresses.neighbour}
    asn: ${wire.asn}
    passive: true
    virtualNetworks:
      - { name: web, remote: { vni: ${wire.l2} }, gateways: ["${gateway.address}"] }
      - { name: vrf, remote: { vni: ${wire.l3} }, gateways: ["${gateway.address}"] }
api: { listen: "127.0.0.1:8080" }
store: { kind: memory }
`;

/** Of each NVE everything that names it or says something of its domain, each unlike anything that may cross. */
const nves = [
  {
    vtep: addresses.nve1,
    id: '10.66.0.11',
    asn: 65001,
    rd: rd('10.77.77.11', 0x4d11),
    mac: '02:77:77:77:77:11',
    esi: '01aabbccddee11223344',
  },
  {
    vtep: addresses.nve2,
    id: '10.66.0.12',
    asn: 4205555555,
    rd: rd('10.77.77.12', 0x4d12),
    mac: '02:77:77:77:77:12',
    esi: '01aabbccddee11223355',
  },
] as const;
const reflected = { originator: '10.66.0.99', cluster: '10.255.0.88' };
const community = { ordinary: u32(0xfde94242), large: [u32(65001), u32(0x4c415247), u32(0x45434f4d)].flat() };
const extended = {
  target: routeTarget(65001, 777777),
  opaque: unhex('030b 0000 5ec2 e700'),
  site: unhex('0003 fde9 517e 0f0f'),
};
const metric = 0x0badcafe;
const unknown = unhex('5ec2e7a77b17');

/** Name and octets of what must stay. */
const secrets: readonly (readonly [what: string, octets: readonly number[]])[] = [
  ...nves.flatMap((nve) => [
    [`address ${nve.vtep}`, address(nve.vtep)] as const,
    [`router id ${nve.id}`, address(nve.id)] as const,
    [`RD of ${nve.vtep}`, nve.rd.slice(2)] as const,
    ['the IP address in its RD', nve.rd.slice(2, 6)] as const,
    [`Router's MAC ${nve.mac}`, unhex(nve.mac)] as const,
    [`ESI ${nve.esi}`, unhex(nve.esi)] as const,
    ['the system of its ESI', unhex(nve.esi.slice(2, 14))] as const,
  ]),
  ['ORIGINATOR_ID', address(reflected.originator)],
  ['CLUSTER_LIST', address(reflected.cluster)],
  ['our cluster id', address('10.255.0.77')],
  ['route target of web', routeTarget(inside.asn, inside.web).slice(2)],
  ['route target of vrf', routeTarget(inside.asn, inside.vrf).slice(2)],
  ['VNI of web', u24(inside.l2)],
  ['VNI of vrf', u24(inside.l3)],
  ['VNI of a network that is not shared', u24(inside.private)],
  ['a route target of nobody', extended.target],
  ['opaque community', extended.opaque],
  ['site of origin', extended.site],
  ['community', community.ordinary],
  ['large community', community.large],
  ['MED', u32(metric)],
  ['LOCAL_PREF', u32(0x0badf00d)],
  ['AS of an NVE', u32(4205555555)],
  ['an attribute that nvad does not know', unknown],
];

describe.runIf(isRoot)('what a neighbour domain is sent with gateways set', () => {
  const bench = new Bench();
  let net: Namespace;
  let neighbour: BgpClient;
  const clients: BgpClient[] = [];

  async function join(localAddress: string, asn: number, id: string): Promise<BgpClient> {
    const client = bench.client(net, { localAddress, host: addresses.nvad });
    await client.establish({ asn, id });
    client.done();
    return client;
  }

  beforeAll(async () => {
    net = bench.namespace('leak');
    for (const one of Object.values(addresses)) net.ip('address', 'add', `${one}/32`, 'dev', 'lo');
    await bench.nvad(net, config).up();
    neighbour = await join(addresses.neighbour, wire.asn, '10.9.255.1');
    for (const { vtep, id, asn } of nves) clients.push(await join(vtep, asn, id));
  });
  afterAll(() => bench.clear());

  const hosts = (i: number): MacIp[] =>
    [1, 2].map((host) => ({ rd: nves[i]?.rd ?? [], mac: `02000000${i}${i}0${host}`, ip: `192.168.${i}.${host}` }));
  const routed = (i: number) =>
    hosts(i).map((host) => macIp({ ...host, tag: inside.l2, esi: nves[i]?.esi ?? '', labels: [inside.l2, inside.l3] }));
  const bridged = (i: number) =>
    hosts(i).map(({ rd, mac }) => macIp({ rd, mac, tag: inside.l2, esi: nves[i]?.esi ?? '', labels: [inside.l2] }));
  const prefix = (i: number) =>
    ipPrefix({
      rd: nves[i]?.rd ?? [],
      tag: inside.l3,
      prefix: `198.51.${i}.0/24`,
      gateway: '0.0.0.0',
      label: inside.l3,
    });

  /** An NVE announces one route of each kind, with everything on it that a route can have. */
  function announceAll(i: number, sequence: number): void {
    const nve = nves[i];
    const client = clients[i];
    if (nve === undefined || client === undefined) throw new Error(`there is no NVE ${i}`);
    const more: RawAttribute[] = [
      [0x80, 4, u32(metric)],
      [0xc0, 8, community.ordinary],
      [0x80, 9, address(reflected.originator)],
      [0x80, 10, address(reflected.cluster)],
      [0xc0, 32, community.large],
      [0xc0, 253, unknown],
    ];
    const web = routeTarget(inside.asn, inside.web);
    const vrf = routeTarget(inside.asn, inside.vrf);
    const own = [encapsulationVxlan, extended.target, extended.opaque, extended.site];
    const routerMac = [6, 3, ...unhex(nve.mac)];
    const outside = nve.asn === 65001 ? {} : { asPath: [nve.asn] };
    const common = { nextHop: nve.vtep, localPref: 0x0badf00d, ...outside };
    const pmsi: RawAttribute = [0xc0, 22, [0, 6, ...u24(inside.l2), ...address(nve.vtep)]];
    const esImport = [6, 2, ...unhex(nve.esi.slice(2, 14))];
    const esiLabel = [6, 1, 0, 0, 0, ...u24(inside.l2)];
    client.send(
      announce(routed(i), {
        ...common,
        extendedCommunities: [web, vrf, ...own, routerMac, macMobility(sequence)],
        more,
      }),
      announce(bridged(i), { ...common, extendedCommunities: [web, ...own, macMobility(sequence)], more }),
      announce([inclusiveMulticast({ rd: nve.rd, tag: inside.l2, originator: nve.vtep })], {
        ...common,
        extendedCommunities: [web, ...own],
        more: [...more, pmsi],
      }),
      announce([prefix(i)], { ...common, extendedCommunities: [vrf, ...own, routerMac], more }),
      announce([ethernetAd({ rd: nve.rd, esi: nve.esi, label: inside.l2 })], {
        ...common,
        extendedCommunities: [web, ...own, esiLabel],
        more,
      }),
      announce([ethernetSegment({ rd: nve.rd, esi: nve.esi, originator: nve.vtep })], {
        ...common,
        extendedCommunities: [esImport],
        more,
      }),
      announce([macIp({ rd: nve.rd, mac: '020000eeeeee', labels: [inside.private] })], {
        ...common,
        extendedCommunities: [routeTarget(65001, inside.private), encapsulationVxlan],
        more,
      }),
    );
  }

  /** All octets that the neighbour was sent so far, and those among them that should have stayed. */
  const sent = () => neighbour.messages.map(({ octets }) => hex(octets)).join('|');
  function leaks(): readonly string[] {
    const octets = sent();
    return secrets.flatMap(([what, secret]) => (isIn(octets, hex(secret)) ? [what] : []));
  }

  const byType = (type: number) => [...neighbour.routes.values()].filter(({ nlri }) => nlri.startsWith(hex([type])));
  /** For each NVE two hosts, each with and without an IP address, and a prefix; and flooding once. */
  const held = () => [2, 3, 5].map((type) => byType(type).length);

  it('has the tenants, by the wire’s names and the gateway’s address, and nothing of the inside', async () => {
    for (const i of nves.keys()) announceAll(i, 1);
    await until(() => hex(held()) === hex([8, 1, 2]), { within: 10_000, what: () => `routes, not ${held()}` });
    expect(neighbour.routes.size).toBe(11);
    for (const { nextHop } of neighbour.routes.values()) expect(nextHop).toBe(hex(address(gateway.address)));
    const octets = sent();
    for (const there of [
      ...[0, 1].flatMap((i) => hosts(i).map(({ mac }) => unhex(mac))),
      u24(wire.l2),
      u24(wire.l3),
      // As Ethernet tags, where RFC 8365 §5.1.3 has NVEs put the VNI.
      u32(wire.l2),
      u32(wire.l3),
      routeTarget(wire.asn, wire.l2),
      routeTarget(wire.asn, wire.l3),
      [6, 3, ...unhex(gateway.mac)],
      macMobility(1),
    ]) {
      expect(isIn(octets, hex(there))).toBe(true);
    }
    // Our RDs are of our own AS.
    for (const { nlri } of neighbour.routes.values()) expect(nlri.slice(4, 12)).toBe(hex([0, 0, ...u16(65001)]));
    expect(leaks()).toEqual([]);
  });

  it('hears of moves, and nothing of the inside', async () => {
    announceAll(0, 2);
    await until(
      () => byType(2).filter(({ attributes }) => attributes.get(16)?.value.includes(hex(macMobility(2)))).length === 4,
      {
        within: 10_000,
        what: 'the four routes with the next sequence number',
      },
    );
    expect(leaks()).toEqual([]);
  });

  it('hears what is withdrawn, and when an NVE is lost, and nothing of the inside', async () => {
    clients[0]?.send(withdraw([...routed(0), prefix(0)]));
    await until(() => hex(held()) === hex([6, 1, 1]), { within: 10_000, what: () => `routes, not ${held()}` });
    clients[1]?.destroy();
    await until(() => hex(held()) === hex([2, 1, 0]), { within: 10_000, what: () => `routes, not ${held()}` });
    expect(leaks()).toEqual([]);
  });

  it('finds what it looks for: an NVE of our own is sent all of it', async () => {
    const other = await join(addresses.nve2, nves[1].asn, '10.66.0.12');
    await until(() => other.routes.size > 4, { within: 10_000, what: 'routes of the other NVE' });
    const octets = other.messages.map((message) => hex(message.octets)).join('|');
    const [one] = nves;
    for (const secret of [
      address(one.vtep),
      one.rd.slice(2),
      unhex(one.esi),
      u24(inside.l2),
      community.ordinary,
      extended.opaque,
      unknown,
    ]) {
      expect(isIn(octets, hex(secret))).toBe(true);
    }
  });
});

/** Whether octets are in others, where octets begin. */
function isIn(octets: string, wanted: string): boolean {
  return octets.split('|').some((message) => {
    for (let at = message.indexOf(wanted); at >= 0; at = message.indexOf(wanted, at + 1)) if (at % 2 === 0) return true;
    return false;
  });
}
