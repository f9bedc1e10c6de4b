/**
 * From what the kernel is to look like and what it looks like: what to do. Pure. Where the two agree there is nothing to do,
 * so that a start of nved disturbs no traffic, whatever became of the process before.
 *
 * What begins with nved's prefix is nved's: what is not wanted of it goes, and with it what it holds. Of devices of others,
 * only ports of attachments are touched, and only while they are in no bridge of somebody else.
 */
import { isIPv6 } from 'node:net';
import { type Command, type LinkSettings, VXLAN_PORT, type VxlanSettings } from './command.ts';
import { fingerprintOf } from './filter.ts';
import { KernelModel } from './kernel-model.ts';
import { ALL_MACS, type BridgePort, type KernelLink, type KernelState, type VxlanLink } from './kernel-state.ts';
import { isOurs } from './names.ts';
import type { Problem } from './problem.ts';
import { reconcileGateways } from './reconcile-gateway.ts';
import { reconcileRouters } from './reconcile-router.ts';
import { heardAt, type WantedCrossingPort, type WantedNetwork, type WantedState } from './wanted.ts';

/** Takes what has no place, and nobody is behind it. */
const RESOLVER_PORT: BridgePort = { learning: false, flood: true, neighSuppress: false, isolated: false };

/** The router is known by its address. */
const GATEWAY_PORT: BridgePort = { learning: false, flood: false, neighSuppress: false, isolated: false };

const noneDenied: ReadonlySet<string> = new Set();

export interface Reconciliation {
  /** In an order in which each can be done; empty where everything is as it should be. */
  readonly commands: readonly Command[];
  /** What keeps wanted state from being made. */
  readonly problems: readonly Problem[];
}

/**
 * What leads from the kernel's state to the wanted one. Nothing that works stops working in between. Networks of which it is
 * known that the kernel is as they want it are `settled`, and passed over.
 */
export function reconcile(
  wanted: WantedState,
  kernel: KernelState,
  settled: ReadonlySet<WantedNetwork> | WeakSet<WantedNetwork> = new Set(),
): Reconciliation {
  const open = wanted.networks.filter((network) => !settled.has(network));
  const inTheWay = misfits(open, kernel);
  if (inTheWay.length > 0) {
    const without = new KernelModel(kernel);
    for (const command of inTheWay) without.apply(command);
    const { commands, problems } = reconcile(wanted, without, settled);
    return { commands: [...inTheWay, ...commands], problems };
  }
  const routers = reconcileRouters(wanted.routers, kernel.routers);
  const gateways = reconcileGateways(wanted, kernel);
  const problems: Problem[] = [...gateways.problems];
  /** First what must be there for the rest, last what must not. */
  const make: Command[] = [...filters(wanted, kernel), ...routers.before, ...gateways.make];
  const remove: Command[] = [...gateways.remove];
  const keep = new Set<string>(gateways.keep);
  const ports = new Set<string>();
  const peers = new Set(
    wanted.networks.flatMap(({ crossings }) =>
      crossings.flatMap(({ peer }) => (peer?.namespace === undefined ? (peer?.device ?? []) : [])),
    ),
  );
  for (const network of wanted.networks) {
    const { bridge, vxlan, resolver, gateway } = network;
    for (const device of [bridge, vxlan, resolver, gateway?.port]) if (device !== undefined) keep.add(device);
    for (const { device } of network.crossings) keep.add(device);
    const inPlace = settled.has(network)
      ? [...network.ports, ...network.crossings].map(({ device }) => device)
      : [...devices(network, kernel, make, problems), ...crossings(network, kernel, peers, make, problems)];
    for (const device of inPlace) ports.add(device);
  }
  for (const network of open) entries(network, kernel, { ports, denied: wanted.denied ?? noneDenied }, make, remove);
  for (const { name, master } of kernel.links.values()) {
    if (isOurs(name)) {
      if (!keep.has(name)) remove.push({ op: 'delete-link', device: name });
    } else if (master !== undefined && isOurs(master) && !ports.has(name)) {
      remove.push({ op: 'set-link', device: name, set: { master: null } });
    }
  }
  return { commands: [...make, ...routers.after, ...remove, ...routers.remove], problems };
}

/** First of all: a port that is in a bridge is filtered from its first frame on. */
function filters(wanted: WantedState, kernel: KernelState): Command[] {
  return (['filter', 'hostFilter'] as const).flatMap((which): Command[] => {
    const text = wanted[which];
    return fingerprintOf(text) === kernel[which] ? [] : [{ op: 'set-filter', which, text }];
  });
}

/** Devices that have a name that is needed and cannot become what is to have it. */
function misfits(networks: readonly WantedNetwork[], { links, routers }: KernelState): Command[] {
  return networks.flatMap((network) => {
    const { bridge, vxlan, gateway } = network;
    const found = vxlan === undefined ? undefined : links.get(vxlan);
    const unpaired =
      gateway !== undefined &&
      links.has(gateway.port) &&
      routers.get(gateway.namespace)?.links.has(gateway.device) !== true;
    const unfit = [
      ...((links.get(bridge)?.kind ?? 'bridge') === 'bridge' ? [] : [bridge]),
      ...(found === undefined || (found.vxlan !== undefined && sameIdentity(found.vxlan, network)) ? [] : [found.name]),
      ...(unpaired ? [gateway.port] : []),
      ...network.crossings.flatMap((crossing) => unfitPair(crossing, links)),
    ];
    return unfit.map((device): Command => ({ op: 'delete-link', device }));
  });
}

