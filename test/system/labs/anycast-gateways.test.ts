import { expect, test } from 'vitest';
import type { Domain } from '../../../src/api/contract/domains.ts';
import type { Explanation } from '../../../src/api/contract/explain.ts';
import { type PingCount, PingRun } from '../../../tools/lab/run/ping.ts';
import {
  captureAt,
  conflictsAt,
  eventually,
  nvactl,
  nvedView,
  output,
  ping,
  sessionsOf,
  tunnelsAt,
  useLab,
  vtepAt,
} from './harness.ts';

// The claims of topologies/anycast-gateways/README.md, in its order.
const lab = useLab('anycast-gateways');
const gateways = ['gw1', 'gw2'] as const;
type Gateway = (typeof gateways)[number];
/** Which port of both routers is whose. */
const ports: Record<Gateway, string> = { gw1: 'eth3', gw2: 'eth4' };

/** Of each domain: what stands for the other one there, who is hidden behind that, and what an NVE has. */
const sides = [
  {
    ...{ anycast: '10.1.250.1', members: ['10.1.0.9', '10.1.0.13'] },
    ...{ nva: '10.1.0.1', nve: 'nve1', end: '10.1.0.5', vni: 1217, router: 'router1' },
    ...{ host: 'host1', ip: '192.168.1.1', remote: '02:00:00:00:00:02' },
  },
  {
    ...{ anycast: '10.2.250.1', members: ['10.2.0.9', '10.2.0.13'] },
    ...{ nva: '10.2.0.1', nve: 'nve2', end: '10.2.0.5', vni: 2217, router: 'router2' },
    ...{ host: 'host2', ip: '192.168.1.2', remote: '02:00:00:00:00:01' },
  },
] as const;
const ALL = '192.168.1.255';
/** Last octets of more addresses of host1: so many flows that both gateways have some. */
const SOURCES = '11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26';
const FLOWS = SOURCES.split(' ').length;
/** Pings that may be lost, of those sent every 10 ms: those of a second. */
const ONE_SECOND = 100;

const domainAt = (node: string, domain: string) => nvactl<Domain>(lab, node, 'show', 'domain', domain);

/** All that an NVE has of the other domain leads to the one address. */
async function goesByAnycast(): Promise<void> {
  for (const { nve, vni, remote, anycast } of sides) {
    expect(await vtepAt(lab, nve, vni, remote)).toBe(anycast);
    expect(new Set(await tunnelsAt(lab, nve, vni))).toEqual(new Set([anycast]));
  }
}

/** Octets of IPv4 and ICMP headers; and of the outer IPv4, UDP, VXLAN and the inner Ethernet header. */
const HEADERS = 20 + 8;
const TUNNEL_HEADERS = 20 + 8 + 8 + 14;

/** A ping with each of the more addresses, and so many octets in it. */
const fromEach = (to: string, size: number) =>
  output(
    lab,
    'host1',
    'sh',
    '-c',
    `for i in ${SOURCES}; do ping -b -c 1 -W 1 -s ${size} -I 192.168.1.$i ${to} || exit; done`,
  );

/** Of pings every 10 ms to a host and to all, those lost while something is done and for 100 more. */
async function during(
  done: () => Promise<void>,
): Promise<{ readonly unicast: PingCount; readonly flooded: PingCount }> {
  const runs = { unicast: new PingRun(lab, 'host1', sides[1].ip, 0.01), flooded: new PingRun(lab, 'host2', ALL, 0.01) };
  const each = Object.values(runs);
  const more = async (count: number) => {
    const before = each.map((run) => run.received);
    await eventually(async () => {
      for (const [i, run] of each.entries()) expect(run.received).toBeGreaterThan((before[i] as number) + count);
    });
  };
  try {
    await more(10);
    await done();
    await more(100);
  } finally {
    await Promise.all(each.map((run) => run.stop()));
  }
  return { unicast: await runs.unicast.stop(), flooded: await runs.flooded.stop() };
}

/** A gateway's links in both underlays, which their routers then lead to or away from. */
async function link(gateway: Gateway, state: 'up' | 'down'): Promise<void> {
  for (const { router } of sides) await output(lab, router, 'ip', 'link', 'set', ports[gateway], state);
}

const octets = (address: string) => Buffer.from(address.split('.').map(Number)).toString('hex');

test('1. the hosts reach each other, and both gateways stand behind one address on either side', async () => {
  await eventually(() => ping(lab, 'host1', sides[1].ip), 30_000);
  await ping(lab, 'host2', sides[0].ip);
  await eventually(async () => {
    for (const gateway of gateways) {
      expect((await nvedView(lab, gateway)).crossings).toMatchObject([{ network: 'web', domain: 'dc2', floods: true }]);
    }
    await goesByAnycast();
  });
  const { networks } = await domainAt('nvad1', 'dc2');
  expect(networks).toMatchObject([
    {
      anycast: { import: sides[0].anycast, export: sides[1].anycast },
      gateways: { import: sides[0].members.map((address) => ({ address, choice: 'anycast', state: 'alive' })) },
    },
  ]);
  const { steps } = await nvactl<Explanation>(lab, 'nvad1', 'explain', '--vn', 'web', '--mac', sides[0].remote);
  expect(steps.filter(({ stage, outcome }) => stage === 'gateway' && outcome === 'yes')).toMatchObject([
    { code: 'anycast', about: sides[0].anycast },
  ]);
});

