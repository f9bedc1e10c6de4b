/** The reconcile loop on the kernel, with an NVA in the test's process. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VirtualNetwork } from '../../../src/nva/model.ts';
import type { NveMemory } from '../../../src/nve/attachment-store.ts';
import { batches } from '../../../src/nve/command.ts';
import { noRoles } from '../../../src/nve/gateway-roles.ts';
import { LinuxKernel } from '../../../src/nve/kernel.ts';
import type { LocalAttachment } from '../../../src/nve/local-attachment.ts';
import { Nve } from '../../../src/nve/nve.ts';
import { Bench } from '../support/bench.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import { NvaStandIn } from '../support/nva-stand-in.ts';
import { Ping } from '../support/ping.ts';
import { Underlay } from '../support/underlay.ts';
import { until } from '../support/until.ts';

const web: VirtualNetwork = {
  name: 'web',
  vni: 1217,
  service: 'l2',
  routeTargets: [],
  acl: [],
  flooding: { kind: 'ingress-replication' },
  encapsulations: ['vxlan'],
  unknownUnicast: 'drop',
  trust: 'orchestrator',
  mtu: 1400,
  qos: { dscp: 10 },
};

const quiet = { info: () => {}, warn: () => {}, error: () => {} };
const clock = {
  after(milliseconds: number, call: () => void) {
    const timer = setTimeout(call, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** A machine with an Nve object on it, which can be dropped and made anew. */
class Machine {
  readonly namespace: Namespace;
  readonly tenant: Namespace;
  readonly errors: string[] = [];
  readonly #address: string;
  readonly #nva: NvaStandIn;
  #memory: NveMemory = { attachments: [], networks: [] };
  nve: Nve;

