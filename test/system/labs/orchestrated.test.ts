import { expect, test } from 'vitest';
import { PingRun } from '../../../tools/lab/run/ping.ts';
import {
  conflictsAt,
  eventually,
  floodedAt,
  knownHosts,
  nvactl,
  nvedView,
  output,
  type Plugged,
  ping,
  plug,
  useLab,
  vtepAt,
} from './harness.ts';

// The claims of topologies/orchestrated/README.md, in its order.
const lab = useLab('orchestrated');
const at = 'orchestrator';
const vm: Plugged = { id: 'vm', mac: '02:00:00:00:01:01', ip: '192.168.100.1' };
const host3: Plugged = { id: 'host3', mac: '02:00:00:00:03:03', ip: '192.168.100.3' };
const host4: Plugged = { id: 'host4', mac: '02:00:00:00:04:04', ip: '192.168.100.4' };
const expected: Plugged = { ...vm, id: 'vm-expected' };

const orchestrate = (...words: string[]) => output(lab, at, 'orchestrate', ...words);

type MappingView = { readonly nveName: string; readonly sequence: number };

/** Where the virtual machine is, by its IP address: name of the NVE, and sequence number. */
async function place(): Promise<readonly [nve: string, sequence: number]> {
  const { mappings } = await nvactl<{ mappings: MappingView[] }>(lab, at, 'show', 'mappings', 'web', '--ip', vm.ip);
  expect(mappings).toHaveLength(1);
  return [mappings[0]?.nveName as string, mappings[0]?.sequence as number];
}

const pingsOf = async (host: string): Promise<PingRun> => {
  const pings = new PingRun(lab, host, vm.ip);
  await eventually(async () => expect(pings.received).toBeGreaterThan(10));
  return pings;
};

test('1. with nothing registered there is no network, and an NVE may attach nothing', async () => {
  await eventually(async () => {
    const { nves } = await nvactl<{ nves: { name: string; status: { session: { state: string } | null } }[] }>(
      lab,
      at,
      'show',
      'nves',
    );
    expect(nves.map(({ name, status }) => [name, status.session?.state]).sort()).toEqual([
      ['nve1', 'connected'],
      ['nve2', 'connected'],
      ['nve3', 'connected'],
      ['nve4', 'Established'],
    ]);
  });
  const { code, stderr } = await lab.exec('nve1', [
    ...['nved', 'attach', '--network', 'web', '--id', 'vm', '--port', 'eth2'],
    ...['--mac', vm.mac, '--ip', vm.ip],
  ]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('there is no virtual network web')]);
});

test('2. the orchestrator registers, the NVEs attach, and everybody reaches everybody', async () => {
  await orchestrate('begin');
  await plug(lab, 'nve1', vm);
  await plug(lab, 'nve3', host3);
  for (const [from, to] of [
    ['vm', host3],
    ['vm', host4],
    ['host3', vm],
    ['host3', host4],
    ['host4', vm],
    ['host4', host3],
  ] as const) {
    await eventually(() => ping(lab, from, to.ip), 5000);
  }
  await eventually(async () => {
    expect(knownHosts(await nvedView(lab, 'nve3'))).toEqual(
      [`${vm.ip} 10.0.0.11`, `${vm.mac} 10.0.0.11`, `${host4.ip} 10.0.0.14`, `${host4.mac} 10.0.0.14`].sort(),
    );
    expect(await floodedAt(lab, 'nve4', 100)).toEqual(['10.0.0.11', '10.0.0.13']);
    expect(await vtepAt(lab, 'nve4', 100, vm.mac)).toBe('10.0.0.11');
    expect(await vtepAt(lab, 'nve4', 100, host4.mac)).toBeUndefined();
  });
  expect(await conflictsAt(lab, at)).toEqual([]);
});

