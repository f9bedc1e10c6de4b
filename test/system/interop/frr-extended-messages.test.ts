import { afterAll, beforeAll, describe, expect } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { hex } from '../support/bytes.ts';
import { macIp, macOf, rd } from '../support/evpn-routes.ts';
import { frrName, hasFrr } from '../support/frr.ts';
import { announce, capability, withdraw } from '../support/messages.ts';
import { isRoot } from '../support/namespace.ts';
import { Nve } from '../support/nve.ts';
import { reflector, Underlay } from '../support/underlay.ts';
import { until } from '../support/until.ts';
import { bgpd } from './support/frr-config.ts';
import { established, neighbourOf } from './support/frr-view.ts';
import { interop } from './support/matrix.ts';

const LARGEST = 65_535;
const STANDARD = 4096;
const router = '10.0.0.11';
const [sourceAddress, largeAddress, smallAddress] = ['10.0.0.101', '10.0.0.102', '10.0.0.103'] as const;
/** Neighbours of the router: a client of its reflection, and one that is none. */
const [memberAddress, besideAddress] = ['10.0.0.104', '10.0.0.105'] as const;
const config = `
domain: dc1
asn: 65000
routerId: ${reflector}
listen: ["${reflector}:179"]
nves: [{ prefix: 10.0.0.0/24 }]
api: { listen: "127.0.0.1:8080" }
`;

/** An attribute that grows over 255 octets has a length of two. */
const LONGER_LENGTH = 1;

/** Routes of one client that fill one UPDATE to the last octet: MAC addresses, some with an IP address. */
function filling(client: string): readonly (readonly number[])[] {
  const route = (index: number, ip: boolean) =>
    macIp({ rd: rd(client, 1), mac: macOf(index), ...(ip && { ip: '192.0.2.1' }) });
  const [short, long] = [route(0, false).length, route(0, true).length];
  const room = LARGEST - announce([], { nextHop: client, asPath: [] }).length - LONGER_LENGTH;
  for (let longs = 0; longs < short; longs++) {
    const shorts = (room - longs * long) / short;
    if (!Number.isInteger(shorts)) continue;
    return Array.from({ length: shorts + longs }, (_, index) => route(index, index < longs));
  }
  throw new Error(`${room} octets are no sum of ${short} and ${long}`);
}

describe.runIf(isRoot && hasFrr)('extended messages of and to FRR', () => {
  const peer = frrName();
  const bench = new Bench();
  let frr: Nve['frr'];
  let source: BgpClient;
  let large: BgpClient;
  let small: BgpClient;
  let member: BgpClient;
  let beside: BgpClient;

  beforeAll(async () => {
    const underlay = new Underlay(bench);
    underlay.addresses(sourceAddress, largeAddress, smallAddress);
    const raw = underlay.node('raw', memberAddress, besideAddress);
    const calls = await Promise.all([memberAddress, besideAddress].map((address) => bench.called(raw, address)));
    const nve = new Nve(bench, underlay, router);
    const neighbours = Object.fromEntries(
      [reflector, memberAddress, besideAddress].map((address) => [address, ['remote-as 65000']]),
    );
    const evpnNeighbours = { [memberAddress]: ['route-reflector-client'] };
    frr = nve.start({ bgpd: bgpd({ id: router, neighbours, evpnNeighbours, evpn: [] }) });
    await bench.nvad(underlay.nva, config).up();

    const { evpn, routeRefresh, extendedMessage, gracefulRestart, asn4 } = capability;
    const capabilities = [evpn, routeRefresh, extendedMessage, gracefulRestart, asn4(65000)];
    const client = (localAddress: string) => bench.client(underlay.nva, { localAddress, host: reflector });
    const open = (one: BgpClient) => one.establish({ asn: 65000, id: one.address, capabilities });
    source = await open(client(sourceAddress));
    large = await open(client(largeAddress));
    small = await client(smallAddress).establish({ asn: 65000, id: smallAddress });
    [member, beside] = (await Promise.all(calls.map(async (call) => open(await call())))) as [BgpClient, BgpClient];
    await established(frr, reflector);
  });
  afterAll(() => bench.clear());

  const largest = (client: BgpClient) => Math.max(...client.messages.map(({ octets }) => octets.length));
  const prefixes = async () => {
    const summary = await frr.json<{ peers: Record<string, { pfxRcd: number }> }>('show bgp l2vpn evpn summary');
    return summary?.peers[reflector]?.pfxRcd;
  };
  const updates = async () => (await neighbourOf(frr, reflector))!.messageStats.updatesRecv;
  const holdsAll = async (routes: readonly (readonly number[])[], ...clients: readonly BgpClient[]) => {
    for (const client of clients) {
      await client.holdsNumber(routes.length);
      expect([...client.routes.values()].map(({ nlri }) => nlri).sort()).toEqual(routes.map(hex).sort());
    }
  };

  interop(
    {
      peer,
      what: 'An UPDATE of 65,535 octets reaches FRR in messages as large, and in messages of 4,096 whoever knows no larger ones',
      standard: 'RFC 8654 §4',
    },
    async () => {
      const routes = filling(sourceAddress);
      const message = announce(routes, { nextHop: sourceAddress });
      expect(message).toHaveLength(LARGEST);
      const before = await updates();
      source.send(message);
      await holdsAll(routes, large, small);
      await until(async () => (await prefixes()) === routes.length, {
        within: 10_000,
        every: 100,
        what: `${routes.length} prefixes at FRR`,
      });
      // The attributes that a reflector adds have to fit in as well.
      expect((await updates()) - before).toBe(2);
      expect(largest(large)).toBeGreaterThan(LARGEST - 100);
      expect(largest(small)).toBeLessThanOrEqual(STANDARD);
      source.send(withdraw(routes));
      await holdsAll([], large, small);
      await until(async () => (await prefixes()) === 0, { within: 10_000, every: 100, what: 'no prefix at FRR' });
    },
  );

  interop({ peer, what: 'UPDATEs of 65,000 octets that FRR sends', standard: 'RFC 8654 §4' }, async () => {
    const routes = filling(memberAddress);
    member.send(announce(routes, { nextHop: memberAddress }));
    await holdsAll(routes, beside, large, small);
    expect(largest(beside)).toBeGreaterThan(LARGEST - 1000);
  });
});
