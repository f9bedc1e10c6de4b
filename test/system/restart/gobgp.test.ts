import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { ipPrefix, rd } from '../support/evpn-routes.ts';
import { announce } from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';
import { Gobgp, hasGobgp } from './support/gobgp.ts';

const nva = '10.0.0.1';
const router = '10.0.0.31';
const other = '10.0.0.50';

const config = (folder: string) => `
domain: dc1
asn: 65000
routerId: ${nva}
listen: ["${nva}:179"]
nves: [{ prefix: 10.0.0.0/24 }]
api: { listen: "127.0.0.1:8080" }
store: { kind: sqlite, path: ${folder}/state.db }
`;

const gobgpd = `
global: { config: { as: 65000, router-id: ${router} } }
neighbors:
  - config: { neighbor-address: ${nva}, peer-as: 65000 }
    timers: { config: { connect-retry: 1, idle-hold-time-after-reset: 1, hold-time: 9, keepalive-interval: 3 } }
    graceful-restart: { config: { enabled: true, restart-time: 60, notification-enabled: true } }
    afi-safis:
      - config: { afi-safi-name: l2vpn-evpn }
        mp-graceful-restart: { config: { enabled: true } }
`;

const prefixes = ['192.0.2.0/25', '192.0.2.128/25'] as const;
const theirs = ['198.51.100.0/25', '198.51.100.128/25'] as const;
const routeTo = (from: string, prefix: string) =>
  ipPrefix({ rd: rd(from, from === router ? 100 : 1), prefix, gateway: '0.0.0.0', label: 100 });

/** nvad, GoBGP with graceful restart, and a client: needs root and GoBGP, and is skipped without. */
describe.runIf(isRoot && hasGobgp)('graceful restart with GoBGP', () => {
  let bench: Bench;
  let network: Namespace;
  let nve: Namespace;
  let nvad: Nvad;
  let gobgp: Gobgp;
  let client: BgpClient;

  beforeEach(async () => {
    bench = new Bench();
    network = bench.namespace('nva');
    nve = bench.namespace('nve');
    network.link('eth0', nve, 'eth0');
    for (const address of [nva, other]) network.ip('address', 'add', `${address}/24`, 'dev', 'eth0');
    nve.ip('address', 'add', `${router}/24`, 'dev', 'eth0');
    nvad = await bench.nvad(network, config(bench.folder)).up();
    gobgp = new Gobgp({ folder: bench.folder, config: gobgpd }, nve);
    bench.defer(() => gobgp.kill());
    await gobgp.start();
    await gobgp.announce(router, ...theirs);
    client = await join(...prefixes);
    await nvad.logged(new RegExp(`session with ${router} established`), { within: 30_000 });
    await until(async () => (await ours()).length === 2, { within: 10_000, what: 'our routes at GoBGP' });
    for (const prefix of theirs) await client.route(routeTo(router, prefix));
  });
  afterEach(() => bench.clear());

  /** A client that announces these and has nothing more to say. */
  async function join(...routes: readonly string[]): Promise<BgpClient> {
    const joined = bench.client(network, { localAddress: other, host: nva });
    await joined.establish({ asn: 65000, id: other });
    const nlri = routes.map((prefix) => routeTo(other, prefix));
    joined.send(announce(nlri, { nextHop: other }));
    joined.done();
    return joined;
  }

  /** What GoBGP has from us: the prefix, and whether it is stale. */
  async function ours(): Promise<(readonly [prefix: string, stale: boolean])[]> {
    const paths = [...(await gobgp.paths())].filter(([prefix]) => prefix.startsWith('192.0.2.'));
    return paths.map(([prefix, { stale }]) => [prefix, stale === true] as const).sort();
  }
  const both = (stale: boolean) => prefixes.map((prefix) => [prefix, stale]);

  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'it keeps our routes from %s of nvad until nvad has heard everybody again',
    async (signal) => {
      nvad.signal(signal);
      await nvad.exit();
      await until(async () => (await ours()).some(([, stale]) => stale), { within: 5000, what: 'stale routes' });
      expect(await ours()).toEqual(both(true));

      nvad = await bench.nvad(network, config(bench.folder)).up();
      await nvad.logged(/^nvad has restarted; it listens first/);
      await nvad.logged(new RegExp(`session with ${router} established`), { within: 30_000 });
      // The client is not back yet: End-of-RIB would take its routes from GoBGP.
      const { reasons } = JSON.parse((await nvad.http('/readyz')).text) as { reasons: { code: string }[] };
      expect(reasons.map(({ code }) => code)).toContain('deferring');
      expect(await ours()).toEqual(both(true));

      // It comes back, and has one of its routes no more.
      client = await join(prefixes[0]);
      await nvad.logged(/^everybody who was here before the restart has told their routes/);
      const left = [[prefixes[0], false]];
      await until(async () => JSON.stringify(await ours()) === JSON.stringify(left), {
        within: 5000,
        what: () => 'the end of the restart at GoBGP',
      });
      for (const prefix of theirs) await client.route(routeTo(router, prefix));
    },
  );

  it('its routes are kept while it restarts; what it has no more goes with its End-of-RIB', async () => {
    const before = [client.updates, client.withdrawals];
    await gobgp.kill();
    await nvad.logged(new RegExp(`2 routes of ${router} are kept for its return, 60 s at most`));
    // Nobody reaches it before it has its routes: it tells them as soon as it is asked.
    nve.ip('link', 'set', 'eth0', 'down');
    await gobgp.start('-r');
    await gobgp.announce(router, theirs[0]);
    nve.ip('link', 'set', 'eth0', 'up');
    await nvad.logged(new RegExp(`${router} is back; 2 of its routes are kept`), { within: 30_000 });
    await nvad.logged(new RegExp(`${router} has told its routes again; 1 that it has no more`), { within: 30_000 });
    await until(() => client.withdrawals > 0, { within: 5000, what: 'the withdrawal' });
    expect([client.updates, client.withdrawals]).toEqual([(before[0] as number) + 1, 1]);
    expect(theirs.map((prefix) => client.holds(routeTo(router, prefix)))).toEqual([true, false]);
    // It was told of ours again.
    await until(async () => (await ours()).length === 2, { within: 10_000, what: 'our routes at GoBGP' });
  });

  it('a hard reset takes the routes of both sides at once', async () => {
    await nvad.ctl('reset', router);
    await nvad.logged(new RegExp(`NOTIFICATION sent to ${router}: Cease/Hard Reset: Cease/Administrative Reset`));
    await until(() => client.withdrawals === 2, { within: 5000, what: 'the withdrawals' });
    expect(nvad.messages().some((line) => line.includes('are kept'))).toBe(false);
    for (const prefix of theirs) await client.route(routeTo(router, prefix), 30_000);
  });
});
