/**
 * A gateway between domains (IP-G): each network with L2 service that crosses is bridged twice, once in the underlay of our own domain and
 * once in that of the neighbour, with a pair of devices between. Two bridges, because a VNI may be taken once in a namespace,
 * and because a frame then goes on into the other underlay alone: no bridge sends it back to where it came in. Nothing is
 * learnt; what is beyond a pair is known from the mappings of the other side. Pure.
 */
import type { Crossing } from '../nva/crossing.ts';
import type { HostMapping, Mapping } from '../nva/mapping.ts';
import { type FilteredNetwork, filterText } from './filter.ts';
import type { BridgePort } from './kernel-state.ts';
import type { LocalAttachment } from './local-attachment.ts';
import { crossingPair, vxlanName } from './names.ts';
import type { Problem } from './problem.ts';
import {
  hostsByMac,
  type KnownNetwork,
  nothingWanted,
  supersedes,
  type WantedCache,
  type WantedCrossingPort,
  type WantedNetwork,
  type WantedOptions,
  type WantedState,
  wantedNetwork,
  wantedState,
} from './wanted.ts';
import { type RoutedCrossing, withCrossings } from './wanted-crossing-router.ts';

/** An end that this NVE has in a neighbour domain's underlay. */
export interface LegOptions {
  readonly domain: string;
  /** Network namespace of this machine that has the underlay; undefined is nved's own. */
  readonly namespace: string | undefined;
  readonly tunnelAddress: string;
}

/** What leads from one domain to another, as far as it is known. */
export interface LegState {
  readonly leg: LegOptions;
  /** Its namespace has been read. */
  readonly isThere: boolean;
  /** Of the link that has the tunnel address. */
  readonly underlay: WantedOptions['underlay'];
}

export interface CrossingOptions extends WantedOptions {
  readonly crossings: readonly Crossing[];
  readonly legs: readonly LegState[];
}

export interface WantedStates {
  /** Of nved's own namespace. */
  readonly here: WantedState;
  /** By the names of legs' namespaces: each of them, also where nothing is wanted in it. */
  readonly there: ReadonlyMap<string, WantedState>;
}

export interface WantedCaches {
  readonly networks: WantedCache;
  readonly crossed: CrossedCache;
}

/** As {@link WantedCache}, of networks with all their far sides. */
export type CrossedCache = Map<string, { readonly of: readonly unknown[] } & Crossed>;

/** A network and its far sides, the latter in the order of the crossings. */
interface Crossed {
  readonly inside: WantedNetwork;
  readonly outsides: readonly WantedNetwork[];
  readonly problems: readonly Problem[];
}

/** A crossing that can be made. */
interface Usable {
  readonly crossing: Crossing;
  readonly state: LegState;
  readonly inside: KnownNetwork;
  readonly outside: KnownNetwork;
  readonly pair: ReturnType<typeof crossingPair>;
}

/** What the kernel is to look like here, and in the namespaces of the legs. */
export function wantedStates(
  known: ReadonlyMap<string, KnownNetwork>,
  attachments: readonly LocalAttachment[],
  options: CrossingOptions,
  caches: WantedCaches,
): WantedStates {
  const problems: Problem[] = [];
  const usable = usableCrossings(known, options, problems);
  const [bridged, routed] = [usable.filter(isBridged), usable.filter((one) => !isBridged(one))];
  const byNetwork = Map.groupBy(bridged, ({ crossing }) => crossing.network);
  const divided = new Map([...byNetwork].map(([name, crossings]) => [name, divide(crossings)]));
  const insides = new Map(known);
  for (const [name, { inside }] of divided) insides.set(name, inside);
  const ports = [...byNetwork].map(([name, crossings]) => [name, crossings.map(({ pair }) => pair.inside)] as const);
  const crossingRouters = new Set(routed.map(({ crossing }) => crossing.network));
  const beside = bridged.filter(({ state }) => state.leg.namespace === undefined).map(filteredOutside);
  const base = wantedState(
    insides,
    attachments,
    { ...options, crossingPorts: new Map(ports), crossingRouters, beside },
    caches.networks,
  );
  const outsides = new Map<string | undefined, WantedNetwork[]>();
  const networks = base.networks.map((network) => {
    const crossings = byNetwork.get(network.name);
    const parts = divided.get(network.name);
    if (crossings === undefined || parts === undefined) return network;
    const made = remembered(caches.crossed, network, crossings, () => cross(network, crossings, parts, options));
    problems.push(...made.problems);
    for (const [index, { state }] of crossings.entries()) {
      const { namespace } = state.leg;
      outsides.set(namespace, [...(outsides.get(namespace) ?? []), made.outsides[index] as WantedNetwork]);
    }
    return made.inside;
  });
  const here = [...networks, ...(outsides.get(undefined) ?? [])];
  const namespaces = new Set(options.legs.flatMap(({ leg }) => leg.namespace ?? []));
  const there = [...namespaces].map((namespace) => {
    const filtered = bridged.filter(({ state }) => state.leg.namespace === namespace).map(filteredOutside);
    const state = { ...nothingWanted, networks: outsides.get(namespace) ?? [], filter: filterText(filtered) };
    return [namespace, state] as const;
  });
  const { routers, pairs } = withCrossings(base.routers, routed.map(routedCrossing), options.tunnelAddress);
  const gateways = { ...base.gateways, pairs: [...base.gateways.pairs, ...pairs] };
  const all = { ...base, networks: here, routers, gateways, problems: [...base.problems, ...problems] };
  return { here: all, there: new Map(there) };
}

