/** Virtual networks, what is known of them, and kernels in any state, for properties. */

import fc from 'fast-check';
import type { Mapping } from '../../../src/nva/mapping.ts';
import type { VirtualNetwork } from '../../../src/nva/model.ts';
import { render } from '../../../src/nve/command.ts';
import { noRoles } from '../../../src/nve/gateway-roles.ts';
import { KernelModel } from '../../../src/nve/kernel-model.ts';
import type { KernelLink, KernelState } from '../../../src/nve/kernel-state.ts';
import type { LocalAttachment } from '../../../src/nve/local-attachment.ts';
import { reconcile } from '../../../src/nve/reconcile.ts';
import { type KnownNetwork, type WantedState, wantedState } from '../../../src/nve/wanted.ts';

export const ownAddress = '10.0.0.1';
const names = ['web', 'db', 'log'] as const;
const ports = ['veth0', 'veth1', 'veth2', 'veth3'] as const;
const nves = ['10.0.0.2', '10.0.0.3', '10.0.0.4', ownAddress] as const;
const macs = ['02:00:00:00:00:01', '02:00:00:00:00:02', '02:00:00:00:00:03', '02:00:00:00:00:04'] as const;
const ips = ['192.168.0.1', '192.168.0.2', 'fd00::1', 'fd00::2'] as const;

export const network = (name: string, vni: number, more: Partial<VirtualNetwork> = {}): VirtualNetwork => ({
  name,
  vni,
  service: 'l2',
  routeTargets: [],
  acl: [],
  flooding: { kind: 'ingress-replication' },
  encapsulations: ['vxlan'],
  unknownUnicast: 'drop',
  trust: 'orchestrator',
  ...more,
});

const parameters = (name: string, vni: number) =>
  fc
    .record({
      mtu: fc.option(fc.constantFrom(1400, 1450), { nil: undefined }),
      dscp: fc.option(fc.constantFrom(10, 46), { nil: undefined }),
      group: fc.boolean(),
      deny: fc.boolean(),
      drop: fc.boolean(),
    })
    .map(({ mtu, dscp, group, deny, drop }) =>
      network(name, vni, {
        ...(mtu !== undefined && { mtu }),
        ...(dscp !== undefined && { qos: { dscp } }),
        ...(group && { flooding: { kind: 'multicast', group: '239.0.0.1' } }),
        ...(deny && { acl: [{ action: 'deny', protocol: 'tcp', destinationPorts: { from: 22, to: 22 } }] }),
        unknownUnicast: drop ? 'drop' : 'flood',
      }),
    );

const mapping = (vni: number): fc.Arbitrary<Mapping> =>
  fc.oneof(
    fc
      .record({
        nve: fc.constantFrom(...nves),
        mac: fc.constantFrom(...macs),
        ip: fc.option(fc.constantFrom(...ips), { nil: undefined }),
        sequence: fc.nat(2),
        vni: fc.constantFrom(vni, vni + 1000),
      })
      .map(({ ip, ...rest }) => ({
        kind: 'host' as const,
        encapsulation: 'vxlan' as const,
        sticky: false,
        ...rest,
        ...(ip !== undefined && { ip }),
      })),
    fc
      .record({ nve: fc.constantFrom(...nves) })
      .map(({ nve }) => ({ kind: 'flood' as const, encapsulation: 'vxlan' as const, nve, vni })),
  );

const common = { state: 'associated', role: 'tenant', sticky: false } as const;

const attachment: fc.Arbitrary<LocalAttachment> = fc
  .record({
    network: fc.constantFrom(...names),
    id: fc.constantFrom('vm1', 'vm2', 'vm3'),
    port: fc.constantFrom(...ports),
    mac: fc.option(fc.constantFrom(...macs), { nil: undefined }),
  })
  .map(({ mac, ...rest }) => ({ ...rest, ips: [], prefixes: [], ...common, ...(mac !== undefined && { mac }) }));

const known = (name: string, vni: number): fc.Arbitrary<readonly [string, KnownNetwork]> =>
  fc
    .record({ parameters: parameters(name, vni), mappings: fc.array(mapping(vni), { maxLength: 6 }) })
    .map((value) => [name, value] as const);

/** What a nved could want at some time. */
export const wanted: fc.Arbitrary<WantedState> = fc
  .record({
    networks: fc.tuple(...names.map((name, index) => known(name, 100 + index))),
    attachments: fc.uniqueArray(attachment, {
      maxLength: 5,
      selector: ({ network: of, id }) => `${of} ${id}`,
    }),
    learning: fc.boolean(),
    pull: fc.boolean(),
  })
  .map(({ networks, attachments, learning, pull }) =>
    wantedState(new Map(networks), attachments, {
      tunnelAddress: ownAddress,
      underlay: { device: 'eth0', mtu: 1500 },
      learning,
      pull,
      gateways: new Map(),
      roles: noRoles,
    }),
  );

