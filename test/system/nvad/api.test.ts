import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { ethernetAd, ethernetSegment, inclusiveMulticast, ipPrefix, macIp, macOf, rd } from '../support/evpn-routes.ts';
import { announce, macMobility, routeTarget } from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import { type Nvad, runTool } from '../support/nvad.ts';
import { until } from '../support/until.ts';

const config = `
domain: dc1
asn: 65000
routerId: 10.255.0.1
listen: ["127.0.0.1:179"]
nves:
  - { address: 127.0.1.1, passive: true, description: rack 1 }
  - { address: 127.0.1.2, passive: true }
  - { prefix: 127.0.2.0/24 }
api: { listen: "127.0.0.1:8080" }
`;

interface Route {
  readonly key: string;
  readonly text: string;
  readonly best: { readonly peer: string; readonly nextHop: string } | null;
}
interface RoutePage {
  readonly routes: readonly Route[];
  readonly next: string | null;
  readonly total: number | null;
}

const esi = '00:01:02:03:04:05:06:07:08:09';
const [left, right] = ['127.0.1.1', '127.0.1.2'];
const shared = macIp({ rd: rd('10.0.0.99', 9), mac: macOf(9), ip: '192.168.100.9', labels: [100] });
/** The routes of the test, by what they are called in it. */
const routes = {
  mac: macIp({ rd: rd('10.0.0.11', 2), mac: macOf(1), ip: '192.168.100.1', labels: [100, 5000] }),
  other: macIp({ rd: rd('10.0.0.11', 3), mac: macOf(2), esi, labels: [200] }),
  flood: inclusiveMulticast({ rd: rd('10.0.0.11', 2), originator: '10.0.0.11' }),
  segment: ethernetSegment({ rd: rd('10.0.0.11', 1), esi, originator: '10.0.0.11' }),
  discovery: ethernetAd({ rd: rd('10.0.0.12', 1), esi, tag: 0xffffffff }),
  prefix: ipPrefix({ rd: rd('10.0.0.12', 2), prefix: '192.0.2.0/24', gateway: '0.0.0.0', label: 6000 }),
  shared,
} as const;
const texts: Readonly<Record<keyof typeof routes, string>> = {
  mac: '[2]:[10.0.0.11:2]:[0]:[48]:[02:00:00:00:00:01]:[32]:[192.168.100.1]',
  other: '[2]:[10.0.0.11:3]:[0]:[48]:[02:00:00:00:00:02]',
  flood: '[3]:[10.0.0.11:2]:[0]:[32]:[10.0.0.11]',
  segment: `[4]:[10.0.0.11:1]:[${esi}]:[32]:[10.0.0.11]`,
  discovery: `[1]:[10.0.0.12:1]:[${esi}]:[4294967295]`,
  prefix: '[5]:[10.0.0.12:2]:[0]:[24]:[192.0.2.0]',
  shared: '[2]:[10.0.0.99:9]:[0]:[48]:[02:00:00:00:00:09]:[32]:[192.168.100.9]',
};

