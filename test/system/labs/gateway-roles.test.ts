import { expect, test } from 'vitest';
import {
  conflictsAt,
  eventually,
  nvactl,
  nvadRoutes,
  nvedView,
  output,
  type Plugged,
  plug,
  unlost,
  useLab,
} from './harness.ts';

// The claims of topologies/gateway-roles/README.md, in its order.
const lab = useLab('gateway-roles');
const nves = ['nve1', 'nve2'];
const web1: Plugged = { id: 'web1', mac: '02:00:00:00:01:01', ip: '192.168.1.1' };
const files: Plugged = { network: 'shared', id: 'files', port: 'eth3', mac: '02:00:00:00:06:01', ip: '172.16.0.1' };
const server1 = { mac: '02:00:00:00:01:11', ip: '192.168.1.11' };
const server2: Plugged = { id: 'server2', port: 'eth4', mac: '02:00:00:00:01:12', ip: '192.168.1.12' };
const outside = '203.0.113.1';

/** The TTL with which one ping is answered: 64, less one for each router on the way back. */
async function ttl(from: string, to: string): Promise<number> {
  const said = await output(lab, from, 'ping', '-c', '1', '-W', '1', to);
  return Number(/ ttl=(\d+) /.exec(said)?.[1]);
}

const routedOver = (from: string, to: string, routers: number) =>
  eventually(async () => expect(await ttl(from, to)).toBe(64 - routers));

const unreached = async (from: string, to: string) => {
  expect((await lab.exec(from, ['ping', '-c', '1', '-W', '1', to])).code).not.toBe(0);
};

/** What nvad has of nve2: MAC addresses of web, and prefixes with the VNI that they are reached by. */
async function announcedOfNve2(): Promise<readonly string[]> {
  const routes = (await nvadRoutes(lab, 'nvad')).filter(({ best }) => best?.nextHop === '10.0.0.12');
  return routes.flatMap(({ mac, prefix, best }) => mac ?? (prefix === null ? [] : `${prefix} ${best?.vnis}`)).sort();
}

const ofNve2 = (...macs: readonly string[]) =>
  ['0.0.0.0/0 5000', '172.16.0.0/24 5000', '192.168.1.0/24 6000', ...macs].sort();

type Mappings = { readonly mappings: readonly { readonly nve: string; readonly sequence: number }[] };

const placeOf = async (mac: string) =>
  (await nvactl<Mappings>(lab, 'nvad', 'show', 'mappings', 'web', '--mac', mac)).mappings.map(
    ({ nve, sequence }) => `${nve} ${sequence}`,
  );

test('1. hosts behind a port are learnt, announced by their MAC addresses, and bridged', async () => {
  await eventually(async () => {
    for (const nve of nves) expect((await nvedView(lab, nve)).nva).toBe('10.0.0.1:8394');
  });
  await plug(lab, 'nve1', web1);
  await plug(lab, 'nve1', files);
  await routedOver('server1', web1.ip, 0);
  await routedOver('server2', web1.ip, 0);
  await routedOver('web1', server1.ip, 0);
  await routedOver('web1', server2.ip, 0);
  await eventually(async () => expect(await announcedOfNve2()).toEqual(ofNve2(server1.mac, server2.mac)));
});

test('2. networks that are joined reach what is said of each other, as far as the ACL lets them', async () => {
  await routedOver('web1', files.ip, 4);
  await routedOver('server1', files.ip, 3);
  await unreached('files', web1.ip);
});

test('3. a network is let out with the address of the machine, and the other is not', async () => {
  await routedOver('web1', outside, 3);
  await routedOver('server1', outside, 2);
  await unreached('files', outside);
});

test('4. nobody reaches the machine or its underlay that way, or comes in', async () => {
  await unreached('web1', '198.51.100.2');
  await unreached('web1', '10.0.0.1');
  await output(lab, 'internet', 'ip', 'route', 'add', '192.168.1.0/24', 'via', '198.51.100.2');
  await unreached('internet', web1.ip);
  await routedOver('web1', outside, 3);
});

test('5. nvad is killed, and nothing that is joined or let out is lost; it comes back and has everything again', async () => {
  await unlost(lab, 'web1', outside, () =>
    unlost(lab, 'web1', files.ip, async () => {
      await lab.kill('nvad');
      await eventually(async () => {
        for (const nve of nves) expect((await nvedView(lab, nve)).nva).toBeUndefined();
      });
    }),
  );
  await lab.start('nvad');
  await eventually(async () => {
    for (const nve of nves) {
      const { nva, networks } = await nvedView(lab, nve);
      expect([nva, networks.every(({ synced }) => synced)]).toEqual(['10.0.0.1:8394', true]);
    }
    expect(await announcedOfNve2()).toEqual(ofNve2(server1.mac, server2.mac));
  }, 30_000);
  await routedOver('web1', outside, 3);
  await routedOver('web1', files.ip, 4);
});

test('6. a host that was learnt is attached elsewhere, and is reached there', async () => {
  await output(lab, 'server2', 'move', 'eth1', 'eth2');
  await plug(lab, 'nve1', server2);
  await eventually(async () => expect(await announcedOfNve2()).toEqual(ofNve2(server1.mac)));
  expect((await placeOf(server2.mac))[0]).toBe('10.0.0.11 1');
  await routedOver('web1', server2.ip, 0);
  await routedOver('server1', server2.ip, 0);
});

test('7. it moves back, is learnt and reached again, and there is no conflict', async () => {
  await output(lab, 'server2', 'move', 'eth2', 'eth1');
  await eventually(async () => {
    await lab.exec('server2', ['ping', '-c', '1', '-W', '1', server1.ip]);
    expect((await placeOf(server2.mac))[0]).toMatch(/^10\.0\.0\.12 [2-9]$/);
    // What was refused is asked for again after a minute.
  }, 90_000);
  await output(lab, 'nve1', 'nved', 'detach', '--network', 'web', '--id', server2.id);
  await routedOver('web1', server2.ip, 0);
  await routedOver('server2', web1.ip, 0);
  expect(await conflictsAt(lab, 'nvad')).toEqual([]);
  for (const nve of nves) expect((await nvedView(lab, nve)).problems).toEqual([]);
});