/** Of a pair, what is there without being one. */
function unfitPair({ device, peer }: WantedCrossingPort, links: KernelState['links']): string[] {
  const here = peer?.namespace === undefined && peer !== undefined ? [device, peer.device] : [device];
  const present = here.filter((name) => links.has(name));
  const isPair = present.length === here.length && present.every((name) => links.get(name)?.kind === 'veth');
  return isPair ? [] : present;
}

function sameIdentity(found: VxlanLink, { vni, group, local }: WantedNetwork): boolean {
  return (
    found.vni === vni &&
    found.port === VXLAN_PORT &&
    found.group?.address === group?.address &&
    found.group?.device === group?.device &&
    // The kernel takes another source of the same family alone.
    isIPv6(found.local ?? '') === isIPv6(local)
  );
}

/** Makes a network's devices as they should be, and answers the ports that can be in its bridge. */
function devices(network: WantedNetwork, { links }: KernelState, make: Command[], problems: Problem[]): string[] {
  const { name, bridge, mac, mtu, gateway } = network;
  const bridgeNow = links.get(bridge);
  if (bridgeNow === undefined) make.push({ op: 'add-bridge', device: bridge, mac });
  else if (bridgeNow.multicastSnooping === true) make.push({ op: 'set-snooping-off', device: bridge });
  const common = { ...(mtu !== undefined && { mtu }), ownIpv6: false, up: true } as const;
  link(bridgeNow, bridge, common, make);
  tunnel(network, links, make);
  if (gateway !== undefined) {
    const gatewayNow = links.get(gateway.port);
    if (gatewayNow === undefined) make.push({ op: 'add-gateway', gateway });
    link(gatewayNow, gateway.port, { ...common, master: bridge }, make);
    port(gatewayNow, gateway.port, bridge, GATEWAY_PORT, make);
  }
  const resolver = network.resolver === undefined ? undefined : links.get(network.resolver);
  if (resolver !== undefined) {
    link(resolver, resolver.name, { ...common, master: bridge }, make);
    port(resolver, resolver.name, bridge, RESOLVER_PORT, make);
  }
  const inPlace: string[] = [];
  for (const { device, settings } of network.ports) {
    const present = links.get(device);
    if (present === undefined) {
      problems.push({ network: name, code: 'port-missing', reason: `there is no device ${device}`, port: device });
      continue;
    }
    if (isOurs(device) || (present.master !== undefined && !isOurs(present.master))) {
      const why = isOurs(device) ? "is nved's own" : `is part of ${present.master}, which is not nved's`;
      problems.push({ network: name, code: 'port-taken', reason: `${device} ${why}`, port: device });
      continue;
    }
    inPlace.push(device);
    link(present, device, { master: bridge, up: true }, make);
    port(present, device, bridge, settings, make);
  }
  return inPlace;
}

/** Ports that lead to other domains, of which those can be in the bridge that are there or made here. */
function crossings(
  { name, bridge, crossings: wanted }: WantedNetwork,
  { links }: KernelState,
  /** Made in the same namespace with their other ends. */
  peers: ReadonlySet<string>,
  make: Command[],
  problems: Problem[],
): string[] {
  const inPlace: string[] = [];
  for (const { device, peer, mtu, settings } of wanted) {
    const present = links.get(device);
    if (present === undefined && peer === undefined && !peers.has(device)) {
      problems.push({ network: name, code: 'crossing', reason: `${device}, which leads to ${name}, is not made yet` });
      continue;
    }
    if (present === undefined && peer !== undefined)
      make.push({ op: 'add-pair', device, peer: peer.device, namespace: peer.namespace });
    inPlace.push(device);
    link(present, device, { ...(mtu !== undefined && { mtu }), ownIpv6: false, master: bridge, up: true }, make);
    port(present, device, bridge, settings, make);
  }
  return inPlace;
}

/** The VXLAN device of a network that is bridged. */
function tunnel(network: WantedNetwork, links: KernelState['links'], make: Command[]): void {
  const { bridge, vxlan, mac, mtu, local, tos, learning, group, vni } = network;
  if (vxlan === undefined) return;
  const found = links.get(vxlan);
  if (found === undefined) make.push({ op: 'add-vxlan', device: vxlan, identity: { vni, local, group, mac } });
  const now = found?.vxlan ?? { local, tos: 0, learning: false };
  const set: VxlanSettings = {
    ...(now.local !== local && { local }),
    ...(now.tos !== tos && { tos }),
    ...(now.learning !== learning && { learning }),
  };
  if (Object.keys(set).length > 0) make.push({ op: 'set-vxlan', device: vxlan, set });
  link(found, vxlan, { ...(mtu !== undefined && { mtu }), ownIpv6: false, master: bridge, up: true }, make);
  port(found, vxlan, bridge, network.tunnelPort, make);
}

