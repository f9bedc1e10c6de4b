/** From what routers' namespaces are to look like and what they look like: what to do. Pure. */
import { isIPv6 } from 'node:net';
import { type Command, VXLAN_PORT } from './command.ts';
import { parseDestinationKey } from './destination.ts';
import { isPairDevice } from './names.ts';
import type { RouterState } from './router-state.ts';
import type { WantedRouter } from './wanted-router.ts';

export interface RouterReconciliation {
  /** Namespaces and their tunnels: before bridges are given their ports. */
  readonly before: readonly Command[];
  /** What is in them. */
  readonly after: readonly Command[];
  /** Namespaces that nobody needs: at the end. */
  readonly remove: readonly Command[];
}

export function reconcileRouters(
  wanted: readonly WantedRouter[],
  routers: ReadonlyMap<string, RouterState>,
): RouterReconciliation {
  const before: Command[] = [];
  const after: Command[] = [];
  for (const router of wanted) {
    const { namespace, vxlan, mac, local, vni, underlay } = router;
    const found = routers.get(namespace);
    if (found === undefined) before.push(outside(namespace, `netns add ${namespace}`));
    if (found?.links.get(vxlan)?.mac !== mac) {
      if (found?.links.has(vxlan) === true) before.push(inside(namespace, 'ip', `link delete ${vxlan}`));
      const kind = `type vxlan id ${vni} local ${local} dstport ${VXLAN_PORT} nolearning`;
      // Made from beside the underlay, to which its tunnels belong wherever it is.
      const line = `link add ${vxlan} netns ${namespace} address ${mac} ${kind}`;
      before.push(underlay === undefined ? outside(namespace, line) : inside(underlay, 'ip', line));
    }
    contents(router, found, after);
  }
  const keep = new Set(wanted.map(({ namespace }) => namespace));
  const remove = [...routers.keys()]
    .filter((name) => !keep.has(name))
    .map((name) => outside(name, `netns delete ${name}`));
  return { before, after, remove };
}

const outside = (namespace: string, line: string): Command => ({
  op: 'router',
  namespace,
  program: 'ip',
  line,
  inside: false,
});
const inside = (namespace: string, program: 'ip' | 'bridge' | 'sysctl', line: string): Command => ({
  ...{ op: 'router', namespace, program, line, inside: true },
});

/** By devices without addresses next hops are taken at their word. */
function isOnlink(to: string, vxlan: string): boolean {
  const device = to.split(' dev ')[1] ?? '';
  return device === vxlan || isPairDevice(device);
}

function contents(router: WantedRouter, found: RouterState | undefined, after: Command[]): void {
  const { namespace, vxlan, mtu, segments, routes, neighbours, tunnels } = router;
  const sysctl = (line: string) => after.push(inside(namespace, 'sysctl', line));
  const ip = (line: string) => after.push(inside(namespace, 'ip', line));
  if (found === undefined) {
    for (const line of ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1', 'net.ipv4.conf.all.rp_filter=0'])
      sysctl(line);
    // Without any address of its own a namespace has no table of those, and takes no next hop.
    ip('link set lo up');
    // Addresses of its own are for those alone who ask in their network.
    sysctl('net.ipv4.conf.all.arp_ignore=1');
    sysctl('net.ipv4.conf.all.send_redirects=0');
  }
  const devices: readonly {
    readonly name: string;
    readonly addresses: readonly string[];
    readonly proxyArp: boolean;
  }[] = [
    { name: vxlan, addresses: [], proxyArp: false },
    ...segments.map(({ device: name, addresses, proxyArp }) => ({ name, addresses, proxyArp })),
  ];
  for (const { name, addresses, proxyArp } of devices) {
    // A VXLAN device of another MAC address is made anew.
    const now = name === vxlan && found?.links.get(vxlan)?.mac !== router.mac ? undefined : found?.links.get(name);
    if (now?.up !== true) {
      ip(`link set ${name} addrgenmode none`);
      sysctl(`net.ipv4.conf.${name}.rp_filter=0`);
      if (proxyArp) {
        for (const key of ['proxy_arp', 'proxy_arp_pvlan']) sysctl(`net.ipv4.conf.${name}.${key}=1`);
        // Else the answer waits for up to 0.8 s, in case that somebody else has one.
        sysctl(`net.ipv4.neigh.${name}.proxy_delay=0`);
      }
      sysctl(`net.ipv4.conf.${name}.send_redirects=0`);
      if (proxyArp) sysctl(`net.ipv6.conf.${name}.proxy_ndp=1`);
    }
    if (now?.up !== true || (mtu !== undefined && now.mtu !== mtu))
      ip(`link set ${name}${mtu === undefined ? '' : ` mtu ${mtu}`} up`);
    for (const address of addresses)
      if (now?.addresses.has(address) !== true)
        ip(`address add ${address} dev ${name}${isIPv6(address.split('/')[0] ?? '') ? ' nodad' : ''}`);
    for (const address of now?.addresses ?? [])
      if (!addresses.includes(address)) ip(`address delete ${address} dev ${name}`);
  }
  for (const [mac, to] of tunnels) {
    if (found?.tunnels.get(mac) === to) continue;
    const { address, vni } = parseDestinationKey(to);
    const there = vni === undefined ? '' : ` vni ${vni}`;
    after.push(inside(namespace, 'bridge', `fdb replace ${mac} dev ${vxlan} dst ${address}${there} self permanent`));
  }
  for (const [key, mac] of neighbours) {
    if (found?.neighbours.get(key) === mac) continue;
    const [device, address] = key.split(' ');
    ip(`neighbour replace ${address} lladdr ${mac} dev ${device} nud permanent`);
  }
  // Routes by a host that itself is reached by one come after it.
  const ordered = [...routes].sort(([, a], [, b]) => Number(a.startsWith('via')) - Number(b.startsWith('via')));
  for (const [prefix, to] of ordered) {
    if (found?.routes.get(prefix) === to) continue;
    ip(`route replace ${prefix} ${to}${isOnlink(to, vxlan) ? ' onlink' : ''} proto static`);
  }
  if (found === undefined) return;
  for (const [prefix, to] of found.routes) if (!routes.has(prefix)) ip(`route delete ${prefix} ${to} proto static`);
  for (const key of found.neighbours.keys()) {
    const [device, address] = key.split(' ');
    if (!neighbours.has(key)) ip(`neighbour delete ${address} dev ${device}`);
  }
  for (const [mac, to] of found.tunnels)
    if (!tunnels.has(mac))
      after.push(
        inside(namespace, 'bridge', `fdb delete ${mac} dev ${vxlan} dst ${parseDestinationKey(to).address} self`),
      );
}