test('2. BGP has no other next hop in it, in either underlay', async () => {
  for (const { router, nve, nva, anycast, members } of sides) {
    const again = () => output(lab, nve, 'vtysh', '-c', 'clear bgp l2vpn evpn * soft in');
    const filter = `tcp port 179 and src host ${nva}`;
    const { frames } = await captureAt(lab, { node: router, device: 'eth2', filter }, again);
    await eventually(async () => {
      await again();
      expect(frames.map(({ payload }) => payload).join()).toContain(octets(anycast));
    });
    const heard = frames.map(({ payload }) => payload).join('');
    for (const member of members) expect(heard).not.toContain(octets(member));
    expect(Object.values(await sessionsOf(lab, nve))).toEqual(['Established']);
  }
});

test('3. NVEs send to that address alone, gateways from their own; one underlay spreads the flows, the other prefers gw1', async () => {
  await output(lab, 'host1', 'sh', '-c', `for i in ${SOURCES}; do ip address add 192.168.1.$i/24 dev eth1; done`);
  const begin = () => ping(lab, 'host1', sides[1].ip);
  const tunnels = (end: string) => `udp port 4789 and host ${end}`;
  const [near, far] = await Promise.all(
    sides.map(({ router, end }) => captureAt(lab, { node: router, device: 'eth2', filter: tunnels(end) }, begin)),
  );
  await fromEach(sides[1].ip, 56);
  await eventually(async () => {
    for (const [side, capture] of [near, far].entries()) {
      const { end, anycast, members } = sides[side as 0 | 1];
      const sent = capture?.frames.filter(({ source }) => source === end).map(({ destination }) => destination);
      const came = capture?.frames.filter(({ source }) => source !== end).map(({ source }) => source);
      expect(new Set(sent)).toEqual(new Set([anycast]));
      // What one underlay leads to a gateway, that gateway sends into the other.
      expect(new Set(came)).toEqual(new Set(side === 0 ? [members[0]] : members));
    }
  });
});

test('4. what is for all crosses once, by whichever gateway', async () => {
  const [usual, counted] = [56, 99];
  const begin = () => fromEach(ALL, usual);
  const there = await captureAt(lab, { node: 'host2', device: 'eth1', filter: `icmp and dst host ${ALL}` }, begin);
  const filter = `udp port 4789 and src host ${sides[0].end}`;
  const carried = await Promise.all(
    gateways.map((gateway) => captureAt(lab, { node: 'router1', device: ports[gateway], filter }, begin)),
  );
  await fromEach(ALL, counted);
  const came = () => there.frames.filter(({ length }) => length === counted + HEADERS).length;
  await eventually(async () => {
    expect(came()).toBe(FLOWS);
    const by = carried.map(
      ({ frames }) => frames.filter(({ length }) => length === counted + HEADERS + TUNNEL_HEADERS).length,
    );
    expect(Math.min(...by)).toBeGreaterThan(0);
    expect(by[0] as number).toBe(FLOWS - (by[1] as number));
  });
  // What comes after them is there, and no second one of any.
  await fromEach(ALL, counted + 1);
  await eventually(async () => expect(there.frames.at(-1)?.length).toBe(counted + 1 + HEADERS));
  expect(came()).toBe(FLOWS);
});

test('5. nved is killed at gw1: nothing changes for the NVEs, and nothing is lost', async () => {
  const { unicast, flooded } = await during(async () => {
    await lab.kill('gw1');
    await eventually(async () => {
      const [{ gateways: lists } = expect.fail()] = (await domainAt('nvad1', 'dc2')).networks;
      expect(lists.import.map(({ choice }) => choice)).toEqual(['dead', 'anycast']);
    });
    await goesByAnycast();
  });
  expect([unicast.lost, flooded.lost]).toEqual([0, 0]);
  expect(flooded.received).toBeLessThanOrEqual(flooded.sent);
});

test('6. the underlays lead to gw2 alone: traffic goes on by it within a second', async () => {
  const losses = await during(async () => {
    await link('gw1', 'down');
    await goesByAnycast();
  });
  const { unicast, flooded } = losses;
  expect([unicast.lost < ONE_SECOND, flooded.lost < ONE_SECOND], JSON.stringify(losses)).toEqual([true, true]);
});

test('7. gw2 is cut off as well: the network crosses no more', async () => {
  await link('gw2', 'down');
  await eventually(async () => {
    for (const { nve, vni, remote } of sides) {
      expect(await vtepAt(lab, nve, vni, remote)).toBeUndefined();
      expect(await tunnelsAt(lab, nve, vni)).toEqual([]);
    }
    expect((await domainAt('nvad1', 'dc2')).import.refused).toMatchObject({ 'no-gateway': 2 });
  });
});

test('8. both are there again, and all is as in 1; there is no conflict', async () => {
  await lab.start('gw1');
  for (const gateway of gateways) await link(gateway, 'up');
  await eventually(async () => {
    await goesByAnycast();
    await ping(lab, 'host1', sides[1].ip);
    const [{ gateways: lists } = expect.fail()] = (await domainAt('nvad1', 'dc2')).networks;
    for (const { choice } of [...lists.import, ...lists.export]) expect(choice).toBe('anycast');
  }, 30_000);
  for (const nvad of ['nvad1', 'nvad2']) expect(await conflictsAt(lab, nvad)).toEqual([]);
  await eventually(async () => {
    for (const gateway of gateways) expect((await nvedView(lab, gateway)).problems).toEqual([]);
  });
});
