import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createApiServer } from '../../../src/api/server.ts';
import { createMemorySource, samplePath, samplePeer, type2 } from '../api/memory-source.ts';
import { modulesFor, type RunningServer, startServer } from '../api/running-server.ts';
import { nvactl, requireBuild, startNvactl } from './nvactl-process.ts';

// Each test starts processes, on a machine that others use too.
vi.setConfig({ testTimeout: 30_000 });

let server: RunningServer;
beforeAll(requireBuild);
beforeEach(async () => {
  server = await startServer();
  // Ages are told against this machine's clock.
  const hourAgo = new Date(Date.now() - 3_720_500).toISOString();
  for (const peer of server.source.peerList) peer.since = hourAgo;
  for (const route of server.source.routeList) for (const path of route.paths) path.since = hourAgo;
});
afterEach(() => server.close());

const ask = (...args: string[]) => nvactl(args, { NVACTL_API: server.url });

describe('tables', () => {
  test('show peers', async () => {
    expect(await ask('show', 'peers')).toEqual({
      code: 0,
      err: '',
      out: `\
PEER       ROLE          AS  STATE          FOR  RECEIVED  BEST  ADVERTISED  BEHIND  LAST ERROR                                  DESCRIPTION
10.0.0.2   nva        65000  Active       1h02m         3     2           5       0  received 6/2 Cease/Administrative Shutdown  second replica
10.0.0.11  nve        65000  Established  1h02m         3     2           5       0
10.0.0.12  nve   4200000001  Established  1h02m         3     2           5       0
`,
    });
  });

  test('show peer', async () => {
    const peer = server.source.peerList[2]!;
    const { code, out } = await ask('show', 'peer', '10.0.0.11');
    expect(code).toBe(0);
    expect(out).toBe(`\
peer                10.0.0.11, port 45123
role                nve, dynamic, ibgp client
AS                  65000 (ours 65000)
router id           10.0.0.11
local address       10.0.0.1
state               Established for 1h02m, since ${peer.since}
protection          none
sessions            2
routes              3 received, 3 accepted, 2 best
graceful restart    its routes go with its session
advertised          5
withdrawn by error  1
faults              origin-value 1
behind              0 changes, 0 octets in the socket
End-of-RIB          sent yes, received yes

CAPABILITY         OURS  THEIRS              IN USE
families           evpn  evpn, ipv4-unicast  evpn
four-octet AS      yes   yes                 yes
route refresh      yes   yes                 yes
enhanced refresh   no    yes                 no
extended messages  yes   no                  no
add-path           -     evpn receive        -
graceful restart   no    120s, N             no
long-lived         no    evpn 600s           no
hold time          90s   9s                  9s
host name          -     nve1
other codes        -     128

MESSAGES         IN   OUT
OPEN              1     1
UPDATE           12     7
NOTIFICATION      0     0
KEEPALIVE        40    40
ROUTE-REFRESH     0     0
bytes          2345  1234
`);
  });

  test('show peers and show peer, of one that restarts and of one that had too many routes', async () => {
    const limit = {
      limit: 9,
      warnAbove: 6,
      near: true,
      exceeded: 1,
      restartSeconds: null,
      untilReset: false,
      held: false,
      heldUntil: null,
    };
    const kept = { phase: 'restarting', staleRoutes: 3, since: null, until: '2026-01-02T03:04:05.000Z' } as const;
    const helped = { helped: true, restartTimeSeconds: 60, longLivedStaleTimeSeconds: 600, notifications: true };
    const { gracefulRestart: none } = samplePeer('10.0.0.1');
    server.source.peerList = [
      samplePeer('10.0.0.11', { gracefulRestart: { ...none, ...kept }, state: 'Active', uptimeSeconds: null }),
      samplePeer('10.0.0.12', { gracefulRestart: { ...none, ...helped }, routeLimit: limit }),
      samplePeer('10.0.0.13', { routeLimit: { ...limit, near: false, untilReset: true, held: true }, state: 'Idle' }),
      samplePeer('10.0.0.14', {
        routeLimit: { ...limit, restartSeconds: 90 },
        capabilities: { sent: null, received: null, negotiated: null },
      }),
    ];
    const field = async (address: string, name: string) => {
      const { out } = await ask('show', 'peer', address);
      return out
        .split('\n')
        .find((line) => line.startsWith(name))
        ?.slice(name.length)
        .trim();
    };
    expect((await ask('show', 'peers')).out).toMatch(/RECEIVED {2}STALE .*\n10\.0\.0\.11 .* 3 {6}3 .*\n/);
    expect([await field('10.0.0.11', 'graceful restart'), await field('10.0.0.12', 'graceful restart')]).toEqual([
      'restarting, 3 routes not confirmed, until 2026-01-02T03:04:05.000Z',
      'its routes are kept for 60s, 600s more as the least preferred, also after a NOTIFICATION',
    ]);
    expect([await field('10.0.0.12', 'route limit'), await field('10.0.0.13', 'route limit')]).toEqual([
      '9 routes, warning above 6, which it has, exceeded 1 time',
      '9 routes, warning above 6, exceeded 1 time, kept down until it is reset',
    ]);
    expect(await field('10.0.0.14', 'route limit')).toContain('with more it is kept down for 1m30s');
    expect((await ask('show', 'peer', '10.0.0.14')).out).not.toContain('CAPABILITY');
  });

  test.each([
    [null, undefined],
    [{ from: 'all', complete: true, routeTargets: [] }, 'every route'],
    [{ from: 'rt-constrain', complete: false, routeTargets: [] }, '0 route targets by RT-Constrain (more may come)'],
    [{ from: 'derived', complete: true, routeTargets: ['*:100'] }, '1 route target by what it announces: *:100'],
  ] as const)('shows which routes it is sent: %o', async (interest, text) => {
    const peer = samplePeer('10.0.0.11');
    const given = interest && { ...interest, routeTargets: [...interest.routeTargets] };
    server.source.peerList = [{ ...peer, egress: { ...peer.egress, interest: given } }];
    const { out } = await ask('show', 'peer', '10.0.0.11');
    expect(/^interest +(.*)$/m.exec(out)?.[1]).toBe(text);
  });

  test('show peer, of one that only helps with our restart', async () => {
    const sample = samplePeer('10.0.0.11');
    const { sent, received, negotiated } = sample.capabilities;
    const offer = { restarting: false, notifications: false, restartTimeSeconds: 120 };
    server.source.peerList = [
      samplePeer('10.0.0.11', {
        capabilities: {
          sent: { ...sent!, gracefulRestart: { ...offer, families: [{ family: 'evpn', forwardingPreserved: true }] } },
          received: { ...received!, gracefulRestart: { ...offer, families: [] } },
          negotiated: { ...negotiated!, gracefulRestart: true },
        },
      }),
    ];
    const { out } = await ask('show', 'peer', '10.0.0.11');
    expect(out).toMatch(/^graceful restart +its routes go with its session; it keeps ours for 120s$/m);
    expect(out).toMatch(/^graceful restart +120s +helper only +for our restart$/m);
  });

  test('show peers and show peer: what is over is no error of a session that is there', async () => {
    const at = '2026-01-02T03:00:00.000Z';
    const failure = { name: 'connect failed', text: 'no route to host', at };
    const error = { code: 6, subcode: 5, name: 'Cease/Connection Rejected', text: null, at };
    server.source.peerList = [
      samplePeer('10.0.0.11', { lastErrorReceived: error, lastFailure: failure }),
      samplePeer('10.0.0.12', { state: 'Active', lastFailure: failure }),
    ];
    const rows = (await ask('show', 'peers')).out.split('\n');
    expect(rows[0]).toMatch(/LAST ERROR$/);
    expect(rows[1]).not.toMatch(/Rejected|failed/);
    expect(rows[2]).toMatch(/ {2}connect failed: no route to host$/);
    const { out } = await ask('show', 'peer', '10.0.0.11');
    expect(out).toMatch(/^last error received {2}6\/5 Cease\/Connection Rejected \(.* ago\)$/m);
    expect(out).toMatch(/^last failure {9}connect failed: no route to host \(.* ago\)$/m);
  });

  test('show peer, with a text from the peer that would steer a terminal', async () => {
    server.source.peerList = [
      samplePeer('10.0.0.11', {
        lastErrorReceived: {
          code: 6,
          subcode: 2,
          name: 'Cease/Administrative Shutdown',
          text: '\u001b[2Jbye',
          at: new Date(Date.now() - 65_500).toISOString(),
        },
      }),
    ];
    const { out } = await ask('show', 'peer', '10.0.0.11');
    expect(out).toMatch(
      /^last error received {2}6\/2 Cease\/Administrative Shutdown: \\u001b\[2Jbye \(1m\d\ds ago\)$/m,
    );
  });

  test('show routes', async () => {
    expect(await ask('show', 'routes')).toEqual({
      code: 0,
      err: '',
      out: `\
TYPE  RD           ROUTE                           NEXT HOP   VNI  ROUTE TARGETS  MOBILITY  FROM       PATHS    AGE
   2  10.0.0.11:2  02:00:00:00:00:11 172.16.10.11  10.0.0.12   10  65000:10              1  10.0.0.12      2  1h02m
   2  10.0.0.12:2  02:00:00:00:00:12               10.0.0.12   20  65000:20                 10.0.0.12      1  1h02m
   3  10.0.0.11:2  10.0.0.11                       10.0.0.11   10  65000:10                 10.0.0.11      1  1h02m
   5  10.0.0.12:3  10.20.0.0/16                    10.0.0.12  500  65000:500                10.0.0.12      1  1h02m

4 routes
`,
    });
  });

  test('show routes, cut by --limit', async () => {
    const { out } = await ask('show', 'routes', '--type', '2', '--limit', '1');
    expect(out.split('\n').slice(1)).toEqual([
      '   2  10.0.0.11:2  02:00:00:00:00:11 172.16.10.11  10.0.0.12   10  65000:10              1  10.0.0.12      2  1h02m',
      '',
      '1 route of about 2; --limit cut the list',
      '',
    ]);
  });

  test('show route: all paths, the best one marked, the reasons in words', async () => {
    const { code, out } = await ask('show', 'route', '02:00:00:00:00:11');
    expect(code).toBe(0);
    expect(out).toBe(`\
[2]:[10.0.0.11:2]:[0]:[48]:[02:00:00:00:00:11]:[32]:[172.16.10.11]
    2 paths, best: higher MAC mobility sequence (1 > 0), RFC 7432 §15
 *> from 10.0.0.12, next hop 10.0.0.12, VNI 10, vxlan, for 1h02m
      ORIGIN                igp
      LOCAL_PREF            100
      EXTENDED_COMMUNITIES  RT:65000:10 ET:8
 *  from 10.0.0.11, next hop 10.0.0.11, VNI 10, vxlan, for 1h02m
      not best: lower MAC mobility sequence (0 < 1), RFC 7432 §15
      ORIGIN                igp
      LOCAL_PREF            100
      EXTENDED_COMMUNITIES  RT:65000:10 ET:8
    advertised to 1 peer: 10.0.0.12
    not to 10.0.0.11 (learnt from this peer)
    key ${server.source.routeList[0]!.key}
`);
  });

  test('show route, when no path may be used', async () => {
    const lost = { best: false, usable: false, unusableBecause: 'our own CLUSTER_ID in CLUSTER_LIST', attributes: [] };
    server.source.routeList = [
      type2('10.0.0.11:2', '02:00:00:00:00:21', null, [samplePath('10.0.0.11', lost)], {
        decision: null,
        advertised: { count: 0, peers: [] },
      }),
    ];
    expect((await ask('show', 'route', '--mac', '02:00:00:00:00:21')).out).toBe(`\
[2]:[10.0.0.11:2]:[0]:[48]:[02:00:00:00:00:21]
    1 path, none may be used
    from 10.0.0.11, next hop 10.0.0.11, VNI 10, vxlan, for ${ageOfSample()}
      unusable: our own CLUSTER_ID in CLUSTER_LIST
    advertised to 0 peers
    key ${server.source.routeList[0]!.key}
`);
    expect((await ask('show', 'routes')).out).toContain('02:00:00:00:00:21  10.0.0.11 (unusable)   10  65000:10');
  });

  test('show health', async () => {
    server.source.health = () => ({ ...createMemorySource().health(), replicas: [] });
    const { code, out } = await ask('show', 'health');
    expect(code).toBe(0);
    expect(out.replace(/\d+\.\d MiB/g, 'N MiB')).toBe(`\
nvad              0.1.0, up 1d01h
ready             yes
domain            dc1, AS 65000
router id         10.0.0.1, cluster 10.0.0.1
peers             2 of 3 established
routes            4, 5 paths, 3 attribute sets
bgp listens at    [::]:179
memory            N MiB, heap N MiB
event loop delay  mean 0.1 ms, p99 1.5 ms
`);
  });
});

/** The sample's own moment, in the form the table has. */
function ageOfSample(): string {
  const seconds = (Date.now() - Date.parse('2026-01-02T03:04:06.000Z')) / 1000;
  const days = Math.floor(seconds / 86_400);
  return `${days}d${String(Math.floor((seconds % 86_400) / 3600)).padStart(2, '0')}h`;
}

describe('which route', () => {
  const imet = '[3]:[10.0.0.11:2]:[0]:[32]:[10.0.0.11]';
  test.each([
    [['172.16.10.11'], ['[2]:[10.0.0.11:2]:[0]:[48]:[02:00:00:00:00:11]:[32]:[172.16.10.11]']],
    [['10.20.0.0/16'], ['[5]:[10.0.0.12:3]:[0]:[16]:[10.20.0.0]']],
    [[imet], [imet]],
    [[Buffer.from(imet).toString('base64url')], [imet]],
    [['--rt', '65000:500'], ['[5]:[10.0.0.12:3]:[0]:[16]:[10.20.0.0]']],
    [['--vni', '10', '--next-hop', '10.0.0.11', '--type', '3'], [imet]],
  ])('show route %j', async (args, texts) => {
    const { code, out } = await ask('show', 'route', ...args);
    expect([code, out.split('\n').filter((line) => line.startsWith('['))]).toEqual([0, texts]);
  });
  test('more than --limit is said', async () => {
    const { code, out, err } = await ask('show', 'route', '--type', '2', '--limit', '1');
    expect(code).toBe(0);
    expect(out.split('\n').filter((line) => line.startsWith('['))).toHaveLength(1);
    expect(err).toBe('nvactl: only the first 1 routes are shown; narrow the filter or raise --limit\n');
  });
});

describe('--json gives the objects of the API, unchanged', () => {
  const api = async (path: string) => (await fetch(server.url + path)).json();
  test.each([
    [['show', 'peers'], '/v1/peers'],
    [['show', 'peer', '10.0.0.12'], '/v1/peers/10.0.0.12'],
    [['show', 'routes'], '/v1/routes'],
    [['show', 'routes', '--peer', '10.0.0.11'], '/v1/routes?peer=10.0.0.11'],
    [['log-level'], '/v1/log-levels'],
  ])('%j', async (args, path) => {
    const { code, out } = await ask(...args, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(await api(path));
  });
  test('show route', async () => {
    const { out } = await ask('--json', 'show', 'route', '10.20.0.0/16');
    expect(JSON.parse(out)).toEqual(server.source.routeList[3]);
  });
  test('show health, but for what moves', async () => {
    const { out } = await ask('show', 'health', '--json');
    const { memory, ...rest } = JSON.parse(out) as Record<string, unknown>;
    const { memory: _other, ...expected } = (await api('/v1/health')) as Record<string, unknown>;
    expect(rest).toEqual(expected);
    expect(memory).toEqual({ rssBytes: expect.any(Number), heapUsedBytes: expect.any(Number) });
  });
  test('all pages as one', async () => {
    server.source.routeList = Array.from({ length: 1500 }, (_, index) =>
      type2(
        '10.0.0.11:2',
        `02:00:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`,
        null,
        [samplePath('10.0.0.11')],
      ),
    );
    const { out } = await ask('show', 'routes', '--json');
    const page = JSON.parse(out) as { routes: unknown[]; next: unknown; total: number };
    expect([page.routes.length, page.next, page.total]).toEqual([1500, null, 1500]);
  });
});

describe('what changes something', () => {
  test('log-level', async () => {
    expect(await ask('log-level', 'bgp')).toEqual({ code: 0, out: 'info\n', err: '' });
    expect(await ask('log-level', 'bgp', 'debug')).toEqual({ code: 0, out: 'debug\n', err: '' });
    expect((await ask('log-level', 'all', 'warn')).out).toBe(
      'COMPONENT  LEVEL\napi        warn\nbgp        warn\nrib        warn\n',
    );
    expect(server.source.levels).toEqual({ api: 'warn', bgp: 'warn', rib: 'warn' });
  });
  test('reset', async () => {
    expect(await ask('reset', '10.0.0.11', '--message', 'maintenance')).toEqual({
      code: 0,
      out: 'the session with 10.0.0.11 is being reset\n',
      err: '',
    });
    expect((await ask('reset', '10.0.0.12', '--soft')).out).toBe('10.0.0.12 is being asked for its routes again\n');
    expect(server.source.resets).toEqual([
      { address: '10.0.0.11', reset: { kind: 'hard', communication: 'maintenance' } },
      { address: '10.0.0.12', reset: { kind: 'soft' } },
    ]);
  });
});

describe('exit codes', () => {
  test('1: not ready, and what nvad refuses', async () => {
    server.source.notReady = ['convergence'];
    const health = await ask('show', 'health');
    expect(health.code).toBe(1);
    expect(health.out).toContain('ready             no: waiting for convergence\n');
    server.source.resetRefusal = 'peer-not-established';
    expect(await ask('reset', '10.0.0.11')).toEqual({
      code: 1,
      out: '',
      err: 'nvactl: nvad refused (peer-not-established): peer 10.0.0.11 has no established session; there is nothing to reset\n',
    });
  });

  test.each([
    [[], /^Usage: nvactl /],
    [['show', 'routes', '--mac', 'zz'], /^nvactl: --mac: 'zz' must be a MAC address, for example 02:00:00:00:00:11\n/],
    [['log-level', 'rip', 'info'], /no component is called rip; nothing was changed; there are bgp, rib, api\n$/],
  ])('2: %j', async (args, message) => {
    const { code, out, err } = await ask(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });

  test('2 and nothing written before: a wrong NVACTL_API', async () => {
    const { code, err } = await nvactl(['show', 'peers'], { NVACTL_API: 'x' });
    expect([code, err]).toEqual([
      2,
      "nvactl: NVACTL_API: 'x' is no address of an API; use http://HOST:PORT or unix:///PATH\n",
    ]);
  });

  test('3: nobody there; what was tried and how to ask elsewhere', async () => {
    const { url } = server;
    await server.close();
    expect(await ask('show', 'peers')).toEqual({
      code: 3,
      out: '',
      err: `\
nvactl: nvad is not reachable at ${url}: connection refused
  Is it running, and is that what its configuration has as api.listen?
  To ask elsewhere: --api URL, or NVACTL_API in the environment; for example
  --api http://127.0.0.1:8081 or --api unix:///run/nvad/api.sock
`,
    });
    expect((await nvactl(['--api', 'unix:///nonexistent.sock', 'show', 'health', '--watch'])).code).toBe(3);
  });

  test('4: nothing matches', async () => {
    expect(await ask('show', 'routes', '--type', '4')).toEqual({ code: 4, out: '', err: 'nvactl: no route matches\n' });
    expect(await ask('show', 'route', '--vni', '99')).toEqual({ code: 4, out: '', err: 'nvactl: no route matches\n' });
    expect(await ask('show', 'peer', '10.0.0.99')).toEqual({
      code: 4,
      out: '',
      err: 'nvactl: nvad has no peer 10.0.0.99\n',
    });
    expect(await ask('log-level', 'rip')).toEqual({
      code: 4,
      out: '',
      err: 'nvactl: no component is called rip; there are bgp, rib, api\n',
    });
    server.source.routeList = [];
    expect(await ask('show', 'routes')).toMatchObject({ code: 4, err: 'nvactl: nvad holds no routes\n' });
    expect(JSON.parse((await ask('show', 'routes', '--json')).out)).toEqual({ routes: [], next: null, total: 0 });
    server.source.peerList = [];
    expect(await ask('show', 'peers')).toEqual({ code: 4, out: '', err: 'nvactl: nvad has no peers\n' });
  });

  test('0: help and version', async () => {
    const help = await ask('--help');
    expect(help.code).toBe(0);
    expect(help.out).toContain('Exit status:\n  0  ok\n');
    expect(await ask('--version')).toEqual({ code: 0, out: '0.1.0\n', err: '' });
  });
});

test.each([
  [{ tcpMd5: true }, 'TCP-MD5'],
  [{ ttlSecurity: 1 }, 'GTSM, at most 1 hop away'],
  [{ tcpMd5: true, ttlSecurity: 3 }, 'TCP-MD5; GTSM, at most 3 hops away'],
])('show peer says how the session is protected: %o', async (change, text) => {
  const peers = server.source.peerList;
  server.source.peerList = [samplePeer('192.0.2.1', change)];
  const { out } = await ask('show', 'peer', '192.0.2.1');
  server.source.peerList = peers;
  expect(out).toContain(`\nprotection          ${text}\n`);
});

test('--api is preferred to NVACTL_API, and takes a Unix socket', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'nvactl-'));
  const path = join(directory, 'api.sock');
  const source = { ...createMemorySource(), peers: () => [samplePeer('192.0.2.1')] };
  const other = createApiServer(modulesFor(source));
  await other.listen({ kind: 'unix', path });
  const { out } = await ask('show', 'peers', '--api', `unix://${path}`);
  expect(out).toContain('\n192.0.2.1 ');
  await other.close();
  await rm(directory, { recursive: true });
});

