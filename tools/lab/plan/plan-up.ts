import { dirname, resolve } from 'node:path';
import type { Fault, Place } from '../fault.ts';
import { hostEnd, longName, mark } from '../names.ts';
import type { Endpoint, Link, Node, Topology } from '../topology/model.ts';
import { isInterfaceName } from '../topology/values.ts';
import { knownImages, type Program, programFor } from './images.ts';
import type { NodeStart, Plan, PlannedNode, Step } from './plan.ts';
import { allocate, Subnet } from './subnet.ts';

export type PlanResult =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly faults: readonly Fault[] };

export type PlanContext = {
  /** The folder of this checkout, where bin/nvad is. */
  readonly checkout: string;
  /** Whether a bind's source is there. */
  readonly exists: (path: string) => boolean;
};

const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** From a topology to the steps that start it. Touches nothing: all it knows of the machine is in the context. */
export function planUp(topology: Topology, context: PlanContext): PlanResult {
  const faults: Fault[] = [];
  const refuse = (code: Fault['code'], at: Place, reason: string) => faults.push({ code, at, reason });

  const bridge = topology.mgmt.bridge ?? `br-${topology.mgmt.network}`;
  if (!isInterfaceName(bridge)) {
    refuse('bad-value', topology.mgmt.at, `mgmt: ${bridge} is no Linux interface name (at most 15 characters)`);
  }
  const managed = topology.nodes.filter((node) => node.management);
  const subnet4 = topology.mgmt.ipv4Subnet === undefined ? undefined : new Subnet(topology.mgmt.ipv4Subnet);
  const subnet6 = topology.mgmt.ipv6Subnet === undefined ? undefined : new Subnet(topology.mgmt.ipv6Subnet);
  const addresses4 = addressesOf(subnet4, managed, (node) => node.mgmtIpv4, refuse);
  const addresses6 = addressesOf(subnet6, managed, (node) => node.mgmtIpv6, refuse);

  const hosts = hostsFile(topology, addresses4, addresses6);
  const planned: { node: Node; program: Program; entry: PlannedNode }[] = [];
  for (const node of topology.nodes) {
    const program = programFor(node.image, context.checkout);
    if (!program) {
      refuse(
        'unknown-image',
        node.imageAt,
        `nodes.${node.name}: this runner has no program for the image ${node.image}; it knows ${knownImages}`,
      );
      continue;
    }
    const entry: PlannedNode = {
      name: node.name,
      longName: longName(topology, node.name),
      kind: node.kind,
      image: node.image,
      program: program.name,
      group: node.group,
      mgmtIpv4: addresses4.get(node.name),
      mgmtIpv6: addresses6.get(node.name),
      start: nodeStart(topology, node, program, hosts, context, refuse),
    };
    planned.push({ node, program, entry });
  }
  if (faults.length > 0) return { ok: false, faults };

  const nodes = planned.map(({ entry }) => entry);
  const deviceKinds = new Set(['bridge', 'veth']);
  for (const link of topology.links) if (link.type === 'dummy') deviceKinds.add('dummy');
  for (const node of topology.nodes) for (const { argv } of node.exec) addDeviceKind(deviceKinds, argv);
  const hostInterfaces = [
    bridge,
    ...managed.map((node) => hostEnd(longName(topology, node.name))),
    ...topology.links.flatMap((link) => ('hostInterface' in link ? [link.hostInterface] : [])),
  ];
  const steps: Step[] = [
    bridgeStep(topology, bridge, subnet4, subnet6),
    ...planned.map(({ node, entry }) => namespaceStep(topology, node, entry, bridge, subnet4, subnet6)),
    ...topology.links.map((link) => linkStep(topology, link, bridge)),
    ...planned.flatMap(({ node, entry }) => startSteps(node, entry)),
    ...topology.nodes.flatMap((node) =>
      node.exec.map(
        ({ argv }): Step => ({ do: 'exec', title: `${node.name}: ${argv.join(' ')}`, node: node.name, argv }),
      ),
    ),
  ];
  return {
    ok: true,
    plan: {
      lab: topology.name,
      file: topology.file,
      bridge,
      hostInterfaces,
      nodes,
      deviceKinds: [...deviceKinds],
      needs: uniqueNeeds(planned.map(({ program }) => program)),
      notes: topology.nodes
        .filter((node) => node.ports.length > 0)
        .map((node) => `${node.name}: ports are not published; reach the node at its management address`),
      steps,
    },
  };
}

type Refuse = (code: Fault['code'], at: Place, reason: string) => void;

