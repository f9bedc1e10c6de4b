/** nved's gateway roles (RFC 8014 §5.3), on the kernel's own forwarding and NAT, with an NVA by the NVE protocol. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { network } from '../../unit/nve/arbitrary.ts';
import { Bench } from '../support/bench.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import { NvaInMemory, nvaToken } from '../support/nva-in-memory.ts';
import { Nved } from '../support/nved.ts';
import { Ping } from '../support/ping.ts';
import { reflector, Underlay } from '../support/underlay.ts';
import { until } from '../support/until.ts';

// Names of routers' namespaces are by it, and the machine's: no other test has it.
const tunnelAddress = '10.0.0.91';
const outsideAddress = '203.0.113.1';

const roles = `gatewayRoles:
  joins:
    - networks:
        - { network: red, prefixes: [192.168.0.0/24] }
        - { network: blue, prefixes: [172.16.0.0/24] }
      acl: [{ action: allow, protocol: icmp, source: 192.168.0.0/24 }, { action: deny }]
  outside:
    - { network: red, device: uplink }
    - { network: green, device: uplink }
`;

describe.skipIf(!isRoot)('gateway roles of nved', () => {
  let bench: Bench;
  let nva: NvaInMemory;
  let machine: Namespace;
  let nved: Nved;

  /** The same nved with another configuration. */
  const configured = (more: string): Nved => {
    const token = `token: ${join(bench.folder, 'token')}\n`;
    const made = new Nved(
      { folder: bench.folder, name: 'nve1', tunnelAddress, nvas: [`${reflector}:8394`], more: token + more },
      machine,
    );
    bench.defer(() => made.kill());
    return made;
  };

  const host = (label: string, port: string, address: string, mac: string): Namespace => {
    const made = bench.namespace(label);
    made.link('eth0', machine, port);
    made.ip('link', 'set', 'eth0', 'address', mac, 'mtu', '1450');
    made.ip('address', 'add', address, 'dev', 'eth0');
    made.ip('route', 'add', 'default', 'dev', 'eth0');
    return made;
  };

  const attach = async (name: string, port: string, mac: string, ip: string) => {
    const words = ['--network', name, '--id', `${name}1`, '--port', port, '--mac', mac, '--ip', ip];
    expect(await nved.ctl('attach', ...words)).toMatchObject({ code: 0 });
  };

  const reaches = (from: Namespace, to: string) => from.succeeds('ping', '-q', '-c', '1', '-W', '0.3', to);
  const reached = (from: Namespace, to: string) =>
    until(() => reaches(from, to), { within: 10_000, what: `a ping to ${to}` });

  beforeEach(async () => {
    bench = new Bench();
    const underlay = new Underlay(bench);
    writeFileSync(join(bench.folder, 'token'), `${nvaToken}\n`);
    nva = new NvaInMemory(
      network('web', 100, { trust: 'nve' }),
      network('red', 5000, { service: 'l3', trust: 'nve' }),
      network('blue', 6000, { service: 'l3', trust: 'nve' }),
      network('green', 7000, { service: 'l3', trust: 'nve' }),
    );
    await nva.serve(underlay.nva, reflector);
    bench.defer(() => nva.silence());
    machine = underlay.node('nve', tunnelAddress);
    const outside = bench.namespace('outside');
    outside.link('eth0', machine, 'uplink');
    outside.ip('address', 'add', '198.51.100.1/24', 'dev', 'eth0');
    outside.ip('address', 'add', `${outsideAddress}/32`, 'dev', 'lo');
    outside.ip('link', 'set', 'lo', 'up');
    machine.ip('address', 'add', '198.51.100.2/24', 'dev', 'uplink');
    machine.ip('route', 'add', 'default', 'via', '198.51.100.1');
    machine.run('sysctl', '-qw', 'net.ipv4.conf.uplink.forwarding=1');
    nved = configured(roles);
  });

  afterEach(() => bench.clear());

  it('joins networks and lets them out through kill -9 and restart, and leaves nothing when it has none any more', async () => {
    const red = host('red', 'veth1', '192.168.0.1/24', '02:00:00:00:00:01');
    const blue = host('blue', 'veth2', '172.16.0.1/24', '02:00:00:00:00:02');
    // The same address as in the other network.
    const green = host('green', 'veth3', '192.168.0.1/24', '02:00:00:00:00:03');
    await nved.start();
    await attach('red', 'veth1', '02:00:00:00:00:01', '192.168.0.1');
    await attach('blue', 'veth2', '02:00:00:00:00:02', '172.16.0.1');
    await attach('green', 'veth3', '02:00:00:00:00:03', '192.168.0.1');
    await reached(red, outsideAddress);
    await reached(green, outsideAddress);
    await reached(red, '172.16.0.1');
    expect(await reaches(blue, '192.168.0.1')).toBe(false);
    expect(await reaches(blue, outsideAddress)).toBe(false);
    expect(await reaches(red, '198.51.100.2')).toBe(false);
    expect((await nved.show()).problems).toEqual([]);

    const pings = [
      new Ping(red, bench.namespace('clock'), outsideAddress),
      new Ping(red, blue, '172.16.0.1'),
      new Ping(green, bench.namespace('clock'), outsideAddress),
    ];
    for (const ping of pings) bench.defer(() => ping.stop());
    for (const ping of pings) await ping.isAnswered();
    await nved.kill();
    const before = nved.output.length;
    await nved.start();
    await until(async () => (await nved.show()).networks.every(({ synced }) => synced), { within: 10_000 });
    for (const ping of pings) await ping.isAnswered();
    for (const ping of pings) {
      const { sent, answered } = await ping.end();
      expect(answered).toBe(sent);
    }
    expect(nved.output.slice(before)).not.toMatch(/"the kernel is changed"|"level":"error"/);

    await nved.kill();
    nved = configured('');
    await nved.start();
    await until(() => ![...nva.attachments.keys()].some((key) => key.includes('@')), { within: 10_000 });
    for (const name of ['red', 'blue', 'green']) await nved.ctl('detach', '--network', name, '--id', `${name}1`);
    expect(machine.ip('-o', 'link', 'show')).not.toMatch(/nved-/);
    expect(machine.run('nft', 'list', 'ruleset')).toBe('');
    expect(machine.run('ip', 'netns', 'list')).not.toContain(`nved-${tunnelAddress}`);
    expect(nved.output).not.toMatch(/"level":"error"/);
  });

  it('takes what belongs to a role away while the router stays', async () => {
    host('red', 'veth1', '192.168.0.1/24', '02:00:00:00:00:01');
    host('blue', 'veth2', '172.16.0.1/24', '02:00:00:00:00:02');
    await nved.start();
    await attach('red', 'veth1', '02:00:00:00:00:01', '192.168.0.1');
    await attach('blue', 'veth2', '02:00:00:00:00:02', '172.16.0.1');
    const router = (vni: number, ...words: string[]) =>
      machine.run('ip', 'netns', 'exec', `nved-${tunnelAddress}-${vni}`, ...words);
    const routes = () => router(5000, 'ip', 'route');
    await until(() => routes().includes('default') && routes().includes('172.16.0.0/24'), { within: 10_000 });
    await nved.kill();
    nved = configured('');
    await nved.start();
    await until(() => router(5000, 'ip', '-o', 'link').match(/out@|jn6000/) === null, { within: 10_000 });
    await until(() => router(6000, 'ip', '-o', 'link').match(/jn5000/) === null, { within: 10_000 });
    await until(() => router(5000, 'nft', 'list', 'ruleset') === '', { within: 10_000 });
    expect(router(5000, 'ip', 'route')).not.toMatch(/default|172/);
    expect(machine.ip('-o', 'link', 'show')).not.toMatch(/nved-ou/);
    expect(nved.output).not.toMatch(/"level":"error"/);
  });

  it('says what keeps a network from being let out', async () => {
    machine.run('sysctl', '-qw', 'net.ipv4.conf.uplink.forwarding=0');
    nved = configured('gatewayRoles: { outside: [{ network: red, device: uplink }, { network: web, device: no0 }] }\n');
    await nved.start();
    await until(async () => (await nved.show()).problems.length >= 2, { within: 10_000 });
    expect((await nved.show()).problems.map(({ reason }) => reason).sort()).toEqual([
      'answers from outside are lost, because uplink does not forward: sysctl -w net/ipv4/conf/uplink/forwarding=1',
      'web has no router here: a gateway role needs a network with L3 service',
    ]);
  });

  it('learns who is behind a port, no more than it may, and forgets them with the port', async () => {
    const trunk = bench.namespace('trunk');
    trunk.link('eth0', machine, 'trunk');
    nved = configured('gatewayRoles: { ports: [{ network: web, port: trunk, maxHosts: 3 }] }\n');
    await nved.start();
    const speakAs = (index: number) => {
      trunk.ip('link', 'set', 'eth0', 'address', `02:00:00:00:01:0${index}`);
      trunk.ip('address', 'replace', `192.168.1.${index}/24`, 'dev', 'eth0');
      return trunk.succeeds('ping', '-q', '-c', '1', '-W', '0.1', '192.168.1.99');
    };
    const learnt = () => [...nva.attachments.values()].flatMap(({ network: of, mac }) => (of === 'web' ? [mac] : []));
    for (const index of [1, 2, 3]) {
      await until(
        async () => {
          await speakAs(index);
          return learnt().includes(`02:00:00:00:01:0${index}`);
        },
        { within: 10_000, what: `host ${index} to be learnt` },
      );
    }
    for (const index of [4, 5]) await speakAs(index);
    await until(async () => (await nved.show()).problems.length > 0, { within: 5000 });
    expect((await nved.show()).problems.map(({ reason }) => reason)).toEqual([
      '3 hosts are behind trunk, and no other one is heard there: raise maxHosts of its role for more',
    ]);
    expect(machine.run('bridge', 'fdb', 'show', 'brport', 'trunk').match(/02:00:00:00:01:\S+/g)).toHaveLength(3);
    expect(learnt()).toHaveLength(3);
    const words = ['--network', 'web', '--id', 'vm1', '--port', 'trunk', '--mac', '02:00:00:00:00:09'];
    expect(await nved.ctl('attach', ...words)).toMatchObject({ code: 1 });
    machine.ip('link', 'delete', 'trunk');
    await until(() => learnt().length === 0, { within: 10_000, what: 'the hosts to be forgotten' });
  });
});
