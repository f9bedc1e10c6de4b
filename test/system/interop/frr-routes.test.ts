import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { Attribute, BgpClient, ReceivedRoute } from '../support/bgp-client.ts';
import { address, hex, u32, unhex } from '../support/bytes.ts';
import { ethernetAd, ethernetSegment, inclusiveMulticast, ipPrefix, macIp, rd } from '../support/evpn-routes.ts';
import { frrName, hasFrr } from '../support/frr.ts';
import { announce, encapsulationVxlan, macMobility, routeTarget, withdraw } from '../support/messages.ts';
import { isRoot } from '../support/namespace.ts';
import { reflector } from '../support/underlay.ts';
import { until } from '../support/until.ts';
import { forgotten, neighbourOf, pathOf, pathsOf } from './support/frr-view.ts';
import { interop } from './support/matrix.ts';
import {
  clusterId,
  gateway,
  hostMac,
  l3vni,
  listenerAddress,
  memberAddress,
  nveAddress,
  openRouteBench,
  type RouteBench,
  routerMac,
  sourceAddress,
  stickyMac,
  vnis,
} from './support/route-bench.ts';

const EXTENDED_LENGTH = 0x10;
const Code = { asPath: 2, originatorId: 9, clusterList: 10, extendedCommunities: 16, pmsiTunnel: 22 } as const;
const octets = (text: string) => hex(unhex(text));
/** Of a host that is nowhere near the announcing router, which would take it for moved. */
const otherMac = '02:00:00:00:77:01';
const esi = '03aabbccddeeff000007';
const esiText = '03:aa:bb:cc:dd:ee:ff:00:00:07';

/** What each route of the announcing router, found by a part of its octets, has to carry. */
const community = {
  vni: (vni: number) => hex(routeTarget(65000, vni)),
  vxlan: hex(encapsulationVxlan),
  routerMac: `0603${octets(routerMac)}`,
  defaultGateway: '030d000000000000',
  routerFlag: '0608010000000000',
  sticky: hex(macMobility(0, true)),
} as const;
const twoLabels = hex([0, 0, 100, 0, l3vni >> 8, l3vni & 255]);
const host4 = `30${octets(hostMac)}20${hex(address(gateway))}`;
const host6 = `30${octets(hostMac)}80${hex(address('2001:db8:100::11'))}`;
const gateway6 = `80${hex(address('2001:db8:100::1'))}`;
const announced: readonly { readonly what: string; readonly nlri: RegExp; readonly carries: readonly string[] }[] = [
  { what: 'type 2, MAC', nlri: new RegExp(`^02.*30${octets(hostMac)}00000064$`), carries: [community.vni(100)] },
  { what: 'type 2, MAC and IPv4', nlri: new RegExp(`^02.*${host4}${twoLabels}$`), carries: [community.routerMac] },
  { what: 'type 2, MAC and IPv6', nlri: new RegExp(`^02.*${host6}${twoLabels}$`), carries: [community.vni(l3vni)] },
  {
    what: 'type 2, gateway',
    nlri: new RegExp(`^02.*${gateway6}${twoLabels}$`),
    carries: [community.defaultGateway, community.routerFlag],
  },
  { what: 'type 2, sticky', nlri: new RegExp(`^02.*30${octets(stickyMac)}00000064$`), carries: [community.sticky] },
  { what: 'type 3', nlri: /^0311/, carries: [community.vxlan] },
  {
    what: 'type 5, gateway',
    nlri: new RegExp(`^0522.*100a4d0000${hex(address(gateway))}001388$`),
    carries: [community.routerMac],
  },
  { what: 'type 5, IPv6', nlri: /^053a.*4020010db8010000000.*001388$/, carries: [community.routerMac] },
];

const communitiesOf = (route: ReceivedRoute) => route.attributes.get(Code.extendedCommunities)?.value ?? '';
const labelOf = (route: ReceivedRoute) =>
  Number.parseInt(route.attributes.get(Code.pmsiTunnel)?.value.slice(4, 10) ?? '', 16);

