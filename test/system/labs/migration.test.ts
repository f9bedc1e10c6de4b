import { expect, test } from 'vitest';
import { PingRun } from '../../../tools/lab/run/ping.ts';
import { conflictsAt, eventually, nvadRoutes, output, ping, useLab, vtepAt } from './harness.ts';

// The claims of topologies/migration/README.md, in its order.
const lab = useLab('migration');
const host1 = { mac: '02:00:00:00:01:01', ip: '192.168.100.1' };
const places = {
  dc1: { link: 'eth1', vtep: '10.1.0.11', nve: 'nve1' },
  dc2: { link: 'eth2', vtep: '10.2.0.11', nve: 'nve2' },
} as const;
type Place = keyof typeof places;

/** Both domains have the host at one place, and know nothing of another any more. */
async function expectAt(place: Place, sequence: number): Promise<void> {
  const { vtep } = places[place];
  const mobility = sequence === 0 ? null : { sequence, sticky: false };
  await eventually(async () => {
    for (const nvad of ['nvad1', 'nvad2']) {
      const routes = await nvadRoutes(lab, nvad, '--mac', host1.mac);
      expect(routes).toMatchObject([{ best: { nextHop: vtep, mobility } }]);
      expect(await conflictsAt(lab, nvad)).toEqual([]);
    }
    for (const { nve } of Object.values(places)) {
      expect(await vtepAt(lab, nve, 100, host1.mac)).toBe(nve === places[place].nve ? undefined : vtep);
    }
    expect(await vtepAt(lab, 'nve3', 100, host1.mac)).toBe(vtep);
  });
}

/** Moves the host while another pings it, until it is there for all and has answered twenty times more. */
async function move(from: Place, to: Place, sequence: number): Promise<void> {
  const pings = new PingRun(lab, 'host3', host1.ip);
  const answered = (more: number) => {
    const before = pings.received;
    return eventually(async () => expect(pings.received).toBeGreaterThan(before + more));
  };
  const moved = async () => {
    await answered(10);
    await output(lab, 'host1', 'move', places[from].link, places[to].link);
    await expectAt(to, sequence);
    await answered(20);
  };
  await moved().finally(() => pings.stop());
  const { lost, longestGapMs } = await pings.stop();
  // 20 a second: what was sent before the host had told of itself at the new place is lost, and nothing after.
  expect(lost).toBeLessThan(20);
  expect(longestGapMs).toBeLessThan(1000);
}

test('1. the host is in domain 1, and a third host reaches it', async () => {
  await eventually(() => ping(lab, 'host3', host1.ip));
  await expectAt('dc1', 0);
});

test('2. it moves to domain 2: the sequence number is one higher in both, and it is away for less than a second', () =>
  move('dc1', 'dc2', 1));

test('3. it moves back: the sequence number goes on, and it is away for less than a second', () =>
  move('dc2', 'dc1', 2));

test('4. and once more, there and back', async () => {
  await move('dc1', 'dc2', 3);
  await move('dc2', 'dc1', 4);
});
