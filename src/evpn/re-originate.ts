/**
 * What becomes of a route of a virtual network where it crosses from one domain to another: announced anew by whoever joins
 * the two, under a route distinguisher of its own, with the number and the route targets that the network has over there
 * (RFC 9014 §3.2, RFC 10039 §5). What only means something inside the domain that it leaves does not cross.
 *
 * Types 2, 3 and 5 cross. Ethernet segments do not: their routes (types 1 and 4) stay, and ESIs are zero on the other side.
 */
import {
  type DomainId,
  describeExtendedCommunity,
  type ExtendedCommunity,
  extendedCommunity,
  type NlriSplit,
  type PathAttributes,
  type PathDomain,
  parseIp,
} from 'bgp-ts';
import { type Encapsulation, tunnelTypes } from './encapsulation.ts';
import { LABEL, readLabel, writeLabel } from './label.ts';

/** What the attributes of a route become. */
export interface ReOrigination {
  /** All that the route has on the other side: of its network, and of the one that routes for it where that crosses as well. */
  readonly routeTargets: readonly ExtendedCommunity[];
  /** The network's number on the other side. */
  readonly vni: number;
  /** Traffic goes by a gateway; absent: to the NVE itself. */
  readonly gateway?: {
    /** The end of the gateway's tunnels, as the other side is to see it. */
    readonly tunnelAddress: string;
    /** RFC 9135 §8.1; absent where it does not route. */
    readonly routerMac?: string;
    /** What it can do; absent: what the route names, as nothing else is known. */
    readonly encapsulations?: readonly Encapsulation[];
  };
  /** Whether the network that routes for this one crosses too (RFC 9135 §5): without it the MAC address alone does. */
  readonly isRouted: boolean;
  /** It began in the domain that it leaves, whose own AS numbers stay there. */
  readonly beginsHere?: boolean;
  /** The domain that is left or was left, which goes before the others (RFC 10039 §4). */
  readonly domain?: DomainId;
  /** COMMUNITIES and LARGE_COMMUNITY on the other side. */
  readonly communities: readonly number[];
  readonly largeCommunities: readonly string[];
  readonly localPref: number;
}

/** EVPN as the way by which a route left a domain (RFC 10039 §4: its SAFI). */
const EVPN_SAFI = 70;
const MAX_DOMAINS = 255;

/** The attributes on the other side, without MP_REACH_NLRI. AS_PATH stays of what passed other domains, so that no AS is passed twice. */
export function reOriginateAttributes(received: PathAttributes, to: ReOrigination): PathAttributes {
  const { origin = 'incomplete', asPath = [], extendedCommunities = [], dPath = [], pmsiTunnel } = received;
  const kept = extendedCommunities.flatMap((community) => crossing(community, to));
  const { gateway, vni } = to;
  const routerMac = gateway === undefined ? routerMacOf(extendedCommunities) : gateway.routerMac;
  const path = to.domain === undefined ? dPath : prepend(to.domain, dPath);
  const copies = pmsiTunnel && flooding(pmsiTunnel, vni, gateway?.tunnelAddress);
  return {
    origin,
    asPath: to.beginsHere === true ? [] : asPath,
    localPref: to.localPref,
    ...(to.communities.length > 0 && { communities: to.communities }),
    ...(to.largeCommunities.length > 0 && { largeCommunities: to.largeCommunities }),
    extendedCommunities: [
      ...to.routeTargets,
      ...(gateway?.encapsulations ?? []).map((name) =>
        extendedCommunity({ kind: 'encapsulation', tunnelType: tunnelTypes[name] }),
      ),
      ...kept,
      ...(to.isRouted && routerMac !== undefined ? [extendedCommunity({ kind: 'router-mac', mac: routerMac })] : []),
    ],
    ...(path.length > 0 && { dPath: path }),
    ...(copies && { pmsiTunnel: copies }),
  };
}

/** Of the communities that say something of the tenant's address or its tunnel, those that are true on the other side. */
function crossing(community: ExtendedCommunity, { gateway }: ReOrigination): ExtendedCommunity[] {
  switch (describeExtendedCommunity(community).kind) {
    case 'encapsulation':
      return gateway?.encapsulations === undefined ? [community] : [];
    case 'mac-mobility':
    case 'default-gateway':
    case 'arp-nd':
      return [community];
    default:
      return [];
  }
}

/** Of several the first, which is the one that counts. */
function routerMacOf(communities: readonly ExtendedCommunity[]): string | undefined {
  for (const community of communities) {
    const view = describeExtendedCommunity(community);
    if (view.kind === 'router-mac') return view.mac;
  }
  return undefined;
}

function prepend(domain: DomainId, path: readonly (readonly PathDomain[])[]): readonly (readonly PathDomain[])[] {
  const [first, ...rest] = path;
  const passed: PathDomain = { domain, isfSafi: EVPN_SAFI };
  if (first === undefined || first.length >= MAX_DOMAINS) return [[passed], ...path];
  return [[passed, ...first], ...rest];
}

/**
 * A copy for each receiver (RFC 6514 §5 tunnel type 6), whatever it was: a group of one underlay is none of the other's.
 * Undefined where nothing says who would be sent one.
 */
