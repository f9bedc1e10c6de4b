import { expect, test } from 'vitest';
import {
  conflictsAt,
  eventually,
  floodedAt,
  floodPathsAt,
  nvactl,
  nvadPeers,
  nvadRoutes,
  ping,
  unlost,
  useLab,
  vtepAt,
} from './harness.ts';

// The claims of topologies/bare-metal/README.md, in its order.
const lab = useLab('bare-metal');
const [nve1, nve2, tor] = ['10.0.0.11', '10.0.0.12', '10.0.0.21'];
const rd = `${tor}:100`;
const server1 = { mac: '02:00:00:00:21:01', ip: '192.168.100.21' };
const server2 = { mac: '02:00:00:00:21:02', ip: '192.168.100.22' };

/** What nvad announces for the switch: type, MAC and IP address of each route, sorted. */
async function announced(): Promise<readonly string[]> {
  const routes = (await nvadRoutes(lab, 'nvad')).filter((route) => route.rd === rd);
  for (const { best } of routes) {
    expect(best).toMatchObject({ peer: '10.0.0.1', nextHop: tor, vnis: [100], routeTargets: ['65000:100'] });
  }
  return routes.map(({ type, mac, ip }) => [type, mac, ip].filter((part) => part !== null).join(' ')).sort();
}

const unreached = async (from: string, to: string) => {
  expect((await lab.exec(from, ['ping', '-c', '1', '-W', '1', to])).code).not.toBe(0);
};

const detach = (id: string) => nvactl(lab, 'nvad', 'detach', 'web', id);

test('1. nothing is announced for the switch, no NVE has heard of it, and nobody reaches its servers', async () => {
  await eventually(async () => {
    expect(Object.keys(await nvadPeers(lab, 'nvad')).sort()).toEqual([nve1, nve2]);
    expect(await floodedAt(lab, 'nve1', 100)).toEqual([nve2]);
  });
  await eventually(() => ping(lab, 'host1', '192.168.100.2'), 10_000);
  expect(await announced()).toEqual([]);
  await unreached('host1', server1.ip);
  await unreached('server1', '192.168.100.1');
});

test('2. the servers are attached: hosts behind FRR reach them', async () => {
  expect(await nvactl(lab, 'nvad', 'apply', '/etc/nvad/attachments.yaml')).toMatchObject({
    outcomes: ['created', 'created'],
  });
  for (const host of ['host1', 'host2']) {
    for (const { ip } of [server1, server2]) await eventually(() => ping(lab, host, ip), 5000);
  }
  await ping(lab, 'server1', '192.168.100.2');
});

test('3. nvad announces on behalf of the switch, and FRR takes it as it takes another router', async () => {
  expect(await announced()).toEqual(
    ['3', ...[server1, server2].flatMap(({ mac, ip }) => [`2 ${mac}`, `2 ${mac} ${ip}`])].sort(),
  );
  for (const nve of ['nve1', 'nve2']) {
    expect(await floodPathsAt(lab, nve, rd)).toEqual([
      `next hop ${tor}, originator undefined, via undefined, ET:8 RT:65000:100, Ingress Replication 100`,
    ]);
    // What FRR has, its kernel has a moment later.
    await eventually(async () => {
      expect(await floodedAt(lab, nve, 100)).toContain(tor);
      for (const { mac } of [server1, server2]) expect(await vtepAt(lab, nve, 100, mac)).toBe(tor);
    });
  }
  const found = await nvactl<{ mappings: object[] }>(lab, 'nvad', 'show', 'mappings', 'web', '--ip', server1.ip);
  expect(found.mappings).toMatchObject([{ ...server1, nve: tor, nveName: 'tor', encapsulation: 'vxlan', vni: 100 }]);
  expect(await nvactl(lab, 'nvad', 'show', 'nve', 'tor')).toMatchObject({
    kind: 'static',
    status: { attachments: 2, networks: [{ name: 'web', attachments: 2 }] },
  });
  expect(await conflictsAt(lab, 'nvad')).toEqual([]);
});

test('4. one server is detached: it is not reached any more, and the other one loses nothing', async () => {
  await unlost(lab, 'host1', server2.ip, async () => {
    await detach('server1');
    await eventually(async () => {
      expect(await announced()).toEqual(['3', `2 ${server2.mac}`, `2 ${server2.mac} ${server2.ip}`].sort());
      expect(await vtepAt(lab, 'nve1', 100, server1.mac)).toBeUndefined();
    });
  });
});

test('5. with the last one everything is withdrawn: the switch is out of the flood lists', async () => {
  await detach('server2');
  await eventually(async () => {
    expect(await announced()).toEqual([]);
    expect(await floodedAt(lab, 'nve1', 100)).toEqual([nve2]);
    expect(await floodedAt(lab, 'nve2', 100)).toEqual([nve1]);
    expect(await vtepAt(lab, 'nve1', 100, server2.mac)).toBeUndefined();
  });
  await unreached('host1', server2.ip);
  await ping(lab, 'host1', '192.168.100.2');
  expect(await conflictsAt(lab, 'nvad')).toEqual([]);
});

test('6. they are attached again, and reached again', async () => {
  await nvactl(lab, 'nvad', 'apply', '/etc/nvad/attachments.yaml');
  await eventually(() => ping(lab, 'host1', server1.ip), 5000);
  await eventually(() => ping(lab, 'host2', server2.ip), 5000);
  expect(await conflictsAt(lab, 'nvad')).toEqual([]);
});
