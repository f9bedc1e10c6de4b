import { expect, test } from 'vitest';
import { PingRun } from '../../../tools/lab/run/ping.ts';
import {
  conflictsAt,
  eventually,
  nvactl,
  nvadRoutes,
  nvedView,
  output,
  type Plugged,
  plug,
  unlost,
  useLab,
} from './harness.ts';

// The claims of topologies/irb/README.md, in its order.
const lab = useLab('irb');
const nves = ['nve1', 'nve2', 'nve3'];
const web1: Plugged = { id: 'web1', mac: '02:00:00:00:01:01', ip: '192.168.1.1' };
const web2: Plugged = { id: 'web2', mac: '02:00:00:00:01:02', ip: '192.168.1.2' };
const db1: Plugged = { network: 'db', id: 'db1', port: 'eth3', mac: '02:00:00:00:02:01', ip: '192.168.2.1' };
const edge: Plugged = { network: 'tenant', id: 'edge', mac: '02:00:00:00:03:01', ip: '192.168.3.1' };
const outside = '203.0.113.1';

/** The TTL with which one ping is answered: 64, less one for each router on the way back. */
async function ttl(from: string, to: string): Promise<number> {
  const said = await output(lab, from, 'ping', '-c', '1', '-W', '1', to);
  return Number(/ ttl=(\d+) /.exec(said)?.[1]);
}

const routedOver = (from: string, to: string, routers: number) =>
  eventually(async () => expect(await ttl(from, to)).toBe(64 - routers), 5000);

const unreached = async (from: string, to: string) => {
  expect((await lab.exec(from, ['ping', '-c', '1', '-W', '1', to])).code).not.toBe(0);
};

const links = (nve: string) => output(lab, nve, 'ip', '-o', 'link', 'show');

test('1. hosts of two L2 networks and of an L3 one are attached, and announced as RFC 9135 and RFC 9136 have it', async () => {
  await eventually(async () => {
    for (const nve of nves) expect((await nvedView(lab, nve)).nva).toBe('10.0.0.1:8394');
  });
  await plug(lab, 'nve1', web1);
  await plug(lab, 'nve2', web2);
  await plug(lab, 'nve2', db1);
  await plug(lab, 'nve3', edge, '--prefix', '203.0.113.0/24');
  const routes = await nvadRoutes(lab, 'nvad');
  const shown = routes.flatMap(({ type, ip, prefix, best }) =>
    type === 3 || (type === 2 && ip === null)
      ? []
      : [`${ip ?? prefix} ${best?.nextHop} ${best?.vnis} ${best?.routeTargets}`],
  );
  expect(shown.sort()).toEqual([
    '192.168.1.1 10.0.0.11 100,5000 65000:100,65000:5000',
    '192.168.1.2 10.0.0.12 100,5000 65000:100,65000:5000',
    '192.168.2.1 10.0.0.12 200,5000 65000:200,65000:5000',
    '192.168.3.1/32 10.0.0.13 5000 65000:5000',
    '203.0.113.0/24 10.0.0.13 5000 65000:5000',
  ]);
});

test('2. within a network they are bridged, and no router is on the way', async () => {
  await routedOver('web1', web2.ip, 0);
});

test('3. between the networks they are routed: by one NVE where both are at it, else by both ends', async () => {
  await routedOver('web2', db1.ip, 1);
  await routedOver('web1', db1.ip, 2);
  await routedOver('db1', web1.ip, 2);
  // What is routed there needs nothing of the other network here.
  expect(await links('nve1')).not.toMatch(/nved-(br|vx)200/);
});

test('4. the L3 network and what is behind its host are reached from both, and reach both', async () => {
  for (const from of ['web1', 'web2', 'db1']) {
    await routedOver(from, edge.ip, 2);
    await routedOver(from, outside, 2);
  }
  await routedOver('edge', web1.ip, 2);
  await routedOver('edge', db1.ip, 2);
  expect(await conflictsAt(lab, 'nvad')).toEqual([]);
});

test('5. a host is expected at another NVE, moves, and is routed to there', async () => {
  const expected = { ...db1, id: 'db1-expected' };
  await unlost(lab, 'web1', db1.ip, () => plug(lab, 'nve3', expected, '--pre-associate'));
  const pings = new PingRun(lab, 'web1', db1.ip);
  await eventually(async () => expect(pings.received).toBeGreaterThan(10));
  await output(lab, 'db1', 'move', 'eth1', 'eth2');
  await plug(lab, 'nve3', db1);
  const before = pings.received;
  await eventually(async () => expect(pings.received).toBeGreaterThan(before + 20));
  expect((await pings.stop()).longestGapMs).toBeLessThan(2000);
  expect(await nvactl(lab, 'nvad', 'show', 'mappings', 'db', '--ip', db1.ip)).toMatchObject({
    mappings: [{ nve: '10.0.0.13', sequence: 1, l3: { vni: 5000 } }],
  });
  await output(lab, 'nve2', 'nved', 'detach', '--network', 'db', '--id', 'db1');
  await output(lab, 'nve3', 'nved', 'detach', '--network', 'db', '--id', expected.id);
  await routedOver('web2', db1.ip, 2);
  expect(await links('nve2')).not.toMatch(/nved-(br|vx|gw)200/);
  expect(await conflictsAt(lab, 'nvad')).toEqual([]);
});

test('6. nvad is killed, and nothing that is routed is lost; it comes back and has everything again', async () => {
  await unlost(lab, 'web1', db1.ip, () =>
    unlost(lab, 'web2', outside, async () => {
      await lab.kill('nvad');
      await eventually(async () => {
        for (const nve of nves) expect((await nvedView(lab, nve)).nva).toBeUndefined();
      });
    }),
  );
  await lab.start('nvad');
  await eventually(async () => {
    for (const nve of nves) {
      const { nva, networks } = await nvedView(lab, nve);
      expect([nva, networks.every(({ synced }) => synced)]).toEqual(['10.0.0.1:8394', true]);
    }
    expect(await nvadRoutes(lab, 'nvad', '--type', '5')).toHaveLength(2);
  }, 30_000);
  await routedOver('web1', db1.ip, 2);
  await routedOver('web2', outside, 2);
});

test('7. what is detached is reached no more, and leaves nothing: there is no conflict', async () => {
  await output(lab, 'nve3', 'nved', 'detach', '--network', 'tenant', '--id', 'edge');
  await eventually(async () => expect(await nvadRoutes(lab, 'nvad', '--type', '5')).toEqual([]));
  await unreached('web1', outside);
  await unreached('web1', edge.ip);
  await routedOver('web1', db1.ip, 2);
  for (const [nve, { network = 'web', id }] of [
    ['nve1', web1],
    ['nve2', web2],
    ['nve3', db1],
  ] as const) {
    await output(lab, nve, 'nved', 'detach', '--network', network, '--id', id);
  }
  await eventually(async () => {
    for (const nve of nves) {
      expect(await links(nve)).not.toMatch(/nved-/);
      expect(await output(lab, nve, 'ip', 'netns', 'list')).not.toMatch(/nved-/);
    }
    expect(await nvadRoutes(lab, 'nvad')).toEqual([]);
  });
  expect(await conflictsAt(lab, 'nvad')).toEqual([]);
});
