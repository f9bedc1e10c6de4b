/** nved as a program, on the kernel's VXLAN, with an NVA by the NVE protocol. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { network } from '../../unit/nve/arbitrary.ts';
import { Bench } from '../support/bench.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import { NvaInMemory, nvaToken } from '../support/nva-in-memory.ts';
import { Nved } from '../support/nved.ts';
import { Ping } from '../support/ping.ts';
import { reflector, Underlay } from '../support/underlay.ts';
import { until } from '../support/until.ts';

interface Machine {
  readonly namespace: Namespace;
  readonly tenant: Namespace;
  readonly nved: Nved;
  readonly ip: string;
  readonly mac: string;
  readonly id: string;
}

/** What ping says at the end; the NVA is in this process, which must not stand still meanwhile. */
async function threePings(from: Namespace, to: string): Promise<string> {
  const [program, ...args] = [...from.prefix, 'ping', '-n', '-c', '3', '-i', '0.2', '-W', '2', to];
  const { stdout } = await promisify(execFile)(program as string, args).catch((error: { stdout: string }) => error);
  return stdout;
}

describe.skipIf(!isRoot)('nved', () => {
  let bench: Bench;
  let nva: NvaInMemory;
  let underlay: Underlay;
  let machines: readonly [Machine, Machine];

  const machine = (index: number, more = ''): Machine => {
    const [ip, mac, id] = [`192.168.0.${index}`, `02:00:00:00:00:0${index}`, `vm${index}`];
    const tunnelAddress = `10.0.0.1${index}`;
    const namespace = underlay.node('nve', tunnelAddress);
    const tenant = bench.namespace('tenant');
    tenant.link('eth0', namespace, 'veth7');
    tenant.ip('link', 'set', 'eth0', 'address', mac, 'mtu', '1450');
    tenant.ip('address', 'add', `${ip}/24`, 'dev', 'eth0');
    const options = { folder: bench.folder, name: `nve${index}`, tunnelAddress, nvas: [`${reflector}:8394`] };
    const nved = new Nved({ ...options, more: `token: ${join(bench.folder, 'token')}\n${more}` }, namespace);
    bench.defer(() => nved.kill());
    return { namespace, tenant, nved, ip, mac, id };
  };

  const prepare = async (more = '') => {
    machines = [machine(1, more), machine(2, more)];
    await nva.serve(underlay.nva, reflector);
    bench.defer(() => nva.silence());
    await Promise.all(machines.map(({ nved }) => nved.start()));
  };

  const attach = async ({ nved, id, mac, ip }: Machine) => {
    const words = ['--network', 'web', '--id', id, '--port', 'veth7', '--mac', mac, '--ip', ip];
    return nved.ctl('attach', ...words);
  };

  const reached = async () => {
    const [first, second] = machines;
    await until(() => first.tenant.succeeds('ping', '-q', '-c', '1', '-W', '0.2', second.ip), { within: 10_000 });
  };

  beforeEach(() => {
    bench = new Bench();
    underlay = new Underlay(bench);
    writeFileSync(join(bench.folder, 'token'), `${nvaToken}\n`);
    nva = new NvaInMemory(network('web', 1217, { trust: 'nve' }));
  });

  afterEach(() => bench.clear());

  it('lets tenants ping, through kill -9 and restart, and leaves nothing behind', async () => {
    await prepare();
    for (const one of machines) {
      expect(await attach(one)).toMatchObject({ code: 0, stdout: 'attached\n' });
      expect(one.namespace.ip('link', 'show', 'veth7')).toContain('master nved-br1217');
    }
    await reached();
    const [first, second] = machines;
    const ping = new Ping(first.tenant, second.tenant, second.ip);
    bench.defer(() => ping.stop());
    await ping.isAnswered();
    for (const { nved } of machines) {
      await nved.kill();
      await ping.isAnswered();
      await nved.start();
      await until(async () => (await nved.show()).networks.every(({ synced }) => synced), { within: 10_000 });
    }
    const { sent, answered } = await ping.end();
    expect(answered).toBe(sent);
    expect(machines.map(({ nved }) => nved.output.match(/refused/g))).toEqual([null, null]);
    for (const { nved, id, namespace } of machines) {
      expect(await nved.ctl('detach', '--network', 'web', '--id', id)).toMatchObject({ code: 0, stdout: 'detached\n' });
      expect(namespace.ip('-o', 'link', 'show')).not.toMatch(/nved-/);
      expect(namespace.run('nft', 'list', 'ruleset')).toBe('');
    }
    expect([...nva.attachments.keys()]).toEqual([]);
  });

  it('forwards what it knows while no NVA answers, also after a restart, and asks the next one', async () => {
    await prepare();
    for (const one of machines) await attach(one);
    await reached();
    const [first, second] = machines;
    await nva.silence();
    const ping = new Ping(first.tenant, second.tenant, second.ip);
    bench.defer(() => ping.stop());
    await first.nved.kill();
    await first.nved.start();
    const { sent, answered } = await ping.end();
    expect(answered).toBe(sent);
    expect((await first.nved.show()).nva).toBeUndefined();
    const port = ['--port', 'veth9', '--network', 'web'];
    expect(await first.nved.ctl('attach', ...port, '--id', 'vm9')).toMatchObject({ code: 4 });
    await nva.serve(underlay.nva, reflector);
    await until(() => nva.attachments.has('web vm9'), { within: 15_000, what: 'the NVA to be asked' });
    // The NVA has said yes to both; there is no veth9 here.
    const statuses = async () => (await first.nved.show()).attachments.map(({ status }) => status.status);
    await until(async () => (await statuses()).join() === 'attached,no-port', { within: 5000 });
  });

  it("says the NVA's no and its reason, and does nothing then", async () => {
    await prepare();
    nva.refusing = 'vm1 is not registered.';
    const [first] = machines;
    expect(await attach(first)).toMatchObject({
      code: 1,
      stderr: 'nved: the NVA refuses it: vm1 is not registered.\n',
    });
    expect(first.namespace.ip('-o', 'link', 'show')).not.toMatch(/nved-/);
    expect((await first.nved.show()).attachments).toEqual([]);
  });

  it('says that an attachment waits for its port, and attaches it when that comes', async () => {
    await prepare();
    const [{ nved, namespace }] = machines;
    const words = ['--network', 'web', '--id', 'vm9', '--port', 'veth9', '--mac', '02:00:00:00:00:09'];
    const said = await nved.ctl('attach', ...words);
    expect(said).toMatchObject({ code: 5, stdout: expect.stringContaining('there is no device veth9') });
    expect((await nved.ctl('show')).stdout).toContain('no-port: there is no device veth9');
    bench.namespace('tenant').link('eth0', namespace, 'veth9');
    await until(async () => (await nved.show()).attachments[0]?.status.status === 'attached', { within: 10_000 });
    expect(namespace.ip('link', 'show', 'veth9')).toContain('master nved-br1217');
  });

  it('says in the log, once, and in show that the NVA does not know its token', async () => {
    writeFileSync(join(bench.folder, 'token'), 'of-somebody-else\n');
    await prepare();
    const [{ nved }] = machines;
    const trouble = `the NVA ${reflector}:8394 does not let this NVE in: the token is not known; see that the file of token`;
    await until(async () => (await nved.show()).troubles.length > 0, { within: 10_000 });
    expect(await nved.show()).toMatchObject({ troubles: [expect.stringContaining(trouble)] });
    expect((await nved.ctl('show')).stdout).toContain('No NVA answers; forwarding goes on by what is known.\nThe NVA');
    // It has tried more than once by the time that the NVA has counted so.
    await until(() => nva.refused >= 4, { within: 15_000 });
    expect(nved.output.split(trouble)).toHaveLength(2);
  });

  it('is the only one in its network namespace', async () => {
    await prepare();
    const [first] = machines;
    const options = { folder: bench.folder, name: 'other', tunnelAddress: '10.0.0.11', nvas: [`${reflector}:8394`] };
    const other = new Nved(options, first.namespace);
    bench.defer(() => other.kill());
    await other.start();
    expect(other.output).toMatch(
      /^nved: the nved nve1 \(process \d+, socket .*nved\.sock\) runs in this network namespace already; stop it/,
    );
    await first.nved.kill();
    expect((await other.start()).output).toContain('nved is ready');
  });

  it('floods and learns when that is the fallback and no NVA answers', async () => {
    await prepare('fallback: flood-and-learn\nfallbackAfter: 1\n');
    for (const one of machines) await attach(one);
    await reached();
    await nva.silence();
    const [first, second] = machines;
    await until(async () => (await first.nved.show()).learning && (await second.nved.show()).learning, {
      within: 10_000,
    });
    // Somebody of whom the NVA was never told.
    second.tenant.ip('link', 'set', 'eth0', 'address', '02:00:00:00:00:77');
    second.tenant.ip('address', 'flush', 'dev', 'eth0');
    second.tenant.ip('address', 'add', '192.168.0.77/24', 'dev', 'eth0');
    await until(() => first.tenant.succeeds('ping', '-q', '-c', '1', '-W', '0.2', '192.168.0.77'), { within: 10_000 });
    await nva.serve(underlay.nva, reflector);
    await until(async () => !(await first.nved.show()).learning, { within: 15_000 });
    await until(
      () =>
        !/learning/.test(
          first.namespace.ip('-d', 'link', 'show', 'nved-vx1217').replace(/nolearning|learning off/g, ''),
        ),
      {
        within: 5000,
      },
    );
  });

  it('applies an ACL', async () => {
    nva.add(network('web', 1217, { acl: [{ action: 'deny', protocol: 'icmp', destination: '192.168.0.2/32' }] }));
    await prepare();
    for (const one of machines) await attach(one);
    const [first, second] = machines;
    await until(async () => (await first.nved.show()).networks.every(({ mappings }) => mappings.length >= 3), {
      within: 5000,
    });
    expect(await first.tenant.succeeds('ping', '-q', '-c', '1', '-W', '0.5', second.ip)).toBe(false);
    nva.add(network('web', 1217));
    await reached();
  });

  describe('in pull mode', () => {
    it('asks for whom it needs, delays the first packet and loses none, and holds nobody else', async () => {
      await prepare('mode: pull\n');
      for (const one of machines) expect(await attach(one)).toMatchObject({ code: 0 });
      const [first, second] = machines;
      // More that the NVA knows, and nobody here talks to.
      const others = Array.from({ length: 100 }, (_, index) => ({
        ...({ kind: 'host', nve: '10.0.0.12', encapsulation: 'vxlan', vni: 1217, sequence: 0, sticky: false } as const),
        mac: `02:00:00:00:01:${index.toString(16).padStart(2, '0')}`,
        ip: `192.168.0.${index + 100}`,
      }));
      nva.set('web', ...others);
      const hosts = async () =>
        (await first.nved.show()).networks.flatMap(({ mappings }) => mappings.filter(({ kind }) => kind === 'host'));
      await until(async () => (await first.nved.show()).networks.every(({ synced }) => synced), { within: 5000 });
      expect(await hosts()).toEqual([]);
      expect(await threePings(first.tenant, second.ip)).toMatch(/3 packets transmitted, 3 received/);
      const known = await hosts();
      expect(new Set(known.map((mapping) => mapping.kind === 'host' && mapping.mac))).toEqual(new Set([second.mac]));
      // A tenant that knows the MAC address already: its frame is held.
      nva.gone('web', ...known);
      await until(async () => (await hosts()).length === 0, { within: 5000 });
      for (const mapping of known) nva.set('web', mapping);
      first.tenant.ip('neigh', 'replace', second.ip, 'lladdr', second.mac, 'dev', 'eth0', 'nud', 'permanent');
      expect(await threePings(first.tenant, second.ip)).toMatch(/3 received/);
    });

    it('gets over kill -9, and leaves nothing behind', async () => {
      await prepare('mode: pull\n');
      for (const one of machines) await attach(one);
      await reached();
      const [first, second] = machines;
      const ping = new Ping(first.tenant, second.tenant, second.ip);
      bench.defer(() => ping.stop());
      await ping.isAnswered();
      await first.nved.kill();
      await ping.isAnswered();
      await first.nved.start();
      const { sent, answered } = await ping.end();
      expect(answered).toBe(sent);
      await first.nved.ctl('detach', '--network', 'web', '--id', first.id);
      expect(first.namespace.ip('-o', 'link', 'show')).not.toMatch(/nved-/);
      expect(first.nved.output).not.toMatch(/"level":"error"/);
    });
  });

  describe('networks that are routed', () => {
    const plug = (namespace: Namespace, address: string, mac: string, port: string, gateway?: string) => {
      const tenant = bench.namespace('tenant');
      tenant.link('eth0', namespace, port);
      tenant.ip('link', 'set', 'eth0', 'address', mac, 'mtu', '1450');
      tenant.ip('address', 'add', address, 'dev', 'eth0');
      if (gateway !== undefined) tenant.ip('route', 'add', 'default', 'via', gateway);
      return tenant;
    };

    const attachTo = (nved: Nved, network: string, id: string, port: string, mac: string, ip: string) =>
      nved.ctl('attach', '--network', network, '--id', id, '--port', port, '--mac', mac, '--ip', ip);

    const namespaces = (namespace: Namespace) =>
      namespace.run('ip', 'netns', 'list').match(/nved-10\.0\.0\.1\d-\d+/g) ?? [];

    it('gives L3 service: hosts reach each other by their IP addresses, here and there', async () => {
      nva.add(network('tenant', 5000, { service: 'l3', trust: 'nve' }));
      await prepare();
      const [first, second] = machines;
      const near = plug(first.namespace, '192.168.7.3/24', '02:00:00:00:00:33', 'veth8');
      for (const one of machines)
        expect(await attachTo(one.nved, 'tenant', one.id, 'veth7', one.mac, one.ip)).toMatchObject({ code: 0 });
      await attachTo(first.nved, 'tenant', 'vm3', 'veth8', '02:00:00:00:00:33', '192.168.7.3');
      near.ip('route', 'add', '192.168.0.0/24', 'dev', 'eth0');
      for (const { tenant } of machines) tenant.ip('route', 'add', '192.168.7.0/24', 'dev', 'eth0');
      await reached();
      const pings = (from: Namespace, to: string) =>
        until(() => from.succeeds('ping', '-q', '-c', '1', '-W', '0.2', to), { within: 5000, what: `a ping to ${to}` });
      await pings(near, first.ip);
      await pings(near, second.ip);
      // By the router, and not by a frame that the other sees.
      const { stdout } = await promisify(execFile)('ip', [
        'netns',
        'exec',
        first.tenant.name,
        'ip',
        'neigh',
        'show',
        second.ip,
      ]);
      expect(stdout).toContain('06:6e:00:00:13:88');
      const ping = new Ping(first.tenant, second.tenant, second.ip);
      bench.defer(() => ping.stop());
      await ping.isAnswered();
      await first.nved.kill();
      await first.nved.start();
      await until(async () => (await first.nved.show()).networks.every(({ synced }) => synced), { within: 10_000 });
      const { sent, answered } = await ping.end();
      expect(answered).toBe(sent);
      for (const { nved, id } of machines) await nved.ctl('detach', '--network', 'tenant', '--id', id);
      await first.nved.ctl('detach', '--network', 'tenant', '--id', 'vm3');
      for (const { nved, namespace } of machines) {
        expect(nved.output).not.toMatch(/"level":"error"/);
        expect(namespace.ip('-o', 'link', 'show')).not.toMatch(/nved-/);
        expect(namespaces(namespace)).toEqual([]);
      }
    });

    it('routes symmetrically between two L2 networks that are on different NVEs (RFC 9135)', async () => {
      nva.add(network('tenant', 5000, { service: 'l3' }));
      nva.add(network('web', 1217, { l3: 'tenant', trust: 'nve' }));
      nva.add(network('db', 1218, { l3: 'tenant', trust: 'nve' }));
      await prepare(
        'gateways:\n  - { network: web, addresses: [192.168.0.254/24] }\n  - { network: db, addresses: [192.168.1.254/24] }\n',
      );
      const [first, second] = machines;
      first.tenant.ip('route', 'add', 'default', 'via', '192.168.0.254');
      await attach(first);
      const db = plug(second.namespace, '192.168.1.9/24', '02:00:00:00:00:99', 'veth9', '192.168.1.254');
      expect(await attachTo(second.nved, 'db', 'db1', 'veth9', '02:00:00:00:00:99', '192.168.1.9')).toMatchObject({
        code: 0,
      });
      await until(() => first.tenant.succeeds('ping', '-q', '-c', '1', '-W', '0.2', '192.168.1.9'), { within: 10_000 });
      await until(() => db.succeeds('ping', '-q', '-c', '1', '-W', '0.2', first.ip), { within: 5000 });
      // In the same network, on different NVEs, they are still bridged.
      await attach(second);
      await reached();
      await second.nved.ctl('detach', '--network', 'db', '--id', 'db1');
      for (const { nved, id } of machines) await nved.ctl('detach', '--network', 'web', '--id', id);
      for (const { nved, namespace } of machines) {
        expect(nved.output).not.toMatch(/"level":"error"/);
        expect(namespaces(namespace)).toEqual([]);
      }
    });
  });
});
