/** Which networks are shared with a neighbour domain, as each side calls them, and which of them a route belongs to. Pure. */
import { type AttributeSet, type ExtendedCommunity, parseRouteTarget } from 'bgp-ts';
import { automaticRouteTarget } from '../evpn/route-target.ts';
import type { VirtualNetwork } from '../nva/model.ts';
import type { Direction, NeighbourDomain, Share, WireName } from './model.ts';

/** How a network is called on one side. */
export interface Name {
  readonly vni: number;
  readonly targets: readonly ExtendedCommunity[];
}

/** A share whose network is there. */
export interface SharedNetwork {
  readonly network: VirtualNetwork;
  readonly gateways: Share['gateways'];
  readonly segment: Share['segment'];
  /** Inside our domain, and on the wire to the neighbour. */
  readonly inside: Name;
  readonly wire: Name & { readonly routeTarget: string };
  /** The network that routes for it, where that is shared too. */
  readonly routing: SharedNetwork | undefined;
}

/** What is shared of these networks; one that is not there (yet) is left out. */
export function sharedNetworks(
  { networks: shares }: Pick<NeighbourDomain, 'networks'>,
  networks: ReadonlyMap<string, VirtualNetwork>,
  asn: number,
): readonly SharedNetwork[] {
  const made = new Map<string, SharedNetwork | undefined>();
  const wanted = wantedShares(shares, networks.values(), asn);
  const make = (name: string, depth = 0): SharedNetwork | undefined => {
    if (made.has(name)) return made.get(name);
    const share = wanted.get(name);
    const network = networks.get(name);
    if (share === undefined || network === undefined) return undefined;
    const wire = { ...ownName(network, asn), ...share.remote };
    const target = parseRouteTarget(wire.routeTarget);
    const shared: SharedNetwork = {
      network,
      gateways: share.gateways,
      segment: share.segment,
      inside: { vni: network.vni, targets: parsed(network.routeTargets) },
      wire: { ...wire, targets: target === undefined ? [] : [target] },
      // A network with L3 service has none itself.
      routing: network.l3 === undefined || depth > 0 ? undefined : make(network.l3, depth + 1),
    };
    made.set(name, shared);
    return shared;
  };
  return [...wanted.keys()].flatMap((name) => make(name) ?? []);
}

/** What is agreed to be shared, by our name of it; where that is all networks, of those for which there is a VNI on the wire. */
export function wantedShares(
  shares: NeighbourDomain['networks'],
  networks: Iterable<VirtualNetwork>,
  asn: number,
): ReadonlyMap<string, Share> {
  if (!('vniOffset' in shares)) return new Map(shares.map((share) => [share.network, share]));
  const { vniOffset, routeTargetAsn, gateways, segment } = shares;
  const all = [...networks].flatMap((network): Share[] => {
    const vni = network.vni + vniOffset;
    if (!isVni(vni)) return [];
    const isOurs = vniOffset === 0 && routeTargetAsn === asn;
    const remote = { vni, routeTarget: automaticRouteTarget(routeTargetAsn, vni) };
    return [{ network: network.name, ...(!isOurs && { remote }), gateways, ...(segment && { segment }) }];
  });
  return new Map(all.map((share) => [share.network, share]));
}

/** Whether it can be the number of a network on the wire: 24 bits, and not 0. */
export function isVni(vni: number): boolean {
  return vni >= 1 && vni <= 0xffffff;
}

function ownName({ vni, routeTargets }: VirtualNetwork, asn: number): WireName {
  return { vni, routeTarget: routeTargets[0] ?? automaticRouteTarget(asn, vni) };
}

const parsed = (texts: readonly string[]): ExtendedCommunity[] => texts.flatMap((text) => parseRouteTarget(text) ?? []);

/** The shared networks that one set of route targets names, on the side that routes come from. */
export interface NamedShares {
  readonly l2: SharedNetwork | undefined;
  readonly l3: SharedNetwork | undefined;
}

const none: NamedShares = { l2: undefined, l3: undefined };

/** What a network is called where routes of a direction come from. */
export function nameWhereFrom(direction: Direction, { wire, inside }: SharedNetwork) {
  return direction === 'import' ? wire : inside;
}

/** Route targets that networks have inside our domain alone: a neighbour has no reason to name one. */
export function insideTargets(
  networks: Iterable<VirtualNetwork>,
  shares: readonly SharedNetwork[],
): ReadonlySet<ExtendedCommunity> {
  const inside = new Set([...networks].flatMap(({ routeTargets }) => parsed(routeTargets)));
  for (const { wire } of shares) for (const target of wire.targets) inside.delete(target);
  return inside;
}

/** Found out once a set of targets. */
export class ShareIndex {
  readonly #byTarget = new Map<ExtendedCommunity, SharedNetwork[]>();
  readonly #known = new WeakMap<AttributeSet['targets'], NamedShares>();

  constructor(direction: Direction, shares: Iterable<SharedNetwork>) {
    for (const share of shares) {
      for (const target of nameWhereFrom(direction, share).targets) {
        const sharing = this.#byTarget.get(target);
        if (sharing === undefined) this.#byTarget.set(target, [share]);
        else sharing.push(share);
      }
    }
  }

  of(targets: AttributeSet['targets']): NamedShares {
    let found = this.#known.get(targets);
    if (found === undefined) {
      const named = targets.targets.flatMap((target) => this.#byTarget.get(target) ?? []);
      const first = (service: 'l2' | 'l3') => named.find(({ network }) => network.service === service);
      found = named.length === 0 ? none : { l2: first('l2'), l3: first('l3') };
      this.#known.set(targets, found);
    }
    return found;
  }
}
