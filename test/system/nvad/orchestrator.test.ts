import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import { type Nvad, runTool } from '../support/nvad.ts';

const tokens = { script: 'the-token-of-the-script', viewer: 'the-token-of-the-viewer' };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** nvad as a process in a network of its own: needs root, and is skipped without. */
describe.runIf(isRoot)('an orchestrator and nvad', () => {
  let bench: Bench;
  let net: Namespace;
  let nvad: Nvad;
  const path = (name: string) => join(bench.folder, name);
  const config = () => `
domain: dc1
asn: 65000
routerId: 10.255.0.1
listen: ["127.0.0.1:179"]
nves: [{ prefix: 127.0.1.0/24 }]
virtualNetworks: [{ name: mgmt, vni: 9 }]
api: { listen: "unix:${path('api.sock')}", tokens: access.yaml, audit: audit.jsonl }
store: { kind: sqlite, path: state.db }
`;
  const access = (more = '') => `
tokens:
  - { name: script, roles: [orchestrate], sha256: ${sha256(tokens.script)} }
  - { name: viewer, roles: [read], sha256: ${sha256(tokens.viewer)} }
${more}`;
  const writeAccess = (text: string) => {
    writeFileSync(path('access.yaml'), text);
    chmodSync(path('access.yaml'), 0o600);
  };

  /** curl, over the Unix socket; as root, or as another user of this machine. */
  function curl(
    method: string,
    target: string,
    body?: unknown,
    { token, as }: { token?: string; as?: number } = {},
  ): Answer {
    const text = execFileSync(as === undefined ? 'curl' : 'setpriv', [
      ...(as === undefined ? [] : [`--reuid=${as}`, '--clear-groups', 'curl']),
      ...['-sS', '-w', '\n%{http_code}', '--unix-socket', path('api.sock'), '-X', method],
      ...(token === undefined ? [] : ['-H', `authorization: Bearer ${token}`]),
      ...(body === undefined ? [] : ['-H', 'content-type: application/json', '-d', JSON.stringify(body)]),
      `http://localhost${target}`,
    ]).toString();
    const at = text.lastIndexOf('\n');
    return { status: Number(text.slice(at + 1)), body: JSON.parse(text.slice(0, at)) as Record<string, unknown> };
  }
  const audited = () =>
    readFileSync(path('audit.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { who?: string; what: string; subject?: string; event?: number });

  beforeAll(async () => {
    bench = new Bench();
    // Others than root are to come as far as the socket.
    chmodSync(bench.folder, 0o755);
    net = bench.namespace('lo');
    writeAccess(access());
    nvad = await bench.nvad(net, config()).up();
    chmodSync(path('api.sock'), 0o777);
  });
  afterAll(() => bench.clear());

  it('is known by the user at the other end of the socket, or by its token', () => {
    expect(curl('GET', '/v1/nves').status).toBe(200);
    expect(curl('GET', '/v1/nves', undefined, { as: 65534 })).toMatchObject({
      status: 401,
      body: { code: 'not-authenticated' },
    });
    expect(curl('GET', '/v1/nves', undefined, { as: 65534, token: tokens.viewer }).status).toBe(200);
    const refused = curl('PUT', '/v1/nves/leaf1', { tunnelAddress: '10.0.0.1' }, { as: 65534, token: tokens.viewer });
    expect(refused).toMatchObject({ status: 403, body: { code: 'not-allowed' } });
  });

  it('says what should be, and it is so', () => {
    const as = { token: tokens.script };
    const changes = [
      { op: 'put', kind: 'virtual-network', value: { name: 'web', vni: 100 } },
      { op: 'put', kind: 'nve', value: { name: 'leaf1', tunnelAddress: '10.0.0.11', kind: 'static' } },
      { op: 'put', kind: 'nve', value: { name: 'leaf2', tunnelAddress: '10.0.0.12', kind: 'static' } },
      {
        op: 'put',
        kind: 'attachment',
        value: { network: 'web', id: 'vm-7', nve: 'leaf1', mac: '02:00:00:00:00:07', ips: ['172.16.0.7'] },
      },
    ];
    expect(curl('POST', '/v1/apply', { changes }, as)).toMatchObject({
      status: 200,
      body: { outcomes: Array(4).fill('created') },
    });
    const moved = curl('PUT', '/v1/virtual-networks/web/attachments/vm-7', {
      nve: 'leaf2',
      mac: '02:00:00:00:00:07',
      ips: ['172.16.0.7'],
    });
    expect(moved).toMatchObject({ status: 200, body: { nve: 'leaf2', status: { sequence: 1, registered: true } } });
    const where = curl('GET', '/v1/virtual-networks/web/mappings?ip=172.16.0.7').body['mappings'];
    expect(where).toMatchObject([
      { nve: '10.0.0.12', nveName: 'leaf2', sequence: 1, decisions: [{ step: 'originated' }, {}, {}, {}] },
    ]);
    const configured = curl('PUT', '/v1/virtual-networks/mgmt', { vni: 10 }, as);
    expect(configured).toMatchObject({ status: 409, body: { code: 'configured' } });
  });

  it('is read anew who may ask when its file changes, and what is wrong with it changes nothing', async () => {
    writeAccess(access('users: [{ user: "65534", roles: [read] }]'));
    const nobody = () => curl('GET', '/v1/nves', undefined, { as: 65534 }).status;
    await expect.poll(nobody, { timeout: 5000, interval: 50 }).toBe(200);
    const from = nvad.logs.length;
    writeAccess('tokens: [{ name: x }]');
    const asked = setInterval(nobody, 100);
    const complaint = await nvad.logged(/who may ask what goes on as it was/, { from });
    clearInterval(asked);
    expect(complaint.msg).toMatch(/access\.yaml:1:10: tokens\[0\]\.roles is missing/);
    expect([nobody(), curl('GET', '/v1/nves', undefined, { token: tokens.script }).status]).toEqual([200, 200]);
  });

  it('has all that was changed in the audit log, by whom, also of what nvad had no time to write', async () => {
    await expect.poll(() => audited().at(-1)?.subject, { timeout: 5000 }).toBe('web/vm-7');
    const before = audited();
    expect(before.map(({ who = '-', what, subject = '-' }) => `${who} ${what} ${subject}`)).toEqual(
      [
        '- log begins -',
        'configuration put virtual-network mgmt',
        'script put virtual-network web',
        'script put nve leaf1',
        'script put nve leaf2',
        'script put attachment web/vm-7',
        'root put attachment web/vm-7',
      ].filter((line) => before.length === 7 || !line.startsWith('configuration')),
    );
    // As if nvad had been killed between the store and the log.
    await nvad.kill();
    const lines = readFileSync(path('audit.jsonl'), 'utf8').split('\n');
    writeFileSync(path('audit.jsonl'), `${lines.slice(0, -3).join('\n')}\n`);
    writeAccess(access());
    nvad = await bench.nvad(net, config()).up();
    await expect
      .poll(() => audited().filter(({ who }) => who === 'root' || who === 'script').length, { timeout: 5000 })
      .toBe(5);
    expect(
      audited()
        .filter(({ who }) => who === 'script')
        .map(({ what }) => what),
    ).toHaveLength(4);
    expect(curl('GET', '/v1/virtual-networks/web/attachments/vm-7').body).toMatchObject({
      nve: 'leaf2',
      status: { sequence: 1 },
    });
  });

  it('does all of it by nvactl too', async () => {
    const ctl = (...words: readonly string[]) =>
      runTool(net, ['nvactl', '--api', `unix:${path('api.sock')}`, ...words]);
    writeFileSync(
      path('web.yaml'),
      'attachments: [{ network: web, id: vm-8, nve: leaf1, mac: "02:00:00:00:00:08" }]\n',
    );
    expect(await ctl('apply', path('web.yaml'))).toMatchObject({ code: 0, stdout: '1 created\n' });
    expect((await ctl('move', 'web', 'vm-8', 'leaf2')).stdout).toBe(
      'vm-8 has moved to leaf2, with sequence number 1\n',
    );
    const { stdout } = await ctl('show', 'mappings', 'web', '--mac', '02:00:00:00:00:08');
    expect(stdout).toContain('behind leaf2 (10.0.0.12), vxlan VNI 100, sequence 1');
    expect((await ctl('show', 'events', '--after', '0')).stdout).toContain('script: virtual-network web made');
    expect((await ctl('show', 'conflicts')).stdout).toBe('there are no conflicts\n');
  });
});

describe.runIf(isRoot)('a disk that is full while nvad runs', () => {
  let bench: Bench;
  beforeAll(() => {
    bench = new Bench();
  });
  afterAll(() => bench.clear());

  it('refuses changes with 507 and nothing else, and takes them again when there is room', async () => {
    const disk = join(bench.folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
    bench.defer(() => void execFileSync('umount', [disk]));
    const net = bench.namespace('full');
    const config = `domain: dc1\nasn: 65000\nrouterId: 10.255.0.1\nlisten: ["127.0.0.1:179"]\nvirtualNetworks: []\nstore: { kind: sqlite, path: ${disk}/state.db }\n`;
    const nvad = await bench.nvad(net, config).up();
    const put = (name: string, vni: number) => nvad.http(`/v1/virtual-networks/${name}`, 'PUT', { vni });
    expect((await put('first', 1)).status).toBe(201);
    writeFileSync(join(disk, 'filler'), Buffer.alloc(0));
    try {
      writeFileSync(join(disk, 'filler'), Buffer.alloc(2 * 1024 * 1024));
    } catch {
      // As full as it can be.
    }
    let vni = 2;
    let refused = await put('n2', vni);
    // What was set aside before may still have room for some.
    while (refused.status === 201 && vni < 2000) refused = await put(`n${++vni}`, vni);
    expect(refused).toMatchObject({ status: 507 });
    expect(JSON.parse(refused.text)).toMatchObject({
      code: 'store-full',
      detail: expect.stringMatching(
        /^nothing was changed: .*state\.db is on a full disk .*; make room: nothing can be changed until then$/,
      ),
    });
    expect((await nvad.http(`/v1/virtual-networks/n${vni}`)).status).toBe(404);
    expect((await nvad.http('/v1/virtual-networks/first')).status).toBe(200);
    rmSync(join(disk, 'filler'));
    expect((await put(`n${vni}`, vni)).status).toBe(201);
    await nvad.kill();
    const again = await bench.nvad(net, config).up();
    expect((await again.http(`/v1/virtual-networks/n${vni}`)).status).toBe(200);
    await again.kill();
  });
});

describe.runIf(isRoot)('nvad does not start', () => {
  let bench: Bench;
  beforeAll(() => {
    bench = new Bench();
  });
  afterAll(() => bench.clear());
  const base = 'domain: dc1\nasn: 65000\nrouterId: 10.255.0.1\nlisten: ["127.0.0.1:179"]\n';

  it.each([
    [
      'where everybody could ask',
      'api: { listen: "0.0.0.0:8080" }',
      /:5:16: whoever reaches 0\.0\.0\.0:8080 could do everything/,
    ],
    [
      'without the file of tokens',
      'api: { tokens: none.yaml }',
      /:5:16: cannot read .*none\.yaml: there is no such file/,
    ],
    [
      'with a certificate that is none',
      'api: { tls: { certificate: nvad.yaml, key: nvad.yaml } }',
      /:5:13: .* does not hold a certificate in PEM/,
    ],
    ['where the audit log cannot be written', 'api: { audit: /proc/audit }', /:5:15: cannot write \/proc\/audit/],
  ])('%s', async (_, api, reason) => {
    const net = bench.namespace('x');
    const nvad = bench.nvad(net, `${base}${api}\n`);
    expect((await nvad.exit()).code).not.toBe(0);
    expect(`${nvad.stderr}${nvad.messages().join('\n')}`).toMatch(reason);
  });

  it('on the state file of another, also from another namespace, until that one is killed', async () => {
    const config = `${base}virtualNetworks: []\nstore: { kind: sqlite, path: state.db }\n`;
    const first = await bench.nvad(bench.namespace('one'), config, { file: 'one.yaml' }).up();
    const net = bench.namespace('two');
    const second = bench.nvad(net, config, { file: 'two.yaml' });
    expect(await second.exit()).toEqual({ code: 2, signal: null });
    expect(second.stderr).toContain(`state.db is in use by another nvad (pid ${first.pid}); stop it`);
    expect(await runTool(net, ['nvad', '--check', '--config', second.configFile])).toMatchObject({ code: 0 });
    expect((await first.http('/v1/virtual-networks/web', 'PUT', { vni: 1 })).status).toBe(201);
    await first.kill();
    const third = await bench.nvad(net, config, { file: 'two.yaml' }).up();
    expect((await third.http('/v1/virtual-networks/web')).status).toBe(200);
  });
});
