import { expect } from 'vitest';
import type { Bench } from '../support/bench.ts';
import type { BgpClient, ReceivedRoute } from '../support/bgp-client.ts';
import { hex, u16, u32, unhex } from '../support/bytes.ts';
import {
  ethernetAd,
  ethernetSegment,
  inclusiveMulticast,
  ipPrefix,
  macIp,
  macOf,
  rd,
  unknownType,
} from '../support/evpn-routes.ts';
import type { Gobgp, GobgpProgram } from '../support/gobgp.ts';
import {
  type Announcement,
  announce,
  encapsulationVxlan,
  macMobility,
  type RawAttribute,
  routeTarget,
  withdraw,
} from '../support/messages.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';
import { GobgpLab, gobgpAddress, gobgpClusterId } from './support/gobgp-lab.ts';
import { gobgpRows } from './support/gobgp-rows.ts';
import { clusterId, nva } from './support/nva-lab.ts';

const ORIGINATOR_ID = 9;
const CLUSTER_LIST = 10;
const PMSI_TUNNEL = 22;
const id = (address: string) => hex(address.split('.').map(Number));

const vn = routeTarget(65000, 100);
const esi = '01aabbccddeeff006400';
const esiLabel = (label: number, singleActive: boolean) => [6, 1, Number(singleActive), 0, 0, ...u16(0), label];
const esImport = unhex('0602aabbccddeeff');
const defaultGateway = unhex('030d000000000000');
const routerMac = unhex('060302aaaaaaaaaa');

/** nvad between GoBGP, which has a client of its own, and another client. */
interface Lab {
  readonly nvad: Nvad;
  readonly gobgp: Gobgp;
  /** Client of GoBGP: sees what GoBGP sends. */
  readonly near: BgpClient;
  /** Client of nvad. */
  readonly far: BgpClient;
  /** Another one. */
  readonly other: BgpClient;
}

async function start(program: GobgpProgram, bench: Bench): Promise<Lab> {
  const lab = new GobgpLab(program, bench);
  const gobgp = await lab.gobgp(1);
  const near = await lab.behind(1);
  const nvad = await lab.nvad([`{ address: ${gobgpAddress(1)} }`]);
  const [far, other] = [await lab.client(), await lab.client()];
  await gobgp.established(nva);
  return { nvad, gobgp, near, far, other };
}

/** A route without what a reflector adds (RFC 4456 §8). */
function plain({ nlri, nextHop, attributes }: ReceivedRoute) {
  const rest = [...attributes].filter(([code]) => code !== ORIGINATOR_ID && code !== CLUSTER_LIST);
  return { nlri, nextHop, attributes: Object.fromEntries(rest) };
}

/** One route that GoBGP makes, as its command line has it, and as it has to be on the wire. */
interface Made {
  readonly cli: string;
  readonly nlri: readonly number[];
  readonly communities: readonly (readonly number[])[];
  readonly more?: readonly RawAttribute[];
}

/** GoBGP makes the routes; what nvad passes on is, octet for octet, what GoBGP sends to anybody else. */
async function fromGobgp({ gobgp, near, far }: Lab, routes: readonly Made[]): Promise<void> {
  for (const { cli } of routes) await gobgp.add(cli);
  for (const { nlri, communities, more = [] } of routes) {
    const sent = await near.route(nlri);
    const got = await far.route(nlri);
    expect(plain(got)).toEqual(plain(sent));
    expect(got.nextHop).toBe(id(gobgpAddress(1)));
    expect(got.attributes.get(ORIGINATOR_ID)?.value).toBe(id(gobgpAddress(1)));
    expect(got.attributes.get(CLUSTER_LIST)?.value).toBe(id(clusterId));
    expect(got.attributes.get(16)?.value).toBe(hex(communities.flat()));
    for (const [flags, code, value] of more) expect(got.attributes.get(code)).toEqual({ flags, value: hex(value) });
  }
  for (const { cli } of routes) await gobgp.remove(withoutCommunities(cli));
  for (const { nlri } of routes) await gone(far, nlri);
}

/** `del` wants the words that make the route, and no more. */
const withoutCommunities = (cli: string) => cli.replace(/ rt .*$/, '');

/** One route of the other client. */
interface Sent extends Omit<Announcement, 'nextHop'> {
  readonly nlri: readonly number[];
  readonly nextHop?: string;
}