const isBridged = ({ inside }: Usable) => inside.parameters.service === 'l2';

const routedCrossing = ({ inside, outside, state: { leg, underlay } }: Usable): RoutedCrossing => ({
  ...{ inside, outside, leg, underlay },
});

/** Crossings of which both sides are known, and whose leg is there. What keeps the others from being made is a problem. */
function usableCrossings(
  known: ReadonlyMap<string, KnownNetwork>,
  { crossings, legs }: CrossingOptions,
  problems: Problem[],
): Usable[] {
  // Networks of nved's own namespace, and then what crosses: a VNI is one network's in each.
  const taken = new Map<string, string>();
  const farSides = new Set(crossings.map(({ outside }) => outside));
  for (const [name, { parameters }] of known) if (!farSides.has(name)) taken.set(` ${parameters.vni}`, name);
  return crossings.flatMap((crossing) => {
    const { network, domain, outside: far } = crossing;
    const state = legs.find(({ leg }) => leg.domain === domain);
    const [inside, outside] = [known.get(network), known.get(far)];
    const reason = obstacle(crossing, state, inside, outside, taken);
    if (reason !== undefined)
      problems.push({ network, code: 'crossing', reason: `${network} does not cross to ${domain}: ${reason}` });
    if (reason !== undefined || state === undefined || inside === undefined || outside === undefined) return [];
    const { namespace, tunnelAddress } = state.leg;
    if (state.underlay === undefined) {
      const where = namespace === undefined ? 'here' : `in the network namespace ${namespace}`;
      const lost = `no device ${where} has the tunnel address ${tunnelAddress} of the leg to ${domain}`;
      problems.push({ network: far, code: 'underlay', reason: lost });
    }
    taken.set(`${namespace ?? ''} ${outside.parameters.vni}`, far);
    return { crossing, state, inside, outside, pair: crossingPair(network, far, namespace) };
  });
}

function obstacle(
  { domain, outside: far }: Crossing,
  state: LegState | undefined,
  inside: KnownNetwork | undefined,
  outside: KnownNetwork | undefined,
  taken: ReadonlyMap<string, string>,
): string | undefined {
  if (state === undefined) return `this NVE has no leg to ${domain}; add one to legs in its configuration`;
  const { namespace } = state.leg;
  if (!state.isThere) return `there is no network namespace ${namespace}; make it, with the underlay's device in it`;
  // The NVA has not said yet.
  if (inside === undefined || outside === undefined) return undefined;
  const [{ service }, { service: other, vni }] = [inside.parameters, outside.parameters];
  if (service !== other) return `it has ${service} service here, and ${other} service as ${far}`;
  const owner = taken.get(`${namespace ?? ''} ${vni}`);
  if (owner === undefined) return undefined;
  return `its VNI there, ${vni}, is that of ${owner} in the same network namespace; give the leg one of its own`;
}

interface Divided {
  readonly inside: KnownNetwork;
  /** In the order of the crossings. */
  readonly outsides: readonly KnownNetwork[];
}

/** Each MAC address is on one side: where its mapping is the one that counts, or else inside. */
function divide(crossings: readonly Usable[]): Divided {
  const [first] = crossings as readonly [Usable];
  const sides = [first.inside, ...crossings.map(({ outside }) => outside)];
  const winner = new Map<string, { readonly host: HostMapping; readonly side: number }>();
  for (const [side, { mappings }] of sides.entries())
    for (const [mac, host] of hostsByMac(mappings)) {
      const before = winner.get(mac);
      if (before === undefined || supersedes(host, before.host)) winner.set(mac, { host, side });
    }
  const of = (mapping: Mapping) => (mapping.kind === 'host' ? winner.get(mapping.mac ?? '')?.side : undefined);
  // Versions are given once, so that the highest of all is another one after each change of any.
  const version = Math.max(...sides.map((side) => side.version ?? Number.NaN));
  const [inside, ...outsides] = sides.map(({ parameters, mappings }, side) => ({
    parameters,
    mappings: [...mappings].filter((mapping) => (of(mapping) ?? side) === side),
    ...(!Number.isNaN(version) && { version }),
  }));
  return { inside: inside as KnownNetwork, outsides };
}

