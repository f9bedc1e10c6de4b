/** What a route that is best for its key says of its networks' addresses. Pure. */
import type { AttributeSet, DomainId } from 'bgp-ts';
import { vniOfLabel } from '../evpn/encapsulation.ts';
import { factsOfSet, type RouteFacts, type SetFacts } from '../evpn/facts.ts';
import { hostPrefix } from '../evpn/ip-prefix.ts';
import { compareClaims } from '../evpn/mobility.ts';
import type { Encapsulation, VirtualNetwork } from './model.ts';
import type { NamedNetworks } from './network-index.ts';
import type { Claim } from './network-mappings.ts';

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
  const common = {
    source: set.source.address,
    since,
    isOwn: set.source.kind === 'local' && set.source.onBehalfOf === undefined,
    longLivedStale: facts.longLivedStale,
  };
  const passed = facts.dPath?.[0]?.domain;
  const domain = set.source.onBehalfOf ?? (passed === undefined ? undefined : nameOf?.(passed));
  const { asPathLength: distance } = facts;
  const beyond = { ...(domain !== undefined && { domain }), ...(distance > 0 && { distance }) };
  const { type, mac, ip, label, l3Label, prefix, esi } = route;
  const claims: NetworkClaim[] = [];
  if (type === 2 && l2 !== undefined && mac !== undefined && label !== undefined) {
    const vni = vniOfLabel(label, facts.tunnelTypes);
    const routed =
      l3Label === undefined || facts.routerMac === undefined
        ? undefined
        : { vni: vniOfLabel(l3Label, facts.tunnelTypes), routerMac: facts.routerMac };
    const { sequence, sticky } = facts;
    const mapping = {
      kind: 'host',
      ...endOf(facts, l2, vni),
      ...beyond,
      mac,
      ...(ip !== undefined && { ip }),
      sequence,
      sticky,
      ...(routed && { l3: routed }),
    } as const;
    claims.push({ network: l2, claim: { ...common, ...(esi !== undefined && { esi }), mapping } });
    if (ip !== undefined && routed !== undefined && l3 !== undefined) {
      const host = { kind: 'prefix', ...endOf(facts, l3, routed.vni), ...beyond, prefix: hostPrefix(ip) } as const;
      claims.push({ network: l3, claim: { ...common, mapping: { ...host, routerMac: routed.routerMac } } });
    }
  } else if (type === 3 && l2 !== undefined) {
    const { flooding } = facts;
    const vni = flooding === undefined ? l2.vni : vniOfLabel(flooding.label, facts.tunnelTypes);
    const end = endOf(facts, l2, vni);
    const nve = flooding?.type === 6 ? (flooding.address ?? end.nve) : (route.originator ?? end.nve);
    claims.push({ network: l2, claim: { ...common, mapping: { kind: 'flood', ...end, ...beyond, nve } } });
  } else if (type === 5 && l3 !== undefined && prefix !== undefined && label !== undefined) {
    const { routerMac } = facts;
    const mapping = {
      kind: 'prefix',
      ...endOf(facts, l3, vniOfLabel(label, facts.tunnelTypes) || l3.vni),
      ...beyond,
      prefix,
      ...(routerMac !== undefined && { routerMac }),
    } as const;
    claims.push({ network: l3, claim: { ...common, mapping } });
  }
  return claims;
}

/** Of what the NVE announces, what the network prefers; what it names none of is VXLAN (RFC 8365 §5.1.3 lets that be configured). */
function endOf({ encapsulations, nextHop }: SetFacts, network: VirtualNetwork, vni: number) {
  const encapsulation: Encapsulation =
    network.encapsulations.find((one) => encapsulations.includes(one)) ?? network.encapsulations[0] ?? 'vxlan';
  return { nve: nextHop, encapsulation, vni };
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
