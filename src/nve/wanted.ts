/**
 * From the networks that an NVE is in, what the NVA says of them, and the tenant systems that are plugged in here: what the
 * kernel is to look like (seed §4.3). Pure.
 */
import type { HostMapping, Mapping, TunnelEnd } from '../nva/mapping.ts';
import type { VirtualNetwork } from '../nva/model.ts';
import { destinationKey } from './destination.ts';
import { type FilteredNetwork, filterText, hostFilterText } from './filter.ts';
import type { GatewayRoles } from './gateway-roles.ts';
import type { BridgePort } from './kernel-state.ts';
import type { LocalAttachment } from './local-attachment.ts';
import { bridgeMac, bridgeName, resolverName, vxlanName } from './names.ts';
import type { Problem } from './problem.ts';
import { noGateways, type WantedGateways, withGateways } from './wanted-gateway.ts';
import {
  overhead,
  type RoutedNetwork,
  type WantedGateway,
  type WantedRouter,
  wantedGateway,
  wantedRouter,
} from './wanted-router.ts';

/** What an NVE has to know of a network besides its mappings. */
export type NetworkParameters = Pick<
  VirtualNetwork,
  'name' | 'vni' | 'service' | 'l3' | 'mtu' | 'qos' | 'acl' | 'flooding' | 'encapsulations' | 'unknownUnicast'
>;

/** What is known of a network that there are attachments to. */
export interface KnownNetwork {
  readonly parameters: NetworkParameters;
  /** Of other NVEs. */
  readonly mappings: Iterable<Mapping>;
  /** Another one whenever the mappings are others. */
  readonly version?: number;
}

export interface WantedOptions {
  /** This NVE's end of all tunnels. */
  readonly tunnelAddress: string;
  /** Of the link that has the tunnel address, and its name; undefined while it is not there. */
  readonly underlay?: { readonly device: string; readonly mtu: number };
  /**
   * Mappings are asked for one by one, when somebody needs them: what has none goes to nved and not to the flood list, and
   * nved holds it until there is an answer.
   */
  readonly pull: boolean;
  /** No NVA has been heard of for long and the fallback is to flood and learn. */
  readonly learning: boolean;
  /** Of networks with L2 service: the router's addresses in them, with their prefix lengths. */
  readonly gateways: ReadonlyMap<string, readonly string[]>;
  /** Networks with L2 service that are joined to other domains here, and the ports by which. */
  readonly crossingPorts?: ReadonlyMap<string, readonly string[]>;
  /** Networks with L3 service that are. */
  readonly crossingRouters?: ReadonlySet<string>;
  /** Networks of others' that are in the same namespace, and filtered in the same table. */
  readonly beside?: readonly FilteredNetwork[];
  /** This NVE's gateway roles that the NVA has granted. */
  readonly roles: GatewayRoles;
}

export interface WantedPort {
  readonly device: string;
  /** MAC addresses that are behind it. */
  readonly macs: readonly string[];
  readonly settings: BridgePort;
}

/** A network's end of the pair of devices that leads to the far side of a crossing, or back. */
export interface WantedCrossingPort {
  readonly device: string;
  /** The other end, which is made with this one; undefined where this is the other end. */
  readonly peer: { readonly device: string; readonly namespace: string | undefined } | undefined;
  readonly mtu: number | undefined;
  /** MAC addresses that are beyond it. */
  readonly macs: readonly string[];
  readonly settings: BridgePort;
}

/** The bridge of a network, with the attachments' ports; with L2 service a VXLAN device is in it as well. */
export interface WantedNetwork {
  readonly name: string;
  readonly vni: number;
  readonly bridge: string;
  /** With L3 service the router has it. */
  readonly vxlan: string | undefined;
  /** MAC address of both. */
  readonly mac: string;
  readonly mtu: number | undefined;
  readonly local: string;
  readonly tos: number;
  readonly learning: boolean;
  readonly group: { readonly address: string; readonly device: string } | undefined;
  /** The VXLAN device as a port of the bridge. */
  readonly tunnelPort: BridgePort;
  readonly ports: readonly WantedPort[];
  /** Device of nved's own to which goes what has no place: in pull mode. It is made by whoever reads it. */
  readonly resolver: string | undefined;
  readonly crossings: readonly WantedCrossingPort[];
  /** Port that leads to the network's router. */
  readonly gateway: WantedGateway | undefined;
  /** MAC address → where it is, as `destinationKey` gives it; of other NVEs. */
  readonly hosts: ReadonlyMap<string, string>;
  /** IP address → MAC address; of other NVEs. */
  readonly neighbours: ReadonlyMap<string, string>;
  /** NVEs that take flooded frames. */
  readonly flood: ReadonlySet<string>;
}

