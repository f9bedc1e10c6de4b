import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation } from '../../../src/api/contract/explain.ts';
import { startAsking } from '../support/asking-domains.ts';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { address, u32 } from '../support/bytes.ts';
import { colons, macIp, macOf, rd } from '../support/evpn-routes.ts';
import { announce, encapsulationVxlan, routeTarget, update } from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';

/** Two domains of which one sees hosts of the other as prefixes and as unknown MAC addresses, and back. */
describe.runIf(isRoot)('nvactl explain, of what crosses as a part of another route or not at all', () => {
  const bench = new Bench();
  let net: Namespace;
  let one: Nvad;
  let two: Nvad;
  let leaf: BgpClient;
  let far: BgpClient;
  let loop: BgpClient;
  const first = `
domain: dc1
asn: 65001
routerId: 10.0.0.1
listen: ["127.0.0.11:179"]
nves:
  - { name: leaf1, address: 127.0.1.1, passive: true }
virtualNetworks:
  - { name: web, vni: 1217, l3: tenant }
  - { name: tenant, vni: 1300, service: l3 }
  - { name: db, vni: 1218 }
federation:
  - domain: dc2
    address: 127.0.0.12
    asn: 65002
    virtualNetworks:
      - { name: web, remote: { vni: 2217, routeTarget: "65002:2217" } }
      - { name: tenant, remote: { vni: 2300, routeTarget: "65002:2300" } }
      - { name: db, remote: { vni: 2218, routeTarget: "65002:2218" } }
    policy: { import: from-dc2.yaml, export: to-dc2.yaml }
    api: { url: "http://127.0.0.1:8082", token: dc2.token }
  - domain: dc3
    address: 127.0.3.1
    asn: 65003
    passive: true
    virtualNetworks: [{ name: web }]
api: { listen: "127.0.0.1:8081" }
`;
  const second = `
domain: dc2
asn: 65002
routerId: 10.0.0.2
listen: ["127.0.0.12:179"]
nves: [{ name: far1, address: 127.0.2.1, passive: true }]
virtualNetworks:
  - { name: netz, vni: 2217, l3: mieter }
  - { name: mieter, vni: 2300, service: l3 }
  - { name: lager, vni: 2218, trust: orchestrator }
federation:
  - domain: dc1
    address: 127.0.0.11
    asn: 65001
    virtualNetworks: [{ name: netz }, { name: mieter }, { name: lager }]
api: { listen: "127.0.0.1:8082", tokens: access.yaml }
`;
  interface Site {
    readonly asn: number;
    readonly vnis: readonly [number, number];
    readonly nextHop: string;
  }
  const dc1: Site = { asn: 65001, vnis: [1217, 1300], nextHop: '127.0.1.1' };
  const dc2: Site = { asn: 65002, vnis: [2217, 2300], nextHop: '127.0.2.1' };
  const announced = (host: number, ip: string | undefined, { asn, vnis, nextHop }: Site) =>
    announce(
      [
        macIp({
          rd: rd(nextHop, 1),
          mac: macOf(host),
          ...(ip !== undefined && { ip }),
          labels: ip === undefined ? vnis.slice(0, 1) : vnis,
        }),
      ],
      {
        nextHop,
        extendedCommunities: [
          ...vnis.slice(0, ip === undefined ? 1 : 2).map((vni) => routeTarget(asn, vni)),
          encapsulationVxlan,
          ...(ip === undefined ? [] : [[6, 3, 2, 0, 0, 0, 9, vnis[0] % 256]]),
        ],
      },
    );
  const explained = (host: number, more = '') =>
    one.get<Explanation>(`/v1/explain?vn=web&mac=${colons(macOf(host))}${more}`);
  const lines = ({ steps }: Explanation) =>
    steps.map(({ stage, outcome, code, domain, direction, asked }) =>
      [stage, outcome, code, domain, direction, asked].filter((part) => part !== null).join(' '),
    );
  /** Once it has this step. */
  const once = (host: number, line: string, more = '') =>
    until(
      async () => {
        const now = await explained(host, more);
        return lines(now).includes(line) ? now : undefined;
      },
      { within: 20_000, what: line },
    );

  beforeAll(async () => {
    net = bench.namespace('why2');
    bench.file(
      'to-dc2.yaml',
      `rules:
  - { name: prefix, match: { network: [web, tenant] }, then: { aggregate: 10.1.0.0/16 } }
  - { name: macs, match: { mac: "02:00:00:00:00:02" }, then: { summariseMacs: true } }
`,
    );
    bench.file(
      'from-dc2.yaml',
      'rules:\n  - { match: { network: [web, tenant] }, then: { aggregate: 10.2.0.0/16 } }\n',
    );
    [one, two] = await startAsking(bench, net, [first, second], '[read, orchestrate]');
    const client = (localAddress: string, host: string) => bench.client(net, { localAddress, host });
    leaf = await client('127.0.1.1', '127.0.0.11').establish({ asn: 65001, id: '10.0.1.1' });
    far = await client('127.0.2.1', '127.0.0.12').establish({ asn: 65002, id: '10.0.2.1' });
    loop = await client('127.0.3.1', '127.0.0.11').establish({ asn: 65003, id: '10.0.3.1' });
    leaf.send(announced(1, '10.1.0.1', dc1));
    leaf.send(announced(2, undefined, dc1));
    leaf.send(announced(3, undefined, { ...dc1, vnis: [1218, 0] }));
    far.send(announced(7, '10.2.0.7', dc2));
  });
  afterAll(() => bench.clear());

  it('goes on with the prefix that a host crosses in, also on the other side', async () => {
    const told = await once(1, 'mapping yes best dc1 import dc2', '&at=dc2');
    const merged = told.steps.find(({ code }) => code === 'merged');
    expect(merged).toMatchObject({ outcome: 'yes', domain: 'dc2', direction: 'export' });
    expect(merged?.reason).toMatch(/^it crosses as a part of .*: \[5\]:\[65001:\d+\]:\[0\]:\[16\]:\[10\.1\.0\.0\]$/);
    const text = merged?.reason.split(': ')[1] as string;
    const bgp = told.steps.find(({ stage, domain, code }) => stage === 'told' && domain === 'dc2' && code === 'bgp');
    expect(bgp?.reason).toContain(`, as ${text}`);
    const there = told.steps.filter(({ asked }) => asked === 'dc2');
    expect(there[0]).toMatchObject({ stage: 'announced', outcome: 'yes', about: text });
    expect(there.at(-1)).toMatchObject({ code: 'best', about: '10.1.0.0/16' });
    const shown = await one.ctl('explain', '--vn', 'web', '--mac', colons(macOf(1)), '--at', 'dc2');
    expect(shown.stdout).toContain(`stands for several: ${text}`);
    expect(shown.stdout.split('dc2 says')[1]).toContain(`  ${text}\n`);
  });

  it('goes on with the unknown-MAC route', async () => {
    const told = await once(2, 'told yes bgp dc2 export', '&at=dc2');
    expect(told.steps.find(({ code }) => code === 'merged')?.reason).toMatch(/\[48\]:\[00:00:00:00:00:00\]$/);
    expect(lines(await once(2, 'announced yes announced dc1 import dc2', '&at=dc2'))).not.toContain(
      'announced no nobody dc1 import dc2',
    );
  });

  it('goes on with what stands for hosts of the neighbour here, to the NVEs that are told', async () => {
    const told = await once(7, 'crossing yes merged dc2 import');
    const text = told.steps.find(({ code }) => code === 'merged')?.reason.split(': ')[1] as string;
    expect(told.steps.find(({ about, stage }) => about === text && stage === 'announced')?.reason).toMatch(
      /^taken over from neighbour domain dc2/,
    );
    expect(told.steps.find(({ stage, about }) => stage === 'told' && about === 'leaf1')).toMatchObject({
      outcome: 'yes',
      code: 'bgp',
    });
    expect(told.conclusion).toEqual({
      has: true,
      reason: `as a part of ${text} it is behind 127.0.2.1; 1 of 1 NVEs have it`,
    });
  });

  it('finds a prefix by itself', async () => {
    const told = await one.get<Explanation>('/v1/explain?vn=tenant&prefix=10.2.0.0/16');
    expect(told.conclusion).toEqual({ has: true, reason: 'it is behind 127.0.2.1; 1 of 1 NVEs have it' });
  });

  it('says of a route that the other side does not admit why that is', async () => {
    const mac = colons(macOf(3));
    const attached = 'attachments: [{ network: lager, id: vm-3, nve: far1, mac: "02:00:00:00:00:03" }]\n';
    expect((await two.ctl('apply', bench.file('attached.yaml', attached))).code).toBe(0);
    const last = async () => (await one.get<Explanation>(`/v1/explain?vn=db&mac=${mac}&at=dc2`)).steps.at(-1);
    await expect
      .poll(last, { timeout: 20_000 })
      .toMatchObject({ asked: 'dc2', stage: 'admission', outcome: 'no', reason: 'it is registered at another NVE' });
  });

  it('says that AS_PATH has our own AS, and counts it', async () => {
    const nlri = macIp({ rd: [0, 0, 0xfd, 0xeb, 0, 0, 0, 1], mac: macOf(11), labels: [1217] });
    const reach = [0, 25, 70, 4, ...address('127.0.3.1'), 0, ...nlri];
    const path = [2, 2, ...u32(65003), ...u32(65001)];
    const more = [...routeTarget(65001, 1217), ...encapsulationVxlan];
    loop.send(
      update([
        [0x80, 14, reach],
        [0x40, 1, [0]],
        [0x40, 2, path],
        [0xc0, 16, more],
      ]),
    );
    const told = await once(11, 'admission no not-admitted dc3 import');
    expect(told.conclusion).toEqual({
      has: false,
      reason: expect.stringMatching(/AS_PATH has our own AS: the route has been here before \(RFC 4271 §9\.1\.2\)$/),
    });
    expect((await one.ctl('show', 'domain', 'dc3')).stdout).toMatch(/refused: as-loop +1 +0 /);
  });

  it('hints at malformed routes where nothing has come, and counts them', async () => {
    const nlri = macIp({ rd: [0, 0, 0xfd, 0xeb, 0, 0, 0, 1], mac: macOf(12), labels: [1217] });
    loop.send(
      update([
        [0x80, 14, [0, 25, 70, 4, ...address('127.0.3.1'), 0, ...nlri]],
        [0x40, 1, [9]],
        [0x40, 2, [2, 1, ...u32(65003)]],
      ]),
    );
    const told = await once(12, 'admission note malformed dc3 import');
    expect(told.steps.find(({ code }) => code === 'malformed')?.reason).toContain('one of 1 since');
    const { domains } = await one.get<{ domains: { domain: string; import: { refused: object } }[] }>('/v1/regions');
    expect(domains.find(({ domain }) => domain === 'dc3')?.import.refused).toEqual({ 'as-loop': 1, malformed: 1 });
  });
});
