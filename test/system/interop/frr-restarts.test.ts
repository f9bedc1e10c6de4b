import { describe, expect } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { inclusiveMulticast, rd } from '../support/evpn-routes.ts';
import { type Frr, frrName, hasFrr } from '../support/frr.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import type { Ping } from '../support/ping.ts';
import { addresses, TwoNves } from '../support/two-nves.ts';
import { reflector } from '../support/underlay.ts';
import { until } from '../support/until.ts';
import { bgpd } from './support/frr-config.ts';
import { established, neighbourOf, pathsOf } from './support/frr-view.ts';
import { type InteropContext, interop } from './support/matrix.ts';

const replica = '10.0.0.2';
const observer = '10.0.0.101';
/** The hosts ping from the first router to the second, which is the one whose bgpd is killed. */
const [, router] = addresses;
/** FRR numbers its virtual networks in the order in which it sees them. */
const flood = (number: number) => inclusiveMulticast({ rd: rd(router, number), originator: router });

const config = (own: string, folder: string, others: readonly string[]) => `
domain: dc1
asn: 65000
routerId: ${own}
clusterId: ${reflector}
listen: ["${own}:179"]
nves: [{ prefix: 10.0.0.0/24 }]
nvas: [${others.map((address) => `{ address: ${address} }`).join(', ')}]
api: { listen: "127.0.0.1:8080" }
store: { kind: sqlite, path: ${folder}/${own}.db }
`;

const gracefully = ['bgp graceful-restart'];
const keeping = [...gracefully, 'bgp graceful-restart preserve-fw-state'];

interface Peer {
  readonly state: string;
  readonly gracefulRestart: { readonly phase: string; readonly staleRoutes: number; readonly helped: boolean };
  readonly capabilities: Readonly<Record<'sent' | 'received', { readonly gracefulRestart: unknown }>>;
}

