import { afterAll, beforeAll, describe, expect } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { inclusiveMulticast, macIp, macOf, rd } from '../support/evpn-routes.ts';
import { frrName, hasFrr } from '../support/frr.ts';
import { announce, routeTarget } from '../support/messages.ts';
import { isRoot } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { Nve } from '../support/nve.ts';
import { reflector, reflector6, Underlay } from '../support/underlay.ts';
import { until } from '../support/until.ts';
import { bgpd } from './support/frr-config.ts';
import { established, pathOf } from './support/frr-view.ts';
import { interop } from './support/matrix.ts';

const client = '10.0.0.101';
const config = `
domain: dc1
asn: 65000
routerId: ${reflector}
listen: ["${reflector}:179", "[${reflector6}]:179"]
nves:
  - prefix: 10.0.0.0/24
  - prefix: fd00:10::/64
  - address: 10.0.0.13
  - address: fd00:10::14
api: { listen: "127.0.0.1:8080" }
`;

/** Which end dials, and over what. */
const routers = [
  { what: 'IPv4, a neighbour from a prefix', address: '10.0.0.11', neighbour: reflector, dialled: false },
  { what: 'IPv6, a neighbour from a prefix', address: 'fd00:10::12', neighbour: reflector6, dialled: false },
  { what: 'IPv4, a configured neighbour that nvad dials', address: '10.0.0.13', neighbour: reflector, dialled: true },
  {
    what: 'IPv6, a configured neighbour that nvad dials',
    address: 'fd00:10::14',
    neighbour: reflector6,
    dialled: true,
  },
] as const;

interface PeerView {
  readonly address: string;
  readonly port: number;
  readonly state: string;
  readonly origin: string;
  readonly capabilities: Readonly<Record<'sent' | 'received', { readonly families: readonly string[] }>>;
}

describe.runIf(isRoot && hasFrr)('sessions with FRR', () => {
  const peer = frrName();
  const bench = new Bench();
  const nves = new Map<string, Nve>();
  let nvad: Nvad;
  let raw: BgpClient;

  const viewOf = async (address: string) =>
    (await nvad.get<{ peers: PeerView[] }>('/v1/peers')).peers.find((one) => one.address === address);

  beforeAll(async () => {
    const underlay = new Underlay(bench);
    underlay.addresses(client);
    const later: (() => void)[] = [];
    for (const [index, { address, neighbour, dialled }] of routers.entries()) {
      const vtep = `10.0.0.1${index + 1}`;
      const nve = new Nve(bench, underlay, vtep, address === vtep ? {} : { more: [address] });
      nve.join(100);
      nves.set(address, nve);
      const lines = ['remote-as 65000', ...(dialled ? ['passive'] : [])];
      const start = () => nve.start({ bgpd: bgpd({ id: vtep, neighbours: { [neighbour]: lines } }) });
      if (dialled) start();
      else later.push(start);
    }
    nvad = await bench.nvad(underlay.nva, config).up();
    // Those that are there when nvad starts it would ask for a session, though they are not configured.
    for (const start of later) start();
    raw = bench.client(underlay.nva, { localAddress: client, host: reflector });
    await raw.establish({ asn: 65000, id: client });
  });
  afterAll(() => bench.clear());

  for (const { what, address, neighbour, dialled } of routers) {
    interop({ peer, what: `Session over ${what}; routes both ways`, standard: 'RFC 4271' }, async () => {
      const nve = nves.get(address)!;
      await established(nve.frr, neighbour);
      expect(await nve.frr.show('show version')).toContain(peer.replace('FRR', 'FRRouting'));
      const view = await until(async () => (await viewOf(address))?.state === 'Established' && viewOf(address), {
        within: 5000,
        what: `the session with ${address} at nvad`,
      });
      expect(view.origin).toBe(dialled ? 'static' : 'dynamic');
      expect(view.port === 179).toBe(dialled);

      const mac = macOf(1);
      raw.send(announce([macIp({ rd: rd(client, 1), mac })], { nextHop: client }));
      const path = await pathOf(nve.frr, `${client}:1 [2]:[0]:[48]:[02:00:00:00:00:01]`);
      expect(path.nexthops.map(({ ip }) => ip)).toEqual([client]);
      const flood = inclusiveMulticast({ rd: rd(nve.address, 2), originator: nve.address });
      await raw.route(flood);
    });
  }

  interop({ peer, what: 'RT-Constrain', standard: 'RFC 4684' }, async ({ limit }) => {
    const [{ address, neighbour }] = routers;
    const { frr } = nves.get(address)!;
    await established(frr, neighbour);
    const { capabilities } = (await viewOf(address))!;
    expect(capabilities.sent.families).toEqual(['evpn', 'rt-constrain']);
    expect(capabilities.received.families).toEqual(['evpn']);
    // It has no such network, and hears of it nevertheless.
    const route = macIp({ rd: rd(client, 2), mac: macOf(2), labels: [999] });
    raw.send(announce([route], { nextHop: client, extendedCommunities: [routeTarget(65000, 999)] }));
    await pathOf(frr, `${client}:2 [2]:[0]:[48]:[02:00:00:00:00:02]`);
    limit('FRR does not speak it, and is sent every route, but with `interest: derived`');
  });
});
