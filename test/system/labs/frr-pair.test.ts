import { expect, test } from 'vitest';
import { PingRun } from '../../../tools/lab/run/ping.ts';
import { eventually, floodPathsAt, nvadPeers, nvadRoutes, output, ping, sessionsOf, useLab } from './harness.ts';

// The claims of topologies/frr-pair/README.md, in its order.
const lab = useLab('frr-pair');
const replicas = ['nvad1', 'nvad2'];
const host1 = '02:00:00:00:01:01';
const host2 = '02:00:00:00:02:02';

test('1. each NVE has a session with each replica, and the replicas one with each other', async () => {
  const both = { '10.0.0.1': 'Established', '10.0.0.2': 'Established' };
  await eventually(async () => {
    expect(await sessionsOf(lab, 'nve1')).toEqual(both);
    expect(await sessionsOf(lab, 'nve2')).toEqual(both);
  });
  await eventually(async () => {
    expect(await nvadPeers(lab, 'nvad1')).toEqual({ '10.0.0.2': 'nva', '10.0.0.11': 'nve', '10.0.0.12': 'nve' });
    expect(await nvadPeers(lab, 'nvad2')).toEqual({ '10.0.0.1': 'nva', '10.0.0.11': 'nve', '10.0.0.12': 'nve' });
  });
});

test('2. the hosts reach each other through the tunnel within ten seconds', async () => {
  await eventually(() => ping(lab, 'host1', '192.168.100.2'), 10_000);
  await eventually(() => ping(lab, 'host2', '192.168.100.1'), 10_000);
});

test('3. both replicas hold the routes, with next hop and originator as the NVE announced them', async () => {
  for (const replica of replicas) {
    await eventually(async () => {
      const macs = await nvadRoutes(lab, replica, '--type', '2', '--mac', host2);
      expect(macs).toMatchObject([
        { rd: '10.0.0.12:2', best: { nextHop: '10.0.0.12', vnis: [100], routeTargets: ['65000:100'], mobility: null } },
      ]);
      const floods = await nvadRoutes(lab, replica, '--type', '3');
      expect(floods.map((route) => [route.originator, route.best?.nextHop]).sort()).toEqual([
        ['10.0.0.11', '10.0.0.11'],
        ['10.0.0.12', '10.0.0.12'],
      ]);
    });
  }
  await eventually(async () => {
    expect(await floodPathsAt(lab, 'nve1', '10.0.0.12:2')).toEqual([
      'next hop 10.0.0.12, originator 10.0.0.12, via 10.0.0.1, ET:8 RT:65000:100, Ingress Replication 100',
      'next hop 10.0.0.12, originator 10.0.0.12, via 10.0.0.2, ET:8 RT:65000:100, Ingress Replication 100',
    ]);
  });
});

test('4. a host moves: sequence 1, and it is reached again within two seconds', async () => {
  const pings = new PingRun(lab, 'host2', '192.168.100.1');
  await eventually(async () => expect(pings.received).toBeGreaterThan(10));
  await output(lab, 'host1', 'move', 'eth1', 'eth2');
  for (const replica of replicas) {
    await eventually(async () => {
      expect(await nvadRoutes(lab, replica, '--mac', host1)).toMatchObject([
        { rd: '10.0.0.12:2', best: { nextHop: '10.0.0.12', mobility: { sequence: 1, sticky: false } } },
      ]);
    });
  }
  const moved = await pings.stop();
  expect(moved.longestGapMs).toBeLessThan(2000);

  await output(lab, 'host1', 'move', 'eth2', 'eth1');
  await eventually(async () => {
    expect(await nvadRoutes(lab, 'nvad1', '--mac', host1)).toMatchObject([
      { rd: '10.0.0.11:2', best: { nextHop: '10.0.0.11', mobility: { sequence: 2, sticky: false } } },
    ]);
  });
  await eventually(() => ping(lab, 'host2', '192.168.100.1'), 2000);
});

test('5. one replica is killed, and not one ping is lost; it comes back and holds everything again', async () => {
  const before = (await nvadRoutes(lab, 'nvad1')).map((route) => route.key).sort();
  const pings = new PingRun(lab, 'host1', '192.168.100.2');
  await eventually(async () => expect(pings.received).toBeGreaterThan(10));
  await lab.kill('nvad1');
  await eventually(async () => {
    const sessions = await sessionsOf(lab, 'nve1');
    expect(sessions['10.0.0.1']).not.toBe('Established');
    expect(sessions['10.0.0.2']).toBe('Established');
  });
  const during = pings.received;
  await eventually(async () => expect(pings.received).toBeGreaterThan(during + 20));
  await lab.start('nvad1');
  await eventually(async () => {
    expect((await nvadRoutes(lab, 'nvad1')).map((route) => route.key).sort()).toEqual(before);
    expect(await nvadPeers(lab, 'nvad1')).toEqual({ '10.0.0.2': 'nva', '10.0.0.11': 'nve', '10.0.0.12': 'nve' });
  }, 20_000);
  const { received, lost } = await pings.stop();
  expect(received).toBeGreaterThan(40);
  expect(lost).toBe(0);
});

test('6. with both replicas killed and started again, the hosts reach each other within ten seconds', async () => {
  await lab.kill('nvad1');
  await lab.kill('nvad2');
  // FRR forgets what it learnt from a reflector that is gone: without any, there is no overlay.
  await eventually(async () => {
    expect((await lab.exec('host1', ['ping', '-c', '1', '-W', '1', '192.168.100.2'])).code).not.toBe(0);
  });
  await Promise.all(replicas.map((replica) => lab.start(replica)));
  await eventually(() => ping(lab, 'host1', '192.168.100.2'), 10_000);
});