/** The other client announces the routes; what GoBGP tells its own client is, octet for octet, what was announced. */
async function toGobgp({ gobgp, near, far }: Lab, routes: readonly Sent[]): Promise<void> {
  for (const { nlri, nextHop = far.address, ...rest } of routes) far.send(announce([nlri], { nextHop, ...rest }));
  for (const { nlri, nextHop = far.address, extendedCommunities = [vn, encapsulationVxlan], more = [] } of routes) {
    const got = await near.route(nlri);
    expect({ ...plain(got), nextHop: got.nextHop }).toEqual({
      nlri: hex(nlri),
      nextHop: nextHop.includes(':') ? hex(unhex('20010db8000000000000000000000031')) : id(nextHop),
      attributes: {
        1: { flags: 0x40, value: '00' },
        2: { flags: 0x40, value: '' },
        5: { flags: 0x40, value: hex(u32(100)) },
        16: { flags: 0xc0, value: hex(extendedCommunities.flat()) },
        ...Object.fromEntries(more.map(([flags, code, value]) => [code, { flags, value: hex(value) }])),
      },
    });
    expect(got.attributes.get(ORIGINATOR_ID)?.value).toBe(id(far.address));
    expect(got.attributes.get(CLUSTER_LIST)?.value).toBe(id(gobgpClusterId) + id(clusterId));
  }
  far.send(withdraw(routes.map(({ nlri }) => nlri)));
  for (const { nlri } of routes) await gone(near, nlri);
  expect([...(await gobgp.rib()).keys()]).toEqual([]);
}

const gone = (client: BgpClient, nlri: readonly number[]) =>
  until(() => !client.holds(nlri), { within: 5000, what: () => `${hex(nlri)} to go from ${client.address}` });

