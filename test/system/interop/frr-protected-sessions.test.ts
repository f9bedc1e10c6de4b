import { afterAll, beforeAll, describe, expect } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { inclusiveMulticast, macIp, macOf, rd } from '../support/evpn-routes.ts';
import { frrName, hasFrr } from '../support/frr.ts';
import { announce } from '../support/messages.ts';
import { isRoot } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { Nve } from '../support/nve.ts';
import { reflector, reflector6, Underlay } from '../support/underlay.ts';
import { until } from '../support/until.ts';
import { bgpd } from './support/frr-config.ts';
import { established, pathsOf } from './support/frr-view.ts';
import { interop } from './support/matrix.ts';

const client = '10.0.0.101';
const password = 'one-secret';

/** Each router has a session over IPv4 and one over IPv6, both protected in its way. */
const routers = [
  {
    what: 'TCP-MD5',
    standard: 'RFC 2385',
    host: 11,
    frr: [`password ${password}`],
    nvad: { password },
    shown: { tcpMd5: true, ttlSecurity: null },
  },
  {
    what: 'GTSM',
    standard: 'RFC 5082',
    host: 12,
    frr: ['ttl-security hops 1'],
    nvad: { ttlSecurity: 1 },
    shown: { tcpMd5: false, ttlSecurity: 1 },
  },
  {
    what: 'TCP-MD5 and GTSM',
    standard: 'RFC 2385, RFC 5082',
    host: 13,
    frr: [`password ${password}`, 'ttl-security hops 1'],
    nvad: { password, ttlSecurity: 1 },
    shown: { tcpMd5: true, ttlSecurity: 1 },
  },
] as const;
const addressesOf = (host: number) => [`10.0.0.${host}`, `fd00:10::${host}`] as const;

const entries = routers.flatMap(({ host, nvad }) =>
  addressesOf(host).map((address) => `  - ${JSON.stringify({ address, ...nvad })}`),
);
const config = `
domain: dc1
asn: 65000
routerId: ${reflector}
listen: ["${reflector}:179", "[${reflector6}]:179"]
nves:
  - address: ${client}
${entries.join('\n')}
api: { listen: "127.0.0.1:8080" }
`;

interface PeerView {
  readonly address: string;
  readonly state: string;
  readonly tcpMd5: boolean;
  readonly ttlSecurity: number | null;
}

describe.runIf(isRoot && hasFrr)('protected sessions with FRR', () => {
  const peer = frrName();
  const bench = new Bench();
  const nves = new Map<number, Nve>();
  let nvad: Nvad;
  let raw: BgpClient;

  beforeAll(async () => {
    const underlay = new Underlay(bench);
    underlay.addresses(client);
    nvad = await bench.nvad(underlay.nva, config).up();
    for (const { host, frr } of routers) {
      const [address, address6] = addressesOf(host);
      const nve = new Nve(bench, underlay, address, { more: [address6] });
      nve.join(100);
      const lines = ['remote-as 65000', ...frr];
      nve.start({ bgpd: bgpd({ id: address, neighbours: { [reflector]: lines, [reflector6]: lines } }) });
      nves.set(host, nve);
    }
    raw = bench.client(underlay.nva, { localAddress: client, host: reflector });
    await raw.establish({ asn: 65000, id: client });
  });
  afterAll(() => bench.clear());

  for (const { what, standard, host, shown } of routers) {
    interop({ peer, what: `${what}, over IPv4 and IPv6; routes both ways`, standard }, async () => {
      const { frr, address } = nves.get(host)!;
      for (const neighbour of [reflector, reflector6]) await established(frr, neighbour);
      const { peers } = await nvad.get<{ peers: PeerView[] }>('/v1/peers');
      for (const address of addressesOf(host)) {
        expect(peers.find((one) => one.address === address)).toMatchObject(shown);
      }
      raw.send(announce([macIp({ rd: rd(client, 1), mac: macOf(1) })], { nextHop: client }));
      const route = `${client}:1 [2]:[0]:[48]:[02:00:00:00:00:01]`;
      const heardOf = async () =>
        (await pathsOf(frr))
          .get(route)
          ?.map(({ peer }) => peer.peerId)
          .sort();
      await until(async () => (await heardOf())?.join() === [reflector, reflector6].join(), {
        within: 10_000,
        every: 100,
        what: `${route} over both sessions`,
      });
      await raw.route(inclusiveMulticast({ rd: rd(address, 2), originator: address }));
    });
  }
});
