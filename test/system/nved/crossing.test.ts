/**
 * nved as a gateway between two domains, whose underlays use the same addresses: programs on the kernel's VXLAN, with an NVA
 * for each domain by the NVE protocol.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Mapping, MappingTable } from '../../../src/nva/mapping.ts';
import type { Service, VirtualNetwork } from '../../../src/nva/model.ts';
import { routerMac } from '../../../src/nve/names.ts';
import { network } from '../../unit/nve/arbitrary.ts';
import { MemoryTable } from '../../unit/nve-protocol/memory-authority.ts';
import { Bench } from '../support/bench.ts';
import { Capture } from '../support/frame-capture.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import { NvaInMemory, nvaToken } from '../support/nva-in-memory.ts';
import { Nved } from '../support/nved.ts';
import { Ping } from '../support/ping.ts';
import { reflector, Underlay } from '../support/underlay.ts';
import { until } from '../support/until.ts';

const gatewayAddress = '10.0.0.60';

/** An NVA that shows one NVE another table than the others. */
class DomainNva extends NvaInMemory {
  readonly views = new Map<string, MemoryTable>();

  override mappings(nve: string, name: string): MappingTable | undefined {
    return this.views.get(`${nve} ${name}`) ?? super.mappings(nve, name);
  }
}

interface Host {
  readonly ip: string;
  readonly mac: string;
}

const hosts = [
  { ip: '192.168.0.1', mac: '02:00:00:00:00:01' },
  { ip: '192.168.0.2', mac: '02:00:00:00:00:02' },
] as const;

const vnis = [1217, 2217] as const;

/** Octets of an echo request besides what `ping -s` says. */
const PING_HEADERS = 28;

/** A network as each of the domains has it, and as the gateway knows the far side. */
interface Shared {
  readonly networks: readonly [VirtualNetwork, VirtualNetwork];
  readonly beyond: VirtualNetwork;
  /** Tunnel addresses of the NVE of each domain. */
  readonly nves: readonly [string, string];
  /** A host behind an NVE or gateway, to those who send to it with this VNI. */
  readonly behind: (nve: string, vni: number, host: Host) => readonly Mapping[];
}

const shared = (service: Service, nves: Shared['nves'], behind: Shared['behind']): Shared => {
  const made = (name: string, vni: number) => network(name, vni, { service, trust: 'nve', unknownUnicast: 'flood' });
  return { networks: [made('web', vnis[0]), made('web', vnis[1])], beyond: made('web@dc2', vnis[1]), nves, behind };
};

const bridged = shared('l2', ['10.0.0.61', '10.0.0.61'], (nve, vni, { ip, mac }) => {
  const end = { nve, encapsulation: 'vxlan', vni } as const;
  const host = { kind: 'host', ...end, mac, sequence: 0, sticky: false } as const;
  return [{ kind: 'flood', ...end }, host, { ...host, ip }];
});

// Routers' namespaces are one machine's, and named by tunnel addresses: no two NVEs of tests have the same.
const routed = shared('l3', ['10.0.0.61', '10.0.0.62'], (nve, vni, { ip }) => [
  {
    ...{ kind: 'host', nve, encapsulation: 'vxlan', vni, ip, sequence: 0, sticky: false },
    l3: { vni, routerMac: routerMac(nve) },
  },
]);

