import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation } from '../../../src/api/contract/explain.ts';
import { startAsking, token } from '../support/asking-domains.ts';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { colons, macIp, macOf, rd } from '../support/evpn-routes.ts';
import { announce, encapsulationVxlan, routeTarget } from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';

/** Two domains, each with its nvad and an NVE, that share a network directly. */
describe.runIf(isRoot)('nvactl explain', () => {
  const bench = new Bench();
  let net: Namespace;
  let one: Nvad;
  let two: Nvad;
  let leaf: BgpClient;
  const first = `
domain: dc1
asn: 65001
routerId: 10.0.0.1
listen: ["127.0.0.11:179"]
nves:
  - { prefix: 127.0.1.0/24, passive: true }
  - { name: old, tunnelAddress: 10.9.0.9, kind: static }
  - { name: edge, tunnelAddress: 10.9.0.8, kind: agent }
  - { name: leaf2, address: 127.0.1.2, passive: true }
virtualNetworks:
  - { name: web, vni: 1217 }
  - { name: inner, vni: 1218 }
federation:
  - domain: dc2
    address: 127.0.0.12
    asn: 65002
    virtualNetworks: [{ name: web, remote: { vni: 2217, routeTarget: "65002:2217" } }]
    policy: { export: to-dc2.yaml }
    api: { url: "http://127.0.0.1:8082", token: dc2.token }
nveProtocol: { listen: "127.0.0.11:4790" }
api: { listen: "127.0.0.1:8081" }
`;
  const second = `
domain: dc2
asn: 65002
routerId: 10.0.0.2
listen: ["127.0.0.12:179"]
nves: [{ prefix: 127.0.2.0/24, passive: true }]
virtualNetworks: [{ name: netz, vni: 2217 }]
federation:
  - domain: dc1
    address: 127.0.0.11
    asn: 65001
    virtualNetworks: [{ name: netz }]
    policy: { import: from-dc1.yaml }
api: { listen: "127.0.0.1:8082", tokens: access.yaml }
`;
  const announced = (host: number, vni: number, asn: number, nextHop: string) =>
    announce([macIp({ rd: rd(nextHop, 1), mac: macOf(host), labels: [vni] })], {
      nextHop,
      extendedCommunities: [routeTarget(asn, vni), encapsulationVxlan],
    });
  const explained = (host: number, more = '') =>
    one.get<Explanation>(`/v1/explain?vn=web&mac=${colons(macOf(host))}${more}`);
  const steps = ({ steps: all }: Explanation) =>
    all.map(({ stage, outcome, code, domain, direction }) => [stage, outcome, code, domain, direction].join(' '));

  beforeAll(async () => {
    net = bench.namespace('why');
    bench.file('to-dc2.yaml', 'rules:\n  - { name: secret, match: { mac: "02:00:00:00:00:03" }, then: refuse }\n');
    bench.file('from-dc1.yaml', 'rules:\n  - { match: { mac: "02:00:00:00:00:02" }, then: refuse }\n');
    [one, two] = await startAsking(bench, net, [first, second]);
    leaf = await bench.client(net, { localAddress: '127.0.1.1', host: '127.0.0.11' }).establish({
      asn: 65001,
      id: '10.0.1.1',
    });
    const far = await bench.client(net, { localAddress: '127.0.2.1', host: '127.0.0.12' }).establish({
      asn: 65002,
      id: '10.0.2.1',
    });
    for (const host of [1, 2, 3]) leaf.send(announced(host, 1217, 65001, '127.0.1.1'));
    far.send(announced(7, 2217, 65002, '127.0.2.1'));
    await leaf.holdsNumber(1, 30_000);
    await far.holdsNumber(1, 30_000);
  });
  afterAll(() => bench.clear());

  it('follows what crosses to a neighbour, from the NVE that announced it on', async () => {
    const told = await until(
      async () => {
        const now = await explained(1);
        return steps(now).includes('told yes bgp dc2 export') ? now : undefined;
      },
      { within: 20_000, what: 'dc2 to be told' },
    );
    const route = '[2]:[127.0.1.1:1]:[0]:[48]:[02:00:00:00:00:01]';
    expect(told.steps[0]).toMatchObject({ stage: 'announced', outcome: 'yes', about: route });
    expect(told.steps[0]?.reason).toMatch(/^announced by BGP from 127\.0\.1\.1, since .*, next hop 127\.0\.1\.1$/);
    const nves = steps(told).filter((step) => step.startsWith('told') && step.endsWith('  '));
    expect(steps(told).filter((step) => !nves.includes(step))).toEqual([
      'announced yes announced  ',
      'admission yes admitted  ',
      'best-path yes only-path  ',
      'mapping yes announced  ',
      'mapping yes trust  ',
      'mapping yes only-claim  ',
      'mapping yes encapsulation  ',
      'announced note not-from-there dc2 import',
      'policy note rule-not-matched dc2 export',
      'policy yes default dc2 export',
      'gateway yes direct dc2 export',
      'translation yes translated dc2 export',
      'crossing yes crosses dc2 export',
      'told yes bgp dc2 export',
    ]);
    expect(nves.toSorted()).toEqual([
      'told no not-connected  ',
      'told no session-down  ',
      'told no static  ',
      'told yes own  ',
    ]);
    const of = (code: string) => told.steps.find((step) => step.code === code);
    expect(of('rule-not-matched')).toMatchObject({ about: expect.stringContaining('to-dc2.yaml:2 (secret)') });
    expect(of('rule-not-matched')?.reason).toContain('mac: it asks for');
    expect(of('translated')?.reason).toMatch(
      /^RD 127\.0\.1\.1:1, VNI 1217 and 65001:1217 become RD 65001:\d+, VNI 2217 and 65002:2217$/,
    );
    expect(told.conclusion).toEqual({
      has: true,
      reason: 'it is behind 127.0.1.1; 1 of 3 NVEs that are told have it; 1 is not told',
    });
  });

  it('names the rule that refuses, by file and line', async () => {
    const told = await explained(3);
    const rule = told.steps.find(({ code }) => code === 'rule-matched');
    expect(rule).toMatchObject({ outcome: 'no', domain: 'dc2', direction: 'export' });
    expect(rule?.about).toMatch(/to-dc2\.yaml:2 \(secret\)$/);
    expect(steps(told)).toContain('crossing no policy dc2 export');
    expect(steps(told).some((step) => step.startsWith('told') && step.includes('dc2'))).toBe(false);
  });

  it('follows what comes from a neighbour, to the NVEs that are told', async () => {
    const told = await explained(7);
    expect(steps(told)).toContain('crossing yes crosses dc2 import');
    expect(told.steps[0]?.reason).toMatch(/^taken over from neighbour domain dc2/);
    expect(told.steps.find(({ about, stage }) => stage === 'told' && about === '127.0.1.1')).toMatchObject({
      outcome: 'yes',
      reason: 'clients are sent every best path (RFC 4456 §6)',
    });
  });

  it.each([
    ['leaf2', 'leaf2: it has no BGP session'],
    ['edge', 'edge: it has no connection by the NVE protocol'],
    ['old', 'old: it is static: nvad tells it nothing, and whoever has set it up sees to that'],
  ])('says why %s has it not', async (nve, reason) => {
    expect((await explained(1, `&nve=${nve}`)).conclusion).toEqual({ has: false, reason });
  });

  it('says of what nobody has where was looked', async () => {
    const told = await explained(9);
    expect(steps(told).slice(0, 2)).toEqual(['announced no nobody  ', 'announced note not-from-there dc2 import']);
    expect(told.conclusion).toEqual({
      has: false,
      reason: '02:00:00:00:00:09: no NVE of ours announces it in web, and nvad for none',
    });
    const inner = await one.get<Explanation>('/v1/explain?vn=inner&mac=02:00:00:00:00:01');
    expect(inner.steps.find(({ domain }) => domain === 'dc2')?.reason).toBe('inner is not shared with dc2');
  });

  it('asks the other domain what became of it there, which says nothing of its inside', async () => {
    const taken = await explained(1, '&at=dc2');
    const there = taken.steps.filter(({ asked }) => asked === 'dc2');
    expect(there.map(({ stage, outcome, code }) => [stage, outcome, code].join(' '))).toEqual([
      'announced yes announced',
      'admission yes admitted',
      'best-path yes only-path',
      'crossing yes crosses',
      'mapping yes best',
    ]);
    const refused = (await explained(2, '&at=dc2')).steps.filter(({ asked }) => asked === 'dc2');
    expect(refused.at(-1)).toMatchObject({ code: 'policy', outcome: 'no', reason: 'a rule of the policy refuses it' });
    for (const inside of ['netz', '127.0.2.1', 'from-dc1', '65002:1']) {
      expect(JSON.stringify([there, refused])).not.toContain(inside);
    }
  });

  it('lets another domain ask for itself, and nothing else', async () => {
    const ask = (path: string) =>
      new Promise<number>((resolve, reject) => {
        const socket = net.connect({ host: '127.0.0.1', port: 8082 });
        let text = '';
        socket.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        socket.on('close', () => resolve(Number(text.split(' ')[1])));
        socket.on('error', reject);
        socket.write(
          `GET ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\nconnection: close\r\n\r\n`,
        );
      });
    expect(await ask('/v1/federation/dc1/explain?wireVni=2217&mac=02:00:00:00:00:01')).toBe(200);
    expect(await ask('/v1/federation/dc1/explain?wireVni=99&mac=02:00:00:00:00:01')).toBe(404);
    expect(await ask('/v1/federation/dc3/explain?wireVni=2217&mac=02:00:00:00:00:01')).toBe(403);
    for (const path of ['/v1/nves', '/v1/routes', '/v1/explain?vn=netz&mac=02:00:00:00:00:01', '/v1/regions']) {
      expect(await ask(path)).toBe(403);
    }
  });

  it('is a table of steps, and a reason where the neighbour does not answer', async () => {
    const shown = await one.ctl('explain', '--vn', 'web', '--mac', '02:00:00:00:00:03', '--at', 'dc2');
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain(
      'our own domain\n  [2]:[127.0.1.1:1]:[0]:[48]:[02:00:00:00:00:03]\n    yes    announced',
    );
    expect(shown.stdout).toContain('to dc2\n');
    expect(shown.stdout).toContain(
      'dc2\n           asked        it was asked what became of our routes, and we have told it none\n',
    );
    await two.kill();
    const told = await explained(1, '&at=dc2');
    expect(told.steps.at(-1)).toMatchObject({ stage: 'asked', outcome: 'no', code: 'unreachable' });
    expect(told.steps.at(-1)?.reason).toContain('connection refused');
    expect((await one.ctl('explain', '--vn', 'web', '--mac', '02:00:00:00:00:09')).code).toBe(4);
    expect((await one.ctl('explain', '--vn', 'web')).code).toBe(2);
  });
});
