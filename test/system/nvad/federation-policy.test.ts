import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyTest, PolicyVersions } from '../../../src/api/contract/policies.ts';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { macIp, macOf, rd } from '../support/evpn-routes.ts';
import { announce } from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';

const nveAddress = '127.0.1.1';
const neighbourAddress = '127.0.2.1';
const COMMUNITIES = 8;
const policies = '/v1/federation/dc2/policies';

/** 256 of 300 routes stay, ten of them with a community. */
const rules = `
rules:
  - name: upper
    match: { mac: "02:00:00:00:01:00/40" }
    then: refuse
  - match: { ip: 10.1.0.0/16 }
    then: { addCommunity: [65000:7] }
`;

/** About no route that there is: the second can never match. */
const shadowed = `rules:
  - { match: { mac: "02:ff:00:00:00:01" }, then: accept }
  - { match: { mac: "02:ff:00:00:00:01" }, then: refuse }
`;

/** What a neighbour hears of changes. */
class Heard {
  readonly announced = new Map<string, string>();
  readonly #client: BgpClient;
  readonly #held: ReadonlySet<string>;

  constructor(client: BgpClient) {
    this.#client = client;
    this.#held = new Set(client.routes.keys());
    client.heard = (key, { attributes }) => this.announced.set(key, attributes.get(COMMUNITIES)?.value ?? 'none');
  }

