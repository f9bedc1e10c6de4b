import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation } from '../../../src/api/contract/explain.ts';
import { Bench } from '../support/bench.ts';
import { unhex } from '../support/bytes.ts';
import { macIp, macOf, rd } from '../support/evpn-routes.ts';
import { announce, encapsulationVxlan, routeTarget } from '../support/messages.ts';
import { isRoot } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';

const routerMac = (last: number) => [6, 3, ...unhex(`02aa000000${last.toString(16).padStart(2, '0')}`)];

/** A domain with a network that routes for another, and a neighbour domain that is played by hand. */
describe.runIf(isRoot)('nvactl explain, of hosts', () => {
  const bench = new Bench();
  let nvad: Nvad;
  const config = `
domain: dc1
asn: 65001
routerId: 10.0.0.1
listen: ["127.0.0.1:179"]
nves: [{ prefix: 127.0.1.0/24, passive: true }]
virtualNetworks:
  - { name: tenant, vni: 5001, service: l3 }
  - { name: web, vni: 1217, l3: tenant }
  - { name: payroll, vni: 1300 }
federation:
  - domain: dc2
    address: 127.0.9.1
    asn: 65002
    passive: true
    virtualNetworks:
      - { name: web, remote: { vni: 2217, routeTarget: "65002:2217" } }
      - { name: tenant, remote: { vni: 6001, routeTarget: "65002:6001" } }
api: { listen: "127.0.0.1:8080" }
`;
  const host = (end: string, asn: number, index: number, vnis: readonly number[], ip?: string) =>
    announce([macIp({ rd: rd(end, 1), mac: macOf(index), labels: vnis, ...(ip !== undefined && { ip }) })], {
      nextHop: end,
      extendedCommunities: [...vnis.map((vni) => routeTarget(asn, vni)), encapsulationVxlan, routerMac(index)],
      ...(asn === 65002 && { asPath: [asn], localPref: null }),
    });
  const explained = (query: string) => nvad.get<Explanation>(`/v1/explain?${query}`);
  const codes = ({ steps }: Explanation, of: string | null) =>
    steps
      .filter(({ domain }) => domain === of)
      .map(({ outcome, code, direction }) => `${outcome} ${code} ${direction}`);

  beforeAll(async () => {
    const net = bench.namespace('why4');
    nvad = await bench.nvad(net, config).up();
    const client = (localAddress: string) => bench.client(net, { localAddress });
    const leaf = await client('127.0.1.1').establish({ asn: 65001, id: '10.0.1.1' });
    await client('127.0.1.2').establish({ asn: 65001, id: '10.0.1.2' });
    const far = await client('127.0.9.1').establish({ asn: 65002, id: '10.0.2.1' });
    leaf.send(host('127.0.1.1', 65001, 1, [1217, 5001], '172.16.0.1'));
    far.send(host('127.0.9.1', 65002, 2, [2217, 6001], '172.17.0.1'));
    far.send(host('127.0.9.1', 65002, 0x11, [1300]));
    await leaf.holdsNumber(1, 30_000);
  });
  afterAll(() => bench.clear());

  it('of an L3 network follows one that is announced with its MAC address, in either direction', async () => {
    const ours = await until(
      async () => {
        const now = await explained('vn=tenant&ip=172.16.0.1');
        return codes(now, 'dc2').includes('yes bgp export') ? now : undefined;
      },
      { within: 20_000, what: 'dc2 to be told' },
    );
    expect(ours.steps[0]?.about).toBe('[2]:[127.0.1.1:1]:[0]:[48]:[02:00:00:00:00:01]:[32]:[172.16.0.1]');
    expect(ours.conclusion).toEqual({ has: true, reason: 'it is behind 127.0.1.1; 2 of 2 NVEs have it' });
    const shown = await nvad.ctl('explain', '--vn', 'tenant', '--ip', '172.16.0.1', '--nve', '127.0.1.2');
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('yes: 127.0.1.2: clients are sent') });
    const theirs = await explained('vn=tenant&ip=172.17.0.1');
    expect(codes(theirs, 'dc2')).toContain('yes crosses import');
    expect(theirs.conclusion).toEqual({ has: true, reason: 'it is behind 127.0.9.1; 2 of 2 NVEs have it' });
  });

  it.each(['web', 'payroll'])('that a neighbour has told of no shared network is shown as that, in %s', async (vn) => {
    const shown = await nvad.ctl('explain', '--vn', vn, '--mac', '02:00:00:00:00:11');
    expect(shown.code).toBe(4);
    const route = '[2]:[127.0.9.1:1]:[0]:[48]:[02:00:00:00:00:11]';
    expect(shown.stdout).toContain(`  ${route}\n    yes    announced    announced by dc2 from 127.0.9.1`);
    expect(shown.stdout).toContain(
      `\nno: ${route}: its route targets name no network that is shared: it has VNI 1300 and 65002:1300; share the network`,
    );
    expect(shown.stdout).not.toContain('has told none');
  });
});
