import { describe, expect, test } from 'vitest';
import { showFault } from '../../../../../tools/lab/fault.ts';
import type { Topology } from '../../../../../tools/lab/topology/model.ts';
import { readTopology } from '../../../../../tools/lab/topology/read-topology.ts';

function read(text: string): Topology {
  const result = readTopology('/labs/t.clab.yml', text);
  if (!result.ok) throw new Error(result.faults.map(showFault).join('\n'));
  return result.topology;
}

/** The faults of a file, as people see them, without the file's name. */
function faults(text: string): string[] {
  const result = readTopology('t', text);
  return result.ok ? [] : result.faults.map((fault) => `${fault.code} ${showFault(fault).slice(2)}`);
}

/** A file with one node, to which lines are added at the place of the node's keys (line 6, column 7). */
function nodeWith(lines: string): string {
  return `name: t\ntopology:\n  nodes:\n    a:\n      kind: linux\n      image: alpine\n      ${lines}\n`;
}

/** A file with two nodes and the given links (from line 6). */
function linksOf(lines: string): string {
  return `name: t\ntopology:\n  defaults: { kind: linux, image: alpine }\n  nodes: { a: , b: }\n  links:\n${lines}\n`;
}

describe('a whole file', () => {
  const topology = read(`
name: small
prefix: lab
mgmt:
  network: small
  bridge: br-small
  ipv4-subnet: 172.20.99.0/24
  ipv6-subnet: 3fff:99::/64
  mtu: 1400
topology:
  defaults:
    kind: linux
    image: alpine:3.20
    env: { A: 1, B: defaults }
    exec: [echo defaults]
  kinds:
    linux:
      env: { B: kind, C: kind }
      exec: [echo kind]
      binds: ["k:/shared", "k2:/k2:ro"]
  groups:
    g:
      image: nvad:local
      env: { C: group }
      cmd: --from group
  nodes:
    a:
      group: g
      binds: ["a:/shared"]
      env: { D: true }
      exec: ['sh -c "x y"']
      labels: { role: first }
      sysctls: { net.ipv4.ip_forward: 1 }
      mgmt-ipv4: 172.20.99.7
      mgmt-ipv6: 3fff:99::7
      ports: ["8080:8080"]
      startup-delay: 2
      hostname: alpha
      restart-policy: "no"
    b:
  links:
    - endpoints: ["a:eth1", "b:eth1"]
      mtu: 1500
      ipv4: ["10.0.0.1/31", ""]
    - type: veth
      endpoints:
        - { node: a, interface: eth2, mac: "02:00:00:00:00:01", ipv4: 10.1.0.1/24, ipv6: "fd00::1/64" }
        - { node: b, interface: eth2 }
    - endpoints: ["host:veth-a", "a:eth3"]
    - type: mgmt-net
      endpoint: { node: b, interface: eth3 }
      host-interface: veth-b
    - { type: dummy, endpoint: { node: b, interface: d0 }, mtu: 9000 }
`);
  const [a, b] = topology.nodes;

  test('names and the management network', () => {
    expect(topology).toMatchObject({ file: '/labs/t.clab.yml', name: 'small', prefix: 'lab' });
    expect(topology.mgmt).toMatchObject({
      network: 'small',
      bridge: 'br-small',
      ipv4Subnet: '172.20.99.0/24',
      ipv6Subnet: '3fff:99::/64',
      mtu: 1400,
    });
  });

  test('a node takes from defaults, kind and group, and its own keys win', () => {
    expect(a).toMatchObject({
      name: 'a',
      kind: 'linux',
      image: 'nvad:local',
      group: 'g',
      hostname: 'alpha',
      cmd: ['--from', 'group'],
      entrypoint: undefined,
      env: { A: '1', B: 'kind', C: 'group', D: 'true' },
      labels: { role: 'first' },
      sysctls: { 'net.ipv4.ip_forward': '1' },
      mgmtIpv4: '172.20.99.7',
      mgmtIpv6: '3fff:99::7',
      ports: ['8080:8080'],
      startupDelaySeconds: 2,
      management: true,
    });
    expect(a?.exec.map((command) => command.argv)).toEqual([
      ['echo', 'defaults'],
      ['echo', 'kind'],
      ['sh', '-c', 'x y'],
    ]);
    expect(a?.binds.map(({ source, target, readOnly }) => [source, target, readOnly])).toEqual([
      ['a', '/shared', false],
      ['k2', '/k2', true],
    ]);
  });

  test('a node without keys of its own is all inheritance', () => {
    expect(b).toMatchObject({
      image: 'alpine:3.20',
      hostname: 'b',
      cmd: undefined,
      env: { A: '1', B: 'kind', C: 'kind' },
    });
  });

  test('links in the short and in the extended form', () => {
    expect(topology.links).toMatchObject([
      {
        type: 'veth',
        mtu: 1500,
        a: { node: 'a', interface: 'eth1', ipv4: '10.0.0.1/31' },
        b: { node: 'b', interface: 'eth1', ipv4: undefined },
      },
      {
        type: 'veth',
        mtu: 9500,
        a: { node: 'a', interface: 'eth2', mac: '02:00:00:00:00:01', ipv4: '10.1.0.1/24', ipv6: 'fd00::1/64' },
        b: { node: 'b', interface: 'eth2', mac: undefined },
      },
      { type: 'host', hostInterface: 'veth-a', endpoint: { node: 'a', interface: 'eth3' } },
      { type: 'mgmt-net', hostInterface: 'veth-b', endpoint: { node: 'b', interface: 'eth3' } },
      { type: 'dummy', mtu: 9000, endpoint: { node: 'b', interface: 'd0' } },
    ]);
  });
});

