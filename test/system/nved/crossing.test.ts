/**
 * nved as a gateway between two domains, whose underlays use the same addresses: programs on the kernel's VXLAN, with an NVA
 * for each domain by the NVE protocol.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Mapping, MappingTable } from '../../../src/nva/mapping.ts';
import type { VirtualNetwork } from '../../../src/nva/model.ts';
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

const nveAddress = '10.0.0.11';
const gatewayAddress = '10.0.0.254';

/** An NVA that shows one NVE another table than the others. */
class DomainNva extends NvaInMemory {
  readonly views = new Map<string, MemoryTable>();

  override mappings(nve: string, name: string): MappingTable | undefined {
    return this.views.get(`${nve} ${name}`) ?? super.mappings(nve, name);
  }
}

/** A host of a domain, and the flood entry, behind this end. */
const behind = (nve: string, vni: number, host: Host): Mapping[] => {
  const end = { nve, encapsulation: 'vxlan', vni } as const;
  const found = { kind: 'host', ...end, mac: host.mac, sequence: 0, sticky: false } as const;
  return [{ kind: 'flood', ...end }, found, { ...found, ip: host.ip }];
};

interface Host {
  readonly ip: string;
  readonly mac: string;
}

const hosts = [
  { ip: '192.168.0.1', mac: '02:00:00:00:00:01' },
  { ip: '192.168.0.2', mac: '02:00:00:00:00:02' },
] as const;

const web = network('web', 1217, { trust: 'nve', unknownUnicast: 'flood' });
const beyond = network('web@dc2', 2217, { trust: 'nve', unknownUnicast: 'flood' });

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
    bench.defer(() => made.kill());
    return made;
  };

  /** An NVE of a domain, with its host. */
  const domain = (index: 0 | 1): readonly [Namespace, Nved] => {
    const namespace = underlays[index].node('nve', nveAddress);
    const tenant = bench.namespace('tenant');
    tenant.link('eth0', namespace, 'veth7');
    tenant.ip('link', 'set', 'eth0', 'address', hosts[index].mac, 'mtu', '1450');
    tenant.ip('address', 'add', `${hosts[index].ip}/24`, 'dev', 'eth0');
    // Its own neighbour solicitations would be among what is flooded.
    tenant.ip('link', 'set', 'eth0', 'addrgenmode', 'none');
    return [tenant, nved(`nve${index + 1}`, nveAddress, namespace)];
  };

  const cross = (floods: boolean, of: VirtualNetwork = web) =>
    nvas[0].cross('gw', [{ network: of.name, domain: 'dc2', outside: beyond.name, floods }]);

  const attach = async (index: 0 | 1) => {
    const { ip, mac } = hosts[index];
    const words = ['--network', 'web', '--id', `vm${index + 1}`, '--port', 'veth7', '--mac', mac, '--ip', ip];
    expect(await nves[index].ctl('attach', ...words)).toMatchObject({ code: 0 });
  };

  const reached = () =>
    until(() => tenants[0].succeeds('ping', '-q', '-c', '1', '-W', '0.2', hosts[1].ip), { within: 15_000 });

  const links = ({ namespace, device }: { namespace: Namespace; device: RegExp }) =>
    namespace.ip('-o', 'link', 'show').match(device) ?? [];

  beforeEach(async () => {
    bench = new Bench();
    writeFileSync(join(bench.folder, 'token'), `${nvaToken}\n`);
    underlays = [new Underlay(bench), new Underlay(bench)];
    nvas = [new DomainNva(web, beyond), new DomainNva(network('web', 2217, { trust: 'nve', unknownUnicast: 'flood' }))];
    for (const [index, nva] of nvas.entries()) {
      await nva.serve(underlays[index as 0 | 1].nva, reflector);
      bench.defer(() => nva.silence());
    }
    // NVEs are sent to the gateway, and the gateway alone to where hosts are.
    nvas[0].set('web', ...behind(gatewayAddress, 1217, hosts[1]));
    nvas[1].set('web', ...behind(gatewayAddress, 2217, hosts[0]));
    nvas[0].set('web@dc2', ...behind(nveAddress, 2217, hosts[1]));
    const inside = new MemoryTable();
    for (const mapping of behind(nveAddress, 1217, hosts[0])) inside.set(mapping);
    nvas[0].views.set('gw web', inside);
    const [first, second] = [domain(0), domain(1)];
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
  });

  afterEach(() => bench.clear());

  it('lets hosts reach each other through it alone, through kill -9 and restart, and leaves nothing behind', async () => {
    cross(true);
    await reached();
    const captures = [place, leg].map((namespace) => new Capture(bench, namespace, 'underlay', 'udp port 4789'));
    for (const capture of captures) await capture.begun();
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
      const vni = [1217, 2217][index];
      expect([...seen].sort()).toEqual([
        `${nveAddress} ${gatewayAddress} ${vni}`,
        `${gatewayAddress} ${nveAddress} ${vni}`,
      ]);
    }
    expect(gateway.output).not.toMatch(/refused/);
    expect((await gateway.ctl('show')).stdout).toMatch(
      new RegExp(`web +dc2 +web@dc2 +${gatewayAddress.replaceAll('.', '\\.')} +${leg.name} +yes`),
    );
    expect((await gateway.show()).problems).toEqual([]);
    nvas[0].cross('gw', []);
    for (const namespace of [place, leg]) {
      await until(() => links({ namespace, device: /nved-\S+/g }).length === 0, { within: 10_000 });
      await until(() => namespace.run('nft', 'list', 'ruleset') === '', { within: 10_000 });
    }
  });

  it('floods once where it is told to, and not at all where another gateway does', async () => {
    cross(true);
    await reached();
    for (const [from, to] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const capture = new Capture(bench, tenants[to], 'eth0', `icmp and src host ${hosts[from].ip}`);
      await capture.begun();
      const came = (address: string) => capture.frames.filter(({ destination }) => destination === address).length;
      /** One frame for many, and then one of which it is known who has it: what comes of the first has come before. */
      const send = async (many: string) => {
        await tenants[from].succeeds('ping', '-q', '-b', '-c', '1', '-W', '0.1', '-I', 'eth0', many);
        const before = came(hosts[to].ip);
        expect(await tenants[from].succeeds('ping', '-q', '-c', '1', '-W', '2', hosts[to].ip)).toBe(true);
        await until(() => came(hosts[to].ip) > before, { within: 10_000 });
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
