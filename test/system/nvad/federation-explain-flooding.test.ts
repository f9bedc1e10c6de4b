import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation } from '../../../src/api/contract/explain.ts';
import { startAsking } from '../support/asking-domains.ts';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { address, u24 } from '../support/bytes.ts';
import { colons, inclusiveMulticast, macIp, macOf, rd } from '../support/evpn-routes.ts';
import { announce, encapsulationVxlan, routeTarget } from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';

const PMSI_TUNNEL = 22;
const INGRESS_REPLICATION = 6;
/** Of a type that is not known, which reaches nobody in another domain. */
const tunnel = [0, 77, 0, 4, 193, 1, 2, 3, 4];

/** Two domains that share a network directly, and another by a gateway of the first. */
describe.runIf(isRoot)('nvactl explain, of flooding', () => {
  const bench = new Bench();
  let net: Namespace;
  let one: Nvad;
  let leaf: BgpClient;
  let far: BgpClient;
  const first = `
domain: dc1
asn: 65001
routerId: 10.0.0.1
listen: ["127.0.0.11:179"]
nves:
  - { name: leaf1, address: 127.0.1.1, passive: true }
  - { name: leaf2, address: 127.0.1.2, passive: true }
  - { name: gw1, address: 127.0.1.9, passive: true }
virtualNetworks:
  - { name: web, vni: 1217 }
  - { name: db, vni: 1218 }
  - { name: large, vni: 1219 }
  - { name: tenant, vni: 1300, service: l3 }
federation:
  - domain: dc2
    address: 127.0.0.12
    asn: 65002
    virtualNetworks:
      - { name: web, remote: { vni: 2217, routeTarget: "65002:2217" } }
      - { name: db, remote: { vni: 2218, routeTarget: "65002:2218" }, gateways: [127.0.1.9] }
      - { name: large, remote: { vni: 2219, routeTarget: "65002:2219" } }
    api: { url: "http://127.0.0.1:8082", token: dc2.token }
api: { listen: "127.0.0.1:8081" }
`;
  const second = `
domain: dc2
asn: 65002
routerId: 10.0.0.2
listen: ["127.0.0.12:179"]
nves: [{ name: far1, address: 127.0.2.1, passive: true }]
virtualNetworks: [{ name: netz, vni: 2217 }, { name: lager, vni: 2218 }, { name: halle, vni: 2219 }]
federation:
  - domain: dc1
    address: 127.0.0.11
    asn: 65001
    virtualNetworks: [{ name: netz }, { name: lager }, { name: halle }]
    policy: { import: from-dc1.yaml }
api: { listen: "127.0.0.1:8082", tokens: access.yaml }
`;
  const flooding = (end: string, number: number, asn: number, vni: number) =>
    announce([inclusiveMulticast({ rd: rd(end, number), originator: end })], {
      nextHop: end,
      extendedCommunities: [routeTarget(asn, vni), encapsulationVxlan],
      more: [[0xc0, PMSI_TUNNEL, [0, INGRESS_REPLICATION, ...u24(vni), ...address(end)]]],
    });
  const explained = (query: string) => one.get<Explanation>(`/v1/explain?${query}`);
  const lines = ({ steps }: Explanation) =>
    steps.map(({ stage, outcome, code, domain, direction, asked }) =>
      [stage, outcome, code, domain, direction, asked].filter((part) => part !== null).join(' '),
    );
  /** Once it has these steps. */
  const once = (query: string, ...wanted: readonly string[]) =>
    until(
      async () => {
        const now = await explained(query);
        return wanted.every((line) => lines(now).includes(line)) ? now : undefined;
      },
      { within: 20_000, what: wanted.join(' and ') },
    );
  const toldOf = ({ steps }: Explanation, nve: string) =>
    steps.filter(({ stage, about }) => stage === 'told' && about === nve).map(({ reason }) => reason);

  beforeAll(async () => {
    net = bench.namespace('why3');
    bench.file('from-dc1.yaml', 'rules:\n  - { match: { type: 3, community: 65001:9 }, then: refuse }\n');
    [one] = await startAsking(bench, net, [first, second]);
    const client = (localAddress: string, host: string) => bench.client(net, { localAddress, host });
    leaf = await client('127.0.1.1', '127.0.0.11').establish({ asn: 65001, id: '10.0.1.1' });
    await client('127.0.1.9', '127.0.0.11').establish({ asn: 65001, id: '10.0.1.9' });
    far = await client('127.0.2.1', '127.0.0.12').establish({ asn: 65002, id: '10.0.2.1' });
    leaf.send(flooding('127.0.1.1', 7, 65001, 1217));
    for (const end of ['127.0.1.1', '127.0.1.3']) leaf.send(flooding(end, 8, 65001, 1218));
    for (let i = 0; i < 40; i++) {
      leaf.send(flooding(`10.8.0.${i + 1}`, 9, 65001, 1219));
      const nlri = macIp({ rd: rd(`10.8.0.${i + 1}`, 9), mac: macOf(1), labels: [1219] });
      const extendedCommunities = [routeTarget(65001, 1219), encapsulationVxlan];
      leaf.send(announce([nlri], { nextHop: `10.8.0.${i + 1}`, extendedCommunities }));
    }
    far.send(flooding('127.0.2.1', 7, 65002, 2217));
    far.send(flooding('127.0.2.1', 8, 65002, 2218));
  });
  afterAll(() => bench.clear());

  it('follows each end to the neighbour and to the NVEs, and what comes from there as well', async () => {
    const told = await once(
      'vn=web&flooding=true&at=dc2',
      ...['mapping yes best dc1 import dc2', 'mapping yes taken-over', 'crossing yes crosses dc2 import'],
    );
    const nves = lines(told).filter((line) => /^told .* \S+$/.test(line) && !line.includes('dc'));
    expect(lines(told).filter((line) => !nves.includes(line))).toEqual([
      ...['announced yes announced', 'admission yes admitted', 'best-path yes only-path'],
      ...['mapping yes announced', 'mapping yes trust', 'mapping yes only-claim', 'mapping yes encapsulation'],
      ...['announced yes announced', 'admission yes admitted', 'best-path yes only-path'],
      ...['mapping yes taken-over', 'mapping yes trust', 'mapping yes only-claim', 'mapping yes encapsulation'],
      'announced yes announced dc2 import',
      'admission yes admitted dc2 import',
      'best-path yes only-path dc2 import',
      'policy yes no-policy dc2 import',
      'gateway yes direct dc2 import',
      'translation yes translated dc2 import',
      'crossing yes crosses dc2 import',
      'announced note from-here dc2 export',
      'policy yes no-policy dc2 export',
      'gateway yes direct dc2 export',
      'translation yes translated dc2 export',
      'crossing yes crosses dc2 export',
      'announced note from-here dc2 export',
      'crossing no came-from-there dc2 export',
      'told yes bgp dc2 export',
      'announced yes announced dc1 import dc2',
      'admission yes admitted dc1 import dc2',
      'best-path yes only-path dc1 import dc2',
      'crossing yes crosses dc1 import dc2',
      'mapping yes best dc1 import dc2',
    ]);
    expect(told.steps[0]).toMatchObject({ about: '[3]:[127.0.1.1:7]:[0]:[32]:[127.0.1.1]' });
    expect(told.steps[0]?.reason).toMatch(
      /^announced by BGP from leaf1 \(127\.0\.1\.1\), since .*, next hop 127\.0\.1\.1$/,
    );
    expect(toldOf(told, 'leaf1')).toEqual([
      'to 127.0.1.1: it is an end of this NVE itself',
      'to 127.0.2.1: clients are sent every best path (RFC 4456 §6)',
    ]);
    expect(toldOf(told, 'leaf2')).toEqual(['to 127.0.1.1, 127.0.2.1: it has no BGP session']);
    expect(told).toMatchObject({
      more: 0,
      conclusion: { has: true, reason: 'it goes to 2 ends; 2 of 3 NVEs have all of them' },
    });
  });

  it('says why one NVE floods not to all', async () => {
    expect(await explained('vn=web&flooding=true&nve=leaf2')).toMatchObject({
      conclusion: { has: false, reason: 'leaf2: to 127.0.1.1, 127.0.2.1: it has no BGP session' },
    });
    expect(await explained('vn=web&flooding=true&nve=leaf1')).toMatchObject({
      conclusion: { has: true, reason: 'leaf1: to 127.0.2.1: clients are sent every best path (RFC 4456 §6)' },
    });
  });

  it('of a gateway is one route for all ends, which is followed there, and the true ends are for it alone', async () => {
    const told = await once(
      'vn=db&flooding=true&at=dc2',
      'mapping yes best dc1 import dc2',
      'mapping note no-end',
      'mapping yes taken-over',
    );
    const merged = told.steps.filter(({ code, direction }) => code === 'merged' && direction === 'export');
    expect(merged.map(({ about }) => about)).toEqual([
      '[3]:[127.0.1.1:8]:[0]:[32]:[127.0.1.1]',
      '[3]:[127.0.1.3:8]:[0]:[32]:[127.0.1.3]',
    ]);
    const [text, ...others] = new Set(merged.map(({ reason }) => reason.split(': ')[1]));
    expect(text).toMatch(/^\[3\]:\[65001:\d+\]:\[0\]:\[32\]:\[127\.0\.1\.9\]$/);
    expect(others).toEqual([]);
    const elected = told.steps.find(({ code, direction }) => code === 'elected' && direction === 'export');
    expect(elected).toMatchObject({ stage: 'gateway', about: '127.0.1.9' });
    const bgp = told.steps.find(({ stage, domain, code }) => stage === 'told' && domain === 'dc2' && code === 'bgp');
    expect(bgp?.reason).toContain(`, as ${text}`);
    const there = told.steps.filter(({ asked }) => asked === 'dc2');
    expect(there[0]).toMatchObject({ stage: 'announced', outcome: 'yes', about: text });
    expect(there.at(-1)).toMatchObject({ about: 'flooding', reason: 'our NVEs send there what they flood' });
    for (const inside of ['lager', '127.0.2.1', 'from-dc1', '65002:'])
      expect(JSON.stringify(there)).not.toContain(inside);
    const trueEnd = told.steps.find(({ code }) => code === 'no-end');
    expect(trueEnd).toMatchObject({
      about: expect.stringMatching(/\[127\.0\.2\.1\]$/),
      reason: 'it is the true end, for gateways to that domain alone; told are 127.0.1.9',
    });
    expect(told.conclusion.reason).toMatch(/^it goes to 3 ends; /);
  });

  it('is asked about by the address of one end, also where it crosses as a part of another route', async () => {
    const ours = await once('vn=db&flooding=true&ip=127.0.1.3&at=dc2', 'mapping yes best dc1 import dc2');
    expect(ours.steps[0]?.about).toBe('[3]:[127.0.1.3:8]:[0]:[32]:[127.0.1.3]');
    expect(ours.steps.at(-1)).toMatchObject({ about: 'flooding to 127.0.1.9', asked: 'dc2' });
    const { conclusion } = await explained('vn=db&flooding=true&ip=127.0.3.3');
    expect(conclusion).toEqual({
      has: false,
      reason: 'flooding to 127.0.3.3: no NVE of ours announces it in db, and nvad for none',
    });
  });

  it('says of what the neighbour refuses that it does, and where there is none', async () => {
    const extendedCommunities = [routeTarget(65001, 1217), encapsulationVxlan];
    const nlri = inclusiveMulticast({ rd: rd('127.0.1.1', 9), originator: '127.0.1.5' });
    leaf.send(announce([nlri], { nextHop: '127.0.1.5', extendedCommunities, more: [[0xc0, PMSI_TUNNEL, tunnel]] }));
    const told = await once('vn=web&flooding=true&ip=127.0.1.5&at=dc2', 'crossing no no-receiver dc2 export');
    expect(lines(told)).toContain('asked note none-told dc2');
    const tenant = await explained('vn=tenant&flooding=true');
    expect(tenant.conclusion.reason).toBe('flooding: tenant has L3 service, in which nothing is flooded');
  });

  it('says how many routes it does not show, and how to see those', async () => {
    far.send(flooding('127.0.2.1', 9, 65002, 2219));
    await until(async () => (await explained('vn=large&flooding=true')).more === 9, {
      within: 20_000,
      what: '41 ends',
    });
    const told = await once(
      'vn=large&flooding=true&at=dc2',
      ...['crossing yes crosses dc2 import', 'announced note more-routes dc1 import dc2'],
    );
    expect(told.steps.filter(({ code }) => code === 'more-routes')).toMatchObject(
      [
        { domain: null, reason: '9 more routes, not shown; narrow by ip, the address of one end' },
        { domain: 'dc2', direction: 'export', reason: /^8 more routes/ },
        { asked: 'dc2', reason: /^8 more routes/ },
      ].map((one) => ({ ...one, reason: expect.stringMatching(one.reason) })),
    );
    expect(lines(told)).not.toContain('announced note not-from-there dc2 import');
    expect(told.conclusion.reason).toMatch(/^it goes to 32 ends and more that are not shown; /);
    expect(toldOf(told, 'leaf1')).toEqual(['to 10.8.0.1, 10.8.0.2, 10.8.0.3 and 29 more: the best path came from it']);
    const narrowed = await explained('vn=large&flooding=true&ip=10.8.0.40');
    expect([narrowed.more, narrowed.steps[0]?.about]).toEqual([0, '[3]:[10.8.0.40:9]:[0]:[32]:[10.8.0.40]']);
    const host = await explained(`vn=large&mac=${colons(macOf(1))}`);
    expect(host.more).toBe(8);
    expect(host.steps.filter(({ stage, outcome }) => stage === 'announced' && outcome === 'yes')).toHaveLength(32);
    expect(host.steps.find(({ code }) => code === 'more-claims')?.reason).toMatch(/^7 more do not count/);
  });

  it('is shown by nvactl, whose exit status says whether all have it', async () => {
    const shown = await one.ctl('explain', '--vn', 'large', '--flooding');
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('  flooding\n           announced    9 more routes, not shown; narrow by ip');
    expect(shown.stdout).toContain(
      '  flooding to 10.8.0.1\n    yes    mapping      announced by 127.0.1.1, as an end of',
    );
    expect((await one.ctl('explain', '--vn', 'web', '--flooding', '--nve', 'leaf2')).code).toBe(4);
    expect((await one.ctl('explain', '--vn', 'web', '--flooding', '--mac', colons(macOf(1)))).code).toBe(2);
    const nothing = await one.ctl('explain', '--vn', 'web');
    expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('--mac, --ip, --prefix and --flooding') });
  });
});
