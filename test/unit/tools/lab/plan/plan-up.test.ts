import { describe, expect, test } from 'vitest';
import { showFault } from '../../../../../tools/lab/fault.ts';
import type { Plan } from '../../../../../tools/lab/plan/plan.ts';
import { planUp } from '../../../../../tools/lab/plan/plan-up.ts';
import { readTopology } from '../../../../../tools/lab/topology/read-topology.ts';

function result(text: string, exists: (path: string) => boolean = () => true) {
  const read = readTopology('/labs/t.clab.yml', text);
  if (!read.ok) throw new Error(read.faults.map(showFault).join('\n'));
  return planUp(read.topology, { checkout: '/checkout', exists });
}

function plan(text: string): Plan {
  const planned = result(text);
  if (!planned.ok) throw new Error(planned.faults.map(showFault).join('\n'));
  return planned.plan;
}

function faults(text: string, exists?: (path: string) => boolean): string[] {
  const planned = result(text, exists);
  return planned.ok ? [] : planned.faults.map((fault) => `${fault.code} ${showFault(fault)}`);
}

const two = `name: t
mgmt: { network: t, ipv4-subnet: 172.20.99.0/24 }
topology:
  defaults: { kind: linux }
  nodes:
    r:
      image: quay.io/frrouting/frr:8.4.2
      binds: ["r/frr.conf:/etc/frr/frr.conf:ro"]
      sysctls: { net.ipv4.ip_forward: 1 }
      exec: ["ip link add vxlan1 type vxlan id 1"]
    n:
      image: nvad:local
      cmd: --config /etc/nvad/nvad.yaml
      env: { NODE_ENV: production }
      startup-delay: 3
      mgmt-ipv4: 172.20.99.9
      ports: ["8080:8080"]
  links:
    - endpoints: ["r:eth1", "n:eth1"]
`;

describe('a plan for two nodes', () => {
  const planned = plan(two);

  test('its steps, in order and word for word', () => {
    const shown = planned.steps.flatMap((step) => {
      if (step.do === 'run') return step.commands.map((argv) => argv.join(' '));
      if (step.do === 'start') return [`start ${step.start.longName}: ${step.start.argv.join(' ')}`];
      if (step.do === 'exec') return [`exec ${step.node}: ${step.argv.join(' ')}`];
      return [`wait ${step.seconds}`];
    });
    expect(shown).toEqual([
      'ip link add name br-t mtu 1500 type bridge',
      'ip link set dev br-t alias nvad-lab:t',
      'ip address add 172.20.99.1/24 dev br-t',
      'ip link set dev br-t up',
      'ip netns add clab-t-r',
      'ip -n clab-t-r link set dev lo alias nvad-lab:t up',
      'ip link add name vlab01849d60be mtu 1500 type veth peer name eth0 mtu 1500 netns clab-t-r',
      'ip link set dev vlab01849d60be alias nvad-lab:t master br-t up',
      'ip -n clab-t-r link set dev eth0 up',
      'ip -n clab-t-r address add 172.20.99.2/24 dev eth0',
      'ip -n clab-t-r -4 route add default via 172.20.99.1',
      'ip netns exec clab-t-r sysctl -qw net.ipv4.ip_forward=1',
      'ip netns add clab-t-n',
      'ip -n clab-t-n link set dev lo alias nvad-lab:t up',
      'ip link add name vlab7cdef8db3f mtu 1500 type veth peer name eth0 mtu 1500 netns clab-t-n',
      'ip link set dev vlab7cdef8db3f alias nvad-lab:t master br-t up',
      'ip -n clab-t-n link set dev eth0 up',
      'ip -n clab-t-n address add 172.20.99.9/24 dev eth0',
      'ip -n clab-t-n -4 route add default via 172.20.99.1',
      'ip link add name eth1 mtu 9500 netns clab-t-r type veth peer name eth1 mtu 9500 netns clab-t-n',
      'ip -n clab-t-r link set dev eth1 up',
      'ip -n clab-t-n link set dev eth1 up',
      'start clab-t-r: /bin/bash -c . /usr/lib/frr/frrcommon.sh && exec /usr/lib/frr/watchfrr $(daemon_list)',
      'wait 3',
      'start clab-t-n: /checkout/bin/nvad --config /etc/nvad/nvad.yaml',
      'exec r: ip link add vxlan1 type vxlan id 1',
    ]);
  });

  test('what the machine must have', () => {
    expect(planned.deviceKinds).toEqual(['bridge', 'veth', 'vxlan']);
    expect(planned.needs.map((need) => need.from)).toEqual([
      'frr',
      'frr',
      'npm ci && npm run build',
      'npm ci && npm run build',
    ]);
    expect(planned.hostInterfaces).toEqual(['br-t', 'vlab01849d60be', 'vlab7cdef8db3f']);
  });

  test('what is done differently is said', () => {
    expect(planned.notes).toEqual(['n: ports are not published; reach the node at its management address']);
  });

  test('what a node is started with', () => {
    const [r, n] = planned.nodes.map((node) => node.start);
    expect(r?.binds).toEqual([{ source: '/labs/r/frr.conf', target: '/etc/frr/frr.conf', readOnly: true }]);
    expect(n?.env).toEqual({
      PATH: '/checkout/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
      HOSTNAME: 'n',
      NODE_ENV: 'production',
    });
    expect(n?.files['/etc/hosts']).toBe(
      '127.0.0.1 localhost\n::1 localhost ip6-localhost\n172.20.99.2 r clab-t-r\n172.20.99.9 n clab-t-n\n',
    );
  });
});

