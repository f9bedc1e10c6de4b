import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { ipPrefix, rd } from '../support/evpn-routes.ts';
import { capability } from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';
import { Gobgp, hasGobgp } from './support/gobgp.ts';

const nva = '10.0.0.1';
const router = '10.0.0.31';
const [knows, plain] = ['10.0.0.50', '10.0.0.51'];

const config = `
domain: dc1
asn: 65000
routerId: ${nva}
listen: ["${nva}:179"]
nves: [{ prefix: 10.0.0.0/24 }]
gracefulRestart: { longLivedStaleTime: 600 }
api: { listen: "127.0.0.1:8080" }
`;

const gobgpd = `
global: { config: { as: 65000, router-id: ${router} } }
neighbors:
  - config: { neighbor-address: ${nva}, peer-as: 65000 }
    timers: { config: { connect-retry: 1, idle-hold-time-after-reset: 1, hold-time: 9, keepalive-interval: 3 } }
    graceful-restart: { config: { enabled: true, restart-time: 1, notification-enabled: true, long-lived-enabled: true } }
    afi-safis:
      - config: { afi-safi-name: l2vpn-evpn }
        mp-graceful-restart: { config: { enabled: true } }
        long-lived-graceful-restart: { config: { enabled: true, restart-time: 100 } }
`;

const prefixes = ['198.51.100.0/25', '198.51.100.128/25'] as const;
const routeTo = (prefix: string) => ipPrefix({ rd: rd(router, 100), prefix, gateway: '0.0.0.0', label: 100 });
const COMMUNITIES = 8;
const LLGR_STALE = 'ffff0006';

/** nvad, GoBGP, a client that knows RFC 9494 and one that does not: needs root and GoBGP, and is skipped without. */
describe.runIf(isRoot && hasGobgp)('long-lived graceful restart with GoBGP', () => {
  let bench: Bench;
  let network: Namespace;
  let nve: Namespace;
  let nvad: Nvad;
  let gobgp: Gobgp;

  beforeEach(async () => {
    bench = new Bench();
    network = bench.namespace('nva');
    nve = bench.namespace('nve');
    network.link('eth0', nve, 'eth0');
    for (const address of [nva, knows, plain]) network.ip('address', 'add', `${address}/24`, 'dev', 'eth0');
    nve.ip('address', 'add', `${router}/24`, 'dev', 'eth0');
    nvad = await bench.nvad(network, config).up();
    gobgp = new Gobgp({ folder: bench.folder, config: gobgpd }, nve);
    bench.defer(() => gobgp.kill());
    await gobgp.start();
    await gobgp.announce(router, ...prefixes);
    await nvad.logged(new RegExp(`session with ${router} established`), { within: 30_000 });
  });
  afterEach(() => bench.clear());

  function join(localAddress: string, ...more: readonly (readonly number[])[]): Promise<BgpClient> {
    const { evpn, routeRefresh, gracefulRestart, asn4 } = capability;
    const capabilities = [evpn, routeRefresh, gracefulRestart, asn4(65000), ...more];
    const client = bench.client(network, { localAddress, host: nva });
    return client.establish({ asn: 65000, id: localAddress, capabilities });
  }

  it('its routes are the last choice of those who know when it stays away, and what they were when it is back', async () => {
    const [first, second] = [await join(knows, capability.longLivedGracefulRestart(0)), await join(plain)];
    for (const client of [first, second]) for (const prefix of prefixes) await client.route(routeTo(prefix));
    await gobgp.kill();
    await nvad.logged(
      new RegExp(`${router} has not come back in time; 2 of its routes are the least preferred, for 100 s`),
    );
    const communities = async (prefix: string) =>
      (await first.route(routeTo(prefix))).attributes.get(COMMUNITIES)?.value;
    await until(async () => (await communities(prefixes[0])) === LLGR_STALE, { within: 5000, what: 'LLGR_STALE' });
    expect(await communities(prefixes[1])).toBe(LLGR_STALE);
    await second.holdsNumber(0);
    const { routes } = await nvad.get<{ routes: { best: unknown }[] }>('/v1/routes');
    expect(routes.map(({ best }) => best)).toMatchObject(Array(2).fill({ stale: true, longLivedStale: true }));
    expect((await nvad.ctl('show', 'peer', router)).stdout).toMatch(/^graceful restart +long-lived, 2 routes not/m);

    nve.ip('link', 'set', 'eth0', 'down');
    await gobgp.start('-r');
    await gobgp.announce(router, prefixes[0]);
    nve.ip('link', 'set', 'eth0', 'up');
    await nvad.logged(new RegExp(`${router} has told its routes again; 1 that it has no more`), { within: 30_000 });
    await second.route(routeTo(prefixes[0]));
    await first.holdsNumber(1);
    expect(await communities(prefixes[0])).toBeUndefined();
  });
});
