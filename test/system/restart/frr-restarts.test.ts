import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { inclusiveMulticast, macIp, rd } from '../support/evpn-routes.ts';
import { Frr, hasFrr } from '../support/frr.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';

const nva = '10.0.0.1';
const router = '10.0.0.11';
const observer = '10.0.0.50';

const config = `
domain: dc1
asn: 65000
routerId: ${nva}
listen: ["${nva}:179"]
nves: [{ prefix: 10.0.0.0/24 }]
api: { listen: "127.0.0.1:8080" }
`;

const bgpd = (gracefulRestart: string) => `
hostname nve
router bgp 65000
 bgp router-id ${router}
 no bgp default ipv4-unicast
 ${gracefulRestart}
 neighbor ${nva} remote-as 65000
 neighbor ${nva} timers connect 1
 !
 address-family l2vpn evpn
  neighbor ${nva} activate
  advertise-all-vni
 exit-address-family
!`;

const keeps = 'bgp graceful-restart\n bgp graceful-restart preserve-fw-state';

/** FRR numbers its virtual networks in the order in which it sees them: RD router:N. */
const flood = (number: number) => inclusiveMulticast({ rd: rd(router, number), originator: router });
const host = (number: number) => macIp({ rd: rd(router, number), mac: '020000000011', labels: [100] });

interface Peer {
  readonly state: string;
  readonly gracefulRestart: { readonly phase: string; readonly staleRoutes: number; readonly helped: boolean };
}

/** nvad, a client that observes, and one FRR router whose bgpd is killed: needs root and FRR, and is skipped without. */
describe.runIf(isRoot && hasFrr)('an FRR router whose bgpd is killed and comes back', () => {
  let bench: Bench;
  let nve: Namespace;
  let nvad: Nvad;
  let frr: Frr;
  let client: BgpClient;

  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(() => bench.clear());

  /** One router with two virtual networks, and one host in the first. */
  async function start(gracefulRestart: string): Promise<void> {
    const network = bench.namespace('nva');
    nve = bench.namespace('nve');
    network.link('eth0', nve, 'eth0');
    for (const address of [nva, observer]) network.ip('address', 'add', `${address}/24`, 'dev', 'eth0');
    nve.ip('address', 'add', `${router}/24`, 'dev', 'eth0');
    for (const vni of ['100', '200']) {
      nve.ip('link', 'add', `br${vni}`, 'type', 'bridge');
      const vxlan = ['type', 'vxlan', 'id', vni, 'local', router, 'dstport', '4789', 'nolearning'];
      nve.ip('link', 'add', `vxlan${vni}`, ...vxlan);
      nve.ip('link', 'set', `vxlan${vni}`, 'master', `br${vni}`, 'up');
      nve.ip('link', 'set', `br${vni}`, 'up');
    }
    nve.ip('link', 'add', 'host', 'type', 'veth', 'peer', 'name', 'inside');
    nve.ip('link', 'set', 'host', 'master', 'br100', 'up');
    nve.ip('link', 'set', 'inside', 'up');
    const entry = ['02:00:00:00:00:11', 'dev', 'host', 'master', 'static'];
    expect(await nve.succeeds('bridge', 'fdb', 'add', ...entry)).toBe(true);

    nvad = await bench.nvad(network, config).up();
    client = await bench.client(network, { localAddress: observer, host: nva }).establish({ asn: 65000, id: observer });
    frr = new Frr({ bgpd: bgpd(gracefulRestart) }, nve);
    bench.defer(() => frr.stop());
    const numbers = [2, 3];
    await until(() => numbers.every((number) => client.holds(flood(number))), { within: 20_000, what: 'flood routes' });
    await until(() => numbers.some((number) => client.holds(host(number))), {
      within: 10_000,
      what: "the host's route",
    });
    await until(async () => (await peer()).gracefulRestart.phase === 'none', { within: 10_000, what: 'rest' });
  }

  const peer = () => nvad.get<Peer>(`/v1/peers/${router}`);
  /** What tells that nobody was told anything. */
  const heard = () => [client.updates, client.withdrawals, client.routes.size];

  it('is missed by nobody; what it has no more goes with its End-of-RIB', async () => {
    await start(keeps);
    const before = heard();
    await frr.killBgpd();
    await nvad.logged(new RegExp(`routes of ${router} are kept for its return`));
    expect(await peer()).toMatchObject({ state: 'Active', gracefulRestart: { phase: 'restarting' } });
    expect((await nvad.ctl('show', 'peer', router)).stdout).toMatch(/^graceful restart +restarting, \d+ routes not/m);
    nve.ip('link', 'del', 'vxlan200');
    frr.startBgpd();
    await nvad.logged(new RegExp(`${router} is back`), { within: 30_000 });
    await nvad.logged(new RegExp(`${router} has told its routes again`), { within: 30_000 });
    await until(() => client.routes.size < (before[2] as number), { within: 5000, what: 'the route that is gone' });
    // One UPDATE more than before, which takes that route back.
    expect([client.updates, client.withdrawals]).toEqual([(before[0] as number) + 1, 1]);
    expect([2, 3].filter((number) => client.holds(flood(number)))).toHaveLength(1);
    expect([2, 3].filter((number) => client.holds(host(number)))).toHaveLength(1);
    expect((await peer()).gracefulRestart).toMatchObject({ phase: 'none', staleRoutes: 0, helped: true });
  });

  it.each([
    ['that has not kept its forwarding state is noticed when it is back', 'bgp graceful-restart', 'not as it was'],
    ['that nobody told to restart gracefully is noticed at once', '!', undefined],
  ])('%s', async (_, gracefulRestart, told) => {
    await start(gracefulRestart);
    expect((await peer()).gracefulRestart.helped).toBe(told !== undefined);
    const before = heard();
    await frr.killBgpd();
    if (told !== undefined) {
      await nvad.logged(new RegExp(`routes of ${router} are kept`));
      expect(heard()).toEqual(before);
      frr.startBgpd();
      await nvad.logged(new RegExp(`${router} is back, but ${told}`), { within: 30_000 });
    }
    await until(() => client.withdrawals >= (before[2] as number), { within: 5000, what: 'withdrawals' });
  });
});
