/**
 * What an EVPN route says, for those who ask of every route: from the octets of its NLRI without decoding them into an
 * object for each field, and from its attributes once for all routes that share them.
 */
import {
  type AttributeSet,
  type DecodedAttributes,
  decodeAttributes,
  describeExtendedCommunity,
  type ExtendedCommunity,
  formatIp,
  formatMac,
  ipv4FromNumber,
  isRouteTarget,
  type NlriSplit,
  type PathDomain,
  toHex,
} from 'bgp-ts';
import { type Encapsulation, encapsulationOf } from './encapsulation.ts';
import { LABEL, readLabel } from './label.ts';
import { formatRouteTarget, vniOfRouteTarget } from './route-target.ts';

/** A route target of a route. */
export interface TargetFacts {
  readonly target: ExtendedCommunity;
  /** `65000:10`. */
  readonly text: string;
  /** The VNI that it stands for; undefined where it stands for none. */
  readonly vni: number | undefined;
}

/** Where a type-3 route's sender wants flooded frames (RFC 6514 §5). */
export interface FloodingFacts {
  /** Tunnel type: 6 is ingress replication, 3 and 4 are PIM. */
  readonly type: number;
  /** Raw 24 bits. */
  readonly label: number;
  /** The address that copies are sent to, or the group of a PIM tunnel. */
  readonly address: string | undefined;
  /** Root or sender of a PIM tunnel. */
  readonly source: string | undefined;
}

/** What a set of attributes says of each route that has it. Absent attributes stand as what their absence means. */
export interface SetFacts {
  /** The tunnel's end, canonical. */
  readonly nextHop: string;
  /** Of the encapsulation communities and tunnels (RFC 9012 §2, §4.1), each once. Empty where the route names none. */
  readonly tunnelTypes: readonly number[];
  /** Those of {@link tunnelTypes} that NVEs use. */
  readonly encapsulations: readonly Encapsulation[];
  /** RFC 7432 §15; 0 without the community. */
  readonly sequence: number;
  readonly sticky: boolean;
  /** RFC 9135 §8.1; of several the first. */
  readonly routerMac: string | undefined;
  /** All of them. */
  readonly routerMacs: readonly string[];
  /** RFC 7432 §7.8. */
  readonly defaultGateway: boolean;
  /** In order of their octets, each once. */
  readonly routeTargets: readonly TargetFacts[];
  readonly flooding: FloodingFacts | undefined;
  /** Domains that it has passed through, the last gateway's first (RFC 10039 §4); undefined in its own domain. */
  readonly dPath: readonly PathDomain[] | undefined;
  /** AS numbers in its AS_PATH (RFC 4271 §9.1.2.2 a); 0 in its own domain. */
  readonly asPathLength: number;
  /** BGP identifier of whoever brought it into this AS: ORIGINATOR_ID, else that of the session's other end. */
  readonly originatorId: string;
  /** Its sender is gone for longer than a restart takes (RFC 9494). */
  readonly longLivedStale: boolean;
}

const known = new WeakMap<AttributeSet, SetFacts>();
const knownTargets = new WeakMap<AttributeSet['targets'], readonly TargetFacts[]>();

/** What `set` says, found out once. Of an attribute that is to be ignored for its faults (RFC 7606 §2) it says nothing. */
export function factsOfSet(set: AttributeSet): SetFacts {
  let facts = known.get(set);
  if (facts === undefined) {
    facts = findFacts(set);
    known.set(set, facts);
  }
  return facts;
}

/** What was decoded last: who asks for a set's facts mostly wants all of it next. */
let decoded: { readonly set: AttributeSet; readonly attributes: DecodedAttributes['attributes'] } | undefined;

/** The attributes of a set, MP_REACH_NLRI without NLRI among them. */
export function attributesOf(set: AttributeSet): DecodedAttributes['attributes'] {
  if (decoded?.set !== set) {
    const { block, source } = set;
    decoded = { set, attributes: decodeAttributes(block, 0, block.length, source.decode).attributes };
  }
  return decoded.attributes;
}

function findFacts(set: AttributeSet): SetFacts {
  const { rank } = set;
  const attributes = attributesOf(set);
  const types = new Set<number>();
  const routerMacs: string[] = [];
  let defaultGateway = false;
  for (const community of attributes.extendedCommunities ?? []) {
    // what is most of them, and is taken from the set
    if (isRouteTarget(community)) continue;
    const view = describeExtendedCommunity(community);
    if (view.kind === 'encapsulation') types.add(view.tunnelType);
    else if (view.kind === 'router-mac') routerMacs.push(view.mac);
    else if (view.kind === 'default-gateway') defaultGateway = true;
  }
  for (const { type } of attributes.tunnelEncapsulation ?? []) types.add(type);
  const tunnelTypes = [...types];
  return {
    nextHop: formatIp(rank.nextHop, 0, rank.nextHop.length === 4 ? 4 : 16),
    tunnelTypes,
    encapsulations: tunnelTypes.map(encapsulationOf).filter((name) => name !== undefined),
    sequence: rank.mobilitySequence,
    sticky: rank.sticky,
    routerMac: routerMacs[0],
    routerMacs: routerMacs.length === 0 ? NO_MACS : routerMacs,
    defaultGateway,
    routeTargets: targetsOf(set.targets),
    flooding: floodingOf(attributes),
    dPath: attributes.dPath?.flat(),
    asPathLength: rank.asPathLength,
    originatorId: ipv4FromNumber(rank.originatorId),
    longLivedStale: rank.longLivedStale,
  };
}

const NO_MACS: readonly string[] = [];

