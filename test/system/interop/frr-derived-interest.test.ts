import { afterAll, beforeAll, describe, expect } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { macIp, macOf, rd } from '../support/evpn-routes.ts';
import { type Frr, frrName, hasFrr } from '../support/frr.ts';
import { announce, encapsulationVxlan, routeTarget, withdraw } from '../support/messages.ts';
import { isRoot } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { Nve } from '../support/nve.ts';
import { reflector, Underlay } from '../support/underlay.ts';
import { until } from '../support/until.ts';
import { bgpd } from './support/frr-config.ts';
import { established, pathsOf } from './support/frr-view.ts';
import { interop } from './support/matrix.ts';

const client = '10.0.0.101';
/** The client, which announces what it likes, has no VNIs: it is sent everything. */
const config = `
domain: dc1
asn: 65000
routerId: ${reflector}
listen: ["${reflector}:179"]
nves:
  - { prefix: 10.0.0.0/24, interest: derived }
  - { address: ${client}, passive: true }
api: { listen: "127.0.0.1:8080" }
`;

/** Virtual networks by NVE. */
const networks = { '10.0.0.11': [100, 200], '10.0.0.12': [100], '10.0.0.13': [300] } as const;
type Address = keyof typeof networks;

interface PeerView {
  readonly egress: { readonly interest: { readonly from: string; readonly routeTargets: readonly string[] } };
}

describe.runIf(isRoot && hasFrr)('interest that is derived, of FRR', () => {
  const peer = frrName();
  const bench = new Bench();
  const nves = new Map<string, Nve>();
  let nvad: Nvad;
  let raw: BgpClient;

  const nve = (address: Address) => nves.get(address) as Nve;
  const interest = async (address: Address) => (await nvad.get<PeerView>(`/v1/peers/${address}`)).egress.interest;

  beforeAll(async () => {
    const underlay = new Underlay(bench);
    underlay.addresses(client);
    nvad = await bench.nvad(underlay.nva, config).up();
    for (const [address, vnis] of Object.entries(networks)) {
      const one = new Nve(bench, underlay, address);
      for (const vni of vnis) one.join(vni);
      one.start({ bgpd: bgpd({ id: address }) });
      nves.set(address, one);
    }
    raw = bench.client(underlay.nva, { localAddress: client, host: reflector });
    await raw.establish({ asn: 65000, id: client });
    for (const { frr } of nves.values()) await established(frr, reflector);
  });
  afterAll(() => bench.clear());

  /** What a router was told by nvad: whose route, by its RD, and of which route target. */
  async function heard(frr: Frr): Promise<string[]> {
    const found = new Set<string>();
    for (const [route, paths] of await pathsOf(frr)) {
      for (const path of paths.filter(({ peer: { peerId } }) => peerId === reflector)) {
        found.add(`${route.split(':')[0]} ${/RT:(\S+)/.exec(path.extendedCommunity?.string ?? '')?.[1]}`);
      }
    }
    return [...found].sort();
  }

  async function hears(address: Address, ...expected: readonly string[]): Promise<void> {
    let last: readonly string[] = [];
    await until(
      async () => {
        last = await heard(nve(address).frr);
        return last.join() === [...expected].sort().join();
      },
      { within: 10_000, every: 100, what: () => `${expected} at ${address}; there is ${last}` },
    );
  }

  const remote = (vni: number) => macIp({ rd: rd(client, vni), mac: macOf(vni), labels: [vni] });

  interop(
    { peer, what: '`interest: derived`: routes of the VNIs that it has, and no others', standard: 'RFC 8365 §5.1.2.1' },
    async () => {
      await hears('10.0.0.11', '10.0.0.12 65000:100');
      await hears('10.0.0.12', '10.0.0.11 65000:100');
      await hears('10.0.0.13');
      expect(await interest('10.0.0.11')).toMatchObject({ from: 'derived', routeTargets: ['*:100', '*:200'] });
      expect(await interest('10.0.0.13')).toMatchObject({ from: 'derived', routeTargets: ['*:300'] });
      await raw.holdsNumber(4);
    },
  );

  interop(
    { peer, what: '`interest: derived`: a route target of another AS is imported', standard: 'RFC 8365 §5.1.2.1' },
    async () => {
      for (const vni of [100, 200]) {
        const extendedCommunities = [routeTarget(64999, vni), encapsulationVxlan];
        raw.send(announce([remote(vni)], { nextHop: client, extendedCommunities }));
      }
      await hears('10.0.0.12', '10.0.0.11 65000:100', `${client} 64999:100`);
      // It is in the network, and not merely in the table.
      await until(
        async () => (await nve('10.0.0.12').frr.show('show evpn mac vni 100')).includes('02:00:00:00:00:64'),
        {
          within: 5000,
          what: 'the MAC address in VNI 100',
        },
      );
      await hears('10.0.0.11', '10.0.0.12 65000:100', `${client} 64999:100`, `${client} 64999:200`);
      await hears('10.0.0.13');
    },
  );

  interop(
    { peer, what: '`interest: derived`: with a VNI come the routes that it missed', standard: 'RFC 4684 §6' },
    async () => {
      nve('10.0.0.13').join(100);
      await hears('10.0.0.13', '10.0.0.11 65000:100', '10.0.0.12 65000:100', `${client} 64999:100`);
      await hears('10.0.0.12', '10.0.0.11 65000:100', '10.0.0.13 65000:100', `${client} 64999:100`);
      expect((await interest('10.0.0.13')).routeTargets).toEqual(['*:300', '*:100']);
    },
  );

  interop({ peer, what: '`interest: derived`: with a VNI go its routes', standard: 'RFC 4684 §6' }, async () => {
    nve('10.0.0.13').namespace.ip('link', 'delete', 'vxlan100');
    await hears('10.0.0.13');
    await hears('10.0.0.12', '10.0.0.11 65000:100', `${client} 64999:100`);
    raw.send(withdraw([remote(100), remote(200)]));
    await hears('10.0.0.11', '10.0.0.12 65000:100');
    const { log } = nve('10.0.0.13').frr;
    expect(log).not.toMatch(/NOTIFICATION/);
  });
});