describe.runIf(isRoot && hasFrr)('restarts with FRR under traffic', () => {
  const peer = frrName();

  /** Two routers with a host behind each, all of whose sessions are up. */
  async function start(
    { test: { onTestFinished } }: InteropContext,
    options: readonly string[],
    nvas: readonly string[] = [reflector],
  ) {
    const bench = new Bench();
    onTestFinished(() => bench.clear());
    const overlay = new TwoNves(bench);
    overlay.underlay.addresses(observer);
    const places = new Map<string, Namespace>(
      nvas.map((address) => [address, address === reflector ? overlay.nva : overlay.underlay.node('nva', address)]),
    );
    const run = (address: string): Promise<Nvad> => {
      const others = nvas.filter((other) => other !== address);
      const file = `${address}.yaml`;
      return bench.nvad(places.get(address)!, config(address, bench.folder, others), { file }).up();
    };
    const nvads = await Promise.all(nvas.map(run));
    const lines = ['remote-as 65000', 'timers connect 1'];
    const neighbours = Object.fromEntries(nvas.map((address) => [address, lines]));
    overlay.nves[1]!.join(200);
    overlay.startRouters((id) => bgpd({ id, options, neighbours }));
    for (const frr of overlay.routers) for (const address of nvas) await established(frr, address);
    const ping = await overlay.pinging();
    const [beside, killed] = overlay.routers as [Frr, Frr];
    return { bench, overlay, run, nvad: nvads[0]!, beside, killed, ping };
  }

  /** A client that hears what nvad says of everybody. */
  async function observing({ bench, overlay }: { bench: Bench; overlay: TwoNves }): Promise<BgpClient> {
    const client = bench.client(overlay.nva, { localAddress: observer, host: reflector });
    await client.establish({ asn: 65000, id: observer });
    await until(() => [2, 3].every((number) => client.holds(flood(number))), { within: 20_000, what: 'flood routes' });
    return client;
  }

  const peerOf = (nvad: Nvad) => nvad.get<Peer>(`/v1/peers/${router}`);
  const isKept = (nvad: Nvad) => nvad.logged(new RegExp(`routes of ${router} are kept for its return`));
  const updatesTo = async (frr: Frr) => (await neighbourOf(frr, reflector))!.messageStats.updatesRecv;
  /** Of the router that is killed, at the other one. */
  const pathsAt = async (frr: Frr) => [...(await pathsOf(frr)).keys()].filter((key) => key.startsWith(`${router}:`));

  async function arrives(ping: Ping, more = 20): Promise<void> {
    const wanted = ping.arrived + more;
    await until(() => ping.arrived >= wanted, { within: 5000, every: 100, what: `${more} more requests to arrive` });
  }

  /** Waits for a time without any answer. */
  async function isSilent(ping: Ping): Promise<void> {
    let [last, since] = [ping.answered, performance.now()];
    const silent = () => {
      if (ping.answered !== last) [last, since] = [ping.answered, performance.now()];
      return performance.now() - since > 1000;
    };
    await until(silent, { within: 10_000, what: 'a second without an answer' });
  }

  interop(
    {
      peer,
      what: 'bgpd of a router is killed under traffic and comes back: nobody hears of it, and whatever is sent to the router’s hosts arrives',
      standard: 'RFC 4724 §4.2',
    },
    async (context) => {
      const all = await start(context, keeping);
      const { nvad, killed, beside, ping } = all;
      const client = await observing(all);
      const heard = async () => [client.updates, client.withdrawals, client.routes.size, await updatesTo(beside)];
      const [before, paths] = [await heard(), await pathsAt(beside)];
      await killed.killBgpd();
      await isKept(nvad);
      expect(await peerOf(nvad)).toMatchObject({ state: 'Active', gracefulRestart: { phase: 'restarting' } });
      const told = (await nvad.ctl('show', 'peer', router)).stdout;
      expect(told).toMatch(/^graceful restart +restarting, \d+ routes not/m);
      await arrives(ping);
      killed.startBgpd();
      await nvad.logged(new RegExp(`${router} is back`), { within: 30_000 });
      await nvad.logged(new RegExp(`${router} has told its routes again; 0 that`), { within: 30_000 });
      const { sent, arrived, answered } = await ping.end();
      expect(sent - arrived).toBe(0);
      expect([await heard(), await pathsAt(beside)]).toEqual([before, paths]);
      expect((await peerOf(nvad)).gracefulRestart).toMatchObject({ phase: 'none', staleRoutes: 0, helped: true });
      if (answered < sent) {
        context.limit(
          'its zebra forgets with bgpd, preserve-fw-state or not: what its own hosts send is lost meanwhile',
        );
      }
    },
    60_000,
  );

  interop(
    {
      peer,
      what: 'bgpd is killed and comes back with one network less: its routes go at End-of-RIB, and no others',
      standard: 'RFC 4724 §4.2',
    },
    async (context) => {
      const all = await start(context, keeping);
      const { nvad, killed, overlay } = all;
      const client = await observing(all);
      const [updates, withdrawals] = [client.updates, client.withdrawals];
      await killed.killBgpd();
      await isKept(nvad);
      overlay.nves[1]!.namespace.ip('link', 'del', 'vxlan200');
      killed.startBgpd();
      await nvad.logged(new RegExp(`${router} has told its routes again; 1 that`), { within: 30_000 });
      await until(() => client.withdrawals > withdrawals, { within: 5000, what: 'the route that is gone' });
      expect([client.updates - updates, client.withdrawals - withdrawals]).toEqual([1, 1]);
      expect([2, 3].filter((number) => client.holds(flood(number)))).toHaveLength(1);
    },
    60_000,
  );

  interop(
    {
      peer,
      what: 'bgpd is killed under traffic and comes back without preserve-fw-state: its routes go when it is back, and come again',
      standard: 'RFC 4724 §4.2',
    },
    async (context) => {
      const all = await start(context, gracefully);
      const { nvad, killed, ping } = all;
      const client = await observing(all);
      const { withdrawals } = client;
      await killed.killBgpd();
      await isKept(nvad);
      await arrives(ping);
      expect(client.withdrawals).toBe(withdrawals);
      killed.startBgpd();
      await nvad.logged(new RegExp(`${router} is back, but not as it was`), { within: 30_000 });
      await until(() => client.withdrawals >= withdrawals + 3, { within: 5000, what: 'withdrawals' });
      await until(() => [2, 3].every((number) => client.holds(flood(number))), { within: 10_000, what: 'the routes' });
      await ping.end();
    },
    60_000,
  );

  interop(
    {
      peer,
      what: 'bgpd that nobody told to restart gracefully is killed under traffic: its routes go at once, and nothing reaches its hosts until it is back',
      standard: 'RFC 4271 §8',
    },
    async (context) => {
      const all = await start(context, []);
      const { nvad, killed, beside, ping } = all;
      const client = await observing(all);
      expect((await peerOf(nvad)).gracefulRestart.helped).toBe(false);
      const { withdrawals } = client;
      await killed.killBgpd();
      await until(() => client.withdrawals >= withdrawals + 3, { within: 5000, what: 'withdrawals' });
      await until(async () => (await pathsAt(beside)).length === 0, {
        within: 5000,
        every: 100,
        what: 'no route left',
      });
      await isSilent(ping);
      killed.startBgpd();
      const { sent, arrived } = await ping.end();
      expect(sent - arrived).toBeGreaterThan(10);
    },
    60_000,
  );

  interop(
    {
      peer,
      what: 'One nvad of two is killed under traffic and comes back: every ping is answered',
      standard: 'RFC 4724 §4.1, RFC 4456 §5',
    },
    async (context) => {
      const { nvad, run, overlay, ping } = await start(context, keeping, [reflector, replica]);
      await nvad.kill();
      for (const frr of overlay.routers) {
        const state = async () => (await neighbourOf(frr, reflector))?.bgpState;
        await until(async () => (await state()) !== 'Established', { within: 10_000, every: 100, what: 'its end' });
      }
      await ping.isAnswered(40);
      const back = await run(reflector);
      await back.logged(/^nvad has restarted; it listens first/);
      for (const frr of overlay.routers) await established(frr, reflector, 30_000);
      for (const address of addresses) await back.logged(new RegExp(`session with ${address} established`));
      const { sent, arrived, answered } = await ping.end();
      expect([sent - arrived, sent - answered]).toEqual([0, 0]);
    },
    90_000,
  );

  interop(
    {
      peer,
      what: 'The only nvad is killed under traffic and comes back',
      standard: 'RFC 4724 §4.2',
    },
    async (context) => {
      const { nvad, run, beside, overlay, ping } = await start(context, keeping);
      const { capabilities } = await peerOf(nvad);
      const preserved = { families: [{ family: 'evpn', forwardingPreserved: true }] };
      expect(capabilities.sent.gracefulRestart).toMatchObject(preserved);
      expect(capabilities.received.gracefulRestart).toMatchObject(preserved);
      await nvad.kill();
      await until(async () => (await pathsAt(beside)).length === 0, { within: 10_000, every: 100, what: 'no route' });
      await isSilent(ping);
      await run(reflector);
      for (const frr of overlay.routers) await established(frr, reflector, 30_000);
      const { sent, answered } = await ping.end();
      expect(sent - answered).toBeGreaterThan(10);
      context.limit(
        'FRR forgets at once what it heard of an nvad that dies, whatever both have agreed: no host reaches another until nvad is back; run two',
      );
    },
    90_000,
  );
});