gobgpRows<Lab>('routes', start, (row, { major }) => {
  const own = { cli: 'rd 10.0.0.11:100 rt 65000:100', rd: rd('10.0.0.11', 100) };
  const at = { rd: rd('10.0.0.31', 7) };

  row('Ethernet A-D routes, per ES and per EVI, from GoBGP', 'RFC 7432 §7.1', async (lab, { note }) => {
    if (major === 3) note('its command line cannot set the Single-Active flag');
    const flag = major === 3 ? '' : ' single-active';
    await fromGobgp(lab, [
      {
        cli: `a-d esi LACP aa:bb:cc:dd:ee:ff 100 etag 4294967295 label 0 ${own.cli} encap vxlan esi-label 100${flag}`,
        nlri: ethernetAd({ ...own, esi }),
        communities: [vn, encapsulationVxlan, esiLabel(100, major === 4)],
      },
      {
        cli: `a-d esi LACP aa:bb:cc:dd:ee:ff 100 etag 7 label 16777215 ${own.cli} encap vxlan`,
        nlri: ethernetAd({ ...own, esi, tag: 7, label: 0xffffff }),
        communities: [vn, encapsulationVxlan],
      },
    ]);
  });

  row('Ethernet A-D routes, per ES and per EVI, to GoBGP', 'RFC 7432 §7.1', (lab) =>
    toGobgp(lab, [
      { nlri: ethernetAd({ ...at, esi }), extendedCommunities: [vn, esiLabel(0, true)] },
      { nlri: ethernetAd({ ...at, esi, tag: 7, label: 0xffffff }) },
    ]),
  );

  row('MAC/IP routes without IP, with IPv4 and IPv6, one and two labels, from GoBGP', 'RFC 7432 §7.2', (lab) =>
    fromGobgp(lab, [
      {
        cli: `macadv 02:00:00:00:00:01 0.0.0.0 etag 0 label 100 ${own.cli} encap vxlan`,
        nlri: macIp({ ...own, mac: macOf(1) }),
        communities: [vn, encapsulationVxlan],
      },
      {
        cli: `macadv 02:00:00:00:00:02 192.168.1.1 etag 7 label 100,5001 ${own.cli} encap vxlan`,
        nlri: macIp({ ...own, mac: macOf(2), ip: '192.168.1.1', tag: 7, labels: [100, 5001] }),
        communities: [vn, encapsulationVxlan],
      },
      {
        cli: `macadv 02:00:00:00:00:03 2001:db8::1 esi LACP aa:bb:cc:dd:ee:ff 100 etag 7 label 16777215 ${own.cli} encap geneve`,
        nlri: macIp({ ...own, mac: macOf(3), ip: '2001:db8::1', tag: 7, esi, labels: [0xffffff] }),
        communities: [vn, unhex('030c000000000013')],
      },
    ]),
  );

  row('MAC/IP routes without IP, with IPv4 and IPv6, one and two labels, to GoBGP', 'RFC 7432 §7.2', (lab) =>
    toGobgp(lab, [
      { nlri: macIp({ ...at, mac: macOf(1) }) },
      { nlri: macIp({ ...at, mac: macOf(2), ip: '192.168.1.1', tag: 7, labels: [0xfffffe, 5001] }) },
      { nlri: macIp({ ...at, mac: macOf(3), ip: '2001:db8::1', tag: 0xfffffffe, esi, labels: [1, 2] }) },
    ]),
  );

  row(
    'Inclusive multicast routes with PMSI tunnel, IPv4 and IPv6 originator, from GoBGP',
    'RFC 7432 §7.3, §11',
    (lab) =>
      fromGobgp(lab, [
        {
          cli: `multicast 10.0.0.11 etag 0 ${own.cli} encap vxlan pmsi ingress-repl 100 10.0.0.11`,
          nlri: inclusiveMulticast({ ...own, originator: '10.0.0.11' }),
          communities: [vn, encapsulationVxlan],
          more: [[0xc0, PMSI_TUNNEL, unhex('00060000640a00000b')]],
        },
        {
          cli: `multicast 2001:db8::11 etag 7 ${own.cli} encap vxlan`,
          nlri: inclusiveMulticast({ ...own, tag: 7, originator: '2001:db8::11' }),
          communities: [vn, encapsulationVxlan],
        },
      ]),
  );

  row('Inclusive multicast routes with PMSI tunnel, IPv4 and IPv6 originator, to GoBGP', 'RFC 7432 §7.3, §11', (lab) =>
    toGobgp(lab, [
      {
        nlri: inclusiveMulticast({ ...at, originator: '10.0.0.31' }),
        more: [[0xc0, PMSI_TUNNEL, unhex('00060000640a00001f')]],
      },
      {
        nlri: inclusiveMulticast({ ...at, tag: 1, originator: '10.0.0.31' }),
        // PIM-SM tree: sender, group
        more: [[0xc0, PMSI_TUNNEL, unhex('00040000640a00001fef010101')]],
      },
      {
        nlri: inclusiveMulticast({ ...at, originator: '2001:db8::31' }),
        nextHop: '2001:db8::31',
        more: [[0xc0, PMSI_TUNNEL, unhex('000600006420010db8000000000000000000000031')]],
      },
    ]),
  );

  row('Ethernet segment routes with ES-Import, from GoBGP', 'RFC 7432 §7.4, §7.6', (lab) =>
    fromGobgp(lab, [
      {
        cli: `esi 10.0.0.11 esi LACP aa:bb:cc:dd:ee:ff 100 ${own.cli}`,
        nlri: ethernetSegment({ ...own, esi, originator: '10.0.0.11' }),
        communities: [vn, esImport],
      },
      {
        cli: `esi 2001:db8::11 esi LACP aa:bb:cc:dd:ee:ff 100 ${own.cli}`,
        nlri: ethernetSegment({ ...own, esi, originator: '2001:db8::11' }),
        communities: [vn, esImport],
      },
    ]),
  );

  row('Ethernet segment routes with ES-Import, to GoBGP', 'RFC 7432 §7.4, §7.6', (lab) =>
    toGobgp(lab, [
      { nlri: ethernetSegment({ ...at, esi, originator: '10.0.0.31' }), extendedCommunities: [esImport] },
      { nlri: ethernetSegment({ ...at, esi, originator: '2001:db8::31' }), extendedCommunities: [esImport] },
    ]),
  );

  row('IP prefix routes, IPv4 and IPv6, with gateway and with Router’s MAC, from GoBGP', 'RFC 9136 §3.1', (lab) =>
    fromGobgp(lab, [
      {
        cli: `prefix 198.51.100.0/24 gw 192.168.100.31 etag 0 label 100 ${own.cli} encap vxlan`,
        nlri: ipPrefix({ ...own, prefix: '198.51.100.0/24', gateway: '192.168.100.31' }),
        communities: [vn, encapsulationVxlan],
      },
      {
        cli: `prefix 0.0.0.0/0 gw 0.0.0.0 etag 7 label 5001 ${own.cli} encap vxlan router-mac 02:aa:aa:aa:aa:aa`,
        nlri: ipPrefix({ ...own, tag: 7, prefix: '0.0.0.0/0', gateway: '0.0.0.0', label: 5001 }),
        communities: [vn, encapsulationVxlan, routerMac],
      },
      {
        cli: `prefix 2001:db8:5::/48 gw 2001:db8::31 etag 0 label 16777215 ${own.cli} encap vxlan`,
        nlri: ipPrefix({ ...own, prefix: '2001:db8:5::/48', gateway: '2001:db8::31', label: 0xffffff }),
        communities: [vn, encapsulationVxlan],
      },
    ]),
  );

  row(
    'IP prefix routes, IPv4 and IPv6, with gateway, with ESI and with Router’s MAC, to GoBGP',
    'RFC 9136 §3.1',
    (lab) =>
      toGobgp(lab, [
        { nlri: ipPrefix({ ...at, prefix: '192.0.2.0/24', gateway: '10.9.9.9', label: 0xffffff }) },
        { nlri: ipPrefix({ ...at, tag: 9, esi, prefix: '192.0.3.0/24', gateway: '0.0.0.0' }) },
        {
          nlri: ipPrefix({ ...at, prefix: '2001:db8:7::/48', gateway: '::', label: 5001 }),
          extendedCommunities: [routeTarget(65000, 5001), encapsulationVxlan, routerMac],
        },
        { nlri: ipPrefix({ ...at, prefix: '2001:db8:8::/48', gateway: '2001:db8::9' }) },
      ]),
  );

  const esis = [
    ['ARBITRARY 11:22:33:44:55:66:77:88:99', '00112233445566778899'],
    ['LACP aa:bb:cc:dd:ee:ff 100', '01aabbccddeeff006400'],
    ['MSTP aa:bb:cc:dd:ee:ff 5', '02aabbccddeeff000500'],
    ['MAC aa:bb:cc:dd:ee:ff 100', '03aabbccddeeff000064'],
    ['ROUTERID 10.0.0.11 9', '040a00000b0000000900'],
    ['AS 65000 100', '050000fde80000006400'],
  ] as const;

  row('ESI types 0 to 5, each way', 'RFC 7432 §5', async (lab) => {
    await fromGobgp(
      lab,
      esis.map(([words, octets]) => ({
        cli: `a-d esi ${words} etag 0 label 100 ${own.cli}`,
        nlri: ethernetAd({ ...own, tag: 0, esi: octets, label: 100 }),
        communities: [vn],
      })),
    );
    await toGobgp(
      lab,
      [...esis.map(([, octets]) => octets), '00'.repeat(10), 'ff'.repeat(10)].map((octets) => ({
        nlri: ethernetAd({ ...at, esi: octets }),
      })),
    );
  });

  row('Route distinguishers of types 0, 1 and 2, each way', 'RFC 4364 §4.2', async (lab) => {
    const distinguishers = [
      ['65000:100', unhex('0000fde800000064')],
      ['10.0.0.11:100', unhex('00010a00000b0064')],
      ['64086.59904:100', unhex('0002fa56ea000064')],
    ] as const;
    await fromGobgp(
      lab,
      distinguishers.map(([text, octets]) => ({
        cli: `macadv 02:00:00:00:00:01 0.0.0.0 etag 0 label 100 rd ${text} rt 65000:100`,
        nlri: macIp({ rd: octets, mac: macOf(1) }),
        communities: [vn],
      })),
    );
    await toGobgp(
      lab,
      distinguishers.map(([, octets]) => ({ nlri: macIp({ rd: octets, mac: macOf(1) }) })),
    );
  });

  const targets = ['0002fde800000064', '01020a0909090064', '0202fa56ea000064'].map(unhex);

  row('Route targets of a two-octet AS, an IPv4 address and a four-octet AS, each way', 'RFC 4360 §4', async (lab) => {
    await fromGobgp(lab, [
      {
        cli: 'macadv 02:00:00:00:00:01 0.0.0.0 etag 0 label 100 rd 10.0.0.11:100 rt 65000:100 10.9.9.9:100 64086.59904:100',
        nlri: macIp({ ...own, mac: macOf(1) }),
        communities: targets,
      },
    ]);
    await toGobgp(lab, [{ nlri: macIp({ ...at, mac: macOf(1) }), extendedCommunities: targets }]);
  });

  row('Default gateway, Router’s MAC, encapsulations, MAC mobility and sticky MAC, to GoBGP', 'RFC 7432 §7.7', (lab) =>
    toGobgp(
      lab,
      [
        [defaultGateway],
        [encapsulationVxlan, routerMac],
        [encapsulationVxlan, unhex('030c000000000013'), unhex('030c00000000000b')],
        [macMobility(0xffffffff)],
        [macMobility(7, true)],
      ].map((communities, i) => ({
        nlri: macIp({ ...at, mac: macOf(i), ip: '192.168.1.1' }),
        extendedCommunities: [vn, ...communities],
      })),
    ),
  );

  row('Default gateway and Router’s MAC, from GoBGP', 'RFC 7432 §10.1, RFC 9135 §8.1', async (lab, { note }) => {
    // twice, which means nothing else
    if (major === 3) note('it sends the default gateway community twice');
    const gateway = Array(major === 3 ? 2 : 1).fill(defaultGateway);
    await fromGobgp(lab, [
      {
        cli: `macadv 02:00:00:00:00:01 192.168.1.1 etag 0 label 100 ${own.cli} default-gateway`,
        nlri: macIp({ ...own, mac: macOf(1), ip: '192.168.1.1' }),
        communities: [vn, ...gateway],
      },
      {
        cli: `macadv 02:00:00:00:00:02 192.168.1.2 etag 0 label 100,5001 ${own.cli} encap vxlan router-mac 02:aa:aa:aa:aa:aa`,
        nlri: macIp({ ...own, mac: macOf(2), ip: '192.168.1.2', labels: [100, 5001] }),
        communities: [vn, encapsulationVxlan, routerMac],
      },
    ]);
  });

  row('Communities, large communities and an unknown transitive attribute, to GoBGP', 'RFC 4271 §5, RFC 8092', (lab) =>
    toGobgp(lab, [
      {
        nlri: macIp({ ...at, mac: macOf(1) }),
        more: [
          [0xc0, 8, unhex('fde80001')],
          [0xc0, 32, unhex('fa56ea000000000100000002')],
          [0xe0, 200, [1, 2, 3]],
        ],
      },
    ]),
  );

  row('A withdrawal with another label, another ESI or another gateway, from GoBGP', 'RFC 7432 §7.2', async (lab) => {
    const { gobgp, far } = lab;
    const mac = macIp({ ...own, mac: macOf(1), ip: '192.168.1.1' });
    const prefix = ipPrefix({ ...own, prefix: '192.0.2.0/24', gateway: '10.9.9.9' });
    await gobgp.add(`macadv 02:00:00:00:00:01 192.168.1.1 etag 0 label 100 ${own.cli}`);
    await gobgp.add(`prefix 192.0.2.0/24 gw 10.9.9.9 etag 0 label 100 ${own.cli}`);
    await far.route(mac);
    await far.route(prefix);
    await gobgp.remove('macadv 02:00:00:00:00:01 192.168.1.1 esi AS 65000 100 etag 0 label 999,7 rd 10.0.0.11:100');
    await gone(far, mac);
    await gobgp.remove('prefix 192.0.2.0/24 gw 10.9.9.8 etag 0 label 999 rd 10.0.0.11:100');
    await gone(far, prefix);
  });

  row('A withdrawal with another label, another ESI or another gateway, to GoBGP', 'RFC 7432 §7.2', async (lab) => {
    const { gobgp, near, far } = lab;
    const key = { ...at, mac: macOf(1), ip: '192.168.1.1' };
    const [mac, prefix] = [macIp({ ...key, labels: [100, 200] }), { ...at, prefix: '192.0.2.0/24' }];
    far.send(announce([mac, ipPrefix({ ...prefix, gateway: '10.9.9.9' })], { nextHop: far.address }));
    await near.holdsNumber(2);
    far.send(withdraw([macIp({ ...key, esi, labels: [0] }), ipPrefix({ ...prefix, gateway: '0.0.0.0', label: 0 })]));
    await near.holdsNumber(0);
    expect((await gobgp.rib()).size).toBe(0);
  });

  row('Mass withdrawal: the A-D route per ES goes and takes nothing else along', 'RFC 7432 §8.2', async (lab) => {
    const { gobgp, near, far } = lab;
    const perEs = ethernetAd({ ...at, esi });
    const rest = [
      ethernetAd({ ...at, esi, tag: 0, label: 100 }),
      ethernetSegment({ ...at, esi, originator: far.address }),
      ...[1, 2, 3].map((index) => macIp({ ...at, esi, mac: macOf(index) })),
    ];
    far.send(announce([perEs, ...rest], { nextHop: far.address, extendedCommunities: [vn, esiLabel(0, false)] }));
    await near.holdsNumber(6);
    far.send(withdraw([perEs]));
    await gone(near, perEs);
    expect([...near.routes.values()].map(({ nlri }) => nlri).sort()).toEqual(rest.map(hex).sort());
    far.send(withdraw(rest));
    await near.holdsNumber(0);

    const ad = 'a-d esi LACP aa:bb:cc:dd:ee:ff 100 etag 4294967295 label 0';
    await gobgp.add(`${ad} ${own.cli} esi-label 0`);
    await gobgp.add(`macadv 02:00:00:00:00:01 0.0.0.0 esi LACP aa:bb:cc:dd:ee:ff 100 etag 0 label 100 ${own.cli}`);
    const mac = macIp({ ...own, esi, mac: macOf(1) });
    await far.route(ethernetAd({ ...own, esi }));
    await far.route(mac);
    await gobgp.remove(`${ad} rd 10.0.0.11:100`);
    await gone(far, ethernetAd({ ...own, esi }));
    expect(far.holds(mac)).toBe(true);
    await gobgp.remove('macadv 02:00:00:00:00:01 0.0.0.0 etag 0 label 100 rd 10.0.0.11:100');
    await gone(far, mac);
  });

  row('Routes with the DF election community, to GoBGP', 'RFC 8584 §2.2', async (lab, { limit }) => {
    const { gobgp, near, far, other } = lab;
    limit('GoBGP takes the route for malformed and treats it as withdrawn; everybody else has it');
    const route = ethernetSegment({ ...at, esi, originator: far.address });
    const election = unhex('0606428000000064');
    far.send(announce([route], { nextHop: far.address, extendedCommunities: [esImport, election] }));
    expect((await other.route(route)).attributes.get(16)?.value).toBe(hex([...esImport, ...election]));
    await until(() => /treated as withdraw/.test(gobgp.log), { within: 5000, what: () => gobgp.log.slice(-2000) });
    expect(near.routes.size).toBe(0);
    far.send(withdraw([route]));
    await gone(other, route);
    expect(await sessionsWith(lab)).toBe(1);
  });

  row('Route types that GoBGP does not know do not reach it', 'RFC 7606 §5.4', async (lab, { limit }) => {
    const { nvad, near, far, other } = lab;
    const ends = 'GoBGP ends the session over them (UPDATE Message Error/Invalid Network Field)';
    limit(`${major === 3 ? 'GoBGP passes over the whole UPDATE that one is in' : ends}: nvad spares it`);
    const known = macIp({ ...at, mac: macOf(1) });
    // RFC 9251 §9.1: (*, 239.1.1.1), IGMPv2; and one that nobody knows
    const strange = [
      unknownType(6, '00010a00001f0007000000000020ef010101200a00001f02'),
      unknownType(200, '00010a00001f000700'),
    ];
    far.send(announce([...strange, known], { nextHop: far.address }));
    for (const nlri of [...strange, known]) await other.route(nlri);
    await near.route(known);
    const { egress } = await nvad.get<{ egress: { heldBack: { count: number; routes: string }[] } }>(
      `/v1/peers/${gobgpAddress(1)}`,
    );
    const present = egress.heldBack.filter(({ count }) => count > 0);
    expect(present).toMatchObject([{ count: 2, routes: 'route types above 5' }]);
    far.send(withdraw([...strange, known]));
    await gone(near, known);
    for (const nlri of strange) await gone(other, nlri);
    expect(await sessionsWith(lab)).toBe(1);
  });
});

/** How often nvad has had a session with GoBGP. */
async function sessionsWith({ nvad }: Lab): Promise<number> {
  const { counters } = await nvad.get<{ counters: { sessions: number } }>(`/v1/peers/${gobgpAddress(1)}`);
  return counters.sessions;
}