describe.skipIf(!isRoot)('nved between two domains', () => {
  let bench: Bench;
  let nvas: readonly [DomainNva, DomainNva];
  let underlays: readonly [Underlay, Underlay];
  let tenants: readonly [Namespace, Namespace];
  let nves: readonly [Nved, Nved];
  let place: Namespace;
  let leg: Namespace;
  let gateway: Nved;

  const nved = (name: string, tunnelAddress: string, namespace: Namespace, more = '') => {
    const token = `token: ${join(bench.folder, 'token')}\n`;
    const options = { folder: bench.folder, name, tunnelAddress, nvas: [`${reflector}:8394`], more: token + more };
    const made = new Nved(options, namespace);
    bench.defer(async () => {
      await made.kill();
      // Routers' namespaces outlive the one that their nved ran in.
      const routers = underlays[0].nva.run('ip', 'netns', 'list').matchAll(/^(nved-\S+)/gm);
      for (const [, router = ''] of routers)
        if (router.startsWith(`nved-${tunnelAddress}-`)) underlays[0].nva.run('ip', 'netns', 'delete', router);
    });
    return made;
  };

  /** An NVE of a domain, with its host. */
  const domain = (index: 0 | 1, address: string): readonly [Namespace, Nved] => {
    const namespace = underlays[index].node('nve', address);
    const tenant = bench.namespace('tenant');
    tenant.link('eth0', namespace, 'veth7');
    tenant.ip('link', 'set', 'eth0', 'address', hosts[index].mac, 'mtu', '1450');
    tenant.ip('address', 'add', `${hosts[index].ip}/24`, 'dev', 'eth0');
    // Its own neighbour solicitations would be among what is flooded.
    tenant.ip('link', 'set', 'eth0', 'addrgenmode', 'none');
    return [tenant, nved(`nve${index + 1}`, address, namespace)];
  };

  const cross = (floods: boolean) =>
    nvas[0].cross('gw', [{ network: 'web', domain: 'dc2', outside: 'web@dc2', floods }]);

  const attach = async (index: 0 | 1) => {
    const { ip, mac } = hosts[index];
    const words = ['--network', 'web', '--id', `vm${index + 1}`, '--port', 'veth7', '--mac', mac, '--ip', ip];
    const { code, stderr } = await nves[index].ctl('attach', ...words);
    expect({ code, stderr, said: code === 0 ? '' : nves[index].output }).toEqual({ code: 0, stderr: '', said: '' });
  };

  const reached = () =>
    until(() => tenants[0].succeeds('ping', '-q', '-c', '1', '-W', '0.2', hosts[1].ip), { within: 15_000 });

  const links = ({ namespace, device }: { namespace: Namespace; device: RegExp }) =>
    namespace.ip('-o', 'link', 'show').match(device) ?? [];

  beforeEach(() => {
    bench = new Bench();
    writeFileSync(join(bench.folder, 'token'), `${nvaToken}\n`);
    underlays = [new Underlay(bench), new Underlay(bench)];
  });

  const prepare = async ({ networks, beyond, nves: addresses, behind }: Shared) => {
    nvas = [new DomainNva(networks[0], beyond), new DomainNva(networks[1])];
    for (const [index, nva] of nvas.entries()) {
      await nva.serve(underlays[index as 0 | 1].nva, reflector);
      bench.defer(() => nva.silence());
    }
    // NVEs are sent to the gateway, and the gateway alone to where hosts are.
    nvas[0].set('web', ...behind(gatewayAddress, vnis[0], hosts[1]));
    nvas[1].set('web', ...behind(gatewayAddress, vnis[1], hosts[0]));
    nvas[0].set('web@dc2', ...behind(addresses[1], vnis[1], hosts[1]));
    const inside = new MemoryTable();
    for (const mapping of behind(addresses[0], vnis[0], hosts[0])) inside.set(mapping);
    nvas[0].views.set('gw web', inside);
    const [first, second] = [domain(0, addresses[0]), domain(1, addresses[1])];
    tenants = [first[0], second[0]];
    nves = [first[1], second[1]];
    place = underlays[0].node('gw', gatewayAddress);
    leg = underlays[1].node('leg', gatewayAddress);
    gateway = nved(
      'gw',
      gatewayAddress,
      place,
      `legs: [{ domain: dc2, namespace: ${leg.name}, tunnelAddress: ${gatewayAddress} }]\n`,
    );
    await Promise.all([...nves, gateway].map((one) => one.start()));
    await attach(0);
    await attach(1);
  };

  afterEach(() => bench.clear());

  /** Ping through kill -9 and a restart of the gateway, which is all that either underlay sees of the other. */
  const isCrossed = async ({ nves: addresses }: Shared) => {
    const captures = [place, leg].map((namespace) => new Capture(bench, namespace, 'underlay', 'udp port 4789'));
    for (const capture of captures) await capture.begun(reached);
    const ping = new Ping(tenants[0], tenants[1], hosts[1].ip);
    bench.defer(() => ping.stop());
    await ping.isAnswered();
    await gateway.kill();
    await ping.isAnswered();
    await gateway.start();
    await until(async () => (await gateway.show()).networks.every(({ synced }) => synced), { within: 10_000 });
    const { sent, answered } = await ping.end();
    expect(answered).toBe(sent);
    for (const [index, capture] of captures.entries()) {
      const seen = new Set(capture.frames.map(({ source, destination, vni }) => `${source} ${destination} ${vni}`));
      const ends = [addresses[index], gatewayAddress];
      expect([...seen].sort()).toEqual(
        [ends, ends.toReversed()].map((two) => `${two.join(' ')} ${vnis[index]}`).sort(),
      );
    }
    expect(gateway.output).not.toMatch(/refused/);
    expect((await gateway.show()).problems).toEqual([]);
  };

  const isGone = async () => {
    nvas[0].cross('gw', []);
    for (const namespace of [place, leg]) {
      await until(() => links({ namespace, device: /nved-\S+/g }).length === 0, { within: 10_000 });
      await until(() => namespace.run('nft', 'list', 'ruleset') === '', { within: 10_000 });
    }
    await until(() => !place.run('ip', 'netns', 'list').includes(`nved-${gatewayAddress}-`), { within: 10_000 });
  };

  it('lets hosts reach each other through it alone, through kill -9 and restart, and leaves nothing behind', async () => {
    await prepare(bridged);
    cross(true);
    await reached();
    await isCrossed(bridged);
    expect((await gateway.ctl('show')).stdout).toMatch(
      new RegExp(`web +dc2 +web@dc2 +${gatewayAddress.replaceAll('.', '\\.')} +${leg.name} +yes`),
    );
    await isGone();
  });

  it('routes between them where the network has L3 service', async () => {
    await prepare(routed);
    cross(false);
    await reached();
    await isCrossed(routed);
    // By the router of either NVE, and the two of the gateway.
    expect(await tenants[0].run('ping', '-c', '1', '-W', '2', hosts[1].ip)).toContain('ttl=60');
    await isGone();
  });

  it('floods once where it is told to, and not at all where another gateway does', async () => {
    await prepare(bridged);
    cross(true);
    await reached();
    /** Tells apart those that are known. */
    let size = 100;
    for (const [from, to] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const capture = new Capture(bench, tenants[to], 'eth0', `icmp and src host ${hosts[from].ip}`);
      await capture.begun(() => tenants[from].succeeds('ping', '-q', '-c', '1', '-W', '0.2', hosts[to].ip));
      const came = (address: string) => capture.frames.filter(({ destination }) => destination === address).length;
      /** One frame for many, and then one of which it is known who has it: what comes of the first has come before. */
      const send = async (many: string) => {
        await tenants[from].succeeds('ping', '-q', '-b', '-c', '1', '-W', '0.1', '-I', 'eth0', many);
        size++;
        const words = ['ping', '-q', '-c', '1', '-W', '2', '-s', String(size), hosts[to].ip];
        expect(await tenants[from].succeeds(...words)).toBe(true);
        await until(() => capture.frames.some(({ length }) => length === size + PING_HEADERS), { within: 10_000 });
        return came(many);
      };
      expect(await send('192.168.0.255')).toBe(1);
      expect(await send('224.0.0.1')).toBe(1);
      cross(false);
      await until(() => /bcast_flood off/.test(leg.ip('-d', 'link', 'show', 'type', 'veth')), { within: 10_000 });
      await until(() => /bcast_flood off/.test(place.ip('-d', 'link', 'show', 'type', 'veth')), { within: 10_000 });
      expect((await gateway.show()).crossings).toMatchObject([{ floods: false }]);
      expect(await send('192.168.0.255')).toBe(1);
      expect(await send('224.0.0.1')).toBe(1);
      cross(true);
      await until(() => !/bcast_flood off/.test(leg.ip('-d', 'link', 'show', 'type', 'veth')), { within: 10_000 });
      await until(() => !/bcast_flood off/.test(place.ip('-d', 'link', 'show', 'type', 'veth')), { within: 10_000 });
    }
  });

  it('removes what a nved before it has left in the namespace of the leg, and says what is missing', async () => {
    await prepare(bridged);
    await gateway.kill();
    leg.ip('link', 'add', 'nved-br9', 'type', 'bridge');
    leg.ip('address', 'delete', `${gatewayAddress}/24`, 'dev', 'underlay');
    cross(true);
    await gateway.start();
    await until(() => links({ namespace: leg, device: /nved-br9/g }).length === 0, { within: 10_000 });
    const problems = async () => (await gateway.show()).problems.map(({ reason }) => reason);
    await until(async () => (await problems()).length > 0, { within: 10_000 });
    expect(await problems()).toEqual([
      `no device in the network namespace ${leg.name} has the tunnel address ${gatewayAddress} of the leg to dc2`,
    ]);
    leg.ip('address', 'add', `${gatewayAddress}/24`, 'dev', 'underlay');
    await reached();
  });
});