function flooding(
  { tunnel }: NonNullable<PathAttributes['pmsiTunnel']>,
  label: number,
  gateway: string | undefined,
): PathAttributes['pmsiTunnel'] {
  const endpoint = gateway ?? receiverOf(tunnel);
  if (endpoint === undefined) return undefined;
  return { flags: 0, label, tunnel: { kind: 'ingress-replication', type: 6, endpoint } };
}

/** Whoever floods by this tunnel, and can be sent copies instead: of one that is not known, nobody. */
function receiverOf(tunnel: NonNullable<PathAttributes['pmsiTunnel']>['tunnel']): string | undefined {
  switch (tunnel.kind) {
    case 'ingress-replication':
      return tunnel.endpoint;
    case 'pim':
      return tunnel.source;
    case 'opaque':
      return undefined;
  }
}

/** What the octets of an NLRI become. */
export interface NlriRewrite {
  /** The network's number on the side that it leaves. */
  readonly vniBefore: number;
  /** And on the other side: in the label, and in an Ethernet tag that is that number (RFC 8365 §5.1.3). */
  readonly vni: number;
  /** That of the network which routes for it, where that crosses too (RFC 9135 §4.1). */
  readonly l3Vni?: number | undefined;
  /** Of a type-3 route, the originator: 4 or 16 octets; absent: as it is. */
  readonly originator?: Uint8Array | undefined;
  /** Of a type-2 route, the segment that it is at there: ten octets; absent: none. */
  readonly esi?: Uint8Array | undefined;
}

const RD = 8;
const ESI = 10;
const TAG = 4;

/**
 * Writes the NLRI that `split` found in `bytes`, with another RD of eight octets, to `out`, at most ten octets longer than it
 * was, and returns where it ends; -1 for a type that does not cross. An ESI that a prefix leads by (RFC 9136 §4.3) is not
 * looked at: it is no part of the route's key, and what has got one has to be withdrawn.
 */
export function reOriginateNlri(
  bytes: Uint8Array,
  split: NlriSplit,
  to: NlriRewrite,
  rd: Uint8Array,
  out: Uint8Array,
  start: number,
): number {
  const { type, valueStart, tailStart, tailLength, next } = split;
  let at = start + 2;
  for (let i = 0; i < RD; i++) out[at + i] = rd[i];
  at += RD;
  const tag = ethernetTagThere(bytes, split, to);
  switch (type) {
    case 2: {
      if (to.esi === undefined) out.fill(0, at, at + ESI);
      else out.set(to.esi, at);
      at = writeTag(out, at + ESI, tag);
      at = copy(bytes, valueStart + RD + ESI + TAG, tailStart, out, at);
      at = writeLabel(out, at, to.vni);
      if (tailLength > LABEL && to.l3Vni !== undefined) at = writeLabel(out, at, to.l3Vni);
      break;
    }
    case 3: {
      const { originator } = to;
      const addressAt = valueStart + RD + TAG;
      at = writeTag(out, at, tag);
      if (originator === undefined) {
        at = copy(bytes, addressAt, next, out, at);
        break;
      }
      out[at++] = originator.length * 8;
      for (const octet of originator) out[at++] = octet;
      break;
    }
    case 5: {
      out.fill(0, at, at + ESI);
      at = writeTag(out, at + ESI, tag);
      at = copy(bytes, valueStart + RD + ESI + TAG, next - LABEL, out, at);
      const label = readLabel(bytes, next - LABEL);
      // With a gateway's address for an overlay index the label is that of another route (RFC 9136 §3.1).
      at = writeLabel(out, at, label === 0 ? 0 : to.vni);
      break;
    }
    default:
      return -1;
  }
  out[start] = type;
  out[start + 1] = at - start - 2;
  return at;
}

/**
 * The Ethernet tag on the other side. One that is the network's number (RFC 8365 §5.1.3) becomes its number there; of any
 * other only the domain's NVEs know what it means, and it stays as it is.
 */
export function ethernetTagThere(
  bytes: Uint8Array,
  { type, valueStart }: NlriSplit,
  { vniBefore, vni }: Pick<NlriRewrite, 'vniBefore' | 'vni'>,
): number {
  const at = valueStart + RD + (type === 3 ? 0 : ESI);
  const tag = ((bytes[at] << 24) | readLabel(bytes, at + 1)) >>> 0;
  return tag === vniBefore ? vni : tag;
}

/** Returns where it ends. */
function writeTag(bytes: Uint8Array, at: number, tag: number): number {
  bytes[at] = tag >>> 24;
  return writeLabel(bytes, at + 1, tag);
}

function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  for (let i = start; i < end; i++) to[at++] = from[i];
  return at;
}

/** MP_REACH_NLRI of an EVPN route up to its NLRI. Throws a RangeError for what is no address. */
export function reachHead(nextHop: string): Uint8Array {
  const octets = parseIp(nextHop);
  if (octets === undefined) throw new RangeError(`${nextHop} is no IP address`);
  return Uint8Array.of(0, 25, EVPN_SAFI, octets.length, ...octets, 0);
}

/** Whether routes that name these tunnel types have a VNI in their label, and so can be given another one. */
export function carriesVni(types: readonly number[]): boolean {
  return types.length === 0 || types.some((type) => vniTypes.has(type));
}

const vniTypes: ReadonlySet<number> = new Set(
  (['vxlan', 'vxlan-gpe', 'nvgre', 'geneve'] as const).map((name) => tunnelTypes[name]),
);