test('3. what is not registered at an NVE, the NVE may not attach', async () => {
  const { code, stderr } = await lab.exec('nve2', [
    ...['nved', 'attach', '--network', 'web', '--id', 'vm', '--port', 'eth2'],
    ...['--mac', vm.mac, '--ip', vm.ip],
  ]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('not registered at NVE nve2')]);
  expect(await place()).toEqual(['nve1', 0]);
});

test('4. the migration is prepared: the new NVE knows the network, and nobody hears of anything', async () => {
  await orchestrate('expect', 'nve2');
  await plug(lab, 'nve2', expected);
  await eventually(async () => {
    const { networks } = await nvedView(lab, 'nve2');
    expect(networks).toMatchObject([{ name: 'web', parameters: { vni: 100 }, synced: true }]);
    expect(await floodedAt(lab, 'nve4', 100)).toEqual(['10.0.0.11', '10.0.0.12', '10.0.0.13']);
  });
  expect(await place()).toEqual(['nve1', 0]);
  expect(await vtepAt(lab, 'nve4', 100, vm.mac)).toBe('10.0.0.11');
  expect(await conflictsAt(lab, at)).toEqual([]);
  await ping(lab, 'host3', vm.ip);
});

test('5. it migrates with one change, sequence 1, and less than a second and a half of pings is lost', async () => {
  const runs = [await pingsOf('host3'), await pingsOf('host4')];
  await output(lab, 'vm', 'move', 'eth1', 'eth2');
  await orchestrate('moved', 'nve2');
  expect(await place()).toEqual(['nve2', 1]);
  const received = runs.map((run) => run.received);
  await eventually(async () => {
    for (const [i, run] of runs.entries()) expect(run.received).toBeGreaterThan((received[i] as number) + 20);
  });
  const counts = await Promise.all(runs.map((run) => run.stop()));
  for (const { lost, longestGapMs } of counts) {
    // One each 50 ms: from the moment at which it left the old link to the one at which all have heard of the new NVE.
    expect(lost).toBeLessThan(30);
    expect(longestGapMs).toBeLessThan(1500);
  }
  expect(await vtepAt(lab, 'nve4', 100, vm.mac)).toBe('10.0.0.12');
});

test('6. the old NVE forgets the network, the expectation goes, and there is no conflict', async () => {
  await plug(lab, 'nve2', vm);
  const pings = await pingsOf('host3');
  await output(lab, 'nve1', 'nved', 'detach', '--network', 'web', '--id', 'vm');
  await output(lab, 'nve2', 'nved', 'detach', '--network', 'web', '--id', 'vm-expected');
  await orchestrate('forget');
  await eventually(async () => {
    expect((await nvedView(lab, 'nve1')).networks).toEqual([]);
    expect(await output(lab, 'nve1', 'ip', '-o', 'link', 'show')).not.toMatch(/nved-/);
    expect(await floodedAt(lab, 'nve4', 100)).toEqual(['10.0.0.12', '10.0.0.13']);
  });
  const before = pings.received;
  await eventually(async () => expect(pings.received).toBeGreaterThan(before + 20));
  expect((await pings.stop()).lost).toBe(0);
  expect(await place()).toEqual(['nve2', 1]);
  expect(await conflictsAt(lab, at)).toEqual([]);
});

test('7. it is shut down and detached: nobody knows its addresses any more, and there is no conflict', async () => {
  await output(lab, 'nve2', 'nved', 'detach', '--network', 'web', '--id', 'vm');
  await nvactl(lab, at, 'detach', 'web', 'vm');
  await eventually(async () => {
    expect(await floodedAt(lab, 'nve4', 100)).toEqual(['10.0.0.13']);
    expect(await vtepAt(lab, 'nve4', 100, vm.mac)).toBeUndefined();
    expect(knownHosts(await nvedView(lab, 'nve3'))).toEqual([`${host4.ip} 10.0.0.14`, `${host4.mac} 10.0.0.14`].sort());
    expect((await nvedView(lab, 'nve2')).networks).toEqual([]);
  });
  await ping(lab, 'host3', host4.ip);
  expect(await conflictsAt(lab, at)).toEqual([]);
});
