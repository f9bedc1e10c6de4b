import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batches } from '../../../src/nve/command.ts';
import { noRoles } from '../../../src/nve/gateway-roles.ts';
import { KernelModel } from '../../../src/nve/kernel-model.ts';
import { ALL_MACS, type KernelState } from '../../../src/nve/kernel-state.ts';
import type { LocalAttachment } from '../../../src/nve/local-attachment.ts';
import { reconcile } from '../../../src/nve/reconcile.ts';
import { nothingWanted, type WantedState, wantedState } from '../../../src/nve/wanted.ts';
import { anyKernel, freshKernel, makeSo, network, othersState, ownAddress, wanted } from './arbitrary.ts';

const vm1: LocalAttachment = {
  network: 'web',
  id: 'vm1',
  port: 'veth0',
  mac: '02:00:00:00:00:01',
  ips: ['192.168.0.1'],
  prefixes: [],
  state: 'associated',
  role: 'tenant',
  sticky: false,
};

const web = (nve: string, attachments: readonly LocalAttachment[] = [vm1]): WantedState =>
  wantedState(
    new Map([
      [
        'web',
        {
          parameters: network('web', 1217),
          mappings: [
            { kind: 'flood', nve, encapsulation: 'vxlan', vni: 1217 },
            {
              kind: 'host',
              nve,
              encapsulation: 'vxlan',
              vni: 1217,
              mac: '02:00:00:00:00:02',
              ip: '192.168.0.2',
              sequence: 0,
              sticky: false,
            },
          ],
        },
      ],
    ]),
    attachments,
    {
      tunnelAddress: ownAddress,
      underlay: { device: 'eth0', mtu: 1500 },
      pull: false,
      learning: false,
      gateways: new Map(),
      roles: noRoles,
    },
  );

const lines = (state: WantedState, kernel: KernelState) =>
  batches(reconcile(state, kernel).commands).flatMap(({ program, text }) =>
    program === 'nft'
      ? ['nft']
      : text
          .trim()
          .split('\n')
          .map((line) => `${program} ${line}`),
  );

describe('reconcile', () => {
  it('makes a network of nothing, in batches', () => {
    expect(lines(web('10.0.0.2'), freshKernel())).toEqual([
      // Before there is a port whose frames it is to see.
      'nft',
      'ip link add nved-br1217 address 02:6e:76:00:04:c1 type bridge mcast_snooping 0',
      // An address of its own would come with `up`, if this were said with it.
      'ip link set nved-br1217 addrgenmode none',
      'ip link set nved-br1217 mtu 1450 up',
      'ip link add nved-vx1217 address 02:6e:76:00:04:c1 type vxlan id 1217 local 10.0.0.1 dstport 4789 nolearning',
      'ip link set nved-vx1217 addrgenmode none',
      'ip link set nved-vx1217 mtu 1450 master nved-br1217 up',
      'ip link set nved-vx1217 type bridge_slave learning off flood off neigh_suppress on isolated off',
      'ip link set veth0 master nved-br1217 up',
      'ip link set veth0 type bridge_slave learning off flood off neigh_suppress off isolated off',
      'bridge fdb replace 02:00:00:00:00:02 dev nved-vx1217 dst 10.0.0.2 self permanent',
      'bridge fdb append 00:00:00:00:00:00 dev nved-vx1217 dst 10.0.0.2 self permanent',
      'bridge fdb replace 02:00:00:00:00:02 dev nved-vx1217 master static',
      'bridge fdb replace 02:00:00:00:00:01 dev veth0 master static',
      'ip neighbour replace 192.168.0.2 lladdr 02:00:00:00:00:02 dev nved-br1217 nud permanent',
    ]);
  });

  it('writes what knows who was heard behind a port only when such ports change', () => {
    const state = { ...web('10.0.0.2'), hostFilter: 'chain early {\n}' };
    const kernel = new KernelModel(freshKernel());
    makeSo(kernel, state);
    const other = { ...state, filter: 'chain other {\n}' };
    expect(reconcile(other, kernel).commands).toMatchObject([{ op: 'set-filter', which: 'filter' }]);
    expect(reconcile({ ...state, hostFilter: undefined }, kernel).commands).toMatchObject([
      { op: 'set-filter', which: 'hostFilter', text: undefined },
    ]);
  });

  it.each([
    {
      what: 'a host of another place',
      mac: '02:00:00:00:00:02',
      denied: 'bridge fdb replace 02:00:00:00:00:02 dev nved-vx1217 master static',
    },
    {
      what: 'one that is nowhere else',
      mac: '02:00:00:00:00:09',
      denied: 'bridge fdb delete 02:00:00:00:00:09 dev veth0 master',
    },
  ])('leaves $what where a port that learns has heard it, until the NVA has said no', ({ mac, denied }) => {
    const learning: LocalAttachment = {
      ...{ network: 'web', id: 'veth0@nve1', port: 'veth0', ips: [], prefixes: [], source: 'configuration' },
      ...{ state: 'associated', role: 'bare-metal', sticky: false },
    };
    const state = web('10.0.0.2', [learning]);
    const kernel = freshKernel();
    makeSo(kernel, state);
    kernel.apply({ op: 'set-bridge-entry', bridge: 'nved-br1217', device: 'veth0', mac });
    expect(lines(state, kernel)).toEqual([]);
    expect(lines({ ...state, denied: new Set([`veth0 ${mac}`]) }, kernel)).toEqual([denied]);
  });

  it('does to a host that moves what makes it move, the new place before the old one is forgotten', () => {
    const kernel = freshKernel();
    makeSo(kernel, web('10.0.0.2'));
    expect(lines(web('10.0.0.3'), kernel)).toEqual([
      'bridge fdb replace 02:00:00:00:00:02 dev nved-vx1217 dst 10.0.0.3 self permanent',
      'bridge fdb append 00:00:00:00:00:00 dev nved-vx1217 dst 10.0.0.3 self permanent',
      'bridge fdb delete 00:00:00:00:00:00 dev nved-vx1217 dst 10.0.0.2 self permanent',
    ]);
  });

  it('gives back what it took when nothing is attached any more', () => {
    const kernel = freshKernel();
    makeSo(kernel, web('10.0.0.2'));
    expect(lines(web('10.0.0.2', []), kernel)).toEqual([
      'nft',
      'ip link set veth0 nomaster',
      'ip link delete nved-br1217',
      'ip link delete nved-vx1217',
    ]);
  });

  it('says which port is missing, and makes the rest', () => {
    const kernel = freshKernel();
    kernel.apply({ op: 'delete-link', device: 'veth0' });
    const { commands, problems } = reconcile(web('10.0.0.2'), kernel);
    expect(problems).toEqual([
      { network: 'web', code: 'port-missing', port: 'veth0', reason: 'there is no device veth0' },
    ]);
    expect(commands).toContainEqual({
      op: 'set-tunnel',
      device: 'nved-vx1217',
      mac: '02:00:00:00:00:02',
      to: '10.0.0.2',
    });
  });

  it('does not take a port out of a bridge that is not its own', () => {
    const kernel = freshKernel();
    kernel.apply({ op: 'set-link', device: 'veth0', set: { master: 'docker0' } });
    const { commands, problems } = reconcile(web('10.0.0.2'), kernel);
    expect(problems.map(({ reason }) => reason)).toEqual(["veth0 is part of docker0, which is not nved's"]);
    expect(commands.filter((command) => 'device' in command && command.device === 'veth0')).toEqual([]);
  });
});

