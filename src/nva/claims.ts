/** What a route that is best for its key says of its networks' addresses. Pure. */
import type { AttributeSet, DomainId } from 'bgp-ts';
import { vniOfLabel } from '../evpn/encapsulation.ts';
import { factsOfSet, type RouteFacts, type SetFacts } from '../evpn/facts.ts';
import { hostPrefix } from '../evpn/ip-prefix.ts';
import { compareClaims } from '../evpn/mobility.ts';
import type { HostMapping, Mapping, PrefixMapping } from './mapping.ts';
import type { Encapsulation, VirtualNetwork } from './model.ts';
import type { NamedNetworks } from './network-index.ts';
import type { Claim } from './network-mappings.ts';

/** While it is made. */
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A claim, and the network that it is a claim in. */
export interface NetworkClaim {
  readonly network: VirtualNetwork;
  readonly claim: Claim;
}

/**
 * A host in a network with L2 service is also a host route of the network that routes for it (RFC 9135 §5.1). `nameOf`: of a
 * neighbour domain, by which is told where a route comes from that another replica has taken in.
 */
export function claimsOf(
  route: RouteFacts,
  set: AttributeSet,
  { l2, l3 }: NamedNetworks,
  since: number,
  nameOf?: (id: DomainId) => string | undefined,
): readonly NetworkClaim[] {
  const facts = factsOfSet(set);
  const { source } = set;
  const isOwn = source.kind === 'local' && source.onBehalfOf === undefined;
  const passed = facts.dPath?.[0]?.domain;
  const domain = source.onBehalfOf ?? (passed === undefined ? undefined : nameOf?.(passed));
  const { asPathLength: distance, longLivedStale, routerMac } = facts;
  const { type, mac, ip, label, l3Label, prefix, esi } = route;
  const claims: NetworkClaim[] = [];
  // Fields are set one by one: this is asked of every route of every network, and spreads take most of its time.
  const add = (network: VirtualNetwork, mapping: Mutable<Mapping>) => {
    if (domain !== undefined) mapping.domain = domain;
    if (distance > 0) mapping.distance = distance;
    const claim: Mutable<Claim> = { mapping, source: source.address, since, isOwn, longLivedStale };
    if (esi !== undefined && mapping.kind === 'host') claim.esi = esi;
    claims.push({ network, claim });
  };
  if (type === 2 && l2 !== undefined && mac !== undefined && label !== undefined) {
    const { nextHop: nve, sequence, sticky, tunnelTypes } = facts;
    const vni = vniOfLabel(label, tunnelTypes);
    const encapsulation = encapsulationIn(l2, facts);
    // What is not there from the start is kept apart from the rest, and an object more for each route of another domain.
    const host: Mutable<HostMapping> =
      domain === undefined || distance === 0
        ? { kind: 'host', nve, encapsulation, vni, mac, sequence, sticky }
        : { kind: 'host', nve, encapsulation, vni, mac, sequence, sticky, domain, distance };
    if (ip !== undefined) host.ip = ip;
    const l3Vni = l3Label === undefined ? 0 : vniOfLabel(l3Label, tunnelTypes);
    const isRouted = l3Label !== undefined && routerMac !== undefined;
    if (isRouted) host.l3 = { vni: l3Vni, routerMac };
    add(l2, host);
    if (isRouted && ip !== undefined && l3 !== undefined) {
      const end = { nve, encapsulation: encapsulationIn(l3, facts), vni: l3Vni };
      add(l3, { kind: 'prefix', ...end, prefix: hostPrefix(ip), routerMac });
    }
  } else if (type === 3 && l2 !== undefined) {
    const { flooding, nextHop, tunnelTypes } = facts;
    const vni = flooding === undefined ? l2.vni : vniOfLabel(flooding.label, tunnelTypes);
    const nve = flooding?.type === 6 ? (flooding.address ?? nextHop) : (route.originator ?? nextHop);
    add(l2, { kind: 'flood', nve, encapsulation: encapsulationIn(l2, facts), vni });
  } else if (type === 5 && l3 !== undefined && prefix !== undefined && label !== undefined) {
    const { nextHop: nve, tunnelTypes } = facts;
    const vni = vniOfLabel(label, tunnelTypes) || l3.vni;
    const routed: Mutable<PrefixMapping> = {
      kind: 'prefix',
      nve,
      encapsulation: encapsulationIn(l3, facts),
      vni,
      prefix,
    };
    if (routerMac !== undefined) routed.routerMac = routerMac;
    add(l3, routed);
  }
  return claims;
}

/** Of what the NVE announces, what the network prefers; what it names none of is VXLAN (RFC 8365 §5.1.3 lets that be configured). */
function encapsulationIn(network: VirtualNetwork, { encapsulations }: SetFacts): Encapsulation {
  return network.encapsulations.find((one) => encapsulations.includes(one)) ?? network.encapsulations[0] ?? 'vxlan';
}

/** The order of claims to one address: RFC 7432 §15 for hosts; then the nearer domain, then the lower tunnel address. */
export function compareMappingClaims(a: Claim, b: Claim): number {
  return compareClaims(macClaim(a), macClaim(b)).order;
}

export function macClaim({ mapping, longLivedStale, esi }: Claim) {
  const { sequence, sticky } = mapping.kind === 'host' ? mapping : { sequence: 0, sticky: false };
  const { nve: nextHop, distance = 0 } = mapping;
  return { nextHop, distance, sequence, sticky, longLivedStale, ...(esi !== undefined && { esi }) };
}
