import { expect, test } from 'vitest';
import { conflictsAt, eventually, knownHosts, nvactl, nvedView, output, plug, unlost, useLab } from './harness.ts';

// The claims of topologies/pull/README.md, in its order.
const lab = useLab('pull');
const ten = Array.from({ length: 10 }, (_, index) => ({
  id: `many-${index + 1}`,
  mac: `02:00:00:02:00:${(index + 1).toString(16).padStart(2, '0')}`,
  ip: `10.1.1.${index + 2}`,
}));
const [first, second] = ten as [(typeof ten)[0], (typeof ten)[0]];

/** What nve1 holds of others' hosts: IP address and tunnel end, sorted. */
const held = async () => knownHosts(await nvedView(lab, 'nve1'));
const at = (tunnelEnd: string, hosts: readonly { readonly ip: string }[]) =>
  hosts.map(({ ip }) => `${ip} ${tunnelEnd}`).sort();

/** MAC addresses that the kernel of nve1 sends through a tunnel, sorted. */
async function tunnelled(): Promise<readonly string[]> {
  const entries = await output(lab, 'nve1', 'bridge', 'fdb', 'show', 'dev', 'nved-vx100');
  const macs = [...entries.matchAll(/^(\S+) dst 10\.0\.0\.\d+ /gm)].map((match) => match[1] as string);
  return macs.filter((mac) => mac !== '00:00:00:00:00:00').sort();
}

test('1. of 1,000 registered hosts an NVE in push mode is told all, and one in pull mode none', async () => {
  await eventually(async () => {
    for (const nve of ['nve1', 'nve2', 'nve3']) expect((await nvedView(lab, nve)).nva).toBe('10.0.0.1:8394');
  });
  expect(await output(lab, 'nvad', 'register')).toBe('1002 created\n');
  await plug(lab, 'nve1', { id: 'host1', mac: '02:00:00:00:01:01', ip: '10.1.0.1' });
  await plug(lab, 'nve3', { id: 'host3', mac: '02:00:00:00:03:03', ip: '10.1.0.3' });
  await output(lab, 'nve2', 'plug-hosts');
  await eventually(async () => {
    const told = knownHosts(await nvedView(lab, 'nve3')).filter((host) => host.endsWith(' 10.0.0.12'));
    // Each by its MAC address alone, and with its IP address.
    expect(told).toHaveLength(2000);
    expect((await nvedView(lab, 'nve1')).networks).toMatchObject([{ name: 'web', synced: true }]);
  });
  expect(await held()).toEqual([]);
  expect(await tunnelled()).toEqual([]);
});

test('2. it talks to ten of them and holds ten, and not one of the first packets is lost', async () => {
  for (const [index, { ip }] of ten.entries()) {
    const said = await output(lab, 'host1', 'ping', '-c', '3', '-i', '0.2', '-W', '5', ip);
    expect(said).toMatch(/ 3 received/);
    expect(await held()).toEqual(at('10.0.0.12', ten.slice(0, index + 1)));
  }
  expect(await tunnelled()).toEqual(ten.map(({ mac }) => mac).sort());
});

test('3. that there is no such address is an answer, and nothing to hold', async () => {
  expect((await lab.exec('host1', ['ping', '-c', '1', '-W', '1', '10.1.200.200'])).code).not.toBe(0);
  expect(await held()).toHaveLength(10);
});

test('4. one of the ten moves away and back: the NVE is told without asking, and the others lose nothing', async () => {
  await unlost(lab, 'host1', second.ip, async () => {
    for (const [nve, tunnelEnd] of [
      ['nve3', '10.0.0.13'],
      ['nve2', '10.0.0.12'],
    ] as const) {
      await nvactl(lab, 'nvad', 'move', 'web', first.id, nve);
      await eventually(async () => {
        expect(await held()).toEqual([...at(tunnelEnd, [first]), ...at('10.0.0.12', ten.slice(1))].sort());
      });
    }
  });
  await eventually(() => output(lab, 'host1', 'ping', '-c', '1', '-W', '1', first.ip), 5000);
});

test('5. one of the ten is detached: the NVE holds nine, and there is no conflict', async () => {
  await output(lab, 'nve2', 'nved', 'detach', '--network', 'web', '--id', first.id);
  await nvactl(lab, 'nvad', 'detach', 'web', first.id);
  await eventually(async () => {
    expect(await held()).toEqual(at('10.0.0.12', ten.slice(1)));
    expect(await tunnelled()).toEqual(
      ten
        .slice(1)
        .map(({ mac }) => mac)
        .sort(),
    );
  });
  expect((await lab.exec('host1', ['ping', '-c', '1', '-W', '1', first.ip])).code).not.toBe(0);
  expect(await conflictsAt(lab, 'nvad')).toEqual([]);
});
