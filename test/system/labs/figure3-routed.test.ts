import { expect, test } from 'vitest';
import type { Capture } from '../support/frame-capture.ts';
import {
  captureAt,
  conflictsAt,
  eventually,
  nvadRoutes,
  nvedView,
  output,
  type Plugged,
  ping,
  plug,
  useLab,
} from './harness.ts';

// The claims of topologies/figure3-routed/README.md, in its order.
const lab = useLab('figure3-routed');
const vm1: Plugged = { id: 'vm1', mac: '02:00:00:00:01:01', ip: '192.168.1.1' };
const vm2: Plugged = { id: 'vm2', mac: '02:00:00:00:01:02', ip: '192.168.1.2' };
const edge1: Plugged = { network: 'tenant', id: 'edge1', port: 'eth3', mac: '02:00:00:00:03:01', ip: '192.168.3.1' };
const edge2: Plugged = { network: 'tenant', id: 'edge2', port: 'eth3', mac: '02:00:00:00:03:02', ip: '192.168.3.2' };
const outside = '203.0.113.1';
const nvads = ['nvad1', 'nvad2'];
const sides = [
  { underlay: 'underlay1', vtep: '10.1.0.11', gateway: '10.1.0.254', vnis: [100, 5000] },
  { underlay: 'underlay2', vtep: '10.2.0.11', gateway: '10.2.0.254', vnis: [200, 6000] },
];

/** The TTL with which one ping is answered: 64, less one for each router on the way back. */
async function ttl(from: string, to: string): Promise<number> {
  const said = await output(lab, from, 'ping', '-c', '1', '-W', '1', to);
  return Number(/ ttl=(\d+) /.exec(said)?.[1]);
}

const routedOver = (from: string, to: string, routers: number) =>
  eventually(async () => expect(await ttl(from, to)).toBe(64 - routers));

/** Where each domain has vm1 by the routes that count: next hop and sequence number. */
async function vm1At(nvad: string): Promise<string> {
  const routes = (await nvadRoutes(lab, nvad, '--mac', vm1.mac)).filter(({ ip }) => ip === null);
  const found = routes.map(({ best }) => ({ at: best?.nextHop, sequence: best?.mobility?.sequence ?? 0 }));
  const [newest] = found.sort((a, b) => b.sequence - a.sequence);
  return `${newest?.at} ${newest?.sequence}`;
}

const noConflicts = async () => {
  for (const nvad of nvads) expect(await conflictsAt(lab, nvad)).toEqual([]);
};

test('1. the VMs are bridged across IP-G', async () => {
  await eventually(async () => {
    for (const nve of ['nve1', 'nve2', 'ipg']) expect((await nvedView(lab, nve)).nva).toMatch(/:8394$/);
  });
  await plug(lab, 'nve1', vm1);
  await plug(lab, 'nve2', vm2);
  await routedOver('vm1', vm2.ip, 0);
  await routedOver('vm2', vm1.ip, 0);
});

test('2. what is in the network with L3 service is reached over four routers', async () => {
  await plug(lab, 'nve1', edge1);
  await plug(lab, 'nve2', edge2, '--prefix', '203.0.113.0/24');
  for (const from of ['vm1', 'edge1']) for (const to of [edge2.ip, outside]) await routedOver(from, to, 4);
  for (const from of ['vm2', 'edge2']) await routedOver(from, edge1.ip, 4);
  await routedOver('edge1', vm2.ip, 4);
  await noConflicts();
  expect((await nvedView(lab, 'ipg')).problems).toEqual([]);
});

test("3. on neither underlay is there a frame whose ends are not that domain's NVE and IP-G", async () => {
  const captures: Capture[] = [];
  const send = () => ping(lab, 'vm1', vm2.ip);
  for (const { underlay: node } of sides) {
    captures.push(await captureAt(lab, { node, device: 'underlay', filter: 'udp port 4789' }, send));
  }
  await eventually(async () => {
    await send();
    for (const from of ['vm1', 'edge1']) await ping(lab, from, outside);
    for (const [index, { frames }] of captures.entries()) {
      const { vtep, gateway, vnis } = sides[index] as (typeof sides)[number];
      const seen = new Set(frames.map(({ source, destination, vni }) => `${source} > ${destination} ${vni}`));
      const expected = vnis.flatMap((vni) => [`${vtep} > ${gateway} ${vni}`, `${gateway} > ${vtep} ${vni}`]);
      expect([...seen].sort()).toEqual(expected.sort());
    }
  });
});

test('4. vm1 moves to the other domain, and both have it there, one sequence number on', async () => {
  await output(lab, 'vm1', 'move', 'eth1', 'eth2');
  await plug(lab, 'nve2', { ...vm1, port: 'eth4' });
  await eventually(async () => {
    expect(await vm1At('nvad1')).toBe('10.1.0.254 1');
    expect(await vm1At('nvad2')).toBe('10.2.0.11 1');
  });
  await routedOver('vm2', vm1.ip, 0);
  await routedOver('edge1', vm1.ip, 4);
  await output(lab, 'nve1', 'nved', 'detach', '--network', 'web', '--id', 'vm1');
  await routedOver('vm2', vm1.ip, 0);
  await routedOver('edge1', vm1.ip, 4);
  await routedOver('vm1', outside, 1);
});

test('5. it moves back, and both have it at home again, two sequence numbers on', async () => {
  await output(lab, 'vm1', 'move', 'eth2', 'eth1');
  await plug(lab, 'nve1', vm1);
  await output(lab, 'nve2', 'nved', 'detach', '--network', 'web', '--id', 'vm1');
  await eventually(async () => {
    expect(await vm1At('nvad1')).toBe('10.1.0.11 2');
    expect(await vm1At('nvad2')).toBe('10.2.0.254 2');
  });
  await routedOver('vm2', vm1.ip, 0);
  await routedOver('edge1', vm1.ip, 1);
  await routedOver('vm1', outside, 4);
  await noConflicts();
});