  get gained(): string[] {
    return [...this.announced.keys()].filter((key) => !this.#held.has(key)).sort();
  }
  get changed(): string[] {
    return [...this.announced.keys()].filter((key) => this.#held.has(key)).sort();
  }
  get lost(): string[] {
    return [...this.#held].filter((key) => !this.#client.routes.has(key)).sort();
  }
  get counts(): number[] {
    return [this.gained.length, this.lost.length, this.changed.length];
  }
}

describe.runIf(isRoot)('a policy on what goes to a neighbour domain', () => {
  const bench = new Bench();
  let net: Namespace;
  let nvad: Nvad;
  let nve: BgpClient;
  let neighbour: BgpClient;
  const file = (text: string, name = 'export.yaml') => bench.file(name, text);
  const config = `
domain: dc1
asn: 65000
routerId: 10.0.0.1
listen: ["127.0.0.1:179"]
nves: [{ prefix: 127.0.1.0/24, passive: true }]
virtualNetworks: [{ name: web, vni: 100 }]
federation:
  - domain: dc2
    address: ${neighbourAddress}
    asn: 65002
    passive: true
    virtualNetworks: [{ name: web, remote: { vni: 2100, routeTarget: "65002:2100" } }]
    policy: { export: export.yaml }
  - domain: dc3
    address: 127.0.3.1
    asn: 65003
    passive: true
    virtualNetworks: [{ name: web, remote: { vni: 3100, routeTarget: "65003:3100" } }]
    policy: { import: dc3/import.yaml, export: export.yaml }
store: { kind: sqlite, path: state.db }
api: { listen: "127.0.0.1:8080", audit: audit.jsonl }
`;
  const start = async () => {
    nvad = await bench.nvad(net, config).up();
    nve = await bench.client(net, { localAddress: nveAddress }).establish({ asn: 65000, id: '10.0.1.1' });
    neighbour = await bench.client(net, { localAddress: neighbourAddress }).establish({ asn: 65002, id: '10.0.2.1' });
    for (let i = 0; i < 300; i++) {
      const route = macIp({ rd: rd('10.9.0.1', 1), mac: macOf(i), ...(i < 10 && { ip: `10.1.0.${i + 1}` }) });
      nve.send(announce([route], { nextHop: '10.9.0.1' }));
    }
    nve.done();
    neighbour.done();
  };
  const call = async (method: string, path: string, body: unknown) => {
    const { status, text } = await nvad.http(path, method, body);
    return { status, body: JSON.parse(text) as unknown };
  };
  const test = async (text: string) => {
    const answer = await call('POST', `${policies}/export/test`, { text, file: 'new.yaml' });
    expect(answer.status).toBe(200);
    return answer.body as unknown as PolicyTest;
  };
  const countsOf = ({ gained, lost, changed }: PolicyTest) => [gained.count, lost.count, changed.count];
  const versions = () => nvad.get<PolicyVersions>(`${policies}/versions`);

  beforeAll(async () => {
    net = bench.namespace('policy');
    file(shadowed);
    mkdirSync(join(bench.folder, 'dc3'), { recursive: true });
    file('', 'dc3/import.yaml');
    await start();
    await neighbour.holdsNumber(300);
  });
  afterAll(() => bench.clear());

  it('that has a rule that does nothing is warned of at the start and at a reload, with its place', async () => {
    const warning = /^\/.*export\.yaml:3:5: rules\[1\] can never match: rules\[0\] in line 2 matches whatever it does/;
    expect(await nvad.logged(warning)).toMatchObject({ level: 'warn' });
    const from = nvad.logs.length;
    nvad.signal('SIGHUP');
    expect(await nvad.logged(warning, { from })).toMatchObject({ level: 'warn' });
  });

  it('is told before it is done, with counts, samples and the rules that say so, and nothing is sent', async () => {
    const updates = neighbour.updates;
    const told = await test(rules);
    expect(told).toMatchObject({ routes: 300, warnings: [] });
    expect(countsOf(told)).toEqual([0, 44, 10]);
    expect(told.lost.samples).toHaveLength(10);
    expect(told.lost.samples[0]).toMatchObject({
      route: { kind: 'route', network: 'web', type: 2, rd: '10.9.0.1:1' },
      before: { outcome: 'accept', rule: null },
      after: { outcome: 'refuse', rule: { file: 'new.yaml', line: 3, name: 'upper' } },
    });
    expect(told.changed.samples[0]?.after).toEqual({
      outcome: 'accept',
      rule: { file: 'new.yaml', line: 6, name: null },
      changes: ['with community 65000:7'],
    });
    expect(neighbour.updates).toBe(updates);
    expect(await versions()).toMatchObject({ inForce: 0 });
  });

  it('sends exactly the difference that was told', async () => {
    const told = await test(rules);
    const heard = new Heard(neighbour);
    const answer = await call('PUT', `${policies}/export`, { text: rules, file: 'new.yaml' });
    expect(answer).toMatchObject({ status: 200, body: { inForce: 1 } });
    await until(() => heard.counts.join() === countsOf(told).join(), {
      within: 10_000,
      what: () => `gained, lost and changed to be ${countsOf(told)}: they are ${heard.counts}`,
    });
    expect([...new Set(heard.announced.values())]).toEqual(['fde80007']);
    expect(countsOf(await test(rules))).toEqual([0, 0, 0]);
    expect(countsOf(await test(''))).toEqual([44, 0, 10]);
  });

  it('is refused with the place of what is wrong, and nothing is changed', async () => {
    const text = 'rules:\n  - { match: { mac: nonsense }, then: refuse }\n';
    for (const [method, path] of [
      ['POST', `${policies}/export/test`],
      ['PUT', `${policies}/export`],
    ] as const) {
      const { status, body } = await call(method, path, { text, file: 'bad.yaml' });
      expect(status).toBe(400);
      expect(body).toMatchObject({ code: 'invalid-policy', errors: [{ in: 'body', field: 'text' }] });
      expect(JSON.stringify(body)).toContain('bad.yaml:2:');
    }
    const other = await call('PUT', '/v1/federation/dc9/policies/export', { text: '' });
    expect(other).toMatchObject({ status: 404, body: { code: 'no-such-domain' } });
    const again = await call('PUT', `${policies}/export`, { text: rules, file: 'new.yaml' });
    expect(again).toMatchObject({ status: 409, body: { code: 'unchanged' } });
    expect(await versions()).toMatchObject({ inForce: 1 });
  });

  it('is taken back, and so is that, by nvactl', async () => {
    const heard = new Heard(neighbour);
    const back = await nvad.ctl('policy', 'rollback', '--domain', 'dc2');
    expect(back).toMatchObject({ code: 0, stdout: expect.stringContaining('version 2 of the policies for dc2 holds') });
    await until(() => heard.counts.join() === '44,0,10', {
      within: 10_000,
      what: () => `44 gained and 10 changed: they are ${heard.counts}`,
    });
    expect([...new Set(heard.announced.values())]).toEqual(['none']);
    expect((await nvad.ctl('policy', 'rollback', '--domain', 'dc2')).code).toBe(0);
    await neighbour.holdsNumber(256);
    expect(await versions()).toMatchObject({ inForce: 3, versions: [{ rollbackTo: 1 }, { rollbackTo: 0 }, {}, {}] });
  });

  it('holds after a restart, until its file says something else', async () => {
    await nvad.kill();
    neighbour.destroy();
    nve.destroy();
    await start();
    await neighbour.holdsNumber(256);
    const from = nvad.logs.length;
    file(rules.replace('upper', 'the same under another name').replace('/40', '/48'));
    nvad.signal('SIGHUP');
    await nvad.logged(/^configuration reloaded/, { from });
    await neighbour.holdsNumber(299);
    expect(await versions()).toMatchObject({ inForce: 4 });
  });

  it('is tested, applied and shown by nvactl, and written into the audit log', async () => {
    const path = file(rules, 'next.yaml');
    const words = [path, '--domain', 'dc2', '--direction', 'export'];
    const tested = await nvad.ctl('policy', 'test', ...words);
    expect(tested.stdout).toContain('of 300 routes to dc2, dc2 would\n  + gain 0\n  - lose 43\n');
    expect(tested.stdout).toContain(`accept by default, then refuse ${path}:3 (upper)`);
    const useless = file(`${rules}  - match: { ip: 10.1.1.0/24 }\n    then: refuse\n`, 'useless.yaml');
    const warned = await nvad.ctl('policy', 'test', useless, ...words.slice(1));
    expect(warned.code).toBe(0);
    expect(warned.stderr).toMatch(/^nvactl: warning: .*useless\.yaml:\d+:\d+: rules\[2\] can never match/);
    expect((await nvad.ctl('policy', 'apply', ...words)).code).toBe(0);
    await neighbour.holdsNumber(256);
    const shown = await nvad.ctl('policy', 'show', '--domain', 'dc2');
    expect(shown.stdout).toContain(`export: ${path}`);
    const audited = readFileSync(join(bench.folder, 'audit.jsonl'), 'utf8');
    expect(audited).toContain('"what":"apply policy","subject":"dc2 export"');
    expect(audited).toContain('"what":"roll back policies","subject":"dc2"');
  });

  it('without a word on whose it is, is that of each neighbour whose policy the file is', async () => {
    const path = join(bench.folder, 'export.yaml');
    const tested = await nvad.ctl('policy', 'test', path);
    expect(tested.stdout.match(/^of .*$/gm)).toEqual([
      'of 300 routes to dc2, dc2 would',
      'of 300 routes to dc3, dc3 would',
    ]);
    const elsewhere = await nvad.ctl('policy', 'test', bench.file('dc3/export.yaml', rules), '--json');
    const told = JSON.parse(elsewhere.stdout) as PolicyTest[];
    expect(told.map((one) => [one.domain, one.direction, ...countsOf(one)].join(' '))).toEqual([
      'dc2 export 0 0 0',
      'dc3 export 0 43 0',
    ]);
    // The file that was applied last is dc2's, although the configuration names another.
    const next = await nvad.ctl('policy', 'test', join(bench.folder, 'next.yaml'));
    expect(next.stdout.match(/^of .*$/gm)).toEqual(['of 300 routes to dc2, dc2 would']);
    const nobody = await nvad.ctl('policy', 'test', bench.file('nobody.yaml', rules));
    expect(nobody).toMatchObject({ code: 2, stdout: '' });
    expect(nobody.stderr).toContain(`--domain dc3 --direction import  (now ${bench.folder}/dc3/import.yaml)`);
    expect(nobody.stderr).toContain(
      `--domain dc2 --direction export  (now ${bench.folder}/next.yaml, configured ${path})`,
    );
  });

  it('is applied to all of them or to none, and sends the difference', async () => {
    const heard = new Heard(neighbour);
    const wrong = bench.file('dc3/export.yaml', 'rules: [{ then: { gateway: 10.9.9.9 } }]\n');
    const refused = await nvad.ctl('policy', 'apply', wrong);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('export policy of dc2: nvad refused (invalid-policy)');
    expect(refused.stderr).toContain('export policy of dc3: nvad refused (invalid-policy)');
    expect(refused.stderr).toMatch(/\nnvactl: nothing was applied\n$/);
    const applied = await nvad.ctl('policy', 'apply', bench.file('export.yaml', shadowed));
    expect(applied.stdout).toBe(
      'version 6 of the policies for dc2 holds; nvactl policy rollback --domain dc2 takes it back\n' +
        'version 1 of the policies for dc3 holds; nvactl policy rollback --domain dc3 takes it back\n',
    );
    await until(() => heard.counts.join() === '44,0,10', {
      within: 10_000,
      what: () => `44 gained and 10 changed: they are ${heard.counts}`,
    });
  });
});