function targetsOf(targets: AttributeSet['targets']): readonly TargetFacts[] {
  let facts = knownTargets.get(targets);
  if (facts === undefined) {
    facts = targets.targets.flatMap((target) => {
      const text = formatRouteTarget(target);
      // ES-Import route targets are among a set's, and have no number in them (RFC 7432 §7.6)
      return text === undefined ? [] : [{ target, text, vni: vniOfRouteTarget(target) }];
    });
    knownTargets.set(targets, facts);
  }
  return facts;
}

function floodingOf({ pmsiTunnel }: DecodedAttributes['attributes']): FloodingFacts | undefined {
  if (pmsiTunnel === undefined) return undefined;
  const { label, tunnel } = pmsiTunnel;
  switch (tunnel.kind) {
    case 'ingress-replication':
      return { type: tunnel.type, label, address: tunnel.endpoint, source: undefined };
    case 'pim':
      return { type: tunnel.type, label, address: tunnel.group, source: tunnel.source };
    case 'opaque':
      return { type: tunnel.type, label, address: undefined, source: undefined };
  }
}

/** What one NLRI says; a field that its type does not have is undefined, as are all of a type from 6 on. */
export interface RouteFacts {
  /** RFC 7432 §7: 1 Ethernet A-D, 2 MAC/IP, 3 Inclusive Multicast, 4 Ethernet Segment, 5 IP prefix. */
  readonly type: number;
  /** Eight octets in hexadecimal. */
  readonly rd: string | undefined;
  readonly ethernetTag: number | undefined;
  /** Ten octets in hexadecimal; undefined also at a single-homed site, where they are zero. */
  readonly esi: string | undefined;
  readonly mac: string | undefined;
  /** Of a type-2 route. */
  readonly ip: string | undefined;
  /** Of types 3 and 4. */
  readonly originator: string | undefined;
  /** `address/length`. */
  readonly prefix: string | undefined;
  /** Undefined also where it is zero and no overlay index (RFC 9136 §3.1). */
  readonly gateway: string | undefined;
  /** Raw 24 bits. */
  readonly label: number | undefined;
  /** Raw 24 bits, of the network that routes (RFC 9135 §4.1). */
  readonly l3Label: number | undefined;
}

const RD = 8;
const ESI = 10;
const TAG = 4;
/** Where what comes behind RD, ESI and Ethernet tag begins. */
const BODY = RD + ESI + TAG;

/** What the NLRI says that `splitEvpn` found in `bytes` without a fault. */
export function factsOfRoute(bytes: Uint8Array, split: NlriSplit): RouteFacts {
  const { type, valueStart: at, tailStart, tailLength, next } = split;
  let ethernetTag: number | undefined;
  let esi: string | undefined;
  let mac: string | undefined;
  let ip: string | undefined;
  let originator: string | undefined;
  let prefix: string | undefined;
  let gateway: string | undefined;
  let label: number | undefined;
  let l3Label: number | undefined;
  switch (type) {
    case 1:
      esi = esiAt(bytes, at + RD);
      ethernetTag = u32(bytes, at + RD + ESI);
      label = readLabel(bytes, tailStart);
      break;
    case 2:
      esi = esiAt(bytes, at + RD);
      ethernetTag = u32(bytes, at + RD + ESI);
      mac = formatMac(bytes, at + BODY + 1);
      ip = addressBetween(bytes, at + BODY + 8, tailStart);
      label = readLabel(bytes, tailStart);
      if (tailLength > LABEL) l3Label = readLabel(bytes, tailStart + LABEL);
      break;
    case 3:
      ethernetTag = u32(bytes, at + RD);
      originator = addressBetween(bytes, at + RD + TAG + 1, next);
      break;
    case 4:
      esi = esiAt(bytes, at + RD);
      originator = addressBetween(bytes, at + RD + ESI + 1, next);
      break;
    case 5: {
      esi = esiAt(bytes, at + RD);
      ethernetTag = u32(bytes, at + RD + ESI);
      const labelAt = next - LABEL;
      prefix = `${addressBetween(bytes, at + BODY + 1, tailStart)}/${bytes[at + BODY]}`;
      if (!isZero(bytes, tailStart, labelAt)) gateway = addressBetween(bytes, tailStart, labelAt);
      label = readLabel(bytes, labelAt);
      break;
    }
    default:
      return { ...NOTHING, type };
  }
  const rd = rdAt(bytes, at);
  return { type, rd, ethernetTag, esi, mac, ip, originator, prefix, gateway, label, l3Label };
}

const NOTHING = {
  type: 0,
  rd: undefined,
  ethernetTag: undefined,
  esi: undefined,
  mac: undefined,
  ip: undefined,
  originator: undefined,
  prefix: undefined,
  gateway: undefined,
  label: undefined,
  l3Label: undefined,
} as const satisfies RouteFacts;

/** The address that fills `[start, end)`, or undefined where that is empty. */
function addressBetween(bytes: Uint8Array, start: number, end: number): string | undefined {
  const length = end - start;
  return length === 4 || length === 16 ? formatIp(bytes, start, length) : undefined;
}

/** The last that was asked for: routes of one NVE come one after the other. */
const lastRd = { octets: new Uint8Array(RD), text: toHex(new Uint8Array(RD)) };

function rdAt(bytes: Uint8Array, at: number): string {
  const { octets } = lastRd;
  let i = 0;
  while (i < RD && bytes[at + i] === octets[i]) i++;
  if (i === RD) return lastRd.text;
  for (; i < RD; i++) octets[i] = bytes[at + i];
  lastRd.text = toHex(octets);
  return lastRd.text;
}

function esiAt(bytes: Uint8Array, at: number): string | undefined {
  return isZero(bytes, at, at + ESI) ? undefined : toHex(bytes, at, at + ESI);
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return false;
  return true;
}

const u32 = (bytes: Uint8Array, at: number): number => bytes[at] * 0x1000000 + readLabel(bytes, at + 1);