describe('whatever the kernel is like', () => {
  it('every command can be done, and what is wanted comes of them', () => {
    fc.assert(
      fc.property(wanted, anyKernel, (state, kernel) => {
        makeSo(kernel, state);
        for (const { bridge, vxlan = '', hosts, flood, neighbours, ports, tunnelPort, mtu, tos } of state.networks) {
          expect(kernel.links.get(bridge)).toMatchObject({ kind: 'bridge', up: true, mtu });
          expect(kernel.links.get(vxlan)).toMatchObject({
            ...{ kind: 'vxlan', up: true, master: bridge, port: tunnelPort, vxlan: { local: ownAddress, tos } },
          });
          const tunnels = kernel.vxlanFdb.get(vxlan) ?? new Map();
          const { [ALL_MACS]: flooded = new Set(), ...unicast } = Object.fromEntries(tunnels);
          expect(flooded).toEqual(flood);
          expect(unicast).toEqual(Object.fromEntries([...hosts].map(([mac, to]) => [mac, new Set([to])])));
          expect(kernel.neighbours.get(bridge) ?? new Map()).toEqual(neighbours);
          for (const { device, settings, macs } of ports) {
            const link = kernel.links.get(device);
            if (link === undefined || link.master === 'docker0') continue;
            expect(link).toMatchObject({ master: bridge, port: settings, up: true });
            for (const mac of macs) {
              const claimants = ports.filter((port) => port.macs.includes(mac)).map((port) => port.device);
              expect(claimants).toContain(kernel.bridgeFdb.get(bridge)?.get(mac));
            }
          }
        }
        const wantedDevices = state.networks.flatMap(({ bridge, vxlan = '' }) => [bridge, vxlan]);
        const ours = [...kernel.links.keys()].filter((name) => name.startsWith('nved-'));
        expect(ours.sort()).toEqual(wantedDevices.sort());
        expect(kernel.filter === undefined).toBe(state.filter === undefined);
      }),
      { numRuns: 300 },
    );
  });

  it('a second look finds nothing to do', () => {
    fc.assert(
      fc.property(wanted, anyKernel, (state, kernel) => {
        makeSo(kernel, state);
        expect(reconcile(state, kernel).commands).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('what others have is never touched', () => {
    fc.assert(
      fc.property(wanted, anyKernel, (state, kernel) => {
        const before = othersState(kernel);
        makeSo(kernel, state);
        expect(othersState(kernel)).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });

  it('nothing of its own is left when nothing is wanted', () => {
    fc.assert(
      fc.property(anyKernel, (kernel) => {
        makeSo(kernel, nothingWanted);
        expect([...kernel.links.keys()].filter((name) => name.startsWith('nved-'))).toEqual([]);
        expect([...kernel.links.values()].filter(({ master }) => master?.startsWith('nved-'))).toEqual([]);
        expect([kernel.filter, kernel.hostFilter]).toEqual([undefined, undefined]);
      }),
    );
  });

  it('does not change the state that it is given', () => {
    fc.assert(
      fc.property(wanted, anyKernel, (state, kernel) => {
        const copy = new KernelModel(kernel);
        reconcile(state, kernel);
        expect(kernel).toEqual(copy);
      }),
    );
  });

  it('passes over networks that are settled, and finds for the others what it finds without that', () => {
    fc.assert(
      fc.property(wanted, (state) => {
        const kernel = freshKernel();
        makeSo(kernel, state);
        expect(reconcile(state, kernel, new Set(state.networks)).commands).toEqual([]);
        const [first, ...others] = state.networks;
        if (first === undefined) return;
        const changed = { ...first, hosts: new Map([['02:00:00:00:00:01', '10.0.0.9']]) };
        const next = { ...state, networks: [changed, ...others] };
        expect(reconcile(next, kernel, new Set(others))).toEqual(reconcile(next, kernel));
      }),
    );
  });
});
