import { expect, test } from 'vitest';
import { PingRun } from '../../../tools/lab/run/ping.ts';
import {
  conflictsAt,
  eventually,
  nvactl,
  nvadPeers,
  nvedView,
  output,
  type Plugged,
  ping,
  plug,
  sessionsOf,
  useLab,
  vtepAt,
} from './harness.ts';

// The claims of topologies/replicas/README.md, in its order.
const lab = useLab('replicas');
const replicas = ['nvad1', 'nvad2'] as const;
const host1: Plugged = { id: 'host1', mac: '02:00:00:00:01:01', ip: '192.168.100.1' };
const host2: Plugged = { id: 'host2', mac: '02:00:00:00:02:02', ip: '192.168.100.2' };
const host5: Plugged = { id: 'host5', port: 'eth3', mac: '02:00:00:00:05:05', ip: '192.168.100.5' };
const ips = ['192.168.100.1', '192.168.100.2', '192.168.100.3', '192.168.100.4'];

type MappingView = { readonly kind: string; readonly mac: string; readonly ip: string | null; readonly nve: string };

/** What a replica knows: addresses, and the NVE of each; sorted. */
async function mappingsAt(replica: string): Promise<readonly string[]> {
  const { mappings } = await nvactl<{ mappings: MappingView[] }>(lab, replica, 'show', 'mappings', 'web');
  return mappings.map(({ kind, mac, ip, nve }) => `${kind} ${mac ?? ''} ${ip ?? ''} ${nve}`).sort();
}

/** Everybody pings everybody while something is done; nobody may lose a ping. */
async function nobodyLoses(during: () => Promise<void>): Promise<void> {
  const runs = ips.flatMap((_, from) =>
    ips.filter((_, to) => to !== from).map((to) => new PingRun(lab, `host${from + 1}`, to, 0.1)),
  );
  const more = (than: (i: number) => number) =>
    eventually(async () => {
      for (const [i, run] of runs.entries()) expect(run.received).toBeGreaterThan(than(i));
    });
  try {
    await more(() => 5);
    await during();
    const before = runs.map((run) => run.received);
    await more((i) => (before[i] as number) + 10);
  } finally {
    await Promise.all(runs.map((run) => run.stop()));
  }
  const counts = await Promise.all(runs.map((run) => run.stop()));
  expect(counts.map(({ lost }) => lost)).toEqual(counts.map(() => 0));
}

const agreeAt = async (names: readonly string[]) => {
  const known = await Promise.all(names.map(mappingsAt));
  for (const one of known) expect(one).toEqual(known[0]);
  for (const replica of names) expect(await conflictsAt(lab, replica)).toEqual([]);
  return known[0] as readonly string[];
};

test('1. every router has a session with both replicas, every agent a connection to the one that it prefers', async () => {
  await eventually(async () => {
    for (const nve of ['nve3', 'nve4']) {
      expect(await sessionsOf(lab, nve)).toEqual({ '10.0.0.1': 'Established', '10.0.0.2': 'Established' });
    }
    expect(await nvadPeers(lab, 'nvad1')).toEqual({ '10.0.0.2': 'nva', '10.0.0.13': 'nve', '10.0.0.14': 'nve' });
    expect(await nvadPeers(lab, 'nvad2')).toEqual({ '10.0.0.1': 'nva', '10.0.0.13': 'nve', '10.0.0.14': 'nve' });
  }, 30_000);
  for (const [agent, preferred] of Object.entries({ nve1: '10.0.0.1:8394', nve2: '10.0.0.2:8394' })) {
    await eventually(async () => expect((await nvedView(lab, agent)).nva).toBeDefined());
    // One that was up before its first replica is with the other, and stays there as long as that answers.
    if ((await nvedView(lab, agent)).nva !== preferred) {
      await lab.kill(agent);
      await lab.start(agent);
    }
    await eventually(async () => expect((await nvedView(lab, agent)).nva).toBe(preferred));
  }
});

test('2. everybody reaches everybody, and both replicas know the same', async () => {
  await plug(lab, 'nve1', host1);
  await plug(lab, 'nve2', host2);
  for (const [from, ip] of ips.entries()) {
    for (const to of ips) if (to !== ip) await eventually(() => ping(lab, `host${from + 1}`, to), 10_000);
  }
  await eventually(async () => expect(await agreeAt(replicas)).toHaveLength(12));
});

test('3. one replica is killed mid-traffic: its agents go to the other one, and not a ping is lost', async () => {
  const before = await mappingsAt('nvad2');
  await nobodyLoses(async () => {
    await lab.kill('nvad1');
    await eventually(async () => {
      expect((await nvedView(lab, 'nve1')).nva).toBe('10.0.0.2:8394');
      expect((await nvedView(lab, 'nve1')).networks.every(({ synced }) => synced)).toBe(true);
      expect((await sessionsOf(lab, 'nve3'))['10.0.0.1']).not.toBe('Established');
    }, 20_000);
  });
  expect(await mappingsAt('nvad2')).toEqual(before);
});

test('4. meanwhile there is no standstill: who is attached is reached', async () => {
  await plug(lab, 'nve1', host5);
  await eventually(() => ping(lab, 'host3', host5.ip), 5000);
  await eventually(() => ping(lab, 'host2', host5.ip), 5000);
  expect(await conflictsAt(lab, 'nvad2')).toEqual([]);
});

test('5. it comes back, knows everything again, and not a ping is lost', async () => {
  await nobodyLoses(async () => {
    await lab.start('nvad1');
    await eventually(async () => {
      expect(await nvadPeers(lab, 'nvad1')).toEqual({ '10.0.0.2': 'nva', '10.0.0.13': 'nve', '10.0.0.14': 'nve' });
      expect(await agreeAt(replicas)).toHaveLength(14);
      expect((await sessionsOf(lab, 'nve3'))['10.0.0.1']).toBe('Established');
    }, 20_000);
  });
  await output(lab, 'nve1', 'nved', 'detach', '--network', 'web', '--id', 'host5');
  await eventually(async () => {
    expect(await agreeAt(replicas)).toHaveLength(12);
    expect(await vtepAt(lab, 'nve3', 100, host5.mac)).toBeUndefined();
  });
});

test('6. the other one is killed: all agents go to the first, not a ping is lost, and there is no conflict', async () => {
  await nobodyLoses(async () => {
    await lab.kill('nvad2');
    await eventually(async () => {
      for (const nve of ['nve1', 'nve2']) {
        expect(await nvedView(lab, nve)).toMatchObject({ nva: '10.0.0.1:8394', networks: [{ synced: true }] });
      }
      expect((await sessionsOf(lab, 'nve3'))['10.0.0.2']).not.toBe('Established');
    }, 20_000);
  });
  await eventually(async () => expect(await agreeAt(['nvad1'])).toHaveLength(12));
});