const one = (node: string, rest = '') => `name: t\ntopology:\n  nodes:\n    a: { kind: linux, ${node} }\n${rest}`;

describe('names', () => {
  test.each([
    ['', 'clab-t-a'],
    ['prefix: x\n', 'x-t-a'],
    ['prefix: ""\n', 'a'],
    ['prefix: __lab-name\n', 't-a'],
  ])('%j', (prefix, name) => {
    expect(plan(prefix + one('image: alpine')).nodes[0]?.longName).toBe(name);
  });
});

describe('what runs in a node', () => {
  test.each([
    ['image: alpine', ['sleep', 'infinity']],
    ['image: alpine, cmd: nc -l 1', ['nc', '-l', '1']],
    ['image: alpine, entrypoint: /bin/tool', ['/bin/tool']],
    ['image: nvad, entrypoint: /bin/tool, cmd: a b', ['/bin/tool', 'a', 'b']],
    ['image: nvad, cmd: --check', ['/checkout/bin/nvad', '--check']],
  ])('%s', (node, argv) => {
    expect(plan(one(node)).nodes[0]?.start.argv).toEqual(argv);
  });
});

test('network-mode none leaves a node without eth0', () => {
  const planned = plan(one('image: alpine, network-mode: none'));
  expect(planned.nodes[0]?.mgmtIpv4).toBeUndefined();
  expect(planned.steps[1]).toMatchObject({
    commands: [
      ['ip', 'netns', 'add', 'clab-t-a'],
      ['ip', '-n', 'clab-t-a', 'link', 'set', 'dev', 'lo', 'alias', 'nvad-lab:t', 'up'],
    ],
  });
});

test('links to the host, to the management network and to nothing', () => {
  const links = `  links:
    - endpoints: ["a:eth1", "host:veth1"]
    - { type: mgmt-net, endpoint: { node: a, interface: eth2, mac: "02:00:00:00:00:02" }, host-interface: veth2 }
    - { type: dummy, endpoint: { node: a, interface: d0, ipv4: 10.0.0.1/32, ipv6: "fd00::1/128" } }
`;
  const planned = plan(one('image: alpine', links));
  const steps = planned.steps.slice(2, 5);
  expect(steps.map((step) => (step.do === 'run' ? step.commands.map((argv) => argv.join(' ')) : []))).toEqual([
    [
      'ip link add name veth1 mtu 9500 type veth peer name eth1 mtu 9500 netns clab-t-a',
      'ip link set dev veth1 alias nvad-lab:t up',
      'ip -n clab-t-a link set dev eth1 up',
    ],
    [
      'ip link add name veth2 mtu 9500 type veth peer name eth2 address 02:00:00:00:00:02 mtu 9500 netns clab-t-a',
      'ip link set dev veth2 alias nvad-lab:t master br-clab up',
      'ip -n clab-t-a link set dev eth2 up',
    ],
    [
      'ip -n clab-t-a link add name d0 mtu 9500 type dummy',
      'ip -n clab-t-a link set dev d0 up',
      'ip -n clab-t-a address add 10.0.0.1/32 dev d0',
      'ip -n clab-t-a address add fd00::1/128 dev d0 nodad',
    ],
  ]);
  expect(planned.deviceKinds).toContain('dummy');
  expect(planned.hostInterfaces).toEqual(expect.arrayContaining(['veth1', 'veth2']));
});

describe('refusals', () => {
  test('an image that nothing stands in for, by name and place', () => {
    expect(faults(one('image: ghcr.io/nokia/srlinux'))).toEqual([
      'unknown-image /labs/t.clab.yml:4:30: nodes.a: this runner has no program for the image ghcr.io/nokia/srlinux; it knows frrouting/frr, nvad, nvad-peers, alpine, busybox, debian, ubuntu',
    ]);
  });

  test('a bind whose source is not there', () => {
    expect(faults(one('image: alpine, binds: ["x/y:/z"]'), () => false)).toEqual([
      'missing /labs/t.clab.yml:4:46: nodes.a.binds: there is no x/y',
    ]);
  });

  test('an address outside the management subnet, or of a family it has not', () => {
    expect(faults(`${one('image: alpine, mgmt-ipv4: 10.0.0.1')}`)).toEqual([
      'contradiction /labs/t.clab.yml:4:8: nodes.a: 10.0.0.1 is no host of the management subnet',
    ]);
    expect(faults(`mgmt: { ipv4-subnet: 10.0.0.0/24 }\n${one('image: alpine, mgmt-ipv6: "fd00::1"')}`)).toEqual([
      'contradiction /labs/t.clab.yml:5:8: nodes.a: fd00::1, but the management network has no such subnet',
    ]);
  });

  test('a network whose bridge would have too long a name', () => {
    expect(faults(`mgmt: { network: network-of-labs }\n${one('image: alpine')}`)).toEqual([
      'bad-value /labs/t.clab.yml:1:7: mgmt: br-network-of-labs is no Linux interface name (at most 15 characters)',
    ]);
  });
});