export interface WantedState {
  readonly networks: readonly WantedNetwork[];
  readonly routers: readonly WantedRouter[];
  readonly gateways: WantedGateways;
  /** nftables' text of the filter; undefined when there is nothing to filter. */
  readonly filter: string | undefined;
  /** The text of what bounds the hosts behind learning ports. */
  readonly hostFilter: string | undefined;
  /**
   * Hosts that were heard of at a port, as {@link heardAt} names both, and that the NVA has elsewhere, having been asked. Any
   * other one that a port has learnt is left there: what it has sent may be all that it sends for a while.
   */
  readonly denied?: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

export const heardAt = (port: string, mac: string) => `${port} ${mac}`;

/** Nothing is to be there. */
export const nothingWanted: WantedState = {
  ...{ networks: [], routers: [], gateways: noGateways, filter: undefined, hostFilter: undefined, problems: [] },
};

/** What was wanted before of each network, and what of: a network of which nothing has changed is the same object again. */
export type WantedCache = Map<
  string,
  { readonly of: readonly unknown[]; readonly wanted: WantedNetwork; readonly problems: readonly Problem[] }
>;

/** What the kernel is to look like. Networks that nothing is attached to, or that are not known, are not in it. */
export function wantedState(
  known: ReadonlyMap<string, KnownNetwork>,
  attachments: Iterable<LocalAttachment>,
  options: WantedOptions,
  cache: WantedCache = new Map(),
): WantedState {
  const problems: Problem[] = [];
  const networks: WantedNetwork[] = [];
  const filtered: FilteredNetwork[] = [];
  const present = byNetwork(attachments, problems);
  const crossed = options.crossingPorts ?? new Map<string, readonly string[]>();
  for (const name of crossed.keys()) if (!present.has(name)) present.set(name, []);
  for (const [name, members] of present) {
    const network = known.get(name);
    if (network === undefined) continue;
    const router = routerOf(network.parameters, known, problems);
    const { wanted, problems: found } = remembered(cache, network, members, router, options);
    problems.push(...found);
    networks.push(wanted);
    filtered.push({
      tunnel: wanted.vxlan,
      vni: wanted.vni,
      gateway: wanted.gateway?.port,
      ports: wanted.ports.map(({ device }) => device),
      crossings: crossed.get(name) ?? [],
      acl: network.parameters.acl,
      rateKbit: network.parameters.qos?.rateKbit,
      resolvesAddresses: wanted.resolver !== undefined,
    });
  }
  const vnis = new Map([...known].map(([name, { parameters }]) => [name, parameters.vni]));
  const routed = withGateways(routers(known, present, options), options.roles, vnis, problems);
  const used = new Set(networks.flatMap(({ ports }) => ports.map(({ device }) => device)));
  const hostFilter = hostFilterText(options.roles.ports.filter(({ port }) => used.has(port)));
  return { networks, ...routed, filter: filterText([...filtered, ...(options.beside ?? [])]), hostFilter, problems };
}

function remembered(
  cache: WantedCache,
  network: KnownNetwork,
  members: readonly LocalAttachment[],
  router: NetworkParameters | undefined,
  options: WantedOptions,
): { readonly wanted: WantedNetwork; readonly problems: readonly Problem[] } {
  const { parameters, version } = network;
  const { tunnelAddress, underlay, learning } = options;
  // A gateway has to know all addresses: those beyond it do not hear its questions.
  const pull = options.pull && options.crossingPorts?.has(parameters.name) !== true;
  const settings = [tunnelAddress, underlay?.device, underlay?.mtu, pull, learning];
  const of = [parameters, version, router, ...settings, ...members];
  const before = version === undefined ? undefined : cache.get(parameters.name);
  if (before?.of.length === of.length && before.of.every((part, index) => part === of[index])) return before;
  const problems: Problem[] = [];
  const entry = { of, wanted: wantedNetwork(network, members, router, { ...options, pull }, problems), problems };
  cache.set(parameters.name, entry);
  return entry;
}

/** The network that routes for one; the same for one with L3 service. */
function routerOf(
  { name, service, l3 }: NetworkParameters,
  known: ReadonlyMap<string, KnownNetwork>,
  problems: Problem[],
): NetworkParameters | undefined {
  const router = service === 'l3' ? name : l3;
  if (router === undefined) return undefined;
  const found = known.get(router)?.parameters;
  if (found !== undefined && found.service !== 'l3')
    problems.push({ network: name, code: 'router', reason: `${router} is to route for ${name}, and has L2 service` });
  return found?.service === 'l3' ? found : undefined;
}

/** A router for each network with L3 service that is here, or routes for one that is. */
function routers(
  known: ReadonlyMap<string, KnownNetwork>,
  present: ReadonlyMap<string, readonly LocalAttachment[]>,
  { tunnelAddress, underlay, gateways, crossingRouters }: WantedOptions,
): WantedRouter[] {
  return [...known].flatMap(([name, { parameters, mappings }]) => {
    if (parameters.service !== 'l3') return [];
    const routed: RoutedNetwork[] = [];
    for (const [member, hosts] of present) {
      const network = known.get(member);
      if (network === undefined || (member !== name && network.parameters.l3 !== name)) continue;
      routed.push({
        vni: network.parameters.vni,
        proxyArp: member === name,
        gateways: gateways.get(member) ?? [],
        hosts: hosts.filter(({ state }) => state === 'associated'),
        mappings: [...network.mappings],
      });
    }
    if (routed.length === 0 && crossingRouters?.has(name) !== true) return [];
    const mtu = parameters.mtu ?? (underlay === undefined ? undefined : underlay.mtu - overhead(tunnelAddress));
    const more = present.has(name) ? [] : [...mappings];
    return [wantedRouter({ vni: parameters.vni, local: tunnelAddress, mtu }, routed, more)];
  });
}

/** One network. */
export function wantedNetwork(
  { parameters, mappings }: KnownNetwork,
  members: readonly LocalAttachment[],
  router: NetworkParameters | undefined,
  options: WantedOptions,
  problems: Problem[],
): WantedNetwork {
  const { name, vni, flooding, qos, service } = parameters;
  const bridged = service === 'l2';
  const { tunnelAddress, underlay, learning, pull } = options;
  const learnt = new Set(members.flatMap(({ mac, source }) => (source === 'port' && mac !== undefined ? [mac] : [])));
  const far = remote(parameters, mappings, learnt, options, problems);
  const floods = parameters.unknownUnicast === 'flood' || learning;
  if (flooding.kind === 'multicast' && underlay === undefined)
    problems.push({
      network: name,
      code: 'underlay',
      reason: `no device here has the tunnel address ${tunnelAddress}`,
    });
  const group =
    flooding.kind === 'multicast' && underlay !== undefined
      ? { address: flooding.group, device: underlay.device }
      : undefined;
  return {
    name,
    vni,
    bridge: bridgeName(vni),
    vxlan: bridged ? vxlanName(vni) : undefined,
    mac: bridgeMac(vni),
    mtu: usableMtu(parameters, options, problems),
    local: tunnelAddress,
    tos: (qos?.dscp ?? 0) * 4,
    learning,
    group,
    tunnelPort: { learning, flood: floods && !(pull && !learning), neighSuppress: true, isolated: false },
    ports: ports(members, far.hosts, { learning, floods, isolated: !bridged }),
    resolver: pull && bridged ? resolverName(vni) : undefined,
    crossings: [],
    gateway: router === undefined ? undefined : wantedGateway(vni, router.vni, tunnelAddress),
    ...far,
    flood: group === undefined ? far.flood : new Set([group.address]),
  };
}

function usableMtu(
  { name, mtu }: NetworkParameters,
  { tunnelAddress, underlay }: WantedOptions,
  problems: Problem[],
): number | undefined {
  if (underlay === undefined) return mtu;
  const room = underlay.mtu - overhead(tunnelAddress);
  if (mtu !== undefined && mtu > room) {
    const reason = `${name} has an MTU of ${mtu}, and ${underlay.device} has room for ${room}: larger packets are lost`;
    problems.push({ network: name, code: 'mtu', reason });
  }
  return mtu ?? room;
}

interface Remote {
  readonly hosts: ReadonlyMap<string, string>;
  readonly neighbours: ReadonlyMap<string, string>;
  readonly flood: ReadonlySet<string>;
}

function remote(
  { name, vni }: NetworkParameters,
  mappings: Iterable<Mapping>,
  /** Hosts that came here: the NVA has taken them, and will say that they are gone elsewhere. */
  learnt: ReadonlySet<string>,
  { tunnelAddress }: WantedOptions,
  problems: Problem[],
): Remote {
  const usable: Mapping[] = [];
  const neighbours = new Map<string, string>();
  const flood = new Set<string>();
  const unusable = new Set<string>();
  const destination = ({ nve, vni: there }: TunnelEnd) =>
    destinationKey(there === vni ? { address: nve } : { address: nve, vni: there });
  for (const mapping of mappings) {
    if (mapping.nve === tunnelAddress) continue;
    if (mapping.kind === 'host' && mapping.mac !== undefined && learnt.has(mapping.mac)) continue;
    if (mapping.encapsulation !== 'vxlan') {
      unusable.add(`${mapping.nve} by ${mapping.encapsulation}`);
      continue;
    }
    usable.push(mapping);
    if (mapping.kind === 'flood') flood.add(destination(mapping));
    if (mapping.kind === 'host' && mapping.mac !== undefined && mapping.ip !== undefined)
      neighbours.set(mapping.ip, mapping.mac);
  }
  for (const what of unusable)
    problems.push({
      network: name,
      code: 'encapsulation',
      reason: `cannot reach ${what}: nved does VXLAN alone, which that NVE and the network would have to offer`,
    });
  const hosts = new Map([...hostsByMac(usable)].map(([mac, mapping]) => [mac, destination(mapping)]));
  return { hosts, neighbours, flood };
}

/** Of several mappings of a MAC address, the one that counts. */
export function hostsByMac(mappings: Iterable<Mapping>): Map<string, HostMapping> {
  const byMac = new Map<string, HostMapping>();
  for (const mapping of mappings) {
    if (mapping.kind !== 'host' || mapping.mac === undefined) continue;
    const before = byMac.get(mapping.mac);
    if (before === undefined || supersedes(mapping, before)) byMac.set(mapping.mac, mapping);
  }
  return byMac;
}

/** RFC 7432 §15: sticky, then the highest sequence; then whatever fewer domains lie between, then the lowest next hop. */
export function supersedes(a: HostMapping, b: HostMapping): boolean {
  if (a.sticky !== b.sticky) return a.sticky;
  if (a.sequence !== b.sequence) return a.sequence > b.sequence;
  const [distance, other] = [a.distance ?? 0, b.distance ?? 0];
  if (distance !== other) return distance < other;
  return a.nve < b.nve;
}

/**
 * Frames for addresses that nobody has are for ports of which it is not known who is behind them. A MAC address that the NVA
 * says is elsewhere is so, also while it is plugged in here: it has moved, and its old place was not told yet.
 */
function ports(
  members: readonly LocalAttachment[],
  elsewhere: ReadonlyMap<string, string>,
  { learning, floods, isolated }: { readonly learning: boolean; readonly floods: boolean; readonly isolated: boolean },
): WantedPort[] {
  const byDevice = new Map<string, { readonly macs: Set<string>; open: boolean }>();
  for (const { port, mac, state, source } of members) {
    if (port === undefined) continue;
    const entry = byDevice.get(port) ?? { macs: new Set(), open: false };
    // What was learnt stays so: the kernel forgets it when nothing is heard of it.
    if (mac === undefined || source === 'port') entry.open = true;
    else if (state === 'associated' && !elsewhere.has(mac)) entry.macs.add(mac);
    byDevice.set(port, entry);
  }
  return [...byDevice].map(([device, { macs, open }]) => ({
    device,
    macs: [...macs],
    settings: { learning: open || learning, flood: open || floods, neighSuppress: false, isolated },
  }));
}

/** A port can be in one bridge: the first network that asks for it has it. */
function byNetwork(attachments: Iterable<LocalAttachment>, problems: Problem[]): Map<string, LocalAttachment[]> {
  const found = new Map<string, LocalAttachment[]>();
  const networkOf = new Map<string, string>();
  for (const attachment of attachments) {
    const { network, id, port } = attachment;
    const owner = port === undefined ? network : (networkOf.get(port) ?? network);
    if (port !== undefined) networkOf.set(port, owner);
    if (owner !== network) {
      const reason = `${port} of ${id} is a port of the network ${owner} already`;
      problems.push({ network, code: 'port-shared', reason });
      continue;
    }
    const members = found.get(network) ?? [];
    members.push(attachment);
    found.set(network, members);
  }
  return found;
}
