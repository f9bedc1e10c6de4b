import { expect } from 'vitest';
import type { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { ipPrefix, macIp, macOf, rd } from '../support/evpn-routes.ts';
import type { Gobgp, GobgpProgram } from '../support/gobgp.ts';
import { announce } from '../support/messages.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';
import { GobgpLab, gobgpAddress, gobgpClusterId, neighbor } from './support/gobgp-lab.ts';
import { gobgpRows } from './support/gobgp-rows.ts';
import { nva } from './support/nva-lab.ts';

const own = gobgpAddress(1);
const host = '10.0.0.21';

interface Lab {
  readonly lab: GobgpLab;
  readonly gobgp: Gobgp;
  /** Client of GoBGP: hears what becomes of the routes that GoBGP has of nvad, and of the one that it makes. */
  readonly near: BgpClient;
}

/** RFC 9494 §4.6, as a number. */
const LLGR_STALE = 0xffff0006;
const COMMUNITIES = 8;

async function start(program: GobgpProgram, bench: Bench): Promise<Lab> {
  const lab = new GobgpLab(program, bench);
  const toNva = {
    'graceful-restart': {
      config: { enabled: true, 'restart-time': 60, 'notification-enabled': true, 'long-lived-enabled': true },
    },
    'afi-safis': [
      {
        config: { 'afi-safi-name': 'l2vpn-evpn' },
        'mp-graceful-restart': { config: { enabled: true } },
        'long-lived-graceful-restart': { config: { enabled: true, 'restart-time': 100 } },
      },
    ],
  };
  const toHost = {
    'route-reflector': { config: { 'route-reflector-client': true, 'route-reflector-cluster-id': gobgpClusterId } },
  };
  const gobgp = await lab.start(1, {
    global: { config: { as: 65000, 'router-id': own, 'local-address-list': [own] } },
    neighbors: [neighbor(nva, own, toNva), neighbor(host, own, toHost)],
  });
  const near = await lab.join(host, own);
  return { lab, gobgp, near };
}

type Nlri = readonly number[];

gobgpRows<Lab>('restart of nvad', start, (row, { major }) => {
  const at = { rd: rd('10.0.0.31', 7) };
  const prefix = (number: number) => ipPrefix({ ...at, prefix: `192.0.${number}.0/24`, gateway: '0.0.0.0' });
  const mac = macIp({ ...at, mac: macOf(1) });

  const ownMac = {
    words: `macadv 02:00:00:00:00:09 0.0.0.0 etag 0 label 100 rd ${own}:100 rt 65000:100`,
    nlri: macIp({ rd: rd(own, 100), mac: macOf(9) }),
  };
  const ownPrefix = {
    words: `prefix 198.51.100.0/24 gw 0.0.0.0 etag 0 label 100 rd ${own}:100 rt 65000:100`,
    nlri: ipPrefix({ rd: rd(own, 100), prefix: '198.51.100.0/24', gateway: '0.0.0.0' }),
  };
  /** GoBGP 3 dies of a MAC of its own, see the last row. */
  const ownRoute = major === 3 ? ownPrefix : ownMac;

  /** @param more of the section on graceful restart. */
  const startNvad = ({ lab }: Lab, more = '') => {
    const store = `store: { kind: sqlite, path: ${lab.bench.folder}/state.db }`;
    return lab.nvad([`{ address: ${own} }`], {}, `${store}\ngracefulRestart: { ${more} }`);
  };

  /** A client that announces these and has no more. */
  async function join({ lab }: Lab, routes: readonly Nlri[]): Promise<BgpClient> {
    const client = await lab.join('10.0.0.31', nva);
    if (routes.length > 0) client.send(announce(routes, { nextHop: client.address }));
    client.done();
    return client;
  }

  /** Waits until GoBGP has so many paths of nvad, and all of them are stale, or none is. */
  async function stale({ gobgp }: Lab, expected: boolean, count: number): Promise<void> {
    let last: readonly boolean[] = [];
    await until(
      async () => {
        const theirs = [...(await gobgp.rib())].filter(([key]) => key.includes('[rd:10.0.0.31:7]'));
        last = theirs.flatMap(([, paths]) => paths.map((path) => path.stale === true));
        return last.join() === Array(count).fill(expected).join();
      },
      { within: 10_000, every: 50, what: () => `${count} routes at GoBGP, stale: ${expected}; they are: ${last}` },
    );
  }

  /** The one that runs now, and its client. */
  let nvad: Nvad;
  let client: BgpClient;

  /** nvad ends by `signal` and is started again; its client comes back with one route less. */
  async function restart(shared: Lab, signal: 'SIGKILL' | 'SIGTERM', routes: readonly Nlri[]): Promise<void> {
    const { gobgp, near } = shared;
    client.send(announce(routes, { nextHop: client.address }));
    await near.holdsNumber(1 + routes.length);
    const before = near.withdrawals;
    nvad.signal(signal);
    await nvad.exit();
    await client.ended();
    await stale(shared, true, routes.length);

    nvad = await startNvad(shared);
    await nvad.logged(/^nvad has restarted; it listens first/);
    await gobgp.established(nva, 15_000);
    await nvad.logged(new RegExp(`session with ${own} established`));
    // The client is not back yet: an End-of-RIB now would take its routes from GoBGP.
    expect([near.withdrawals, near.routes.size]).toEqual([before, 1 + routes.length]);
    client = await join(shared, routes.slice(1));
    await near.holdsNumber(routes.length);
    await stale(shared, false, routes.length - 1);
    expect(near.withdrawals - before).toBe(1);
    await client.route(ownRoute.nlri);
  }

  row(
    'nvad is killed and comes back: GoBGP keeps its routes until nvad has heard everybody',
    'RFC 4724 §4.1',
    async (lab) => {
      nvad = await startNvad(lab);
      client = await join(lab, []);
      await lab.gobgp.add(ownRoute.words);
      await lab.gobgp.established(nva, 15_000);
      await restart(lab, 'SIGKILL', [prefix(2), mac]);
    },
  );

  row('nvad is stopped and comes back: GoBGP keeps its routes until nvad has heard everybody', 'RFC 8538 §4', (lab) =>
    restart(lab, 'SIGTERM', [prefix(2), mac]),
  );

  row('A hard reset takes the routes of both at once', 'RFC 8538 §3.1', async ({ near }) => {
    await nvad.ctl('reset', own);
    await nvad.logged(new RegExp(`NOTIFICATION sent to ${own}: Cease/Hard Reset: Cease/Administrative Reset`));
    await near.holdsNumber(1);
    await client.holdsNumber(0);
    expect(nvad.messages().filter((text) => text.includes('are kept'))).toEqual([]);
  });

  row('nvad is killed and stays away: its routes are the last choice of GoBGP', 'RFC 9494 §4.2', async (lab) => {
    const { gobgp } = lab;
    await nvad.kill();
    nvad = await startNvad(lab, 'restartTime: 1, longLivedStaleTime: 600');
    client = await join(lab, [prefix(2)]);
    await gobgp.established(nva, 15_000);
    await client.route(ownRoute.nlri);
    await stale(lab, false, 1);
    await nvad.kill();
    const communities = async () => {
      const [path] = [...(await gobgp.rib())].find(([key]) => key.includes('192.0.2.0/24'))?.[1] ?? [];
      return path?.attrs.find(({ type }) => type === COMMUNITIES)?.['communities'];
    };
    await until(async () => (await communities()) !== undefined, { within: 10_000, every: 50, what: 'LLGR_STALE' });
    expect(await communities()).toEqual([LLGR_STALE]);
  });

  if (major === 4) return;
  row('nvad is killed when GoBGP has a MAC route of its own', 'RFC 4724 §4.2', async (lab, { limit }) => {
    const { gobgp, near } = lab;
    limit('with graceful restart its daemon dies of that');
    nvad = await startNvad(lab);
    client = await join(lab, [mac]);
    await gobgp.add(ownMac.words);
    await client.route(ownMac.nlri, 15_000);
    await near.route(mac);
    await nvad.kill();
    await near.ended();
    expect(gobgp.log).toContain('panic: ');
  });
});
