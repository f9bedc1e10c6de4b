import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { hex } from '../support/bytes.ts';
import { macIp, macOf, rd } from '../support/evpn-routes.ts';
import {
  type Behaviour,
  HostileNeighbour,
  type HostileReport,
  hostileHosts,
  hostileVni,
} from '../support/hostile-neighbour.ts';
import { announce, withdraw } from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';

const LOCAL = 3;
/** Routes that an NVE announces and withdraws while the neighbour does what it does. */
const MANY = 20_000;
const ASN = 65001;
const ADDRESS = '127.0.9.1';
/** Octets of nvad at most while a neighbour that may have 100,000 routes does what it can. */
const MOST_MEMORY = 512 * 2 ** 20;

const config = `
domain: dc1
asn: 65000
routerId: 10.255.0.1
listen: ["127.0.0.1:179"]
nves:
  - { prefix: 127.0.1.0/24, passive: true }
virtualNetworks:
  - { name: web, vni: ${hostileVni}, service: l2 }
federation:
  - domain: dc2
    address: ${ADDRESS}
    asn: ${ASN}
    passive: true
    virtualNetworks: all
    keepStale: 1
    limits: { routes: ${hostileHosts}, perNetwork: ${hostileHosts} }
api: { listen: "127.0.0.1:8080" }
`;

const routeOf = (owner: number, host: number) =>
  macIp({ rd: rd(`127.0.1.${owner + 1}`, hostileVni), mac: macOf(owner * 0x10000 + host), labels: [hostileVni] });

/** nvad, three NVEs that churn, and a neighbour domain that behaves badly in one way after the other: needs root. */
describe.runIf(isRoot)('a hostile neighbour domain', () => {
  let bench: Bench;
  let net: Namespace;
  let nvad: Nvad;
  const nves: BgpClient[] = [];
  const standing: number[][] = [];
  let chatter: NodeJS.Timeout | undefined;
  let peak = 0;

  /** Every NVE says something new, and takes a route back. */
  function talk(): void {
    peak = Math.max(peak, nvad.residentOctets());
    for (const [owner, nve] of nves.entries()) {
      const routes = standing[owner];
      const next = (routes.at(-1) ?? 0) + 1;
      nve.send(announce([routeOf(owner, next)], { nextHop: `127.0.1.${owner + 1}` }));
      routes.push(next);
      if (routes.length > 100) nve.send(withdraw([routeOf(owner, routes.shift() as number)]));
    }
  }

  beforeAll(async () => {
    bench = new Bench();
    net = bench.namespace('lo');
    nvad = await bench.nvad(net, config).up();
    for (let i = 0; i < LOCAL; i++) {
      const nve = bench.client(net, { localAddress: `127.0.1.${i + 1}` });
      nves.push(await nve.establish({ asn: 65000, id: nve.address }));
      nve.keepMessages = false;
      standing.push([]);
    }
    chatter = setInterval(talk, 20);
  });
  afterEach(() => {
    for (const nve of nves) expect(nve.closed).toBe(false);
    expect(peak).toBeLessThan(MOST_MEMORY);
  });
  afterAll(async () => {
    clearInterval(chatter);
    await bench.clear();
  });

  /** What each NVE is to hold of the others', and nothing of the neighbour's. */
  async function ownAlone(): Promise<void> {
    clearInterval(chatter);
    for (const [reader, nve] of nves.entries()) {
      const expected = standing
        .flatMap((routes, owner) => (owner === reader ? [] : routes.map((host) => hex(routeOf(owner, host)))))
        .sort();
      const held = () => [...nve.routes.values()].map(({ nlri }) => nlri).sort();
      await until(() => nve.routes.size === expected.length && held().join() === expected.join(), {
        within: 60_000,
        what: () => `the ${expected.length} routes of its neighbours at ${nve.address}, which has ${nve.routes.size}`,
      });
    }
    chatter = setInterval(talk, 20);
  }

  const behaviours: readonly [Behaviour, string, (report: HostileReport) => boolean][] = [
    ['routes', '100,000 routes come and go as fast as they are taken', ({ routes }) => routes >= 4 * hostileHosts],
    ['flaps', '10,000 MAC addresses flap', ({ routes }) => routes >= 60_000],
    // A session that ends is let in again after a second, and then after twice as long each time (RFC 4271 §8.1).
    ['malformed', 'malformed UPDATEs are sent', ({ sessions, cases }) => sessions >= 5 && cases >= 5],
    ['deaf', 'it reads nothing', ({ routes }) => routes > 0],
    ['resets', 'a session is asked for ten times a second, and ended', ({ sessions }) => sessions >= 5],
  ];

  it.each(behaviours)(
    '%s: %s, and NVEs of ours hear of each other all the same',
    { timeout: 300_000 },
    async (behaviour, _, isEnough) => {
      const neighbour = HostileNeighbour.in(net, { host: '127.0.0.1', localAddress: ADDRESS, asn: ASN, behaviour });
      bench.defer(() => neighbour.kill());
      await neighbour.reported(isEnough, 120_000);
      // What is said now is heard while it goes on, and is what it would be told.
      const many = Array.from({ length: MANY / 100 }, (_, i) =>
        Array.from({ length: 100 }, (_, j) => routeOf(LOCAL, 100 * i + j)),
      );
      nves[0].send(...many.map((routes) => announce(routes, { nextHop: '127.0.1.1' })));
      const first = many[0][0];
      await until(() => nves[1].holds(first) && nves[2].holds(first), {
        within: 60_000,
        what: 'what an NVE of ours says',
      });
      nves[0].send(...many.map((routes) => withdraw(routes)));
      const { sessions } = await neighbour.stop();
      expect(sessions).toBeGreaterThan(0);
      await ownAlone();
      const { peers } = await nvad.get<{ peers: { address: string; state: string; counters: { sessions: number } }[] }>(
        '/v1/peers',
      );
      for (const { address } of nves) {
        const peer = peers.find((one) => one.address === address);
        expect(peer).toMatchObject({ state: 'Established', counters: { sessions: 1 } });
      }
      expect(nvad.logs.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    },
  );
});