/** All that a client holds by one next hop, in comparable form; the extended-length flag is a matter of form. */
function held(client: BgpClient, nextHop: string): Record<string, Record<string, unknown>> {
  const routes = [...client.routes.values()].filter((route) => route.nextHop === hex(address(nextHop)));
  return Object.fromEntries(
    routes.map(({ nlri, attributes }) => [
      nlri,
      Object.fromEntries(
        [...attributes].map(([code, { flags, value }]) => [code, { flags: flags & ~EXTENDED_LENGTH, value }]),
      ),
    ]),
  );
}

/** The same as they leave a reflector (RFC 4456 §8). */
function reflected(routes: ReturnType<typeof held>, originator: string): ReturnType<typeof held> {
  const added = ({ [Code.clusterList]: list }: Record<string, unknown>): Record<number, Attribute> => ({
    [Code.originatorId]: { flags: 0x80, value: hex(address(originator)) },
    [Code.clusterList]: { flags: 0x80, value: hex(address(clusterId)) + ((list as Attribute)?.value ?? '') },
  });
  return Object.fromEntries(Object.entries(routes).map(([nlri, one]) => [nlri, { ...one, ...added(one) }]));
}

describe.runIf(isRoot && hasFrr)('routes of and to FRR', () => {
  const peer = frrName();
  const bench = new Bench();
  let on: RouteBench;

  beforeAll(async () => {
    on = await openRouteBench(bench);
  });
  afterAll(() => bench.clear());

  const floods = (client: BgpClient) =>
    [...client.routes.values()].filter(
      ({ nlri, nextHop }) => nlri.startsWith('03') && nextHop === hex(address(nveAddress)),
    );

  async function same(left: () => unknown, right: () => unknown, within = 10_000): Promise<void> {
    await until(() => isDeepStrictEqual(left(), right()), { within, what: 'both to hold the same' }).catch(
      () => undefined,
    );
    expect(left()).toEqual(right());
  }

  /** Everything that the announcing router has to say. */
  async function saidAll(): Promise<void> {
    const routes = () => [...on.direct.routes.values()];
    const missing = () =>
      announced.filter(
        ({ nlri, carries }) =>
          !routes().some(
            (route) => nlri.test(route.nlri) && carries.every((one) => communitiesOf(route).includes(one)),
          ),
      );
    await until(() => missing().length === 0 && floods(on.direct).length === vnis.length, {
      within: 20_000,
      what: () => `FRR announcing ${missing().map(({ what }) => what)}; there are ${routes().map(({ nlri }) => nlri)}`,
    });
  }

  interop(
    {
      peer,
      what: 'Types 2, 3 and 5 as FRR makes them reach a client octet for octet: labels, PMSI tunnel, order of communities, Router’s MAC, default gateway, ND and sticky flags',
      standard: 'RFC 7432 §7, RFC 9136 §3, RFC 9135 §8, RFC 9047',
    },
    async ({ note }) => {
      await saidAll();
      const direct = () => reflected(held(on.direct, nveAddress), nveAddress);
      await same(() => held(on.observer, nveAddress), direct);
      expect(floods(on.observer).map(labelOf).sort()).toEqual([...vnis]);
      const emptyPath = [...on.direct.routes.values()][0]?.attributes.get(Code.asPath);
      expect(emptyPath).toEqual({ flags: 0x40 | EXTENDED_LENGTH, value: '' });
      note('FRR writes an empty AS_PATH with the extended-length flag, nvad without');
    },
  );

  interop(
    {
      peer,
      what: 'Types 1 to 5 that FRR passes on as a reflector reach a client octet for octet',
      standard: 'RFC 7432 §7, RFC 4456 §8',
    },
    async ({ note }) => {
      const at = { rd: rd(memberAddress, 8), esi };
      const [nextHop, originator] = [memberAddress, memberAddress];
      const more = [[0xc0, 22, [0, 6, 0, 0, 100, ...address(memberAddress)]]] as const;
      on.member.send(
        announce([ethernetAd({ ...at, label: 0 })], {
          nextHop,
          extendedCommunities: [[6, 1, 1, 0, 0, 0, 0, 0], routeTarget(65000, 100), encapsulationVxlan],
        }),
        announce([ethernetAd({ ...at, tag: 0, label: 100 })], { nextHop }),
        announce([macIp({ ...at, mac: octets(otherMac), labels: [100] })], { nextHop }),
        announce([inclusiveMulticast({ ...at, originator })], { nextHop, more }),
        announce([ethernetSegment({ ...at, originator })], {
          nextHop,
          extendedCommunities: [[6, 2, ...unhex('aabbccddeeff')], [6, 6, 2, 0, 0, 0, 0x7f, 0xff], encapsulationVxlan],
        }),
        announce(
          [ipPrefix({ ...at, esi: '00'.repeat(10), prefix: '203.0.113.0/24', gateway: '0.0.0.0', label: 5000 })],
          {
            nextHop,
          },
        ),
      );
      await until(() => Object.keys(held(on.beside, nextHop)).length === 6, {
        within: 10_000,
        what: 'FRR’s reflection',
      });
      const types = Object.keys(held(on.beside, nextHop)).map((nlri) => Number(nlri.slice(0, 2)));
      expect(types.sort()).toEqual([1, 1, 2, 3, 4, 5]);
      await same(
        () => held(on.observer, nextHop),
        () => reflected(held(on.beside, nextHop), memberAddress),
      );
      const bonding = await on.host.succeeds('ip', 'link', 'add', 'bond0', 'type', 'bond');
      if (!bonding) note('FRR makes no types 1 and 4 of its own here: the kernel has no bonding');
    },
  );

  interop(
    {
      peer,
      what: 'Types 1 to 5 that a client announces are in FRR’s table with all that it shows of them',
      standard: 'RFC 7432 §7, RFC 9136 §3',
    },
    async ({ note }) => {
      const at = { rd: rd(sourceAddress, 9) };
      const nextHop = sourceAddress;
      const mac = [6, 3, ...unhex('020000005009')];
      on.source.send(
        announce([ethernetAd({ ...at, esi })], {
          nextHop,
          extendedCommunities: [[6, 1, 1, 0, 0, 0, 0, 0], routeTarget(65000, 100), encapsulationVxlan],
        }),
        announce([ethernetAd({ ...at, esi, tag: 0, label: 100 })], { nextHop }),
        announce([macIp({ ...at, esi, mac: octets(otherMac), ip: '192.168.7.7', labels: [100, l3vni] })], {
          nextHop,
          localPref: 77,
          extendedCommunities: [
            mac,
            routeTarget(65000, 100),
            routeTarget(65000, l3vni),
            encapsulationVxlan,
            macMobility(7),
            unhex('030d000000000000'),
            unhex('0608010000000000'),
          ],
          more: [
            [0x80, 4, u32(5)],
            [0xc0, 8, [0xfd, 0xe8, 0, 1]],
          ],
        }),
        announce([inclusiveMulticast({ ...at, tag: 100, originator: sourceAddress })], {
          nextHop,
          more: [[0xc0, 22, [0, 6, 0, 0, 100, ...address(sourceAddress)]]],
        }),
        announce([ethernetSegment({ ...at, esi, originator: sourceAddress })], {
          nextHop,
          extendedCommunities: [[6, 2, ...unhex('aabbccddeeff')], [6, 6, 2, 0, 0, 0, 0x7f, 0xff], encapsulationVxlan],
        }),
        announce(
          [
            ipPrefix({ ...at, prefix: '198.51.100.0/24', gateway: '192.168.7.1', label: l3vni }),
            ipPrefix({ ...at, prefix: '2001:db8:7::/64', gateway: '2001:db8::7', label: l3vni }),
          ],
          { nextHop, extendedCommunities: [mac, routeTarget(65000, l3vni), encapsulationVxlan] },
        ),
      );
      const common = {
        valid: true,
        origin: 'IGP',
        locPrf: 100,
        aspath: { string: 'Local' },
        originatorId: sourceAddress,
        clusterList: { list: [clusterId] },
        nexthops: [{ ip: sourceAddress }],
        peer: { peerId: reflector },
      };
      const says = (string: string) => ({ extendedCommunity: { string } });
      const prefix = { vni: String(l3vni), ...says('RT:65000:5000 ET:8 Rmac:02:00:00:00:50:09') };
      const expected: Readonly<Record<string, object>> = {
        [`[1]:[4294967295]:[${esiText}]:[32]:[0.0.0.0]:[0]`]: says('RT:65000:100 ET:8 ESI-label-Rt:SA'),
        [`[1]:[0]:[${esiText}]:[32]:[0.0.0.0]:[0]`]: says('RT:65000:100 ET:8'),
        [`[2]:[0]:[48]:[${otherMac}]:[32]:[192.168.7.7]`]: {
          vni: `100/${l3vni}`,
          esi: esiText,
          locPrf: 77,
          metric: 5,
          community: { string: '65000:1' },
          ...says('RT:65000:100 RT:65000:5000 ET:8 Default Gateway MM:7 Rmac:02:00:00:00:50:09 ND:Router Flag'),
        },
        [`[3]:[100]:[32]:[${sourceAddress}]`]: { pmsi: { tunnelType: 'Ingress Replication', label: 100 } },
        [`[4]:[${esiText}]:[32]:[${sourceAddress}]`]: says(
          'ET:8 ES-Import-Rt:aa:bb:cc:dd:ee:ff DF: (alg: 2, pref: 32767)',
        ),
        '[5]:[0]:[24]:[198.51.100.0]': prefix,
        '[5]:[0]:[64]:[2001:db8:7::]': prefix,
      };
      for (const [route, own] of Object.entries(expected)) {
        expect(await pathOf(on.listener.frr, `${sourceAddress}:9 ${route}`), route).toMatchObject({
          ...common,
          ...own,
        });
      }
      note('FRR sorts communities, and shows neither the labels of type 1 nor the gateway of type 5');
    },
  );

  interop(
    {
      peer,
      what: 'Withdrawals by FRR, whose labels are 0 whatever the announcement’s were, take the routes away everywhere',
      standard: 'RFC 7432 §7.2',
    },
    async () => {
      await saidAll();
      const [route = ''] = Object.keys(held(on.direct, nveAddress)).filter((nlri) => announced[0]!.nlri.test(nlri));
      const withoutLabel = route.replace(/000064$/, '000000');
      const number = Number.parseInt(route.slice(16, 20), 16);
      on.nve.tenants.ip('link', 'del', 'host');
      const withdrawal = () => on.direct.messages.some(({ octets: message }) => hex(message).includes(withoutLabel));
      await until(withdrawal, { within: 10_000, what: 'FRR withdrawing the host with label 0' });
      const ofHost = (client: BgpClient) =>
        Object.keys(held(client, nveAddress)).filter((nlri) => nlri.includes(octets(hostMac)));
      await until(() => ofHost(on.observer).length === 0, { within: 10_000, what: 'the host to be withdrawn' });
      await forgotten(on.listener.frr, `${nveAddress}:${number} [2]:[0]:[48]:[${hostMac}]`);
      await same(
        () => held(on.observer, nveAddress),
        () => reflected(held(on.direct, nveAddress), nveAddress),
      );
    },
  );

  interop(
    {
      peer,
      what: 'FRR forgets routes that are withdrawn with other labels, gateways and ESIs than they were announced with',
      standard: 'RFC 7432 §7.2, RFC 9136 §3.1',
    },
    async () => {
      const at = { rd: rd(sourceAddress, 10) };
      on.source.send(
        announce(
          [
            ethernetAd({ ...at, esi, tag: 0, label: 100 }),
            macIp({ ...at, esi, mac: octets(otherMac), ip: '192.168.7.7', labels: [100, l3vni] }),
            ipPrefix({ ...at, prefix: '198.51.100.0/24', gateway: '192.168.7.1', label: l3vni }),
          ],
          { nextHop: sourceAddress },
        ),
      );
      const routes = [
        `[1]:[0]:[${esiText}]:[32]:[0.0.0.0]:[0]`,
        `[2]:[0]:[48]:[${otherMac}]:[32]:[192.168.7.7]`,
        '[5]:[0]:[24]:[198.51.100.0]',
      ].map((route) => `${sourceAddress}:10 ${route}`);
      for (const route of routes) await pathOf(on.listener.frr, route);
      on.source.send(
        withdraw([
          ethernetAd({ ...at, esi, tag: 0, label: 7 }),
          macIp({ ...at, mac: octets(otherMac), ip: '192.168.7.7', labels: [0] }),
          ipPrefix({ ...at, prefix: '198.51.100.0/24', gateway: '0.0.0.0', label: 0 }),
        ]),
      );
      for (const route of routes) await forgotten(on.listener.frr, route);
    },
  );

  const preference = async () => {
    const paths = [...(await pathsOf(on.listener.frr)).entries()].filter(([route]) => route.startsWith(nveAddress));
    return new Set(paths.flatMap(([, path]) => path.map(({ locPrf }) => locPrf)));
  };
  const prefers = (value: number) =>
    until(async () => isDeepStrictEqual(await preference(), new Set([value])), {
      within: 10_000,
      every: 100,
      what: `LOCAL_PREF ${value} at FRR`,
    });
  const atListener = (...lines: readonly string[]) =>
    on.listener.frr.configure('router bgp 65000', 'address-family l2vpn evpn', ...lines);
  interface PeerView {
    readonly address: string;
    readonly counters: { readonly messages: { readonly in: { readonly routeRefresh: number } } };
  }
  const viewOf = async (address: string): Promise<PeerView> =>
    (await on.nvad.get<{ peers: PeerView[] }>('/v1/peers')).peers.find((one) => one.address === address)!;
  const refreshes = async () => (await neighbourOf(on.listener.frr, reflector))!.messageStats.routeRefreshSent;

  interop(
    { peer, what: 'FRR asks for everything again, and a new policy holds for all of it', standard: 'RFC 2918' },
    async () => {
      await prefers(100);
      const asked = await refreshes();
      await atListener(`neighbor ${reflector} route-map preferred in`);
      await on.listener.frr.show('clear bgp l2vpn evpn * soft in');
      await prefers(333);
      expect(await refreshes()).toBeGreaterThan(asked);
      await until(
        async () => (await viewOf(listenerAddress)).counters.messages.in.routeRefresh === (await refreshes()),
        { within: 5000, every: 100, what: 'as many ROUTE-REFRESH at nvad as FRR sent' },
      );
      await atListener(`no neighbor ${reflector} route-map preferred in`);
      await on.listener.frr.show('clear bgp l2vpn evpn * soft in');
      await prefers(100);
      const neighbour = await neighbourOf(on.listener.frr, reflector);
      expect(neighbour).toMatchObject({ connectionsEstablished: 1, connectionsDropped: 0 });
    },
  );

  interop(
    {
      peer,
      what: 'Soft reconfiguration: a new policy holds for what FRR has kept, and it asks nothing',
      standard: 'RFC 4271 §3.1',
    },
    async () => {
      await atListener(`neighbor ${reflector} soft-reconfiguration inbound`);
      await prefers(100);
      const asked = await refreshes();
      await atListener(`neighbor ${reflector} route-map preferred in`);
      await on.listener.frr.show('clear bgp l2vpn evpn * soft in');
      await prefers(333);
      await atListener(`no neighbor ${reflector} route-map preferred in`);
      await on.listener.frr.show('clear bgp l2vpn evpn * soft in');
      await prefers(100);
      expect(await refreshes()).toBe(asked);
      const neighbour = await neighbourOf(on.listener.frr, reflector);
      expect(neighbour).toMatchObject({ connectionsEstablished: 1, connectionsDropped: 0 });
    },
  );

  interop(
    {
      peer,
      what: 'Enhanced route refresh: FRR hears where what it asked for begins and ends, and nvad hears it of FRR',
      standard: 'RFC 7313 §4',
    },
    async () => {
      const capabilities = (await neighbourOf(on.listener.frr, reflector))!.neighborCapabilities;
      expect(capabilities).toMatchObject({ enhancedRouteRefresh: 'advertisedAndReceived' });
      await atListener(`no neighbor ${reflector} soft-reconfiguration inbound`);
      await on.listener.frr.show('clear bgp l2vpn evpn * soft in');
      const logged = (pattern: RegExp) => on.listener.frr.log.match(pattern)?.length ?? 0;
      const answered = async () => logged(/10\.0\.0\.1\(.*rcvd route-refresh \(EoRR\)/g) === (await refreshes());
      await until(answered, { within: 10_000, every: 100, what: 'nvad’s answers to what FRR asked for' });
      const from = on.listener.frr.log.length;
      await on.listener.frr.show('clear bgp l2vpn evpn * soft in');
      const heard = () => [
        ...on.listener.frr.log.slice(from).matchAll(/10\.0\.0\.1\(.*? rcvd (?:route-refresh \((\w+)\)|RD (\S+))/g),
      ];
      await until(() => heard().some(([, marker]) => marker === 'EoRR'), { within: 10_000, what: 'EoRR at FRR' });
      const markers = heard().map(([, marker]) => marker ?? 'route');
      const begin = markers.indexOf('BoRR');
      const known = [...(await pathsOf(on.listener.frr)).values()]
        .flat()
        .filter(({ peer }) => peer.peerId === reflector);
      expect(known.length).toBeGreaterThan(vnis.length);
      expect(markers.slice(begin, markers.indexOf('EoRR') + 1)).toEqual([
        'BoRR',
        ...Array<string>(known.length).fill('route'),
        'EoRR',
      ]);

      const heardOfNve = async () => (await viewOf(nveAddress)).counters.messages.in.routeRefresh;
      const before = await heardOfNve();
      const { status } = await on.nvad.http(`/v1/peers/${nveAddress}/reset`, 'POST', { kind: 'soft' });
      expect(status).toBe(202);
      await until(async () => (await heardOfNve()) === before + 2, {
        within: 10_000,
        every: 100,
        what: 'BoRR and EoRR of FRR at nvad',
      });
    },
  );

  /** Each virtual network's flood route, once for each neighbour of nvad that hears of it. */
  async function floodLabels(): Promise<readonly (readonly number[])[]> {
    const paths = [...(await pathsOf(on.listener.frr))].filter(([route]) =>
      route.endsWith(`[3]:[0]:[32]:[${nveAddress}]`),
    );
    const atFrr = paths.flatMap(([, path]) => path.map(({ pmsi }) => pmsi?.label ?? Number.NaN));
    return [floods(on.observer).map(labelOf).sort(), atFrr.sort()];
  }
  const flooded = (labels: readonly number[]) =>
    until(async () => isDeepStrictEqual(await floodLabels(), [labels, labels]), {
      within: 20_000,
      every: 100,
      what: `the flood routes of ${labels.join(', ') || 'nothing'}`,
    });

  interop(
    {
      peer,
      what: 'Flood routes of three networks keep each its own label: after a route refresh asked by nvad, and after FRR’s restart',
      standard: 'RFC 6514 §5, RFC 8365 §5.1.3',
    },
    async () => {
      await flooded(vnis);
      const before = (await neighbourOf(on.nve.frr, reflector))!.messageStats.routeRefreshRecv;
      const withdrawals = on.observer.withdrawals;
      const { status } = await on.nvad.http(`/v1/peers/${nveAddress}/reset`, 'POST', { kind: 'soft' });
      expect(status).toBe(202);
      await until(
        async () => (await neighbourOf(on.nve.frr, reflector))!.messageStats.routeRefreshRecv === before + 1,
        { within: 5000, what: 'nvad’s ROUTE-REFRESH at FRR' },
      );
      await flooded(vnis);
      expect(on.observer.withdrawals).toBe(withdrawals);

      on.nve.frr.stop();
      await flooded([]);
      expect(held(on.observer, nveAddress)).toEqual({});
      on.announce();
      await flooded(vnis);
    },
  );
});
