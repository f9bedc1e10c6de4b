import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { address, hex, unhex } from '../support/bytes.ts';
import { macIp, rd } from '../support/evpn-routes.ts';
import { frrName, hasFrr } from '../support/frr.ts';
import { announce, encapsulationVxlan, macMobility, routeTarget, withdraw } from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { Nve } from '../support/nve.ts';
import { reflector, Underlay } from '../support/underlay.ts';
import { until } from '../support/until.ts';
import { bgpd } from './support/frr-config.ts';
import { forgotten, pathOf, pathsOf } from './support/frr-view.ts';
import { interop } from './support/matrix.ts';

const [here, there] = ['10.0.0.11', '10.0.0.12'] as const;
const sourceAddress = '10.0.0.101';
const observerAddress = '10.0.0.102';
const config = `
domain: dc1
asn: 65000
routerId: ${reflector}
listen: ["${reflector}:179"]
nves: [{ prefix: 10.0.0.0/24 }]
api: { listen: "127.0.0.1:8080" }
`;
const moverMac = '02:00:00:00:10:01';
const moverAddress = '192.168.100.1';
const stickyMac = '02:00:00:00:99:01';
const EXTENDED_COMMUNITIES = 16;
const octets = (text: string) => hex(unhex(text));

/** Where a MAC address is: next hop, and sequence number, if there is one. */
type Place = readonly [nextHop: string, sequence: number | undefined];

