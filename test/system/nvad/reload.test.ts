import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { macIp, macOf, rd } from '../support/evpn-routes.ts';
import { announceMany, macRoutes } from '../support/many-routes.ts';
import { announce, Type } from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';

interface Choices {
  readonly listen?: string;
  readonly routerId?: string;
  readonly nves?: readonly string[];
  readonly more?: readonly string[];
}

const usual = [
  '{ address: 127.0.1.1, passive: true, description: one }',
  '{ address: 127.0.1.2, passive: true }',
  '{ prefix: 127.0.2.0/24 }',
];

const config = ({ listen = '["127.0.0.1:1179"]', routerId = '10.255.0.1', nves = usual, more = [] }: Choices = {}) =>
  [
    'domain: dc1',
    'asn: 65000',
    `routerId: ${routerId}`,
    `listen: ${listen}`,
    'nves:',
    ...nves.map((nve) => `  - ${nve}`),
    'api: { listen: "127.0.0.1:8080" }',
    ...more,
    '',
  ].join('\n');

interface PeerView {
  readonly address: string;
  readonly description: string | null;
  readonly state: string;
  readonly since: string;
  readonly counters: { readonly sessions: number; readonly routes: { readonly received: number } };
}

/** nvad as a process in a network of its own: needs root, and is skipped without. */
describe.runIf(isRoot)('SIGHUP', () => {
  let bench: Bench;
  let net: Namespace;
  let nvad: Nvad;

  const connection = (localAddress: string, port = 1179) => bench.client(net, { localAddress, port });
  const join = (localAddress: string, port = 1179): Promise<BgpClient> =>
    connection(localAddress, port).establish({ asn: 65000, id: localAddress });
  const peers = async () => {
    const { peers: all } = await nvad.get<{ peers: PeerView[] }>('/v1/peers');
    return new Map(all.map((peer) => [peer.address, peer]));
  };
  /** Reloads and waits for the end of it, good or bad; answers what the log says of it. */
  const reload = async (choices: Choices | string, end: RegExp) => {
    const from = nvad.logs.length;
    nvad.configure(typeof choices === 'string' ? choices : config(choices));
    nvad.signal('SIGHUP');
    await nvad.logged(end, { from });
    return nvad.logs.slice(from).filter(({ component }) => component === 'config');
  };
  const reloaded = (choices: Choices) => reload(choices, /^configuration reloaded$/);
  const refused = (choices: Choices | string) => reload(choices, /^configuration refused; nvad goes on/);

  beforeEach(async () => {
    bench = new Bench();
    net = bench.namespace('lo');
    nvad = await bench.nvad(net, config()).up();
  });
  afterEach(() => bench.clear());

  it('adds a neighbour, removes one, changes a description: who did not change keeps its session', async () => {
    const one = await join('127.0.1.1');
    const two = await join('127.0.1.2');
    const dynamic = await join('127.0.2.9');
    const stranger = connection('127.0.1.3');
    expect(await stranger.notification()).toBe('0605');
    const before = await peers();

    const lines = await reloaded({
      nves: [
        '{ address: 127.0.1.1, passive: true, description: uno }',
        '{ prefix: 127.0.2.0/24 }',
        '{ address: 127.0.1.3, passive: true }',
      ],
    });
    expect(lines.map(({ msg }) => msg).sort()).toEqual([
      'configuration reloaded',
      'nve 127.0.1.1 changed (description); its session stays',
      'nve 127.0.1.2 removed',
      'nve 127.0.1.3 added',
    ]);
    // RFC 4486 §4: Peer De-configured.
    expect(await two.notification()).toBe('0603');
    await two.ended();
    const three = await join('127.0.1.3');
    const after = await peers();
    expect([...after.keys()].sort()).toEqual(['127.0.1.1', '127.0.1.3', '127.0.2.9']);
    for (const address of ['127.0.1.1', '127.0.2.9']) {
      const old = before.get(address);
      expect(after.get(address)).toMatchObject({ state: 'Established', since: old?.since, counters: { sessions: 1 } });
    }
    expect(before.get('127.0.1.1')?.description).toBe('one');
    expect(after.get('127.0.1.1')?.description).toBe('uno');

    const route = macIp({ rd: rd('10.0.0.11', 2), mac: macOf(1) });
    one.send(announce([route], { nextHop: '10.0.0.11' }));
    for (const client of [dynamic, three]) await client.route(route);
    expect([one.closed, dynamic.closed]).toEqual([false, false]);
  });

  it('a field that needs a new session makes one, of that peer alone', async () => {
    const one = await join('127.0.1.1');
    const two = await join('127.0.1.2');
    const before = await peers();
    await reloaded({
      nves: ['{ address: 127.0.1.1, passive: true, description: one, holdTime: 30 }', ...usual.slice(1)],
    });
    expect((await one.notification()).slice(0, 4)).toBe('0603');
    await one.ended();
    const again = await join('127.0.1.1');
    const [open] = again.messages.filter(({ type }) => type === Type.open);
    expect(open?.octets.subarray(22, 24)).toEqual(Uint8Array.of(0, 30));
    expect((await peers()).get('127.0.1.2')).toMatchObject({ since: before.get('127.0.1.2')?.since });
    expect(two.closed).toBe(false);
  });

  it('listeners come and go while sessions stay; one that cannot be had changes nothing', async () => {
    const one = await join('127.0.1.1');
    await reloaded({ listen: '["127.0.0.1:1179", "127.0.0.1:1180"]' });
    const two = await join('127.0.1.2', 1180);
    await reloaded({ listen: '["127.0.0.1:1180"]' });
    const late = connection('127.0.2.1', 1179);
    await late.ended();
    expect(late.error).toBe('ECONNREFUSED');
    await join('127.0.2.2', 1180);

    // Ports below 1024 need a right that nvad gave up once it had started.
    const lines = await refused({ listen: '["127.0.0.1:1181", "127.0.0.1:179"]' });
    expect(lines.map(({ msg }) => msg)).toEqual([
      `${nvad.configFile}:4:28: cannot listen on 127.0.0.1:179: nvad gave up the right to bind port 179 after it had started; restart it to take the new file`,
      'configuration refused; nvad goes on with the one it has',
    ]);
    await join('127.0.2.3', 1180);
    const nobody = connection('127.0.2.4', 1181);
    await nobody.ended();
    expect(nobody.error).toBe('ECONNREFUSED');
    expect([one.closed, two.closed]).toEqual([false, false]);
    for (const address of ['127.0.1.1', '127.0.1.2']) {
      expect((await peers()).get(address)).toMatchObject({ state: 'Established', counters: { sessions: 1 } });
    }
  });

  it('a bad file is refused with its errors in the log, and the old one goes on', async () => {
    const one = await join('127.0.1.1');
    const before = await peers();
    const lines = await refused(`${config()}holdTimer: 5\nuser: [root]\n`);
    expect(lines.map(({ level, msg }) => `${level} ${msg}`)).toEqual([
      `error ${nvad.configFile}:10:1: unknown key "holdTimer"; known here: domain, asn, routerId, clusterId, domainId, listen, nves, nvas, virtualNetworks, admission, macMobility, nveProtocol, federation, bfd, gracefulRestart, api, store, log, user, group`,
      expect.stringMatching(/^error .*\/nvad\.yaml:11:7: user must be text/),
      'error configuration refused; nvad goes on with the one it has',
    ]);
    const needsRestart = await refused({ routerId: '10.255.0.2' });
    expect(needsRestart[0]).toMatchObject({ level: 'error', code: 'needs-restart' });
    expect(needsRestart[0]?.msg.startsWith(`${nvad.configFile}:3:11: `)).toBe(true);
    await refused('domain: [');
    expect(await peers()).toEqual(
      new Map([...before].map(([at, peer]) => [at, expect.objectContaining({ since: peer.since })])),
    );
    expect(one.closed).toBe(false);
    await join('127.0.1.2');
    await reloaded({});
  });

  it('more routes than maxRoutes: Cease/Maximum Number of Prefixes with family and bound; raised without a session', async () => {
    const limited = (most: number) => ({ nves: [`{ prefix: 127.0.2.0/24, maxRoutes: ${most} }`, usual[0] as string] });
    await reloaded(limited(10));
    const observer = await join('127.0.1.1');
    const greedy = await join('127.0.2.1');
    greedy.send(announceMany(macRoutes(0, 10), { nextHop: '10.0.0.11' }));
    await observer.holdsNumber(10);
    greedy.send(announceMany(macRoutes(10, 11), { nextHop: '10.0.0.11' }));
    // RFC 4486 §4: AFI 25, SAFI 70, and the bound of 10.
    expect(await greedy.notification()).toBe('06010019460000000a');
    await greedy.ended();
    await observer.holdsNumber(0);

    const patient = await join('127.0.2.2');
    patient.send(announceMany(macRoutes(0, 10), { nextHop: '10.0.0.12' }));
    await observer.holdsNumber(10);
    const since = (await peers()).get('127.0.2.2')?.since;
    await reloaded(limited(20));
    patient.send(announceMany(macRoutes(10, 20), { nextHop: '10.0.0.12' }));
    await observer.holdsNumber(20);
    expect((await peers()).get('127.0.2.2')).toMatchObject({ since, counters: { routes: { received: 20 } } });
    expect(observer.closed).toBe(false);
  });
});