test('completion prints the script', async () => {
  const { code, out } = await ask('completion', 'bash');
  expect(code).toBe(0);
  expect(out).toMatch(/^# bash completion for nvactl;[\s\S]*\ncomplete -F _nvactl nvactl\n$/);
});

describe('--watch', () => {
  /** Runs until `enough` says so of what was written, then interrupts. */
  async function watched(args: string[], enough: (out: string, err: string) => boolean) {
    const child = startNvactl(args, { NVACTL_API: server.url });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      err += chunk;
    });
    const code = new Promise<number | null>((resolve) => child.on('close', resolve));
    await vi.waitUntil(() => enough(out, err), { timeout: 10_000 });
    child.kill('SIGINT');
    return { code: await code, out, err };
  }

  test('with --json, a line of JSON each time', async () => {
    const { code, out } = await watched(
      ['show', 'peers', '--json', '--watch', '0.1'],
      (written) => written.split('\n').length > 3,
    );
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(3);
    for (const line of lines) expect((JSON.parse(line) as { peers: unknown[] }).peers).toHaveLength(3);
  });

  test('without a terminal, tables with an empty line between', async () => {
    const { code, out } = await watched(
      ['show', 'routes', '--type', '5', '-w', '0.1'],
      (written) => written.split('1 route\n').length > 2,
    );
    expect(code).toBe(0);
    expect(out.startsWith('TYPE  RD')).toBe(true);
    expect(out).toContain('\n\n1 route\n\nTYPE  RD');
    expect(out).not.toContain('\u001b');
  });

  test('ends well, also while nvad is being asked', async () => {
    const { source } = server;
    const answers = source.peers;
    let child: ReturnType<typeof startNvactl> | undefined;
    let asked = 0;
    source.peers = () => {
      if (++asked === 2) {
        child?.kill('SIGINT');
        // The answer is held until the signal is there; should it be late all the same, it comes between two questions.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
      }
      return answers();
    };
    child = startNvactl(['show', 'peers', '--json', '--watch', '0.1'], { NVACTL_API: server.url });
    expect(await new Promise((resolve) => child?.on('close', resolve))).toBe(0);
    expect(asked).toBe(2);
  });

  test('goes on when nvad goes away and comes back', async () => {
    const answers = server.source.peers;
    let asked = 0;
    server.source.peers = () => {
      asked++;
      if (asked === 2) throw new Error('away');
      return answers();
    };
    const { code, out, err } = await watched(
      ['show', 'peers', '--json', '--watch', '0.1'],
      (written) => written.split('\n').length > 2,
    );
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n').length).toBeGreaterThanOrEqual(2);
    expect(err).toBe('nvactl: nvad refused (internal-error): nvad could not answer; its log says why\n');
  });
});

test('a reader that has seen enough is no error', async () => {
  const child = startNvactl(['show', 'peers', '--json', '--watch', '0.1'], { NVACTL_API: server.url });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.stdout.destroy();
  expect([await code, err]).toEqual([0, '']);
});
