import { expect, test } from 'vitest';
import { eventually, floodedAt, macRoutesAt, nvadRoutes, output, ping, useLab, vtepAt, waysAt } from './harness.ts';

// The claims of topologies/figure3-direct/README.md, in its order.
const lab = useLab('figure3-direct');
const vni = 1217;
const ends = [
  { nvad: 'nvad1', nve: 'nve1', host: 'host1', vtep: '10.1.0.11', mac: '02:00:00:00:01:01', ip: '192.168.17.1' },
  { nvad: 'nvad2', nve: 'nve2', host: 'host2', vtep: '10.2.0.11', mac: '02:00:00:00:02:02', ip: '192.168.17.2' },
] as const;
const [one, two] = ends;
const sides = [
  { here: one, there: two, asn: 65001, others: 65002 },
  { here: two, there: one, asn: 65002, others: 65001 },
] as const;

test('1. the hosts reach each other, both ways', async () => {
  for (const { here, there } of sides) await eventually(() => ping(lab, here.host, there.ip));
});

test('2. tunnels lead from NVE to NVE', async () => {
  for (const { here, there } of sides) {
    await eventually(async () => {
      expect(await vtepAt(lab, here.nve, vni, there.mac)).toBe(there.vtep);
      expect(await floodedAt(lab, here.nve, vni)).toEqual([there.vtep]);
    });
  }
});

test("3. each domain has the other's host under its own route target and VNI, with where it has been", async () => {
  for (const { here, there, asn, others } of sides) {
    await eventually(async () => {
      expect(await macRoutesAt(lab, here.nve, there.mac)).toEqual([`next hop ${there.vtep}, RT:${asn}:${vni}`]);
      expect(await waysAt(lab, here.nvad)).toMatchObject({ [there.mac]: [`AS_PATH ${others}, D-PATH ${others}:0`] });
    });
    const routes = await nvadRoutes(lab, here.nvad);
    const rds = routes.map(({ rd }) => rd.slice(0, rd.indexOf(':')));
    // Those of our own NVEs, and our own AS: none of the other domain's.
    expect([...new Set(rds)].sort()).toEqual([here.vtep, String(asn)].sort());
    expect([...new Set(routes.flatMap(({ best }) => best?.vnis ?? []))]).toEqual([vni]);
  }
});

test('4. a host that goes is forgotten by both domains', async () => {
  await output(lab, two.nve, 'ip', 'link', 'set', 'eth2', 'down');
  await eventually(async () => {
    for (const { nvad } of ends) expect(await nvadRoutes(lab, nvad, '--mac', two.mac)).toEqual([]);
    expect(await vtepAt(lab, one.nve, vni, two.mac)).toBeUndefined();
  });
});