test('without mgmt, the network is containerlab’s default', () => {
  expect(read(nodeWith('')).mgmt).toMatchObject({
    network: 'clab',
    bridge: undefined,
    ipv4Subnet: '172.20.20.0/24',
    ipv6Subnet: '3fff:172:20:20::/64',
    mtu: 1500,
  });
});

test('one subnet written means that there is no other', () => {
  const topology = read(`${nodeWith('')}mgmt: { ipv6-subnet: "fd00::/64" }\n`);
  expect(topology.mgmt).toMatchObject({ ipv4Subnet: undefined, ipv6Subnet: 'fd00::/64' });
});

describe('refusals of the file', () => {
  test.each([
    ['[1, 2]', 'wrong-type 1:1: the file must be a mapping'],
    [
      'name: [',
      'syntax 1:8: not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['topology: { nodes: {} }', 'missing 1:1: name is missing'],
    ['name: t', 'missing 1:1: topology is missing'],
    ['name: t\ntopology: {}', 'missing 2:11: topology.nodes is missing'],
    ['name: a/b\ntopology: { nodes: {} }', 'bad-value 1:7: name: a/b may only hold letters, digits and . _ -'],
    [
      'name: t\nprefix: a b\ntopology: { nodes: {} }',
      'bad-value 2:9: prefix: a b may only hold letters, digits and . _ -',
    ],
    [
      'name: t\ntopolgy: {}\ntopology: { nodes: {} }',
      'unknown-key 2:1: the file: there is no key `topolgy`; did you mean `topology`?',
    ],
    [
      'name: t\nsettings: {}\ntopology: { nodes: {} }',
      'not-supported 2:1: the file: this runner cannot do `settings`: there is no certificate authority to set up',
    ],
    [
      'name: t\nmgmt: { ipv4-subnet: auto }\ntopology: { nodes: {} }',
      'not-supported 2:22: mgmt.ipv4-subnet: this runner cannot do `auto`',
    ],
    [
      'name: t\nmgmt: { ipv4-subnet: 10.0.0.0/33 }\ntopology: { nodes: {} }',
      'bad-value 2:22: mgmt.ipv4-subnet: 10.0.0.0/33 is no subnet with prefix length',
    ],
    [
      'name: t\nmgmt: { ipv4-gw: 10.0.0.1 }\ntopology: { nodes: {} }',
      'not-supported 2:9: mgmt: this runner cannot do `ipv4-gw`: the first address of the subnet is the gateway',
    ],
    ['name: t\ntopology: { nodes: { "a|b": } }', 'bad-value 2:22: nodes: a|b may only hold letters, digits and . _ -'],
  ])('%j', (text, fault) => {
    expect(faults(text)).toEqual([fault]);
  });
});

describe('refusals of a node', () => {
  test.each([
    ['imge: x', 'unknown-key 7:7: nodes.a: there is no key `imge`; did you mean `image`?'],
    [
      'volumes: []',
      'not-supported 7:7: nodes.a: this runner cannot do `volumes`: there are no named volumes; use binds',
    ],
    ['network-mode: host', 'not-supported 7:21: nodes.a.network-mode: this runner cannot do `host`, only `none`'],
    [
      'restart-policy: always',
      'not-supported 7:23: nodes.a.restart-policy: this runner restarts nothing by itself; write "no"',
    ],
    ['startup-delay: soon', 'wrong-type 7:22: nodes.a.startup-delay must be a whole number'],
    ['startup-delay: 601', 'bad-value 7:22: nodes.a.startup-delay must be between 0 and 600, not 601'],
    ['mgmt-ipv4: fd00::1', 'bad-value 7:18: nodes.a.mgmt-ipv4: fd00::1 is no ipv4 address'],
    ['exec: ip link', 'wrong-type 7:13: nodes.a.exec must be a list'],
    ['exec: ["a \'b"]', "bad-value 7:14: each of nodes.a.exec: a quote is left open in: a 'b"],
    ['exec: [""]', 'bad-value 7:14: each of nodes.a.exec is empty'],
    ['cmd: [a, b]', 'wrong-type 7:12: nodes.a.cmd must be a text'],
    ['cmd: run $HOME', 'not-supported 7:12: nodes.a.cmd has a $VARIABLE; this runner does not substitute any'],
    ['env: { A: $B }', 'not-supported 7:17: nodes.a.env.A has a $VARIABLE; this runner does not substitute any'],
    [
      'env: { __IMPORT_ENVS: true }',
      'not-supported 7:12: nodes.a.env: this runner imports no environment; name the variables',
    ],
    ['binds: [/a]', 'bad-value 7:15: nodes.a.binds: /a is not host-path:node-path[:ro]'],
    ['binds: ["a:b"]', 'bad-value 7:15: nodes.a.binds: b must be an absolute path without ..'],
    ['binds: ["a:/b/../c"]', 'bad-value 7:15: nodes.a.binds: /b/../c must be an absolute path without ..'],
    ['binds: ["a:/b:z"]', 'not-supported 7:15: nodes.a.binds: this runner cannot do the bind option `z`'],
    ['binds: ["~/a:/b"]', 'not-supported 7:15: nodes.a.binds: this runner does not expand ~; write the path'],
    ['binds: ["__clabDir__/a:/b"]', 'not-supported 7:15: nodes.a.binds: this runner has no __clabDir__ folder'],
    [
      'sysctls: { kernel.x: 1 }',
      'not-supported 5:7: nodes.a: sysctl `kernel.x` is not of the network namespace (net.…)',
    ],
    ['<<: { cmd: a }', 'not-supported 7:7: merge keys (<<) are not read; write the keys out'],
  ])('%s', (line, fault) => {
    expect(faults(nodeWith(line))).toEqual([fault]);
  });

  test('a kind that is not linux is refused by name', () => {
    const text = 'name: t\ntopology:\n  nodes:\n    a: { kind: nokia_srlinux, image: x }\n';
    expect(faults(text)).toEqual([
      'not-supported 4:16: nodes.a: this runner cannot do kind `nokia_srlinux`, only linux',
    ]);
  });

  test('kind and image must come from somewhere', () => {
    expect(faults('name: t\ntopology: { nodes: { a: { image: x } } }')).toEqual([
      'missing 2:25: nodes.a: no kind is given, neither here nor in defaults',
    ]);
    expect(faults('name: t\ntopology: { nodes: { a: { kind: linux } } }')).toEqual([
      'missing 2:25: nodes.a: no image is given',
    ]);
  });

  test('management addresses and ports belong to nodes only', () => {
    const text = 'name: t\ntopology:\n  defaults: { kind: linux, image: x, mgmt-ipv4: 10.0.0.1 }\n  nodes: { a: }\n';
    expect(faults(text)).toEqual(['unknown-key 3:38: defaults: there is no key `mgmt-ipv4`']);
  });

  test('all faults are told at once', () => {
    expect(faults(nodeWith('cmd: [a]\n      exec: b'))).toHaveLength(2);
  });
});

describe('refusals of a link', () => {
  test.each([
    ['    - endpoints: ["a:eth1"]', 'bad-value 6:18: links[0]: a link has two endpoints, not 1'],
    ['    - endpoints: ["a:eth1", "b"]', 'bad-value 6:29: links[0]: b is not node:interface'],
    ['    - endpoints: ["a:eth1", "c:eth1"]', 'contradiction 6:29: c:eth1: there is no node `c`'],
    ['    - endpoints: ["a:eth0", "b:eth1"]', 'contradiction 6:19: a:eth0: eth0 exists in the node already'],
    [
      '    - endpoints: ["a:eth1", "b:eth1"]\n    - endpoints: ["a:eth1", "b:eth2"]',
      'contradiction 7:19: a:eth1 is used twice',
    ],
    [
      '    - endpoints: ["a:interface-too-long", "b:eth1"]',
      'bad-value 6:19: links[0]: interface-too-long is no Linux interface name (at most 15 characters, no / or :)',
    ],
    [
      '    - endpoints: ["a:eth1", "macvlan:eth0"]',
      'not-supported 6:29: links[0]: this runner cannot do links of type `macvlan`',
    ],
    [
      '    - { type: vxlan, endpoint: {} }',
      'not-supported 6:15: links[0]: this runner cannot do links of type `vxlan`',
    ],
    ['    - { type: wifi }', 'bad-value 6:15: links[0]: there is no link type `wifi`'],
    [
      '    - { endpoints: ["a:eth1", "b:eth1"], mtu: 67 }',
      'bad-value 6:47: links[0].mtu must be between 68 and 65535, not 67',
    ],
    [
      '    - { endpoints: ["a:eth1", "b:eth1"], vars: {} }',
      'not-supported 6:42: links[0]: this runner cannot do `vars`: there is no configuration engine to use them',
    ],
    [
      '    - { endpoints: ["a:eth1", "b:eth1"], ipv4: ["10.0.0.1"] }',
      'bad-value 6:49: links[0].ipv4: 10.0.0.1 is no address with prefix length',
    ],
    [
      '    - { type: dummy, endpoint: { node: a, interface: d0, mac: "01:00:00:00:00:00" } }',
      'bad-value 6:63: links[0].endpoint.mac: 01:00:00:00:00:00 is not a unicast MAC address',
    ],
    ['    - { type: dummy, endpoint: { node: a } }', 'missing 6:32: links[0].endpoint needs node and interface'],
    ['    - {}', 'missing 6:7: links[0] has no endpoints'],
  ])('%s', (lines, fault) => {
    expect(faults(linksOf(lines))).toEqual([fault]);
  });

  test('one name of a host interface for two links', () => {
    const lines = '    - endpoints: ["a:eth1", "host:v"]\n    - endpoints: ["b:eth1", "host:v"]';
    expect(faults(linksOf(lines))).toEqual(['contradiction 7:19: host interface v is used twice']);
  });
});
