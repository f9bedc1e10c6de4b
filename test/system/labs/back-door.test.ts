import { expect, test } from 'vitest';
import { type ConflictView, eventually, nvactl, output, ping, unlost, useLab } from './harness.ts';

// The claims of topologies/back-door/README.md, in its order.
const lab = useLab('back-door');
const nvads = ['nvad1', 'nvad2'] as const;
const host1 = '02:00:00:00:01:01';
const ips = [1, 2, 3, 4].map((host) => `192.168.100.${host}`);

async function everybodyPings(): Promise<void> {
  for (const from of ips.keys()) {
    for (const [to, ip] of ips.entries()) if (from !== to) await eventually(() => ping(lab, `host${from + 1}`, ip));
  }
}

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

test('1. all four hosts reach each other, and there is no conflict', async () => {
  await everybodyPings();
  expect(await conflicts()).toEqual([]);
});

test('2. the cable is in, and host1 says something to all: it is reported as a duplicate, and nobody else is', async () => {
  await unlost(lab, 'host3', '192.168.100.4', async () => {
    await cable('in');
    await lab.exec('host1', ['ping', '-c', '1', '-W', '1', '192.168.100.99']);
    await eventually(async () => {
      const found = await conflicts();
      expect(found.length).toBeGreaterThan(0);
      for (const { code, network, id } of found) {
        expect({ code, network, id }).toEqual({
          code: 'duplicate-mac',
          network: 'web',
          id: `duplicate-mac web ${host1}`,
        });
      }
    }, 60_000);
  });
});

test('3. the cable is out and the conflict released: all four reach each other, and there is no conflict', async () => {
  await cable('out');
  await eventually(async () => {
    for (const { nvad, id } of await conflicts()) await nvactl(lab, nvad, 'release', id);
    expect(await conflicts()).toEqual([]);
  }, 40_000);
  await everybodyPings();
  expect(await conflicts()).toEqual([]);
});