  constructor(bench: Bench, underlay: Underlay, nva: NvaStandIn, index: number) {
    this.#address = `10.0.0.1${index}`;
    this.#nva = nva;
    this.namespace = underlay.node('nve', this.#address);
    this.tenant = bench.namespace('tenant');
    this.tenant.link('eth0', this.namespace, 'veth7');
    this.tenant.ip('link', 'set', 'eth0', 'address', this.attachment(index).mac as string, 'mtu', '1400');
    this.tenant.ip('address', 'add', `192.168.0.${index}/24`, 'dev', 'eth0');
    this.nve = this.#make();
  }

  attachment(index: number): LocalAttachment {
    const [ip, mac] = [`192.168.0.${index}`, `02:00:00:00:00:0${index}`];
    return {
      network: 'web',
      id: `vm${index}`,
      port: 'veth7',
      mac,
      ips: [ip],
      prefixes: [],
      state: 'associated',
      role: 'tenant',
      sticky: false,
    };
  }

  /** As after kill -9: nothing of the old one is told or undone. */
  async restart(): Promise<void> {
    await this.nve.stop();
    this.nve = this.#make();
    await this.nve.start();
    await this.nve.settled();
  }

  get kernel(): LinuxKernel {
    return new LinuxKernel({ prefix: this.namespace.prefix, tunnelAddress: this.#address });
  }

  #make(): Nve {
    const store = {
      load: () => this.#memory,
      save: (memory: NveMemory) => {
        this.#memory = memory;
      },
    };
    return new Nve(
      {
        name: this.#address,
        tunnelAddress: this.#address,
        pull: false,
        fallback: 'keep',
        fallbackAfter: 1000,
        gateways: new Map(),
        roles: noRoles,
      },
      {
        kernel: this.kernel,
        session: this.#nva.session(this.#address),
        store,
        clock,
        log: { ...quiet, error: (_fields, text) => this.errors.push(text) },
      },
    );
  }
}

describe.skipIf(!isRoot)('two NVEs on one underlay', () => {
  let bench: Bench;
  let nva: NvaStandIn;
  let machines: readonly [Machine, Machine];

  beforeEach(async () => {
    bench = new Bench();
    const underlay = new Underlay(bench);
    nva = new NvaStandIn(web);
    machines = [new Machine(bench, underlay, nva, 1), new Machine(bench, underlay, nva, 2)];
    for (const machine of machines) {
      await machine.nve.start();
      bench.defer(() => machine.nve.stop());
    }
  });

  afterEach(() => bench.clear());

  const attachBoth = async () => {
    for (const [index, machine] of machines.entries())
      expect(await machine.nve.attach(machine.attachment(index + 1))).toEqual({ status: 'attached' });
    for (const machine of machines) await machine.nve.settled();
  };

  it('lets tenants reach each other, and leaves nothing behind', async () => {
    const before = machines.map(({ namespace }) => namespace.ip('-o', 'link', 'show'));
    await attachBoth();
    const [first, second] = machines;
    const ping = new Ping(first.tenant, second.tenant, '192.168.0.2');
    bench.defer(() => ping.stop());
    const result = await ping.end();
    expect(result.answered).toBe(result.sent);
    // What the NVA knows is not asked of the other side: nobody but the kernel answered.
    expect(second.tenant.run('ip', '-j', 'neighbour', 'show', '192.168.0.1')).not.toBe('');
    for (const [index, machine] of machines.entries()) await machine.nve.detach('web', `vm${index + 1}`);
    expect(machines.map(({ errors }) => errors)).toEqual([[], []]);
    for (const { namespace } of machines) {
      expect(namespace.ip('-o', 'link', 'show')).not.toMatch(/nved-/);
      expect(namespace.run('nft', 'list', 'ruleset')).toBe('');
    }
    const names = (text: string) => [...text.matchAll(/^\d+: ([^:]+):/gm)].map(([, name]) => name);
    expect(machines.map(({ namespace }) => names(namespace.ip('-o', 'link', 'show')))).toEqual(before.map(names));
  });

  it('finds nothing to do in a kernel that is as it should be', async () => {
    await attachBoth();
    const [first] = machines;
    const commands: string[] = [];
    const kernel = first.kernel;
    const run = kernel.run.bind(kernel);
    kernel.run = (all) => {
      commands.push(...batches(all.flatMap((batch) => batch.commands)).map(({ text }) => text));
      return run(all);
    };
    await first.nve.stop();
    const again = new Nve(
      {
        name: 'nve',
        tunnelAddress: '10.0.0.11',
        pull: false,
        fallback: 'keep',
        fallbackAfter: 1000,
        gateways: new Map(),
        roles: noRoles,
      },
      {
        kernel,
        session: nva.session('10.0.0.11'),
        store: {
          load: () => ({ attachments: [{ attachment: first.attachment(1), accepted: true }], networks: [web] }),
          save: () => {},
        },
        clock,
        log: quiet,
      },
    );
    await again.start();
    await again.settled();
    await again.stop();
    expect(commands).toEqual([]);
  });

  it('loses no packet by a restart', async () => {
    await attachBoth();
    const [first, second] = machines;
    const ping = new Ping(first.tenant, second.tenant, '192.168.0.2');
    bench.defer(() => ping.stop());
    await ping.isAnswered();
    await first.restart();
    await second.restart();
    const result = await ping.end();
    expect(result.answered).toBe(result.sent);
  });

  it('puts right what somebody else did', async () => {
    await attachBoth();
    const [{ namespace, nve, tenant }] = machines;
    namespace.ip('link', 'delete', 'nved-vx1217');
    await until(() => tenant.succeeds('ping', '-q', '-c', '1', '-W', '0.2', '192.168.0.2'), { within: 5000 });
    namespace.ip('link', 'add', 'nved-br9', 'type', 'bridge');
    await until(() => !/nved-br9/.test(namespace.ip('-o', 'link', 'show')), { within: 5000 });
    expect(nve.view().problems).toEqual([]);
  });

  it('takes up a port that comes later', async () => {
    const [first, second] = machines;
    first.namespace.ip('link', 'set', 'veth7', 'name', 'veth8');
    await attachBoth();
    await until(() => first.nve.view().problems.some(({ code }) => code === 'port-missing'), { within: 5000 });
    first.namespace.ip('link', 'set', 'veth8', 'down');
    first.namespace.ip('link', 'set', 'veth8', 'name', 'veth7');
    await until(() => second.tenant.succeeds('ping', '-q', '-c', '1', '-W', '0.2', '192.168.0.1'), { within: 5000 });
  });

  it('marks the outer header, and keeps tenants away from the machine', async () => {
    await attachBoth();
    const [{ namespace, tenant }] = machines;
    expect(namespace.ip('-d', 'link', 'show', 'nved-vx1217')).toMatch(/tos 0x28/);
    tenant.ip('address', 'add', '10.0.0.99/24', 'dev', 'eth0');
    expect(await tenant.succeeds('ping', '-q', '-c', '1', '-W', '0.5', '10.0.0.11')).toBe(false);
  });

  it('floods by a group of the underlay, where the network says so', async () => {
    nva.change({ ...web, flooding: { kind: 'multicast', group: '239.1.1.1' } });
    await attachBoth();
    const [first, second] = machines;
    // Of this address the NVA knows nothing: the request for it goes to everybody.
    second.tenant.ip('address', 'add', '192.168.0.99/24', 'dev', 'eth0');
    await until(() => first.tenant.succeeds('ping', '-q', '-c', '1', '-W', '0.5', '192.168.0.99'), { within: 10_000 });
    expect(first.namespace.run('bridge', 'fdb', 'show', 'dev', 'nved-vx1217')).toMatch(
      /00:00:00:00:00:00 dst 239\.1\.1\.1 via underlay self permanent/,
    );
    await first.restart();
    expect(first.errors).toEqual([]);
    expect(await first.tenant.succeeds('ping', '-q', '-c', '1', '-W', '1', '192.168.0.99')).toBe(true);
  });
});
