import { expect, test } from 'vitest';
import { type ConflictView, eventually, nvactl, output, ping, unlost, useLab } from './harness.ts';

// The claims of topologies/back-door/README.md, in its order.
const lab = useLab('back-door');
const nvads = ['nvad1', 'nvad2'] as const;
const host1 = '02:00:00:00:01:01';
const pairs = [
  ['host1', '192.168.100.2'],
  ['host2', '192.168.100.1'],
  ['host3', '192.168.200.4'],
  ['host4', '192.168.200.3'],
] as const;

const cable = async (way: 'in' | 'out') => {
  for (const nve of ['nve1', 'nve2']) await output(lab, nve, 'cable', way);
};

/** Conflicts of both domains. */
async function conflicts(): Promise<readonly (ConflictView & { readonly nvad: string; readonly id: string })[]> {
  const found = await Promise.all(
    nvads.map(async (nvad) => {
      const page = await nvactl<{ conflicts: (ConflictView & { id: string })[] }>(lab, nvad, 'show', 'conflicts');
      return page.conflicts.map((conflict) => ({ ...conflict, nvad }));
    }),
  );
  return found.flat();
}

test('1. the hosts of each network reach each other, and there is no conflict', async () => {
  for (const [from, to] of pairs) await eventually(() => ping(lab, from, to));
  expect(await conflicts()).toEqual([]);
});

test('2. the cable is in, and host1 says something to all: it is a duplicate, and the other network loses nothing', async () => {
  await unlost(lab, 'host3', '192.168.200.4', async () => {
    await cable('in');
    await lab.exec('host1', ['ping', '-c', '1', '-W', '1', '192.168.100.99']);
    await eventually(async () => {
      const found = await conflicts();
      expect(found.map(({ id }) => id)).toContain(`duplicate-mac web ${host1}`);
      for (const { code, network } of found)
        expect({ code, network }).toEqual({ code: 'duplicate-mac', network: 'web' });
    }, 60_000);
  });
});

test('3. the cable is out and what is frozen is released: all is as before', async () => {
  await cable('out');
  await eventually(async () => {
    for (const { nvad, id } of await conflicts()) await nvactl(lab, nvad, 'release', id);
    for (const [from, to] of pairs) await ping(lab, from, to);
    expect(await conflicts()).toEqual([]);
  }, 60_000);
});
