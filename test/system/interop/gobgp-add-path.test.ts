import { expect } from 'vitest';
import type { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { address, hex } from '../support/bytes.ts';
import { macIp, macOf, rd } from '../support/evpn-routes.ts';
import type { Gobgp, GobgpProgram, Tree } from '../support/gobgp.ts';
import { announce, withdraw } from '../support/messages.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';
import { GobgpLab, gobgpAddress, gobgpClusterId, neighbor } from './support/gobgp-lab.ts';
import { gobgpRows } from './support/gobgp-rows.ts';
import { nva } from './support/nva-lab.ts';

/** Each GoBGP by what it offers. */
const numbers = { both: 1, receives: 2, nothing: 3 } as const;
type Name = keyof typeof numbers;
const offers: Readonly<Record<Name, Tree>> = {
  both: { receive: true, 'send-max': 8 },
  receives: { receive: true },
  nothing: {},
};
/** Clients of the first of them. */
const hosts = ['10.0.0.21', '10.0.0.22'] as const;

interface Lab {
  readonly nvad: Nvad;
  readonly gobgp: Readonly<Record<Name, Gobgp>>;
  readonly near: readonly [BgpClient, BgpClient];
  readonly far: readonly [BgpClient, BgpClient];
  /** Neither of them announces anything, nor offers to send several paths. */
  readonly observer: BgpClient;
}

async function start(program: GobgpProgram, bench: Bench): Promise<Lab> {
  const lab = new GobgpLab(program, bench);
  const one = (name: Name) => {
    const at = gobgpAddress(numbers[name]);
    const family = { config: { 'afi-safi-name': 'l2vpn-evpn' }, 'add-paths': { config: offers[name] } };
    const client = {
      'route-reflector': { config: { 'route-reflector-client': true, 'route-reflector-cluster-id': gobgpClusterId } },
    };
    return lab.start(numbers[name], {
      global: { config: { as: 65000, 'router-id': at, 'local-address-list': [at] } },
      neighbors: [
        neighbor(nva, at, { 'afi-safis': [family] }),
        ...(name === 'both' ? hosts.map((host) => neighbor(host, at, client)) : []),
      ],
    });
  };
  const [both, receives, nothing] = await Promise.all([one('both'), one('receives'), one('nothing')]);
  const near = [
    await lab.join(hosts[0], gobgpAddress(numbers.both)),
    await lab.join(hosts[1], gobgpAddress(numbers.both)),
  ] as const;
  const nvad = await lab.nvad(
    Object.values(numbers).map((number) => `{ address: ${gobgpAddress(number)}, addPath: both }`),
  );
  const far = [await lab.client(), await lab.client()] as const;
  const observer = await lab.client();
  for (const gobgp of [both, receives, nothing]) await gobgp.established(nva);
  return { nvad, gobgp: { both, receives, nothing }, near, far, observer };
}

gobgpRows<Lab>('add-path', start, (row) => {
  const key = { rd: rd('10.9.9.9', 1), mac: macOf(1), ip: '192.168.1.1' };
  const route = macIp(key);

  /** Next hop and labels of each path that a GoBGP has of the route, sorted. */
  async function pathsAt(gobgp: Gobgp): Promise<string[]> {
    const paths = [...(await gobgp.rib()).values()].flat();
    const texts = paths.map(({ nlri, attrs }) => {
      const nextHop = attrs.find(({ type }) => type === 14)?.['nexthop'];
      return `${nextHop} ${(nlri.value['labels'] as readonly number[]).join()}`;
    });
    return texts.sort();
  }
  async function has(gobgp: Gobgp, ...paths: readonly string[]): Promise<void> {
    let last: readonly string[] = [];
    await until(
      async () => {
        last = await pathsAt(gobgp);
        return last.join(' | ') === [...paths].sort().join(' | ');
      },
      { within: 5000, every: 50, what: () => `the paths ${paths.join(' | ')}; there are ${last.join(' | ')}` },
    );
  }

  /** The paths that nvad has of the route, by peer and next hop, sorted. */
  async function pathsAtNvad(nvad: Nvad): Promise<string[]> {
    const { routes } = await nvad.get<{ routes: { key: string }[] }>('/v1/routes');
    const details = routes.map(({ key }) =>
      nvad.find<{ paths: { peer: string; nextHop: string }[] }>(`/v1/routes/${key}`),
    );
    // One may have been withdrawn since they were listed.
    const paths = (await Promise.all(details)).flatMap((detail) => detail?.paths ?? []);
    return paths.map(({ peer, nextHop }) => `${peer} ${nextHop}`).sort();
  }
  async function nvadHas(nvad: Nvad, ...paths: readonly string[]): Promise<void> {
    let last: readonly string[] = [];
    await until(
      async () => {
        last = await pathsAtNvad(nvad);
        return last.join(' | ') === [...paths].sort().join(' | ');
      },
      { within: 5000, every: 50, what: () => `the paths ${paths.join(' | ')}; there are ${last.join(' | ')}` },
    );
  }
  const observed = ({ observer }: Lab, nextHop: string) =>
    until(() => observer.routes.size === 1 && [...observer.routes.values()][0]?.nextHop === hex(address(nextHop)), {
      within: 5000,
      what: () => `the path by ${nextHop}; the observer has ${JSON.stringify([...observer.routes.values()])}`,
    });

  row('What is negotiated: each side sends what the other receives', 'RFC 7911 §4', async ({ nvad }) => {
    const expected = {
      both: [{ family: 'evpn', send: true, receive: true }],
      receives: [{ family: 'evpn', send: true, receive: false }],
      nothing: [],
    };
    for (const name of Object.keys(numbers) as Name[]) {
      const { capabilities } = await nvad.get<{ capabilities: { negotiated: { addPath: unknown } } }>(
        `/v1/peers/${gobgpAddress(numbers[name])}`,
      );
      expect({ name, addPath: capabilities.negotiated.addPath }).toEqual({ name, addPath: expected[name] });
    }
  });

  row('Several paths a route to GoBGP: added, changed and taken back one by one', 'RFC 7911 §3, §5', async (lab) => {
    const { gobgp, far } = lab;
    const [one, two] = far;
    one.send(announce([route], { nextHop: '10.0.0.71' }));
    two.send(announce([macIp({ ...key, labels: [200] })], { nextHop: '10.0.0.72' }));
    for (const some of [gobgp.both, gobgp.receives]) await has(some, '10.0.0.71 100', '10.0.0.72 200');
    await has(gobgp.nothing, '10.0.0.71 100');
    two.send(announce([macIp({ ...key, labels: [300] })], { nextHop: '10.0.0.72' }));
    for (const some of [gobgp.both, gobgp.receives]) await has(some, '10.0.0.71 100', '10.0.0.72 300');
    one.send(withdraw([route]));
    for (const some of Object.values(gobgp)) await has(some, '10.0.0.72 300');
    two.send(withdraw([macIp({ ...key, labels: [0] })]));
    for (const some of Object.values(gobgp)) await has(some);
  });

  row('Several paths a route from GoBGP: added, changed and taken back one by one', 'RFC 7911 §3, §5', async (lab) => {
    const { nvad, near } = lab;
    const [one, two] = near;
    const gobgp = gobgpAddress(numbers.both);
    two.send(announce([route], { nextHop: '10.0.0.82' }));
    await nvadHas(nvad, `${gobgp} 10.0.0.82`);
    await observed(lab, '10.0.0.82');
    one.send(announce([route], { nextHop: '10.0.0.81' }));
    await nvadHas(nvad, `${gobgp} 10.0.0.81`, `${gobgp} 10.0.0.82`);
    await observed(lab, '10.0.0.81');
    one.send(announce([route], { nextHop: '10.0.0.83' }));
    await nvadHas(nvad, `${gobgp} 10.0.0.82`, `${gobgp} 10.0.0.83`);
    await observed(lab, '10.0.0.82');
    two.send(withdraw([macIp({ ...key, labels: [0] })]));
    await nvadHas(nvad, `${gobgp} 10.0.0.83`);
    await observed(lab, '10.0.0.83');
    one.send(withdraw([route]));
    await nvadHas(nvad);
    await lab.observer.holdsNumber(0);
  });

  row('GoBGP makes a route that others have too, and takes it back', 'RFC 7911 §3', async (lab) => {
    const { nvad, gobgp, far } = lab;
    far[0].send(announce([route], { nextHop: '10.0.0.71' }));
    await has(gobgp.both, '10.0.0.71 100');
    const words = 'macadv 02:00:00:00:00:01 192.168.1.1 etag 0 label 100 rd 10.9.9.9:1';
    await gobgp.both.add(`${words} rt 65000:100`);
    const paths = [`${far[0].address} 10.0.0.71`, `${gobgpAddress(numbers.both)} ${gobgpAddress(numbers.both)}`];
    await nvadHas(nvad, ...paths);
    await has(gobgp.receives, '10.0.0.11 100', '10.0.0.71 100');
    await gobgp.both.remove(words);
    await nvadHas(nvad, paths[0] as string);
    await has(gobgp.receives, '10.0.0.71 100');
    far[0].send(withdraw([route]));
    for (const some of Object.values(gobgp)) await has(some);
  });

  row('All paths of a GoBGP go with its session', 'RFC 4271 §8', async (lab) => {
    const { nvad, gobgp, near } = lab;
    for (const [index, host] of near.entries()) host.send(announce([route], { nextHop: `10.0.0.8${index + 1}` }));
    const at = gobgpAddress(numbers.both);
    await nvadHas(nvad, `${at} 10.0.0.81`, `${at} 10.0.0.82`);
    await has(gobgp.receives, '10.0.0.81 100', '10.0.0.82 100');
    await gobgp.both.kill();
    await nvadHas(nvad);
    await has(gobgp.receives);
    await lab.observer.holdsNumber(0);
  });
});
