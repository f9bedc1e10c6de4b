/**
 * What the kernel of one network namespace says of itself, as far as nved looks at it: links, forwarding entries,
 * neighbours, its filter. Read from the JSON of `ip`, `bridge` and `nft`.
 */
import { destinationKey } from './destination.ts';
import { parseFilter } from './filter-state.ts';
import { HOSTS_TABLE, isOurs } from './names.ts';
import type { RouterState } from './router-state.ts';

export interface VxlanLink {
  readonly vni: number;
  /** Source of its tunnels. */
  readonly local?: string;
  /** UDP destination port. */
  readonly port: number;
  /** Learns behind which NVE a source address is from what comes in. */
  readonly learning: boolean;
  /** Type of service of the outer header: the DSCP times four. */
  readonly tos: number;
  /** Multicast group of the underlay for flooded frames, and the device that leads there. */
  readonly group?: { readonly address: string; readonly device: string };
}

/** What a port of a bridge does. */
export interface BridgePort {
  /** Learns source addresses. */
  readonly learning: boolean;
  /** Takes frames for unknown unicast addresses. */
  readonly flood: boolean;
  /** The bridge answers ARP and ND for hosts behind it (RFC 7432 §10), and does not send it what it has answered. */
  readonly neighSuppress: boolean;
  /** Frames do not go from it to another one that is isolated. */
  readonly isolated: boolean;
  /** Takes frames for groups and for everybody; where it is not said, it is not looked at. */
  readonly broadcast?: boolean;
}

export interface KernelLink {
  readonly name: string;
  /** `bridge`, `vxlan`, `veth` …; empty where the kernel names none. */
  readonly kind: string;
  readonly up: boolean;
  /** False where nothing is plugged in at the other end; not said of others. */
  readonly carrier?: false;
  readonly mtu: number;
  /** MAC address. */
  readonly address: string;
  /** The bridge, or other device, that it is part of. */
  readonly master?: string;
  readonly vxlan?: VxlanLink;
  /** Of a bridge. */
  readonly multicastSnooping?: boolean;
  /** Where its master is a bridge. */
  readonly port?: BridgePort;
  /** Whether the kernel gives it IPv6 addresses by itself. */
  readonly ownIpv6: boolean;
}

/** The destination of flooded frames in a VXLAN device's table. */
export const ALL_MACS = '00:00:00:00:00:00';

export interface KernelState {
  readonly links: ReadonlyMap<string, KernelLink>;
  /** Entries of bridges that were made, not learnt: bridge → MAC address → port. Without ports' own addresses. */
  readonly bridgeFdb: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Entries of VXLAN devices that were made, not learnt: device → MAC address → destinations as {@link destinationKey}. */
  readonly vxlanFdb: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;
  /** Permanent neighbours: device → IP address → MAC address. */
  readonly neighbours: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Fingerprint of nved's filter; absent without one. */
  readonly filter?: string;
  /** The same of what bounds the hosts behind learning ports. */
  readonly hostFilter?: string;
  /** The same of what is filtered on the machine for gateway roles. */
  readonly machineFilter?: string;
  /** Links that there are, and whether IPv4 packets that come in by them are forwarded. */
  readonly forwarding: ReadonlyMap<string, boolean>;
  /** Addresses of links: address → device. */
  readonly addresses: ReadonlyMap<string, string>;
  /** nved's routers, by the names of their namespaces. */
  readonly routers: ReadonlyMap<string, RouterState>;
}

/** What the programs printed, each as parsed JSON. */
export interface KernelReport {
  /** `ip -j -d link show`. */
  readonly links: unknown;
  /** `ip -j address show`. */
  readonly addresses: unknown;
  /** `bridge -j fdb show`. */
  readonly fdb: unknown;
  /** `ip -j neighbour show nud permanent`. */
  readonly neighbours: unknown;
  /** `nft -j list chains`; undefined where there is no nft. */
  readonly chains: unknown;
  /** `ip -j -4 netconf show`. */
  readonly netconf: unknown;
}

