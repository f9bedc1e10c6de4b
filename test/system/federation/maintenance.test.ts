/** Two nvads, each with an NVE: what one shows of the other, and what NVEs hear when it is frozen, drained and released. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Domain, Regions } from '../../../src/api/contract/domains.ts';
import type { Peer } from '../../../src/api/contract/peers.ts';
import type { RoutePage } from '../../../src/api/contract/routes.ts';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { macIp, macOf, rd } from '../support/evpn-routes.ts';
import { announce, encapsulationVxlan, routeTarget, withdraw } from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';

const at = { dc1: '10.1.0.1', dc2: '10.2.0.1', nve1: '10.1.0.11', nve2: '10.2.0.11' };

const config = (own: 1 | 2, shares: string) => `
domain: dc${own}
asn: 6500${own}
routerId: 10.255.0.${own}
listen: ["10.${own}.0.1:179"]
nves: [{ prefix: 10.${own}.0.0/24, passive: true }]
virtualNetworks: [{ name: web, vni: ${own}217 }]
federation:
  - domain: dc${3 - own}
    address: 10.${3 - own}.0.1
    asn: 6500${3 - own}
    virtualNetworks: [${shares}]
api: { listen: "127.0.0.1:808${own}" }
store: { kind: sqlite, path: dc${own}.db }
`;
const shares = {
  dc1: '{ name: web, remote: { vni: 2217, routeTarget: "65002:2217" }, gateways: { import: [192.0.2.254] } }',
  dc2: '{ name: web }',
};

describe.runIf(isRoot)('a neighbour domain of a running nvad', () => {
  const bench = new Bench();
  let net: Namespace;
  let dc1: Nvad;
  let dc2: Nvad;
  let nve1: BgpClient;
  let nve2: BgpClient;

  const startDc1 = () => bench.nvad(net, config(1, shares.dc1), { api: { host: '127.0.0.1', port: 8081 } });
  const join = async (localAddress: string, host: string, asn: number) => {
    const client = await bench.client(net, { localAddress, host }).establish({ asn, id: localAddress });
    client.done();
    return client;
  };
  const hostOf = (own: 1 | 2, host: number) =>
    macIp({ rd: rd(`10.${own}.0.11`, 7), mac: macOf(host), labels: [1000 * own + 217] });
  const say = (client: BgpClient, own: 1 | 2, host: number) => {
    const extendedCommunities = [routeTarget(65000 + own, 1000 * own + 217), encapsulationVxlan];
    client.send(announce([hostOf(own, host)], { nextHop: `10.${own}.0.11`, extendedCommunities }));
  };
  const domain = () => dc1.get<Domain>('/v1/federation/dc2');
  const macs = async (nvad: Nvad, query = '') =>
    (await nvad.get<RoutePage>(`/v1/routes?type=2${query}`)).routes.map(({ mac }) => mac?.slice(-2)).sort();
  const become = (nvad: Nvad, ...wanted: readonly string[]) =>
    expect.poll(() => macs(nvad), { timeout: 10_000, interval: 20 }).toEqual(wanted);
  /** The words of a command, and what it says. */
  const ctl = async (...words: readonly string[]) => {
    const { code, stdout, stderr } = await dc1.ctl(...words);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };

  beforeAll(async () => {
    net = bench.namespace('fed');
    for (const one of Object.values(at)) net.ip('address', 'add', `${one}/32`, 'dev', 'lo');
    dc1 = startDc1();
    dc2 = bench.nvad(net, config(2, shares.dc2), { file: 'dc2.yaml', api: { host: '127.0.0.1', port: 8082 } });
    await Promise.all([dc1.up(), dc2.up()]);
    nve1 = await join(at.nve1, at.dc1, 65001);
    nve2 = await join(at.nve2, at.dc2, 65002);
    say(nve1, 1, 1);
    say(nve2, 2, 2);
  });
  afterAll(() => bench.clear());

  it('is shown with what is shared and what crosses', async () => {
    await become(dc1, '01', '02');
    await become(dc2, '01', '02');
    expect(await domain()).toMatchObject({
      domain: 'dc2',
      asn: 65002,
      domainId: '65002:0',
      state: 'established',
      sessions: { up: 1, configured: 1 },
      networks: [
        {
          name: 'web',
          vni: 1217,
          remote: { vni: 2217, routeTarget: '65002:2217' },
          gateways: { import: [{ address: '192.0.2.254', elected: true, state: 'alive' }], export: [] },
          routes: { import: 1, export: 1 },
        },
      ],
      import: { routes: 1, refused: {}, waiting: 0, damped: 0 },
      export: { routes: 1, waiting: 0 },
    });
    const { regions } = await dc1.get<Regions>('/v1/regions');
    expect(regions).toEqual([{ domains: ['dc1', 'dc2'], networks: ['web'] }]);
    expect(await ctl('show', 'domains')).toMatch(/^dc2 +65002 +established +\d+s +1\/1 +1 +1 +1 +0 +0 +0$/m);
    expect(await ctl('show', 'regions')).toContain('dc1, dc2         1  web\n');
    expect(await ctl('show', 'domain', 'dc2')).toMatch(/^web +1217 +2217 +65002:2217 +1 +1 +192\.0\.2\.254 +direct$/m);
    expect(await ctl('complete', 'domains')).toBe('dc2\n');
  });

  it('has its sessions among the peers, and its routes as they are on the wire', async () => {
    const { peers } = await dc1.get<{ peers: Peer[] }>('/v1/peers');
    expect(peers).toMatchObject([
      { address: at.nve1, role: 'nve', domain: null, counters: { routes: { received: 1, advertised: 1 } } },
      { address: at.dc2, role: 'domain', domain: 'dc2', counters: { routes: { received: 1, advertised: 1 } } },
    ]);
    expect(await macs(dc1, '&domain=dc2&vni=2217')).toEqual(['01', '02']);
    expect(await macs(dc1, '&domain=dc2&vni=1217')).toEqual([]);
    expect(dc1.logs.find(({ msg }) => msg === `session with ${at.dc2} established`)).toMatchObject({
      component: 'federation',
      role: 'domain',
      domain: 'dc2',
    });
    const { text } = await dc1.http('/metrics');
    expect(text).toContain(`nvad_peer_up{peer="${at.dc2}",role="domain"} 1\n`);
    expect(text).toContain('nvad_domain_routes{domain="dc2",direction="import"} 1\n');
    expect(text).toContain(
      'nvad_domain_gateway_alive{domain="dc2",network="web",direction="import",gateway="192.0.2.254"} 1\n',
    );
  });

  it('hears and tells nothing while it is frozen, and everything when it is released', async () => {
    expect(await ctl('federation', 'freeze', 'dc2')).toMatch(/^dc2 is frozen/);
    say(nve1, 1, 3);
    say(nve2, 2, 4);
    nve2.send(withdraw([hostOf(2, 2)]));
    await expect.poll(() => macs(dc1, '&domain=dc2'), { timeout: 10_000 }).toEqual(['01', '04']);
    await expect.poll(async () => (await domain()).import.waiting).toBe(2);
    await expect.poll(async () => (await domain()).export.waiting).toBe(1);
    expect(await macs(dc1)).toEqual(['01', '02', '03']);
    expect(await macs(dc2)).toEqual(['01', '04']);
    expect(await domain()).toMatchObject({ state: 'frozen', sessions: { up: 1 }, import: { routes: 1 } });
    expect(await ctl('federation', 'release', 'dc2')).toBe('dc2 is released, and established\n');
    await become(dc1, '01', '03', '04');
    await become(dc2, '01', '03', '04');
  });

  it('is drained in two steps, and its session stays, also over a reload', async () => {
    const { sessions } = (await dc1.get<Peer>(`/v1/peers/${at.dc2}`)).counters;
    expect(await ctl('federation', 'drain', 'dc2', '--seconds', '3600')).toMatch(/^dc2 is being drained/);
    await become(dc2, '04');
    const preference = async () => {
      const { routes } = await dc1.get<RoutePage>(`/v1/routes?mac=${macOf(4).replaceAll(/(?=(..)+$)\B/g, ':')}`);
      const found = await dc1.ctl('show', 'route', routes[0]?.key ?? '');
      return /LOCAL_PREF +(\d+)/.exec(found.stdout)?.[1];
    };
    await expect.poll(preference, { timeout: 10_000 }).toBe('0');
    expect(await macs(dc1)).toEqual(['01', '03', '04']);
    expect(await ctl('federation', 'release', 'dc2')).toBe('dc2 is released, and established\n');
    await expect.poll(preference, { timeout: 10_000 }).toBe('100');
    await become(dc2, '01', '03', '04');
    await ctl('federation', 'drain', 'dc2', '--seconds', '0');
    await become(dc1, '01', '03');
    await become(dc2, '04');
    dc1.configure(config(1, shares.dc1.replace('192.0.2.254', '192.0.2.253')));
    dc1.signal('SIGHUP');
    await expect.poll(async () => (await domain()).networks[0]?.gateways.import[0]?.address).toBe('192.0.2.253');
    expect(await domain()).toMatchObject({
      state: 'drained',
      sessions: { up: 1 },
      import: { refused: { drained: 1 } },
    });
    expect((await dc1.ctl('federation', 'freeze', 'dc2')).code).toBe(1);
    expect((await dc1.get<Peer>(`/v1/peers/${at.dc2}`)).counters.sessions).toBe(sessions);
    await ctl('federation', 'release', 'dc2');
    await become(dc1, '01', '03', '04');
    await become(dc2, '01', '03', '04');
  });

  describe('when nvad is killed and started again', () => {
    const restart = async () => {
      await dc1.kill();
      dc1 = startDc1();
      await dc1.up();
      nve1 = await join(at.nve1, at.dc1, 65001);
      say(nve1, 1, 1);
      say(nve1, 1, 3);
      await expect.poll(async () => (await domain()).sessions.up, { timeout: 60_000 }).toBe(1);
      await expect.poll(() => macs(dc1, '&domain=dc2'), { timeout: 10_000 }).toEqual(['04']);
      await expect
        .poll(() => macs(dc1, '&vni=1217'), { timeout: 10_000 })
        .toEqual(expect.arrayContaining(['01', '03']));
    };

    it('stays drained, since the same time, and nothing crosses', async () => {
      await ctl('federation', 'drain', 'dc2', '--seconds', '3600');
      const { since } = await domain();
      await restart();
      expect(await domain()).toMatchObject({ state: 'drained', since, export: { routes: 0, refused: { drained: 2 } } });
      await expect.poll(async () => (await domain()).import).toMatchObject({ routes: 0, refused: { drained: 1 } });
      await become(dc2, '04');
      expect(await macs(dc1)).toEqual(['01', '03']);
      expect(await ctl('show', 'domain', 'dc2')).toMatch(new RegExp(`^state +drained for .*, since ${since}$`, 'm'));
      expect(dc1.logs.find(({ msg }) => msg.startsWith(`dc2 is drained since ${since}: `))).toMatchObject({
        component: 'federation',
        domain: 'dc2',
        state: 'drained',
      });
    });

    it('is released for good when it is released', async () => {
      await ctl('federation', 'release', 'dc2');
      await become(dc1, '01', '03', '04');
      await restart();
      await become(dc1, '01', '03', '04');
      await become(dc2, '01', '03', '04');
    });

    it('stays frozen, with nothing that has crossed, until it is released', async () => {
      await ctl('federation', 'freeze', 'dc2');
      const { since } = await domain();
      await restart();
      await expect.poll(async () => (await domain()).export.waiting, { timeout: 10_000 }).toBe(2);
      expect(await domain()).toMatchObject({
        state: 'frozen',
        since,
        import: { routes: 0, waiting: 1 },
        export: { routes: 0 },
      });
      await become(dc2, '04');
      expect(await macs(dc1)).toEqual(['01', '03']);
      await ctl('federation', 'release', 'dc2');
      await become(dc1, '01', '03', '04');
      await become(dc2, '01', '03', '04');
    });
  });

  it('is shown as stale when it is lost, with what is kept of it', async () => {
    await dc2.kill();
    await expect.poll(async () => (await domain()).state, { timeout: 10_000 }).toBe('stale');
    expect(await domain()).toMatchObject({ sessions: { up: 0, configured: 1 }, import: { routes: 1 } });
    expect(await ctl('show', 'domains')).toMatch(/^dc2 +65002 +stale +/m);
  });
});
