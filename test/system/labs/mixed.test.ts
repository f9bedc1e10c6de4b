import { expect, test } from 'vitest';
import {
  conflictsAt,
  eventually,
  floodedAt,
  json,
  knownHosts,
  nvactl,
  nvadPeers,
  nvedView,
  output,
  type Plugged,
  ping,
  plug,
  useLab,
  vtepAt,
} from './harness.ts';

// The claims of topologies/mixed/README.md, in its order.
const lab = useLab('mixed');
const host1 = { id: 'host1', mac: '02:00:00:00:01:01', ip: '192.168.100.1' };
const host2: Plugged = { id: 'host2', mac: '02:00:00:00:02:02', ip: '192.168.100.2' };
const host3 = { id: 'host3', mac: '02:00:00:00:03:03', ip: '192.168.100.3' };

const everybodyReachesEverybody = async () => {
  const all = [host1, host2, host3];
  for (const from of all) {
    for (const to of all) if (from !== to) await eventually(() => ping(lab, from.id, to.ip));
  }
};

test('1. nvad has a session with each, by its own protocol', async () => {
  await eventually(async () => {
    expect(await nvadPeers(lab, 'nvad')).toEqual({ '10.0.0.11': 'nve', '10.0.0.13': 'nve' });
    expect((await nvedView(lab, 'nve2')).nva).toBe('10.0.0.1:8394');
  });
  type Nves = { readonly nves: readonly { readonly name: string; readonly kind: string }[] };
  const { nves } = await nvactl<Nves>(lab, 'nvad', 'show', 'nves');
  expect(nves.map(({ name, kind }) => `${name} ${kind}`).sort()).toEqual(['gobgp bgp', 'nve1 bgp', 'nve2 agent']);
});

test('2. every host reaches every other', async () => {
  await plug(lab, 'nve2', host2);
  await everybodyReachesEverybody();
});

test("3. each knows where the others' hosts are", async () => {
  await eventually(async () => {
    expect(knownHosts(await nvedView(lab, 'nve2'))).toEqual(
      [
        ...[`${host1.ip} 10.0.0.11`, `${host1.mac} 10.0.0.11`],
        ...[`${host3.ip} 10.0.0.13`, `${host3.mac} 10.0.0.13`],
      ].sort(),
    );
    expect(await vtepAt(lab, 'nve1', 100, host2.mac)).toBe('10.0.0.12');
    expect(await vtepAt(lab, 'nve1', 100, host3.mac)).toBe('10.0.0.13');
    expect(await floodedAt(lab, 'nve1', 100)).toEqual(['10.0.0.12', '10.0.0.13']);
    expect(await output(lab, 'nve2', 'bridge', 'fdb', 'show', 'dev', 'nved-vx100')).toMatch(
      /^00:00:00:00:00:00 dst 10\.0\.0\.13 /m,
    );
    expect(await nextHopsAtGobgp()).toEqual(['10.0.0.11', '10.0.0.12', '10.0.0.13']);
  });
});

test('4. what GoBGP takes back is forgotten, and what it says again is used again', async () => {
  await output(lab, 'gobgp', 'announce', 'del');
  await eventually(async () => {
    expect(knownHosts(await nvedView(lab, 'nve2')).filter((host) => host.endsWith(' 10.0.0.13'))).toEqual([]);
    expect(await vtepAt(lab, 'nve1', 100, host3.mac)).toBeUndefined();
    expect(await floodedAt(lab, 'nve1', 100)).toEqual(['10.0.0.12']);
  });
  await output(lab, 'gobgp', 'announce', 'add');
  await eventually(async () => expect(await vtepAt(lab, 'nve1', 100, host3.mac)).toBe('10.0.0.13'));
  await everybodyReachesEverybody();
});

test('5. there is no conflict', async () => {
  expect(await conflictsAt(lab, 'nvad')).toEqual([]);
  expect((await nvedView(lab, 'nve2')).problems).toEqual([]);
});

/** Next hops of all routes that GoBGP holds. */
async function nextHopsAtGobgp(): Promise<readonly string[]> {
  type Rib = Readonly<Record<string, readonly { readonly attrs: readonly { type: number; nexthop?: string }[] }[]>>;
  const rib = await json<Rib>(lab, 'gobgp', 'gobgp', 'global', 'rib', '-a', 'evpn', '-j');
  const paths = Object.values(rib).flat();
  const nextHops = paths.map(({ attrs }) => attrs.find(({ type }) => type === 14)?.nexthop ?? '');
  // Of its own it says that they have none yet.
  return [...new Set(nextHops.map((nextHop) => (nextHop === '0.0.0.0' ? '10.0.0.13' : nextHop)))].sort();
}
