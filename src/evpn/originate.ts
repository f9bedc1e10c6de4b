/**
 * Routes that are announced on behalf of an NVE that does not announce by itself: what its tenants' addresses, its prefixes
 * and its being there are as EVPN routes (RFC 7432 §7.2, §7.3, RFC 9136 §3.1), with the attributes that an NVE of its kind
 * would give them (RFC 8365 §5.1, RFC 9135 §5, §6).
 *
 * Its routes are those of a single-homed NVE: ESI and Ethernet tag are zero (VLAN-based service, RFC 7432 §6.1). The order
 * of attributes and communities is FRR's.
 */
import {
  EncodeError,
  type ExtendedCommunity,
  encodeAttributes,
  encodeRd,
  extendedCommunity,
  isHostAddress,
  type PathAttributes,
  parseIp,
  parseMac,
  parseRouteTarget,
} from 'bgp-ts';
import { carriesFramesOnly, type Encapsulation, labelOfVni, tunnelTypes } from './encapsulation.ts';
import { masked } from './ip-prefix.ts';
import { LABEL, writeLabel } from './label.ts';
import type { OriginatedRoute, SharedAttributes } from './updates.ts';

/** The NVE that routes are announced for. */
export interface OriginatingNve {
  /** Next hop of its routes. */
  readonly tunnelAddress: string;
  /** Those it can do, at least one; they must agree on how a label is read. */
  readonly encapsulations: readonly Encapsulation[];
  /** Inner destination MAC for routed traffic (RFC 9135 §8.1). */
  readonly routerMac?: string;
  /** IPv4 address that its route distinguishers are made of; the tunnel address unless that is an IPv6 address. */
  readonly routerId?: string;
}

/** How broadcast, unknown unicast and multicast reach the NVE: a copy for each, or a group of the underlay. */
export type FloodingTree =
  | { readonly kind: 'ingress-replication' }
  | { readonly kind: 'multicast'; readonly group: string };

/** The network that the NVE is a part of. */
export interface OriginatedNetwork {
  readonly vni: number;
  /** As `parseRouteTarget` reads them. */
  readonly routeTargets: readonly string[];
  /** The network that routes for it (symmetric IRB, RFC 9135 §5). */
  readonly l3?: { readonly vni: number; readonly routeTargets: readonly string[] };
  /** By ingress replication where it is not said. */
  readonly flooding?: FloodingTree;
}

/** A tenant's MAC address, with one of its IP addresses or without. */
export interface OriginatedHost {
  readonly mac: string;
  readonly ip?: string | undefined;
  /** Counts the host's moves (RFC 7432 §15); 0 where it is not said. */
  readonly sequence?: number;
  /** Does not move (RFC 7432 §15.2), with a sequence number of 0 where the RFC is followed. */
  readonly sticky?: boolean;
  /** It is a default gateway of the network's tenants (RFC 7432 §10.1). */
  readonly defaultGateway?: boolean;
}

/** Octets before the address in a type-2 NLRI: type, length, RD, ESI, Ethernet tag, and the MAC address with its length. */
const HOST_HEAD = 2 + 8 + 10 + 4 + 1;
const MAC_OCTETS = 6;
const MAX_SEQUENCE = 0xffffffff;

const NO_OCTETS = new Uint8Array(0);
const context = { asn4: true, addPath: new Set<number>(), extendedMessages: false };

/** Kinds of {@link SharedAttributes} that hosts have; bits. */
const HostKind = { Routed: 1, DefaultGateway: 2 } as const;

/**
 * What one NVE has of one network, the MAC-VRF or IP-VRF of RFC 7432 and RFC 9136: makes its routes. One is to be kept for
 * as long as nothing of it changes, since routes share UPDATEs when they come from one. Throws an EncodeError for input
 * that has no encoding, in its methods too.
 */
export class Vrf {
  readonly #nve: OriginatingNve;
  readonly #network: OriginatedNetwork;
  readonly #tunnelEnd: Uint8Array;
  readonly #rd: Uint8Array;
  readonly #label: number;
  /** Of the network that routes for it, where the NVE takes part in that. */
  readonly #l3Label: number | undefined;
  readonly #hosts: (SharedAttributes | undefined)[] = [undefined, undefined, undefined, undefined];
  #prefixes: SharedAttributes | undefined;
  #presence: SharedAttributes | undefined;
  /** Of the host whose route was made last. */
  #lastMac = '';
  #lastMacOctets: Uint8Array = NO_OCTETS;

