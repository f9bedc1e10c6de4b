import { expect, test } from 'vitest';
import { PingRun } from '../../../tools/lab/run/ping.ts';
import type { NvadRoute } from './harness.ts';
import { eventually, json, nvadPeers, nvadRoutes, output, ping, sessionsOf, useLab } from './harness.ts';

// The claims of topologies/frr-spine/README.md, in its order.
const lab = useLab('frr-spine');
const nves = [1, 2, 3, 4];
const vnis = { red: 101, green: 102, blue: 103 };
const members = { red: nves, green: nves, blue: [1, 2] };

test('1. each NVE has a session with each replica, from its loopback across the spine', async () => {
  const both = { '10.1.101.1': 'Established', '10.1.102.1': 'Established' };
  await eventually(async () => {
    for (const nve of nves) expect(await sessionsOf(lab, `nve${nve}`)).toEqual(both);
  });
  const clients = Object.fromEntries(nves.map((nve) => [`10.0.0.1${nve}`, 'nve']));
  await eventually(async () => {
    expect(await nvadPeers(lab, 'nvad1')).toEqual({ '10.1.102.1': 'nva', ...clients });
    expect(await nvadPeers(lab, 'nvad2')).toEqual({ '10.1.101.1': 'nva', ...clients });
  });
});

test.each(['red', 'green', 'blue'] as const)('2. all hosts of %s reach each other', async (vn) => {
  for (const from of members[vn]) {
    for (const to of members[vn]) {
      if (from !== to) await eventually(() => ping(lab, `${vn}${from}`, `192.168.0.${to}`), 10_000);
    }
  }
});

test('3. the same MAC in three networks is three routes, each with its own VNI and route target', async () => {
  for (const replica of ['nvad1', 'nvad2']) {
    await eventually(async () => {
      const routes = await nvadRoutes(lab, replica, '--mac', '02:00:00:00:00:01');
      expect(routes.map(summary).sort()).toEqual([
        'next hop 10.0.0.11, VNI 101, 65000:101',
        'next hop 10.0.0.11, VNI 102, 65000:102',
        'next hop 10.0.0.11, VNI 103, 65000:103',
      ]);
      expect(new Set(routes.map((route) => route.rd)).size).toBe(3);
    });
  }
});

test('4. each NVE floods to the members of a network and to nobody else', async () => {
  for (const nve of nves) {
    for (const vn of ['red', 'green', 'blue'] as const) {
      const others = members[vn].filter((other) => other !== nve).map((other) => `10.0.0.1${other}`);
      const expected = members[vn].includes(nve) ? others : undefined;
      await eventually(async () => expect(await floodList(nve, vnis[vn])).toEqual(expected));
    }
  }
});

test('5. blue ends where its two NVEs end: a third NVE has no tunnel for it and no MAC of it', async () => {
  for (const nve of ['nve3', 'nve4']) {
    const macs = await json<Record<string, unknown>>(lab, nve, 'vtysh', '-c', 'show evpn mac vni all json');
    expect(Object.keys(macs).sort()).toEqual(['101', '102']);
  }
});

test('6. every next hop is the loopback of the NVE that announced the route', async () => {
  await eventually(async () => {
    for (const replica of ['nvad1', 'nvad2']) {
      const routes = await nvadRoutes(lab, replica);
      expect(routes.length).toBeGreaterThanOrEqual(20);
      for (const route of routes) expect(route.best?.nextHop).toBe(route.rd.split(':')[0]);
    }
  });
});

test('7. one replica is killed, and no host of any network loses a ping', async () => {
  const runs = [new PingRun(lab, 'red1', '192.168.0.4'), new PingRun(lab, 'blue1', '192.168.0.2')];
  await eventually(async () => {
    for (const run of runs) expect(run.received).toBeGreaterThan(10);
  });
  await lab.kill('nvad2');
  await eventually(async () => {
    for (const nve of nves) expect((await sessionsOf(lab, `nve${nve}`))['10.1.102.1']).not.toBe('Established');
  });
  const during = runs.map((run) => run.received);
  await eventually(async () => {
    for (const [i, run] of runs.entries()) expect(run.received).toBeGreaterThan((during[i] as number) + 20);
  });
  for (const run of runs) expect(await run.stop()).toMatchObject({ lost: 0 });
});

function summary({ best }: NvadRoute): string {
  return `next hop ${best?.nextHop}, VNI ${best?.vnis.join(' ')}, ${best?.routeTargets.join(' ')}`;
}

/** The tunnels that the kernel of an NVE floods a network into, sorted; undefined when it has no such network. */
async function floodList(nve: number, vni: number): Promise<string[] | undefined> {
  const { code } = await lab.exec(`nve${nve}`, ['ip', 'link', 'show', 'dev', `vxlan${vni}`]);
  if (code !== 0) return undefined;
  const lines = (await output(lab, `nve${nve}`, 'bridge', 'fdb', 'show', 'dev', `vxlan${vni}`)).split('\n');
  return lines.flatMap((line) => /^00:00:00:00:00:00 dst (\S+)/.exec(line)?.[1] ?? []).sort();
}