describe.runIf(isRoot && hasFrr)('MAC mobility between FRR routers', () => {
  const peer = frrName();
  const bench = new Bench();
  let nvad: Nvad;
  const nves: Nve[] = [];
  const steady: Namespace[] = [];
  let mover: Namespace;
  let source: BgpClient;
  let observer: BgpClient;

  beforeAll(async () => {
    const underlay = new Underlay(bench);
    underlay.addresses(sourceAddress, observerAddress);
    mover = bench.namespace('mover');
    // A host that gets its address tells the others at once.
    mover.sysctl('net.ipv4.conf.all.arp_notify', 1);
    mover.sysctl('net.ipv6.conf.default.disable_ipv6', 1);
    for (const [index, nveAddress] of [here, there].entries()) {
      const nve = new Nve(bench, underlay, nveAddress);
      nve.join(100);
      nve.plug(mover, `eth${index}`, 'mover', 'br100');
      const host = bench.namespace('steady');
      nve.plug(host, 'eth0', 'steady', 'br100');
      host.ip('address', 'add', `192.168.100.1${index}/24`, 'dev', 'eth0');
      nve.start({ bgpd: bgpd({ id: nveAddress }) });
      nves.push(nve);
      steady.push(host);
    }
    nves[0]!.tenants.run('bridge', 'fdb', 'add', stickyMac, 'dev', 'steady', 'master', 'sticky', 'static');
    nvad = await bench.nvad(underlay.nva, config).up();
    const client = (localAddress: string) =>
      bench.client(underlay.nva, { localAddress, host: reflector }).establish({ asn: 65000, id: localAddress });
    source = await client(sourceAddress);
    observer = await client(observerAddress);
  });
  afterAll(() => bench.clear());

  const routesOf = (mac: string) =>
    [...observer.routes.values()].filter(({ nlri }) => nlri.includes(`30${octets(mac)}00`));

  /** What nvad reflects of a MAC address. */
  function places(mac: string): readonly Place[] {
    return routesOf(mac)
      .map(({ nextHop, attributes }): Place => {
        const [, digits] = /0600..00(.{8})/.exec(attributes.get(EXTENDED_COMMUNITIES)?.value ?? '') ?? [];
        return [unhex(nextHop).join('.'), digits === undefined ? undefined : Number.parseInt(digits, 16)];
      })
      .sort();
  }
  const isAt = (mac: string, ...expected: readonly Place[]) =>
    until(() => isDeepStrictEqual(places(mac), expected), {
      within: 10_000,
      what: () => `${mac} at ${JSON.stringify(expected)}; it is at ${JSON.stringify(places(mac))}`,
    });

  /** The NVE to which a router's kernel sends what is for a MAC address; undefined when it is not behind a tunnel. */
  function tunnelAt(nve: Nve, mac: string): string | undefined {
    const entries = nve.tenants.run('bridge', 'fdb', 'show', 'dev', 'vxlan100');
    return new RegExp(`^${mac} dst (\\S+)`, 'm').exec(entries)?.[1];
  }
  const sendsTo = (nve: Nve, mac: string, nextHop: string) =>
    until(() => tunnelAt(nve, mac) === nextHop, {
      within: 10_000,
      every: 100,
      what: `${nve.address} sending what is for ${mac} to ${nextHop}`,
    });

  /** The mover's addresses go from one of its links to the other; the link that it leaves stays up. */
  function move(from: string | undefined, to: string): void {
    if (from !== undefined) {
      mover.ip('address', 'flush', 'dev', from);
      mover.ip('link', 'set', 'dev', from, 'address', '02:00:00:00:10:f1');
    }
    mover.ip('address', 'add', `${moverAddress}/24`, 'dev', to);
    mover.ip('link', 'set', 'dev', to, 'address', moverMac);
  }
  const reached = () =>
    until(
      async () => {
        const pings = steady.map((host) => host.succeeds('ping', '-q', '-c', '1', '-W', '0.3', moverAddress));
        return (await Promise.all(pings)).every(Boolean);
      },
      { within: 10_000, every: 100, what: 'pings to the mover from behind both routers' },
    );

  interop(
    { peer, what: 'A host moves there and back: sequences 1 and 2, and traffic follows', standard: 'RFC 7432 §15' },
    async () => {
      move(undefined, 'eth0');
      await isAt(moverMac, [here, undefined]);
      await sendsTo(nves[1]!, moverMac, here);
      await reached();
      move('eth0', 'eth1');
      await isAt(moverMac, [there, 1]);
      await sendsTo(nves[0]!, moverMac, there);
      await reached();
      move('eth1', 'eth0');
      await isAt(moverMac, [here, 2]);
      await sendsTo(nves[1]!, moverMac, here);
      await reached();
    },
  );

  const path = (from: readonly number[], mac: string, localPref: number, mobility: readonly (readonly number[])[]) =>
    announce([macIp({ rd: from, mac: octets(mac), labels: [100] })], {
      nextHop: sourceAddress,
      localPref,
      extendedCommunities: [routeTarget(65000, 100), encapsulationVxlan, ...mobility],
    });
  /** The RD under which the router `here` announces a MAC address. */
  function rdHere(mac: string): number[] {
    const nextHop = hex(address(here));
    return unhex(
      routesOf(mac)
        .find((route) => route.nextHop === nextHop)
        ?.nlri.slice(4, 20) ?? '',
    );
  }
  const own = rd(sourceAddress, 1);
  const without = (from: readonly number[], mac: string) => withdraw([macIp({ rd: from, mac: octets(mac) })]);

  interface Routes {
    readonly routes: readonly { readonly mac: string; readonly rd: string; readonly key: string }[];
  }
  /** The step that decided between the paths under the RD of the router `here`. */
  async function decisionOn(mac: string): Promise<string> {
    const { routes } = await nvad.get<Routes>('/v1/routes');
    const key = routes.find((route) => route.mac === mac && route.rd.startsWith(`${here}:`))?.key ?? '';
    return (await nvad.get<{ decision: { step: string } }>(`/v1/routes/${encodeURIComponent(key)}`)).decision.step;
  }
  const atFrr = (mac: string) => pathOf(nves[1]!.frr, `${sourceAddress}:1 [2]:[0]:[48]:[${mac}]`);

  interop(
    {
      peer,
      what: 'The sequence number decides before LOCAL_PREF: at nvad between paths of one RD, at FRR between RDs',
      standard: 'RFC 7432 §15',
    },
    async () => {
      await isAt(moverMac, [here, 2]);
      const first = rdHere(moverMac);
      source.send(path(first, moverMac, 500, []), path(own, moverMac, 500, [macMobility(1)]));
      await isAt(moverMac, [sourceAddress, 1], [here, 2]);
      expect(await decisionOn(moverMac)).toBe('mobility-sequence');
      expect((await atFrr(moverMac)).locPrf).toBe(500);
      await reached();
      expect(tunnelAt(nves[1]!, moverMac)).toBe(here);

      source.send(without(first, moverMac), path(own, moverMac, 1, [macMobility(9)]));
      // FRR takes its own route back: the host is elsewhere.
      await isAt(moverMac, [sourceAddress, 9]);
      for (const nve of nves) await sendsTo(nve, moverMac, sourceAddress);
      source.send(without(own, moverMac));
      await reached();
    },
  );

  interop(
    {
      peer,
      what: 'A sticky MAC stays, whatever sequence number and LOCAL_PREF are announced for it elsewhere, and whoever uses it',
      standard: 'RFC 7432 §15.2',
    },
    async () => {
      await isAt(stickyMac, [here, 0]);
      expect(routesOf(stickyMac).map(({ attributes }) => attributes.get(EXTENDED_COMMUNITIES)?.value)).toEqual([
        expect.stringContaining(hex(macMobility(0, true))),
      ]);
      await sendsTo(nves[1]!, stickyMac, here);
      source.send(
        path(rdHere(stickyMac), stickyMac, 500, [macMobility(9)]),
        path(own, stickyMac, 500, [macMobility(9)]),
      );
      await isAt(stickyMac, [sourceAddress, 9], [here, 0]);
      expect(await decisionOn(stickyMac)).toBe('sticky-mac');
      expect((await atFrr(stickyMac)).locPrf).toBe(500);
      // A host behind the other router takes the address for its own; its packets are heard, its move is not.
      steady[1]!.ip('link', 'set', 'eth0', 'address', stickyMac);
      await steady[1]!.succeeds('ping', '-q', '-c', '1', '-W', '0.3', moverAddress);
      source.send(without(own, stickyMac), without(rdHere(stickyMac), stickyMac));
      await isAt(stickyMac, [here, 0]);
      // FRR would take a route of its own for the address into its table at once, and keep it.
      await forgotten(nves[1]!.frr, `${sourceAddress}:1 [2]:[0]:[48]:[${stickyMac}]`);
      expect(tunnelAt(nves[1]!, stickyMac)).toBe(here);
      const routes = [...(await pathsOf(nves[1]!.frr)).keys()].filter((route) => route.includes(stickyMac));
      expect(routes).toEqual([expect.stringMatching(`^${here}:`)]);
    },
  );
});