  /** `rdNumber`, 1 to 65,535, is what tells the NVE's networks apart in its route distinguishers (RFC 7432 §7.9). */
  constructor(nve: OriginatingNve, network: OriginatedNetwork, rdNumber: number) {
    const { tunnelAddress, encapsulations, routerId = tunnelAddress } = nve;
    this.#nve = nve;
    this.#network = network;
    const end = addressOctets('tunnel address', tunnelAddress);
    if (!isHostAddress(end, 0, end.length === 4 ? 4 : 16))
      throw new EncodeError(`${tunnelAddress} is no host's address`);
    this.#tunnelEnd = end;
    if (encapsulations.length === 0) throw new EncodeError(`${tunnelAddress} has no encapsulation`);
    if (rdNumber === 0) throw new EncodeError('number 0 of a route distinguisher is not given to a network');
    this.#rd = encodeRd({ type: 1, address: routerId, assigned: rdNumber });
    this.#label = labelOfVni(network.vni, encapsulations);
    const { l3 } = network;
    const { routerMac } = nve;
    if (routerMac !== undefined) checkRouterMac(routerMac);
    this.#l3Label = l3 === undefined || routerMac === undefined ? undefined : labelOfVni(l3.vni, encapsulations);
  }

  /**
   * Type 2. Where the NVE has a router MAC and another network routes for this one, a host with an IP address is announced
   * for both (RFC 9135 §5.1): not so a link-local address, to which nothing is routed.
   */
  host({ mac, ip, sequence = 0, sticky = false, defaultGateway = false }: OriginatedHost): OriginatedRoute {
    const macOctets = this.#macOctets(mac);
    if (!Number.isInteger(sequence) || sequence < 0 || sequence > MAX_SEQUENCE) {
      throw new EncodeError(`${sequence} is no sequence number of 32 bits`);
    }
    const ipOctets = ip === undefined ? NO_OCTETS : addressOctets('IP address', ip);
    const l3Label = ip === undefined || isLinkLocal(ipOctets) ? undefined : this.#l3Label;
    const behindMac = HOST_HEAD + MAC_OCTETS;
    const behindIp = behindMac + 1 + ipOctets.length;
    const nlri = this.#nlri(2, behindIp + (l3Label === undefined ? LABEL : 2 * LABEL));
    nlri[HOST_HEAD - 1] = MAC_OCTETS * 8;
    nlri.set(macOctets, HOST_HEAD);
    nlri[behindMac] = ipOctets.length * 8;
    nlri.set(ipOctets, behindMac + 1);
    writeLabel(nlri, behindIp, this.#label);
    if (l3Label !== undefined) writeLabel(nlri, behindIp + LABEL, l3Label);
    const kind = (l3Label === undefined ? 0 : HostKind.Routed) | (defaultGateway ? HostKind.DefaultGateway : 0);
    return { nlri, shared: this.#hostAttributes(kind), sequence, sticky };
  }

  /** A host's routes, without and with each of its IP addresses, are mostly made in a row. */
  #macOctets(mac: string): Uint8Array {
    if (mac === this.#lastMac) return this.#lastMacOctets;
    const octets = parseMac(mac);
    if (octets === undefined) throw new EncodeError(`${JSON.stringify(mac)} is no MAC address`);
    this.#lastMac = mac;
    this.#lastMacOctets = octets;
    return octets;
  }

  /** Type 5 without an overlay index (RFC 9136 §4.4.1). With an encapsulation that carries frames alone, the NVE needs a router MAC. */
  prefix(prefix: string): OriginatedRoute {
    const [, address = '', length] = /^([^/]+)\/(\d{1,3})$/.exec(prefix) ?? [];
    const octets = addressOctets('prefix', address || prefix);
    const bits = Number(length);
    if (!(bits <= octets.length * 8)) throw new EncodeError(`${JSON.stringify(prefix)} is no IP prefix`);
    const nlri = this.#nlri(5, HOST_HEAD + 2 * octets.length + LABEL);
    nlri[HOST_HEAD - 1] = bits;
    nlri.set(masked(octets, bits), HOST_HEAD);
    writeLabel(nlri, HOST_HEAD + 2 * octets.length, this.#label);
    this.#prefixes ??= this.#prefixAttributes();
    return { nlri, shared: this.#prefixes, sequence: 0, sticky: false };
  }

  /** Type 3: the NVE takes part in the network, and takes what is flooded in it (RFC 7432 §11). */
  presence(): OriginatedRoute {
    const at = 2 + 8 + 4;
    const nlri = this.#nlri(3, at + 1 + this.#tunnelEnd.length);
    nlri[at] = this.#tunnelEnd.length * 8;
    nlri.set(this.#tunnelEnd, at + 1);
    this.#presence ??= this.#attributes(this.#targets(false), this.#pmsiTunnel());
    return { nlri, shared: this.#presence, sequence: 0, sticky: false };
  }

  /** An NLRI of `length` octets in all with the RD in it; what is behind it is zero. */
  #nlri(type: number, length: number): Uint8Array {
    const nlri = new Uint8Array(length);
    nlri[0] = type;
    nlri[1] = length - 2;
    nlri.set(this.#rd, 2);
    return nlri;
  }

  #hostAttributes(kind: number): SharedAttributes {
    const known = this.#hosts[kind];
    if (known !== undefined) return known;
    const routed = (kind & HostKind.Routed) !== 0;
    const gateway = extendedCommunity({ kind: 'default-gateway' });
    const communities = [
      ...this.#targets(routed),
      ...(routed ? this.#routerMac() : []),
      ...((kind & HostKind.DefaultGateway) === 0 ? [] : [gateway]),
    ];
    const mobility = extendedCommunity({ kind: 'mac-mobility', sticky: false, sequence: 0 });
    const { others: mobile } = this.#attributes([...communities, mobility]);
    const made = { ...this.#attributes(communities), mobile };
    this.#hosts[kind] = made;
    return made;
  }

  #prefixAttributes(): SharedAttributes {
    const { routerMac, encapsulations, tunnelAddress } = this.#nve;
    if (routerMac === undefined && carriesFramesOnly(encapsulations)) {
      throw new EncodeError(`${tunnelAddress} has no router MAC, which routed traffic in ${encapsulations[0]} needs`);
    }
    return this.#attributes([...this.#targets(false), ...this.#routerMac()]);
  }

  #targets(routed: boolean): ExtendedCommunity[] {
    const { routeTargets, l3 } = this.#network;
    const texts = routed ? [...routeTargets, ...(l3?.routeTargets ?? [])] : routeTargets;
    const targets = texts.map((text) => {
      const target = parseRouteTarget(text);
      if (target === undefined) throw new EncodeError(`${JSON.stringify(text)} is no route target`);
      return target;
    });
    return [...new Set(targets)];
  }

  #routerMac(): ExtendedCommunity[] {
    const { routerMac: mac } = this.#nve;
    return mac === undefined ? [] : [extendedCommunity({ kind: 'router-mac', mac })];
  }

  /** RFC 6514 §5; with a group, as RFC 8365 §9 has it. */
  #pmsiTunnel(): NonNullable<PathAttributes['pmsiTunnel']> {
    const { flooding = { kind: 'ingress-replication' } } = this.#network;
    const { tunnelAddress } = this.#nve;
    const label = this.#label;
    if (flooding.kind === 'ingress-replication') {
      return { flags: 0, label, tunnel: { kind: 'ingress-replication', type: 6, endpoint: tunnelAddress } };
    }
    const { group } = flooding;
    const type = isSourceSpecific(addressOctets('multicast group', group)) ? 3 : 4;
    return { flags: 0, label, tunnel: { kind: 'pim', type, source: tunnelAddress, group } };
  }

  /** MP_REACH_NLRI up to its routes, and the others with these communities behind those of the encapsulations. */
  #attributes(
    communities: readonly ExtendedCommunity[],
    pmsiTunnel?: NonNullable<PathAttributes['pmsiTunnel']>,
  ): SharedAttributes {
    const encapsulations = this.#nve.encapsulations.map((name) =>
      extendedCommunity({ kind: 'encapsulation', tunnelType: tunnelTypes[name] }),
    );
    const end = this.#tunnelEnd;
    const extendedCommunities = [...encapsulations, ...communities];
    const attributes = { origin: 'igp', asPath: [], localPref: 100, extendedCommunities } as const;
    return {
      reach: Uint8Array.of(0, 25, 70, end.length, ...end, 0),
      others: encodeAttributes(pmsiTunnel === undefined ? attributes : { ...attributes, pmsiTunnel }, context),
    };
  }
}

function addressOctets(field: string, text: string): Uint8Array {
  const octets = parseIp(text);
  if (octets === undefined) throw new EncodeError(`${field} ${JSON.stringify(text)} is no IP address`);
  return octets;
}

/** It is neither a group's nor all zeros (RFC 9136 §3.2), or a route with it would be refused. */
function checkRouterMac(mac: string): void {
  const octets = parseMac(mac);
  const isUnicast = octets !== undefined && (octets[0] & 1) === 0 && octets.some((octet) => octet !== 0);
  if (!isUnicast) throw new EncodeError(`router MAC ${JSON.stringify(mac)} is no unicast MAC address`);
}

/** RFC 4291 §2.5.6. */
const isLinkLocal = (address: Uint8Array): boolean =>
  address.length === 16 && address[0] === 0xfe && (address[1] & 0xc0) === 0x80;

/** RFC 4607 §1: 232.0.0.0/8 and FF3x::/32. */
const isSourceSpecific = (group: Uint8Array): boolean =>
  group.length === 4 ? group[0] === 232 : group[0] === 0xff && group[1] >> 4 === 3 && group[2] === 0 && group[3] === 0;