const link = (name: string, more: Partial<KernelLink> = {}): KernelLink => ({
  name,
  kind: 'veth',
  up: false,
  mtu: 1500,
  address: '02:ff:00:00:00:01',
  ownIpv6: true,
  ...more,
});

/** A machine that nved never ran on, with tenants' devices and what is others'. */
export function freshKernel(): KernelModel {
  const others = [
    link('eth0', { up: true }),
    link('docker0', { kind: 'bridge', up: true, multicastSnooping: true }),
    link('veth9', { master: 'docker0', port: { learning: true, flood: true, neighSuppress: false, isolated: false } }),
    link('vx9', { kind: 'vxlan', vxlan: { vni: 9, port: 4789, learning: true, tos: 0 } }),
  ];
  return new KernelModel({
    links: new Map([...others, ...ports.map((port) => link(port))].map((one) => [one.name, one])),
    bridgeFdb: new Map(),
    vxlanFdb: new Map(),
    neighbours: new Map(),
    forwarding: new Map(),
    routers: new Map(),
    addresses: new Map([[ownAddress, 'eth0']]),
  });
}

/** Makes the kernel what is wanted; rejects when it refuses a command. */
export function makeSo(kernel: KernelModel, state: WantedState): void {
  for (const command of reconcile(state, kernel).commands) {
    const refused = kernel.apply(command);
    if (refused !== undefined) throw new Error(`${render(command)[1]}: ${refused}`);
  }
}

/** What a device held goes with it. */
function replace(kernel: KernelModel, by: KernelLink): void {
  kernel.apply({ op: 'delete-link', device: by.name });
  kernel.links.set(by.name, by);
}

/** What becomes of a kernel that others, or a nved that was killed, had their hands on. */
const meddling: fc.Arbitrary<(kernel: KernelModel) => void> = fc.constantFrom<((kernel: KernelModel) => void)[]>(
  (kernel) => replace(kernel, link('nved-br100', { kind: 'veth' })),
  (kernel) =>
    replace(kernel, link('nved-vx101', { kind: 'vxlan', vxlan: { vni: 101, port: 8472, learning: true, tos: 4 } })),
  (kernel) => kernel.links.set('nved-tp7', link('nved-tp7', { kind: 'tun' })),
  (kernel) => void kernel.apply({ op: 'delete-link', device: 'nved-br100' }),
  (kernel) => void kernel.apply({ op: 'delete-link', device: 'nved-vx100' }),
  (kernel) => void kernel.apply({ op: 'delete-link', device: 'veth0' }),
  (kernel) => void kernel.apply({ op: 'set-link', device: 'veth1', set: { master: 'docker0' } }),
  (kernel) => void kernel.apply({ op: 'set-link', device: 'veth1', set: { master: 'nved-br101' } }),
  (kernel) => void kernel.apply({ op: 'set-tunnel', device: 'nved-vx100', mac: macs[0], to: '10.0.0.9' }),
  (kernel) => void kernel.apply({ op: 'add-tunnel', device: 'nved-vx101', mac: macs[1], to: '10.0.0.9' }),
  (kernel) =>
    void kernel.apply({ op: 'set-neighbour', device: 'nved-br100', ip: '192.168.0.9', mac: '02:00:00:00:00:09' }),
  (kernel) => void kernel.apply({ op: 'set-filter', which: 'filter', text: 'chain other {\n}' }),
  (kernel) =>
    void kernel.apply({ op: 'set-bridge-entry', bridge: 'nved-br100', device: 'veth0', mac: '02:00:00:00:00:0a' }),
);

/** A kernel after a nved wanted this and that, and after whatever else. */
export const anyKernel: fc.Arbitrary<KernelModel> = fc
  .array(fc.oneof(wanted, meddling), { maxLength: 4 })
  .map((steps) => {
    const kernel = freshKernel();
    for (const step of steps) {
      if (typeof step === 'function') step(kernel);
      else makeSo(kernel, step);
    }
    return kernel;
  });

/** Everything that is not nved's, as text to compare. */
export function othersState(kernel: KernelState): unknown {
  const ours = (device: string) => device.startsWith('nved-');
  const theirs = [...kernel.links.values()].filter(({ name }) => !ours(name));
  return {
    links: theirs.filter(({ name }) => !(ports as readonly string[]).includes(name)),
    // Of a port that is in a bridge of somebody else, nothing is touched either.
    taken: theirs.filter(({ master }) => master !== undefined && !ours(master)),
  };
}