function remembered(
  cache: CrossedCache,
  network: WantedNetwork,
  crossings: readonly Usable[],
  make: () => Crossed,
): Crossed {
  // Of the same mappings of all sides, the network is the same object.
  const of = [
    network,
    ...crossings.flatMap(({ crossing, state: { leg, underlay }, outside }) => [
      ...[crossing.floods, outside.parameters, leg, underlay?.device, underlay?.mtu],
    ]),
  ];
  const before = cache.get(network.name);
  if (before?.of.length === of.length && before.of.every((part, index) => part === of[index])) return before;
  const entry = { of, ...make() };
  cache.set(network.name, entry);
  return entry;
}

/** Both sides of all crossings of a network, joined. */
function cross(
  network: WantedNetwork,
  crossings: readonly Usable[],
  { outsides: known }: Divided,
  options: CrossingOptions,
): Crossed {
  const problems: Problem[] = [];
  const far = crossings.map((usable, index) => farSide(usable, known[index] as KnownNetwork, options, problems));
  const beyond = new Set(far.flatMap(({ hosts }) => [...hosts.keys()]));
  const ports = network.ports.map((port) => ({ ...port, macs: port.macs.filter((mac) => !beyond.has(mac)) }));
  const near = [...network.hosts.keys(), ...ports.flatMap(({ macs }) => macs)];
  const pairs = crossings.map((usable, index) =>
    pairOf(usable, network, far[index] as WantedNetwork, crossings.length),
  );
  const inside = {
    ...network,
    ports,
    neighbours: new Map([...far.flatMap(({ neighbours }) => [...neighbours]), ...network.neighbours]),
    crossings: pairs.map(({ inside: port }, index) => ({
      ...port,
      macs: [...(far[index] as WantedNetwork).hosts.keys()],
    })),
  };
  const outsides = far.map((wanted, index) => {
    const others = far.flatMap(({ hosts }, other) => (other === index ? [] : [...hosts.keys()]));
    const { outside: port } = pairs[index] as ReturnType<typeof pairOf>;
    return { ...wanted, crossings: [{ ...port, macs: [...near, ...others] }] };
  });
  for (const [index, { crossing }] of crossings.entries()) {
    const there = far[index]?.mtu;
    if (network.mtu === undefined || there === undefined || network.mtu === there) continue;
    const { network: name, domain } = crossing;
    const reason = `${name} has an MTU of ${network.mtu} here and ${there} towards ${domain}: what is larger than the smaller is lost between them`;
    problems.push({ network: name, code: 'mtu', reason });
  }
  return { inside, outsides, problems };
}

function farSide(
  { state: { leg, underlay } }: Usable,
  known: KnownNetwork,
  options: CrossingOptions,
  problems: Problem[],
): WantedNetwork {
  const { tunnelAddress } = leg;
  const { underlay: _own, ...rest } = options;
  const there = { ...rest, tunnelAddress, pull: false, learning: false, ...(underlay !== undefined && { underlay }) };
  return wantedNetwork(known, [], undefined, there, problems);
}

/** The two ends between a network and one of its far sides, of which each takes what the other bridge has no other place for. */
function pairOf(
  { crossing, state, pair, inside, outside }: Usable,
  near: WantedNetwork,
  far: WantedNetwork,
  of: number,
) {
  const { floods } = crossing;
  const takesUnknown = [inside, outside].every(({ parameters }) => parameters.unknownUnicast === 'flood');
  const settings: BridgePort = {
    learning: false,
    // Between domains that are neighbours of each other as well, a frame that nobody is known to have would go round and round.
    flood: floods && takesUnknown && of === 1,
    // Where questions cross, the bridge beyond answers those that it can, and here those of tenants alone.
    neighSuppress: !floods,
    isolated: false,
    broadcast: floods,
  };
  const sizes = [near.mtu, far.mtu].filter((mtu) => mtu !== undefined);
  const common = { mtu: sizes.length === 0 ? undefined : Math.min(...sizes), settings };
  const peer = { device: pair.outside, namespace: state.leg.namespace };
  const ends = {
    inside: { device: pair.inside, peer, ...common },
    outside: { device: pair.outside, peer: undefined, ...common },
  };
  return ends satisfies Record<string, Omit<WantedCrossingPort, 'macs'>>;
}

const filteredOutside = ({ outside: { parameters }, pair }: Usable): FilteredNetwork => ({
  vni: parameters.vni,
  tunnel: vxlanName(parameters.vni),
  gateway: undefined,
  ports: [],
  crossings: [pair.outside],
  acl: parameters.acl,
  rateKbit: undefined,
  resolvesAddresses: false,
});