function link(found: KernelLink | undefined, device: string, wanted: LinkSettings, make: Command[]): void {
  // By itself: a device that comes up with the same word has got an address before, and speaks for itself in the network.
  if (wanted.ownIpv6 === false && found?.ownIpv6 !== false)
    make.push({ op: 'set-link', device, set: { ownIpv6: false } });
  const set: LinkSettings = {
    ...(wanted.mtu !== undefined && found?.mtu !== wanted.mtu && { mtu: wanted.mtu }),
    ...(wanted.master !== undefined && found?.master !== wanted.master && { master: wanted.master }),
    ...(wanted.up === true && found?.up !== true && { up: true }),
  };
  if (Object.keys(set).length > 0) make.push({ op: 'set-link', device, set });
}

function port(found: KernelLink | undefined, device: string, bridge: string, set: BridgePort, make: Command[]): void {
  // What a port does is forgotten when it changes its bridge.
  const now = found?.master === bridge ? found.port : undefined;
  if (
    now?.learning !== set.learning ||
    now.flood !== set.flood ||
    now.neighSuppress !== set.neighSuppress ||
    now.isolated !== set.isolated ||
    (set.broadcast !== undefined && now.broadcast !== set.broadcast)
  )
    make.push({ op: 'set-port', device, set });
}

/** Forwarding entries and neighbours. */
function entries(
  network: WantedNetwork,
  kernel: KernelState,
  { ports, denied }: { readonly ports: ReadonlySet<string>; readonly denied: ReadonlySet<string> },
  make: Command[],
  remove: Command[],
): void {
  const { bridge, vxlan, neighbours, gateway } = network;
  if (vxlan !== undefined) tunnels(network, vxlan, kernel, make, remove);

  const places = new Map<string, string>();
  const members = new Set<string>();
  if (vxlan !== undefined) {
    members.add(vxlan);
    for (const mac of network.hosts.keys()) places.set(mac, vxlan);
  }
  for (const { device, macs } of [...network.ports, ...network.crossings]) {
    if (!ports.has(device)) continue;
    members.add(device);
    for (const mac of macs) places.set(mac, device);
  }
  if (gateway !== undefined) {
    members.add(gateway.port);
    places.set(gateway.mac, gateway.port);
  }
  const placesNow = kernel.bridgeFdb.get(bridge) ?? new Map<string, string>();
  // What a port holds goes when it leaves its bridge.
  const remains = (device: string) => kernel.links.get(device)?.master === bridge;
  const learning = new Set(network.ports.flatMap(({ device, settings }) => (settings.learning ? device : [])));
  for (const [mac, device] of places) {
    const now = placesNow.get(mac);
    if (now === device && remains(device)) continue;
    const isHeard = now !== undefined && learning.has(now) && remains(now) && device === vxlan;
    if (!isHeard || denied.has(heardAt(now, mac))) make.push({ op: 'set-bridge-entry', bridge, device, mac });
  }

  const neighboursNow = kernel.neighbours.get(bridge) ?? new Map<string, string>();
  for (const [ip, mac] of neighbours)
    if (neighboursNow.get(ip) !== mac) make.push({ op: 'set-neighbour', device: bridge, ip, mac });
  for (const ip of neighboursNow.keys())
    if (!neighbours.has(ip)) remove.push({ op: 'delete-neighbour', device: bridge, ip });

  for (const [mac, device] of placesNow) {
    if (places.has(mac) || !remains(device) || !members.has(device)) continue;
    // What was made for another place and is at a port that learns, the kernel has moved there: it is heard there.
    if (!learning.has(device) || denied.has(heardAt(device, mac)))
      remove.push({ op: 'delete-bridge-entry', bridge, device, mac });
  }
}

/** What a VXLAN device knows of other NVEs. */
function tunnels(
  { hosts, group, flood }: WantedNetwork,
  device: string,
  kernel: KernelState,
  make: Command[],
  remove: Command[],
): void {
  const known = kernel.vxlanFdb.get(device) ?? new Map<string, ReadonlySet<string>>();
  for (const [mac, to] of hosts) {
    const now = known.get(mac);
    if (now?.size !== 1 || !now.has(to)) make.push({ op: 'set-tunnel', device, mac, to });
  }
  // The kernel makes the entry of a group with the device.
  const unmade = group !== undefined && !kernel.links.has(device);
  const floodNow = unmade ? flood : (known.get(ALL_MACS) ?? new Set<string>());
  for (const to of flood) if (!floodNow.has(to)) make.push({ op: 'add-tunnel', device, mac: ALL_MACS, to });
  for (const to of floodNow) if (!flood.has(to)) remove.push({ op: 'delete-tunnel', device, mac: ALL_MACS, to });
  for (const [mac, destinations] of known)
    if (mac !== ALL_MACS && !hosts.has(mac))
      for (const to of destinations) remove.push({ op: 'delete-tunnel', device, mac, to });
}