/** nvad as a process in a network of its own: needs root, and is skipped without. */
describe.runIf(isRoot)('the API and nvactl of a running nvad', () => {
  let bench: Bench;
  let net: Namespace;
  let nvad: Nvad;
  let one: BgpClient;
  let two: BgpClient;

  const join = (localAddress: string) =>
    bench.client(net, { localAddress }).establish({ asn: 65000, id: localAddress });
  const found = async (query: string) =>
    (await nvad.get<RoutePage>(`/v1/routes?${query}`)).routes.map(({ text }) => text).sort();

  beforeAll(async () => {
    bench = new Bench();
    net = bench.namespace('lo');
    nvad = await bench.nvad(net, config).up();
  });
  afterAll(() => bench.clear());

  it('is ready when those it waits for have come and told everything', async () => {
    const readiness = async () => {
      const { status, text } = await nvad.http('/readyz');
      const { reasons } = JSON.parse(text) as { reasons: { text: string }[] };
      return { status, missing: reasons.map((reason) => reason.text).sort() };
    };
    const becomes = (status: number, ...missing: readonly string[]) =>
      expect.poll(readiness, { timeout: 5000, interval: 20 }).toEqual({ status, missing });
    expect((await nvad.http('/healthz')).status).toBe(200);
    await becomes(503, `${left} has not come up yet`, `${right} has not come up yet`);
    expect((await nvad.ctl('show', 'health')).code).toBe(1);
    one = await join(left);
    await becomes(503, `${left} has not sent End-of-RIB yet`, `${right} has not come up yet`);
    two = await join(right);
    one.send(
      announce([routes.mac, routes.flood], { nextHop: '10.0.0.11' }),
      announce([routes.other], { nextHop: '10.0.0.11', extendedCommunities: [routeTarget(65000, 200)] }),
      announce([routes.segment], { nextHop: '10.0.0.11' }),
      announce([shared], { nextHop: '10.0.0.11', extendedCommunities: [routeTarget(65000, 100), macMobility(1)] }),
    );
    one.done();
    await becomes(503, `${right} has not sent End-of-RIB yet`);
    two.send(
      announce([routes.discovery], { nextHop: '10.0.0.12' }),
      announce([routes.prefix], { nextHop: '10.0.0.12' }),
      announce([shared], { nextHop: '10.0.0.12', localPref: 300 }),
    );
    two.done();
    await becomes(200);
    expect((await nvad.ctl('show', 'health')).code).toBe(0);
  });

  it('shows peers as they are', async () => {
    const { peers } = await nvad.get<{ peers: Record<string, unknown>[] }>('/v1/peers');
    expect(peers.map(({ address }) => address)).toEqual([left, right]);
    expect(peers[0]).toMatchObject({
      address: left,
      port: one.socket.localPort,
      localAddress: '127.0.0.1',
      description: 'rack 1',
      role: 'nve',
      asn: 65000,
      routerId: left,
      kind: 'ibgp',
      reflection: 'client',
      origin: 'static',
      state: 'Established',
      lastErrorSent: null,
      lastErrorReceived: null,
      lastFailure: null,
      capabilities: {
        received: { families: ['evpn'], asn4: true, routeRefresh: true, extendedMessages: false, holdTimeSeconds: 90 },
        negotiated: {
          families: ['evpn'],
          asn4: true,
          extendedMessages: false,
          holdTimeSeconds: 90,
          keepaliveSeconds: 30,
        },
      },
      counters: {
        messages: { in: { open: 1, update: 5, notification: 0, keepalive: 1, routeRefresh: 0 } },
        sessions: 1,
        routes: { received: 5, accepted: 5, best: 5, withdrawnByError: 0 },
        faults: {},
      },
      egress: { changesBehind: 0, endOfRibSent: true, endOfRibReceived: true },
    });
    expect(await nvad.get(`/v1/peers/${right}`)).toMatchObject({
      address: right,
      counters: { routes: { received: 3, best: 2, advertised: 5 } },
    });
    expect((await nvad.http('/v1/peers/127.0.9.9')).status).toBe(404);
  });

  const names = Object.keys(texts) as (keyof typeof texts)[];
  it.each([
    ['', names],
    ['type=1', ['discovery']],
    ['type=2', ['mac', 'other', 'shared']],
    ['type=3', ['flood']],
    ['type=5', ['prefix']],
    ['type=77', []],
    ['rd=10.0.0.11:2', ['mac', 'flood']],
    ['vni=100', ['mac', 'shared']],
    ['vni=5000', ['mac']],
    ['vni=6000', ['prefix']],
    ['mac=02:00:00:00:00:02', ['other']],
    ['ip=192.168.100.1', ['mac']],
    ['ip=10.0.0.11', ['flood', 'segment']],
    ['prefix=192.0.2.0/24', ['prefix']],
    [`esi=${esi}`, ['other', 'segment', 'discovery']],
    ['nextHop=10.0.0.12', ['discovery', 'prefix', 'shared']],
    [`peer=${left}`, ['mac', 'other', 'flood', 'segment', 'shared']],
    ['routeTarget=65000:200', ['other']],
    ['type=2&vni=100&peer=127.0.1.2', ['shared']],
  ] as const)('lists routes: ?%s', async (query, expected) => {
    expect(await found(query)).toEqual(expected.map((name) => texts[name]).sort());
  });

  it('pages, and refuses what is no filter', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    let pages = 0;
    while (cursor !== null) {
      const page: RoutePage = await nvad.get(`/v1/routes?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect(page.routes.length).toBeLessThanOrEqual(3);
      seen.push(...page.routes.map(({ text }) => text));
      cursor = page.next;
      pages++;
    }
    expect(pages).toBeGreaterThanOrEqual(3);
    expect(seen.sort()).toEqual(Object.values(texts).sort());
    for (const query of ['colour=red', 'type=two', 'mac=1', 'limit=0', 'cursor=x']) {
      expect((await nvad.http(`/v1/routes?${query}`)).status).toBe(400);
    }
  });

  it('one route with two paths, and the step that decided', async () => {
    const { routes: list } = await nvad.get<RoutePage>('/v1/routes?mac=02:00:00:00:00:09');
    expect(list[0]).toMatchObject({ paths: 2, best: { peer: left, nextHop: '10.0.0.11' } });
    const detail = await nvad.get<Record<string, unknown>>(`/v1/routes/${list[0]?.key}`);
    expect(detail).toMatchObject({
      text: texts.shared,
      paths: [
        { peer: left, best: true, usable: true, lost: null, mobility: { sequence: 1, sticky: false } },
        { peer: right, best: false, usable: true, lost: { step: 'mobility-sequence', reference: 'RFC 7432 §15' } },
      ],
      decision: { step: 'mobility-sequence', reference: 'RFC 7432 §15' },
      advertised: { count: 1 },
    });
    const shown = await nvad.ctl('show', 'route', '02:00:00:00:00:09');
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toContain(texts.shared);
    expect(shown.stdout).toMatch(/MAC mobility sequence/);
    const json = await nvad.ctl('show', 'route', texts.shared, '--json');
    expect(json.code).toBe(0);
    expect(JSON.parse(json.stdout)).toEqual(detail);
  });

  it('/metrics counts what happened', async () => {
    const text = (await nvad.http('/metrics')).text;
    const value = (name: string) => {
      const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
      return line === undefined ? undefined : Number(line.slice(name.length + 1));
    };
    const octets = `nvad_peer_bytes_total{peer="${left}",direction="out"}`;
    expect({
      up: value(`nvad_peer_up{peer="${left}",role="nve"}`),
      sessions: value(`nvad_peer_sessions_total{peer="${left}"}`),
      updates: value(`nvad_peer_messages_total{peer="${left}",direction="in",type="update"}`),
      received: value(`nvad_peer_routes{peer="${left}",set="received"}`),
      best: value(`nvad_peer_routes{peer="${right}",set="best"}`),
      ready: value('nvad_ready'),
      routes: value('nvad_routes'),
      paths: value('nvad_paths'),
      octets: value(octets),
    }).toEqual({
      up: 1,
      sessions: 1,
      updates: 5,
      received: 5,
      best: 2,
      ready: 1,
      routes: 7,
      paths: 8,
      octets: one.octets,
    });
  });

  it('nvactl prints the API’s own objects with --json, and tables without', async () => {
    const peers = await nvad.ctl('show', 'peers', '--json');
    const addresses = (JSON.parse(peers.stdout) as { peers: { address: string }[] }).peers.map((peer) => peer.address);
    expect(addresses).toEqual([left, right]);
    const table = await nvad.ctl('show', 'routes', '--vni', '100');
    expect(table.code).toBe(0);
    expect(table.stdout.trimEnd().split('\n').at(-1)).toBe('2 routes');
    expect(table.stdout).toMatch(/02:00:00:00:00:01/);
  });

  it('nvactl’s exit codes: 2 usage, 3 not reachable, 4 nothing matched', async () => {
    const codes = async (...words: readonly string[]) => (await nvad.ctl(...words)).code;
    expect(await codes('show', 'routes', '--mac', 'no-mac')).toBe(2);
    expect(await codes('show', 'everything')).toBe(2);
    expect(await codes('show', 'routes', '--vni', '77')).toBe(4);
    expect(await codes('reset', '127.0.9.9')).toBe(4);
    expect(await codes('show', 'route', '02:00:00:00:00:77')).toBe(4);
    const nobody = await runTool(net, ['nvactl', '--api', 'http://127.0.0.1:9', 'show', 'peers']);
    expect(nobody).toMatchObject({ code: 3, stdout: '' });
    expect(nobody.stderr).toContain('127.0.0.1:9');
  });

  it('nvactl reset ends a session with Cease/Administrative Reset and the text; with nobody there it is refused', async () => {
    expect((await nvad.ctl('reset', right, '--message', 'maintenance')).code).toBe(0);
    expect(await two.notification()).toBe(`06040b${Buffer.from('maintenance').toString('hex')}`);
    await until(async () => (await found('')).length === 5, { within: 5000, what: 'the routes of the peer to go' });
    const { lastErrorSent } = await nvad.get<{ lastErrorSent: unknown }>(`/v1/peers/${right}`);
    expect(lastErrorSent).toMatchObject({ code: 6, subcode: 4, text: 'maintenance' });
    expect(one.closed).toBe(false);

    const refused = await nvad.ctl('reset', right);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(right);
  });
});
