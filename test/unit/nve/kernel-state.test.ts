import { describe, expect, it } from 'vitest';
import { failedLines } from '../../../src/nve/kernel.ts';
import { parseKernelState } from '../../../src/nve/kernel-state.ts';
import { parseRouterState } from '../../../src/nve/router-state.ts';

/** As iproute2 6.1 prints it, without the fields that are not looked at. */
const links = [
  { ifname: 'eth0', flags: ['BROADCAST', 'UP'], mtu: 1500, address: '02:00:00:00:00:0a', inet6_addr_gen_mode: 'eui64' },
  {
    ...{ ifname: 'nved-vx1217', flags: ['BROADCAST', 'UP'], mtu: 1450, master: 'nved-br1217' },
    ...{ address: '02:6e:76:00:04:c1', inet6_addr_gen_mode: 'none' },
    linkinfo: {
      info_kind: 'vxlan',
      info_data: {
        id: 1217,
        group: '239.1.1.1',
        link: 'eth0',
        local: '10.0.0.1',
        port: 4789,
        learning: false,
        tos: '0x28',
      },
      info_slave_kind: 'bridge',
      info_slave_data: {
        ...{ learning: false, flood: true, neigh_suppress: true, isolated: false },
        ...{ bcast_flood: true, mcast_flood: false },
      },
    },
  },
  {
    ...{ ifname: 'nved-br1217', flags: ['UP'], mtu: 1450, address: '02:6e:76:00:04:c1', inet6_addr_gen_mode: 'none' },
    linkinfo: { info_kind: 'bridge', info_data: { mcast_snooping: 0 } },
  },
];

const report = {
  links,
  addresses: [{ ifname: 'eth0', addr_info: [{ local: '10.0.0.1', prefixlen: 24 }] }],
  fdb: [
    { mac: '33:33:00:00:00:01', ifname: 'nved-br1217', flags: ['self'], state: 'permanent' },
    { mac: '02:00:00:00:00:01', ifname: 'nved-vx1217', flags: [], master: 'nved-br1217', state: 'static' },
    { mac: '02:00:00:00:00:02', ifname: 'nved-vx1217', flags: [], master: 'nved-br1217', state: '' },
    { mac: '02:6e:76:00:04:c1', ifname: 'nved-vx1217', flags: [], master: 'nved-br1217', state: 'permanent' },
    { mac: '02:00:00:00:00:01', ifname: 'nved-vx1217', dst: '10.0.0.2', flags: ['self'], state: 'permanent' },
    { mac: '02:00:00:00:00:03', ifname: 'nved-vx1217', dst: '10.0.0.2', flags: ['self'], state: 'reachable' },
    { mac: '00:00:00:00:00:00', ifname: 'nved-vx1217', dst: '10.0.0.2', flags: ['self'], state: 'permanent' },
    { mac: '00:00:00:00:00:00', ifname: 'nved-vx1217', dst: '10.0.0.3', vni: 7, flags: ['self'], state: 'permanent' },
    { mac: '00:00:00:00:00:00', ifname: 'vxlan9', dst: '10.0.0.9', flags: ['self'], state: 'permanent' },
  ],
  neighbours: [
    { dst: '192.168.0.1', dev: 'nved-br1217', lladdr: '02:00:00:00:00:01', state: ['PERMANENT'] },
    { dst: '10.0.0.2', dev: 'eth0', lladdr: '02:00:00:00:00:0b', state: ['PERMANENT'] },
  ],
  chains: {
    nftables: [
      { metainfo: {} },
      { chain: { family: 'bridge', table: 'nved', name: 'is_0123456789abcdef' } },
      { chain: { family: 'bridge', table: 'nved_hosts', name: 'is_0011223344556677' } },
      { chain: { family: 'inet', table: 'nved', name: 'through' } },
      { chain: { family: 'inet', table: 'nved', name: 'is_fedcba9876543210' } },
    ],
  },
  netconf: [
    { family: 'inet', interface: 'lo', forwarding: true },
    { family: 'inet', interface: 'eth0', forwarding: false },
    { family: 'inet', interface: 7 },
  ],
};