function addressesOf(
  subnet: Subnet | undefined,
  nodes: readonly Node[],
  wantedOf: (node: Node) => string | undefined,
  refuse: Refuse,
): ReadonlyMap<string, string> {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  if (!subnet) {
    for (const node of nodes) {
      const wanted = wantedOf(node);
      if (wanted === undefined) continue;
      refuse('contradiction', node.at, `nodes.${node.name}: ${wanted}, but the management network has no such subnet`);
    }
    return new Map();
  }
  const { addresses, faults } = allocate(
    subnet,
    nodes.map((node) => ({ name: node.name, wanted: wantedOf(node) })),
  );
  for (const { node, reason } of faults) {
    refuse('contradiction', (byName.get(node) as Node).at, `nodes.${node}: ${reason}`);
  }
  return addresses;
}

function hostsFile(
  topology: Topology,
  addresses4: ReadonlyMap<string, string>,
  addresses6: ReadonlyMap<string, string>,
): string {
  const lines = ['127.0.0.1 localhost', '::1 localhost ip6-localhost'];
  for (const addresses of [addresses4, addresses6]) {
    for (const { name } of topology.nodes) {
      const address = addresses.get(name);
      if (address !== undefined) lines.push(`${address} ${name} ${longName(topology, name)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function nodeStart(
  topology: Topology,
  node: Node,
  program: Program,
  hosts: string,
  context: PlanContext,
  refuse: Refuse,
): NodeStart {
  const folder = dirname(topology.file);
  const binds = node.binds.map((bind) => {
    const source = resolve(folder, bind.source);
    if (!context.exists(source)) refuse('missing', bind.at, `nodes.${node.name}.binds: there is no ${bind.source}`);
    return { source, target: bind.target, readOnly: bind.readOnly };
  });
  const bound = new Set(binds.map((bind) => bind.target));
  const files = Object.entries({ ...program.files, '/etc/hosts': hosts }).filter(([path]) => !bound.has(path));
  return {
    node: node.name,
    longName: longName(topology, node.name),
    hostname: node.hostname,
    // As with Docker: an entrypoint of the file also drops the image's own cmd.
    argv: [
      ...(node.entrypoint ?? program.entrypoint),
      ...(node.cmd ?? (node.entrypoint === undefined ? program.cmd : [])),
    ],
    env: {
      PATH: [...program.path, usualPath].join(':'),
      HOME: '/root',
      HOSTNAME: node.hostname,
      ...node.env,
    },
    private: program.private,
    binds,
    files: Object.fromEntries(files),
  };
}

/** `ip link add … type KIND` in an exec line tells that the kernel must know that kind of device. */
function addDeviceKind(kinds: Set<string>, argv: readonly string[]): void {
  const text = argv.join(' ');
  if (!/\bip\b.*\blink add\b/.test(text)) return;
  for (const match of text.matchAll(/\blink add\b.*?\btype (\w+)/g)) kinds.add(match[1] as string);
}

function uniqueNeeds(programs: readonly Program[]): Plan['needs'] {
  return [...new Map(programs.flatMap((program) => program.needs).map((need) => [need.path, need])).values()];
}

function bridgeStep(
  topology: Topology,
  bridge: string,
  subnet4: Subnet | undefined,
  subnet6: Subnet | undefined,
): Step {
  const commands = [
    ['ip', 'link', 'add', 'name', bridge, 'mtu', String(topology.mgmt.mtu), 'type', 'bridge'],
    ['ip', 'link', 'set', 'dev', bridge, 'alias', mark(topology.name)],
    ...bridgeAddress(bridge, subnet4, []),
    ...bridgeAddress(bridge, subnet6, ['nodad']),
    ['ip', 'link', 'set', 'dev', bridge, 'up'],
  ];
  const subnets = [topology.mgmt.ipv4Subnet, topology.mgmt.ipv6Subnet].filter((text) => text !== undefined);
  return { do: 'run', title: `management network ${bridge} ${subnets.join(' ')}`.trimEnd(), commands };
}

function bridgeAddress(bridge: string, subnet: Subnet | undefined, options: string[]): string[][] {
  if (subnet?.gateway === undefined) return [];
  return [['ip', 'address', 'add', `${subnet.gateway}/${subnet.prefixLength}`, 'dev', bridge, ...options]];
}

function namespaceStep(
  topology: Topology,
  node: Node,
  entry: PlannedNode,
  bridge: string,
  subnet4: Subnet | undefined,
  subnet6: Subnet | undefined,
): Step {
  const ns = entry.longName;
  const commands: string[][] = [
    ['ip', 'netns', 'add', ns],
    ['ip', '-n', ns, 'link', 'set', 'dev', 'lo', 'alias', mark(topology.name), 'up'],
  ];
  if (node.management) {
    const host = hostEnd(ns);
    const mtu = String(topology.mgmt.mtu);
    commands.push(
      ['ip', 'link', 'add', 'name', host, 'mtu', mtu, 'type', 'veth', 'peer', 'name', 'eth0', 'mtu', mtu, 'netns', ns],
      ['ip', 'link', 'set', 'dev', host, 'alias', mark(topology.name), 'master', bridge, 'up'],
      ['ip', '-n', ns, 'link', 'set', 'dev', 'eth0', 'up'],
      ...managementAddress(ns, entry.mgmtIpv4, subnet4, ['-4'], []),
      ...managementAddress(ns, entry.mgmtIpv6, subnet6, ['-6'], ['nodad']),
    );
  }
  for (const [key, value] of Object.entries(node.sysctls)) {
    commands.push(['ip', 'netns', 'exec', ns, 'sysctl', '-qw', `${key}=${value}`]);
  }
  const address = entry.mgmtIpv4 ?? entry.mgmtIpv6;
  return { do: 'run', title: `namespace ${ns}${address === undefined ? '' : ` ${address}`}`, commands };
}

function managementAddress(
  ns: string,
  address: string | undefined,
  subnet: Subnet | undefined,
  family: string[],
  options: string[],
): string[][] {
  if (address === undefined || subnet?.gateway === undefined) return [];
  return [
    ['ip', '-n', ns, 'address', 'add', `${address}/${subnet.prefixLength}`, 'dev', 'eth0', ...options],
    ['ip', '-n', ns, ...family, 'route', 'add', 'default', 'via', subnet.gateway],
  ];
}

function linkStep(topology: Topology, link: Link, bridge: string): Step {
  const mtu = String(link.mtu);
  const lab = mark(topology.name);
  switch (link.type) {
    case 'veth': {
      const a = longName(topology, link.a.node);
      const b = longName(topology, link.b.node);
      return {
        do: 'run',
        title: `link ${link.a.node}:${link.a.interface} to ${link.b.node}:${link.b.interface}`,
        commands: [
          [
            ...['ip', 'link', 'add', 'name', link.a.interface, ...mac(link.a), 'mtu', mtu, 'netns', a, 'type', 'veth'],
            ...['peer', 'name', link.b.interface, ...mac(link.b), 'mtu', mtu, 'netns', b],
          ],
          ...endpointUp(a, link.a),
          ...endpointUp(b, link.b),
        ],
      };
    }
    case 'host':
    case 'mgmt-net': {
      const ns = longName(topology, link.endpoint.node);
      const master = link.type === 'mgmt-net' ? ['master', bridge] : [];
      return {
        do: 'run',
        title: `link ${link.endpoint.node}:${link.endpoint.interface} to ${link.type}:${link.hostInterface}`,
        commands: [
          [
            ...['ip', 'link', 'add', 'name', link.hostInterface, 'mtu', mtu, 'type', 'veth'],
            ...['peer', 'name', link.endpoint.interface, ...mac(link.endpoint), 'mtu', mtu, 'netns', ns],
          ],
          ['ip', 'link', 'set', 'dev', link.hostInterface, 'alias', lab, ...master, 'up'],
          ...endpointUp(ns, link.endpoint),
        ],
      };
    }
    case 'dummy': {
      const ns = longName(topology, link.endpoint.node);
      return {
        do: 'run',
        title: `dummy ${link.endpoint.node}:${link.endpoint.interface}`,
        commands: [
          [
            'ip',
            '-n',
            ns,
            'link',
            'add',
            'name',
            link.endpoint.interface,
            ...mac(link.endpoint),
            'mtu',
            mtu,
            'type',
            'dummy',
          ],
          ...endpointUp(ns, link.endpoint),
        ],
      };
    }
  }
}

function mac(endpoint: Endpoint): string[] {
  return endpoint.mac === undefined ? [] : ['address', endpoint.mac];
}

function endpointUp(ns: string, endpoint: Endpoint): string[][] {
  const commands = [['ip', '-n', ns, 'link', 'set', 'dev', endpoint.interface, 'up']];
  if (endpoint.ipv4) commands.push(['ip', '-n', ns, 'address', 'add', endpoint.ipv4, 'dev', endpoint.interface]);
  if (endpoint.ipv6)
    commands.push(['ip', '-n', ns, 'address', 'add', endpoint.ipv6, 'dev', endpoint.interface, 'nodad']);
  return commands;
}

function startSteps(node: Node, entry: PlannedNode): Step[] {
  const start: Step = {
    do: 'start',
    title: `start ${node.name} (${entry.program} for ${node.image})`,
    start: entry.start,
  };
  if (node.startupDelaySeconds === 0) return [start];
  const seconds = node.startupDelaySeconds;
  return [{ do: 'wait', title: `${node.name}: startup-delay of ${seconds} s`, seconds }, start];
}
