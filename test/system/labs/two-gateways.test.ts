import { expect, test } from 'vitest';
import { type PingCount, PingRun } from '../../../tools/lab/run/ping.ts';
import { conflictsAt, eventually, floodedAt, nvedView, output, ping, useLab, vtepAt } from './harness.ts';

// The claims of topologies/two-gateways/README.md, in its order.
const lab = useLab('two-gateways');
const gateways = ['gw1', 'gw2'] as const;
type Gateway = (typeof gateways)[number];
const ends: Record<Gateway, readonly [string, string]> = {
  gw1: ['10.1.0.253', '10.2.0.253'],
  gw2: ['10.1.0.254', '10.2.0.254'],
};
/** Which port of both underlays is whose. */
const ports: Record<Gateway, string> = { gw1: 'eth3', gw2: 'eth4' };
const networks = ['red', 'green', 'blue', 'grey'].map((name, i) => ({
  name,
  vnis: [1001 + i, 2001 + i],
  macs: [1, 2].map((host) => `02:00:00:00:0${i + 1}:0${host}`),
  ip: `192.168.${i + 1}.2`,
  all: `192.168.${i + 1}.255`,
}));

/** Pings that may be lost, of those sent every 10 ms: those of a second. */
const ONE_SECOND = 100;

/** Networks that a gateway floods for, as it has been told. */
const floodedBy = async (gateway: Gateway) =>
  (await nvedView(lab, gateway)).crossings.flatMap(({ network, floods }) => (floods ? [network] : []));

/** Every network goes by the gateway that is said to be its own, on both sides, by unicast and flooding. */
async function goesBy(served: Readonly<Record<string, Gateway>>): Promise<void> {
  for (const { name, vnis, macs } of networks) {
    for (const side of [0, 1] as const) {
      const end = ends[served[name] as Gateway][side];
      const [nve, vni, remote] = [`nve${side + 1}`, vnis[side] as number, macs[1 - side] as string];
      expect(await vtepAt(lab, nve, vni, remote)).toBe(end);
      expect(await floodedAt(lab, nve, vni)).toEqual([end]);
    }
  }
}

const allBy = (gateway: Gateway) => Object.fromEntries(networks.map(({ name }) => [name, gateway]));

/** Whose each network is while both are there; the same whatever happened in between. */
let shared: Readonly<Record<string, Gateway>> = {};

const isShared = () =>
  eventually(async () => {
    for (const gateway of gateways) {
      expect((await floodedBy(gateway)).sort()).toEqual(
        Object.keys(shared)
          .filter((name) => shared[name] === gateway)
          .sort(),
      );
    }
    await goesBy(shared);
  }, 30_000);

interface Losses {
  readonly unicast: PingCount;
  readonly flooded: PingCount;
}

/** What is lost in each network of pings to a host and to all, every 10 ms, while something is done and for 100 more. */
async function during(done: () => Promise<void>): Promise<Readonly<Record<string, Losses>>> {
  const runs = networks.map(({ name, ip, all }) => ({
    name,
    unicast: new PingRun(lab, 'host1', ip, 0.01),
    flooded: new PingRun(lab, 'host1', all, 0.01),
  }));
  const each = runs.flatMap(({ unicast, flooded }) => [unicast, flooded]);
  const more = async (count: number) => {
    const before = each.map((run) => run.received);
    await eventually(async () => {
      for (const [i, run] of each.entries()) expect(run.received).toBeGreaterThan((before[i] as number) + count);
    });
  };
  const answered = async () => {
    await more(10);
    await done();
    await more(100);
  };
  try {
    await answered();
  } finally {
    await Promise.all(each.map((run) => run.stop()));
  }
  const counted = runs.map(async ({ name, unicast, flooded }) => {
    return [name, { unicast: await unicast.stop(), flooded: await flooded.stop() }] as const;
  });
  return Object.fromEntries(await Promise.all(counted));
}

/** Of the networks that a gateway served less than a second is lost, and of the others nothing. */
function expectLosses(losses: Readonly<Record<string, Losses>>, dead: Gateway): void {
  for (const [name, { unicast, flooded }] of Object.entries(losses)) {
    const most = shared[name] === dead ? ONE_SECOND : 1;
    expect([name, unicast.lost < most, flooded.lost < most], JSON.stringify(losses)).toEqual([name, true, true]);
  }
}

const cut = async (gateway: Gateway, state: 'up' | 'down') => {
  for (const underlay of ['underlay1', 'underlay2']) {
    await output(lab, underlay, 'ip', 'link', 'set', ports[gateway], state);
  }
};

test('1. the hosts reach each other in all networks, by two gateways that have two networks each', async () => {
  for (const { ip } of networks) await eventually(() => ping(lab, 'host1', ip));
  await eventually(async () => {
    const found = [];
    for (const gateway of gateways) found.push(...(await floodedBy(gateway)).map((name) => [name, gateway] as const));
    shared = Object.fromEntries(found);
    expect(found.length).toBe(4);
    expect(Object.keys(shared).length).toBe(4);
    for (const gateway of gateways) expect(Object.values(shared).filter((one) => one === gateway).length).toBe(2);
    // One that has said anew what it can do is used when it has stayed for 5 s.
  }, 30_000);
  await isShared();
});

test('2. nothing is lost, and what is for all comes once', async () => {
  for (const [name, { unicast, flooded }] of Object.entries(await during(async () => {}))) {
    expect([name, unicast.lost, flooded.lost]).toEqual([name, 0, 0]);
    // Each question that came twice would have been answered twice.
    expect(flooded.received).toBeLessThanOrEqual(flooded.sent);
  }
});

test('3. nved is killed at gw1: its networks go by gw2 within a second, and nothing of the others is lost', async () => {
  const losses = await during(async () => {
    await lab.kill('gw1');
    await eventually(() => goesBy(allBy('gw2')));
  });
  expectLosses(losses, 'gw1');
  const after = await during(async () => {});
  for (const { flooded } of Object.values(after)) expect(flooded.received).toBeLessThanOrEqual(flooded.sent);
});

test('4. it is started again, and has the same networks as before; no unicast is lost, and flooding moves within a second', async () => {
  const losses = await during(async () => {
    await lab.start('gw1');
    await isShared();
  });
  for (const { unicast } of Object.values(losses)) expect(unicast.lost).toBe(0);
  expectLosses(losses, 'gw1');
});

test('5. gw2 is cut off from both underlays: its networks go by gw1 within a second', async () => {
  const losses = await during(async () => {
    await cut('gw2', 'down');
    await eventually(() => goesBy(allBy('gw1')));
  });
  expectLosses(losses, 'gw2');
});

test('6. it is there again, and all is as before', async () => {
  await cut('gw2', 'up');
  await isShared();
});

test('7. gw1 is cut off from underlay2 alone, and says so: its networks go by gw2 within a second', async () => {
  const losses = await during(async () => {
    await output(lab, 'underlay2', 'ip', 'link', 'set', ports.gw1, 'down');
    await eventually(() => goesBy(allBy('gw2')));
  });
  expectLosses(losses, 'gw1');
});

test('8. it is there again, and all is as before; there is no conflict', async () => {
  await output(lab, 'underlay2', 'ip', 'link', 'set', ports.gw1, 'up');
  await isShared();
  for (const { ip } of networks) await ping(lab, 'host1', ip);
  for (const nvad of ['nvad1', 'nvad2']) expect(await conflictsAt(lab, nvad)).toEqual([]);
  for (const gateway of gateways) expect((await nvedView(lab, gateway)).problems).toEqual([]);
});