/** Understands a report. What has another form than expected is left out, as if it were not there. */
export function parseKernelState(report: KernelReport, routers: ReadonlyMap<string, RouterState>): KernelState {
  const links = new Map<string, KernelLink>();
  const addresses = new Map<string, string>();
  for (const raw of records(report.links)) {
    const link = parseLink(raw);
    if (link !== undefined) links.set(link.name, link);
  }
  for (const { ifname, addr_info: info } of records(report.addresses))
    for (const { local } of records(info))
      if (typeof local === 'string' && typeof ifname === 'string') addresses.set(local, ifname);
  const { bridgeFdb, vxlanFdb } = parseFdb(report.fdb, links);
  const neighbours = new Map<string, Map<string, string>>();
  for (const { dst, dev, lladdr, state } of records(report.neighbours)) {
    if (typeof dst !== 'string' || typeof dev !== 'string' || typeof lladdr !== 'string') continue;
    if (!isOurs(dev) || !words(state).includes('PERMANENT')) continue;
    entry(neighbours, dev).set(dst, lladdr);
  }
  const forwarding = new Map<string, boolean>();
  for (const { interface: name, forwarding: forwards } of records(report.netconf))
    if (typeof name === 'string' && typeof forwards === 'boolean') forwarding.set(name, forwards);
  const filter = parseFilter(report.chains, 'bridge');
  const hostFilter = parseFilter(report.chains, 'bridge', HOSTS_TABLE);
  const machineFilter = parseFilter(report.chains, 'inet');
  return {
    ...{ links, addresses, forwarding, routers, bridgeFdb, vxlanFdb, neighbours },
    ...(filter !== undefined && { filter }),
    ...(hostFilter !== undefined && { hostFilter }),
    ...(machineFilter !== undefined && { machineFilter }),
  };
}

type Raw = Readonly<Record<string, unknown>>;

function parseLink(raw: Raw): KernelLink | undefined {
  const { ifname: name, flags, mtu, address, master, linkinfo, inet6_addr_gen_mode: addressMode } = raw;
  if (typeof name !== 'string' || typeof mtu !== 'number') return undefined;
  const { info_kind: kind, info_data: data, info_slave_kind: slaveKind, info_slave_data: slave } = record(linkinfo);
  return {
    name,
    kind: typeof kind === 'string' ? kind : '',
    up: words(flags).includes('UP'),
    ...(words(flags).includes('NO-CARRIER') && { carrier: false }),
    mtu,
    address: typeof address === 'string' ? address : '',
    ownIpv6: addressMode !== 'none',
    ...(typeof master === 'string' && { master }),
    ...(kind === 'vxlan' && { vxlan: parseVxlan(record(data)) }),
    ...(kind === 'bridge' && { multicastSnooping: record(data)['mcast_snooping'] !== 0 }),
    ...(slaveKind === 'bridge' && { port: parsePort(record(slave)) }),
  };
}

function parseVxlan({ id, local, local6, port, learning, tos, group, group6, link }: Raw): VxlanLink {
  const source = local ?? local6;
  const flooded = group ?? group6;
  return {
    vni: Number(id),
    port: Number(port),
    learning: learning === true,
    // Printed as text, in hexadecimal.
    tos: tos === undefined ? 0 : Number(tos),
    ...(typeof source === 'string' && { local: source }),
    ...(typeof flooded === 'string' && {
      group: { address: flooded, device: typeof link === 'string' ? link : '' },
    }),
  };
}

function parsePort(raw: Raw): BridgePort {
  const { learning, flood, neigh_suppress: neighSuppress, isolated, bcast_flood: everybody, mcast_flood: groups } = raw;
  return {
    learning: learning === true,
    flood: flood === true,
    neighSuppress: neighSuppress === true,
    isolated: isolated === true,
    broadcast: everybody === true && groups === true,
  };
}

function parseFdb(report: unknown, links: ReadonlyMap<string, KernelLink>) {
  const bridgeFdb = new Map<string, Map<string, string>>();
  const vxlanFdb = new Map<string, Map<string, Set<string>>>();
  for (const { mac, ifname, flags, state, master, dst, vni } of records(report)) {
    if (typeof mac !== 'string' || typeof ifname !== 'string') continue;
    if (typeof master === 'string') {
      // A port's own address is there as permanent; what was learnt has no state.
      const made = state === 'static' || words(flags).includes('extern_learn');
      if (made && isOurs(master)) entry(bridgeFdb, master).set(mac, ifname);
    } else if (typeof dst === 'string' && state === 'permanent' && isOurs(ifname)) {
      if (links.get(ifname)?.kind !== 'vxlan') continue;
      const device = entry(vxlanFdb, ifname);
      const destinations = device.get(mac) ?? new Set();
      device.set(mac, destinations.add(destinationKey({ address: dst, ...(typeof vni === 'number' && { vni }) })));
    }
  }
  return { bridgeFdb, vxlanFdb };
}

function entry<V>(map: Map<string, Map<string, V>>, key: string): Map<string, V> {
  let found = map.get(key);
  if (found === undefined) {
    found = new Map();
    map.set(key, found);
  }
  return found;
}

function record(value: unknown): Raw {
  return typeof value === 'object' && value !== null ? (value as Raw) : {};
}

function records(value: unknown): readonly Raw[] {
  return Array.isArray(value) ? value.map(record) : [];
}

function words(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