describe('what the kernel says', () => {
  it('is understood, without what was learnt and what is not of nved', () => {
    const state = parseKernelState(report, new Map());
    expect(state.links.get('nved-vx1217')).toEqual({
      ...{ name: 'nved-vx1217', kind: 'vxlan', up: true, mtu: 1450, address: '02:6e:76:00:04:c1', ownIpv6: false },
      master: 'nved-br1217',
      vxlan: {
        ...{ vni: 1217, port: 4789, learning: false, tos: 40, local: '10.0.0.1' },
        group: { address: '239.1.1.1', device: 'eth0' },
      },
      port: { learning: false, flood: true, neighSuppress: true, isolated: false, broadcast: false },
    });
    expect(state.links.get('nved-br1217')).toMatchObject({ kind: 'bridge', multicastSnooping: false });
    expect(state.bridgeFdb).toEqual(new Map([['nved-br1217', new Map([['02:00:00:00:00:01', 'nved-vx1217']])]]));
    expect(state.vxlanFdb.get('nved-vx1217')).toEqual(
      new Map([
        ['02:00:00:00:00:01', new Set(['10.0.0.2'])],
        ['00:00:00:00:00:00', new Set(['10.0.0.2', '10.0.0.3 7'])],
      ]),
    );
    expect(state.vxlanFdb.size).toBe(1);
    expect(state.neighbours).toEqual(new Map([['nved-br1217', new Map([['192.168.0.1', '02:00:00:00:00:01']])]]));
    expect(state.filter).toBe('0123456789abcdef');
    expect(state.hostFilter).toBe('0011223344556677');
    expect(state.machineFilter).toBe('fedcba9876543210');
    expect(Object.fromEntries(state.forwarding)).toEqual({ lo: true, eth0: false });
    expect(state.addresses.get('10.0.0.1')).toBe('eth0');
  });

  it('may be nothing, or nothing that is expected', () => {
    const none = { links: [], addresses: [], fdb: [], neighbours: [], chains: undefined, netconf: [] };
    expect(parseKernelState(none, new Map()).links.size).toBe(0);
    const odd = { links: [{ ifname: 7 }, null], addresses: {}, fdb: 'x', neighbours: [{}], chains: [], netconf: 1 };
    expect(parseKernelState(odd, new Map())).toMatchObject({ links: new Map(), neighbours: new Map() });
  });

  it('is understood of a router', () => {
    const state = parseRouterState({
      links: [
        {
          ...{ ifname: 'gw1217', flags: ['UP'], mtu: 1450, address: '06:6e:00:00:04:c1' },
          addr_info: [{ local: '192.168.0.254', prefixlen: 24, scope: 'global' }],
        },
      ],
      routes: [
        { dst: '192.168.0.5', gateway: '10.0.0.2', dev: 'nved-vx5000', protocol: 'static' },
        { dst: '192.168.0.0/24', dev: 'gw1217', protocol: 'kernel' },
        { dst: '192.168.0.1', dev: 'gw1217', protocol: 'static' },
        { dst: 'default', gateway: '169.254.64.0', dev: 'out', protocol: 'static' },
      ],
      routes6: [
        { dst: 'fd00::5', gateway: '::ffff:10.0.0.2', dev: 'nved-vx5000', protocol: 'static' },
        { dst: 'default', gateway: '::ffff:10.0.0.3', dev: 'nved-vx5000', protocol: 'static' },
      ],
      neighbours: [{ dst: '10.0.0.2', dev: 'nved-vx5000', lladdr: '06:6e:00:00:00:02', state: ['PERMANENT'] }],
      fdb: [{ mac: '06:6e:00:00:00:02', ifname: 'nved-vx5000', dst: '10.0.0.2', state: 'permanent' }],
      chains: { nftables: [{ chain: { family: 'inet', table: 'nved', name: 'is_0123456789abcdef' } }] },
    });
    expect(state.filter).toBe('0123456789abcdef');
    expect(state.links.get('gw1217')?.addresses).toEqual(new Set(['192.168.0.254/24']));
    expect(state.routes).toEqual(
      new Map([
        ['192.168.0.5/32', 'via 10.0.0.2 dev nved-vx5000'],
        ['192.168.0.1/32', 'dev gw1217'],
        ['0.0.0.0/0', 'via 169.254.64.0 dev out'],
        ['fd00::5/128', 'via ::ffff:10.0.0.2 dev nved-vx5000'],
        ['::/0', 'via ::ffff:10.0.0.3 dev nved-vx5000'],
      ]),
    );
    expect(state.neighbours).toEqual(new Map([['nved-vx5000 10.0.0.2', '06:6e:00:00:00:02']]));
    expect(state.tunnels).toEqual(new Map([['06:6e:00:00:00:02', '10.0.0.2']]));
  });
});

describe('failedLines', () => {
  const commands = ['a', 'b', 'c'].map((device) => ({ op: 'delete-link', device }) as const);

  it('finds the command of each failure by its line', () => {
    const stderr =
      'Cannot find device "a"\nCommand failed -:1\nRTNETLINK answers: No such device\nCommand failed -:3\n';
    expect(failedLines(stderr, commands)).toEqual([
      { command: commands[0], reason: 'Cannot find device "a"' },
      { command: commands[2], reason: 'RTNETLINK answers: No such device' },
    ]);
  });

  it('takes all for failed when the program did not run', () => {
    expect(failedLines('ip: spawn ip ENOENT', commands)).toHaveLength(3);
  });
});
