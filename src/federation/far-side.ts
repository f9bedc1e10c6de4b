/**
 * A neighbour domain's part of a network, as our gateways see it: a network of its own, with the number that it has over
 * there and the true ends of the neighbour's tunnels (or its gateways'). It is kept as long as a gateway may ask for it, so that
 * one that comes back finds all of it at once.
 */
import { type AttributeSet, emptySplit, type RouteTable, type Speaker, splitEvpn } from 'bgp-ts';
import { factsOfRoute } from '../evpn/facts.ts';
import { claimsOf, compareMappingClaims } from '../nva/claims.ts';
import type { VirtualNetwork } from '../nva/model.ts';
import { NetworkMappings } from '../nva/network-mappings.ts';
import { isAnycast } from './anycast.ts';
import type { SharedNetwork } from './shares.ts';

/** Under which our gateways join it. */
export const farSideName = (network: string, domain: string): string => `${network}@${domain}`;

const networks = new WeakMap<SharedNetwork, VirtualNetwork>();

/** The far side as a network: the same object as long as the share is. */
export function farSideNetwork(share: SharedNetwork, domain: string): VirtualNetwork {
  const known = networks.get(share);
  if (known !== undefined) return known;
  const made = makeFarSide(share, domain);
  networks.set(share, made);
  return made;
}

function makeFarSide({ network, wire, routing }: SharedNetwork, domain: string): VirtualNetwork {
  const { l3: _l3, ...rest } = network;
  return {
    ...rest,
    name: farSideName(network.name, domain),
    vni: wire.vni,
    routeTargets: [wire.routeTarget],
    ...(routing !== undefined && { l3: farSideName(routing.network.name, domain) }),
    // A group of our underlay is none of theirs.
    flooding: { kind: 'ingress-replication' },
  };
}

const LONGEST_NLRI = 257;

/** All far sides of one neighbour domain that a gateway may ask for. */
export class FarSides {
  readonly #domain: string;
  readonly #outer: Pick<Speaker, 'table' | 'attributes'>;
  readonly #now: () => number;
  readonly #tables = new Map<string, NetworkMappings>();
  /** Of which not all has been told that has crossed before they were kept. */
  readonly #incomplete = new Set<string>();
  readonly #watchers = new Map<string, Set<() => void>>();
  /** In which tables there is something of a route, by its destination. */
  readonly #claimed = new Map<number, readonly NetworkMappings[]>();
  readonly #nlri = new Uint8Array(LONGEST_NLRI);
  readonly #split = emptySplit();

  constructor(domain: string, outer: Pick<Speaker, 'table' | 'attributes'>, now: () => number) {
    this.#domain = domain;
    this.#outer = outer;
    this.#now = now;
  }

  mappings(name: string): NetworkMappings | undefined {
    return this.#tables.get(name);
  }

  /** Of these and no others from now on; true where what has crossed already has still to be {@link tell told} of one. */
  keep(shares: Iterable<SharedNetwork>): boolean {
    const names = new Set([...shares].map(({ network }) => farSideName(network.name, this.#domain)));
    for (const name of [...this.#tables.keys()]) {
      if (names.has(name)) continue;
      this.#tables.delete(name);
      this.#incomplete.delete(name);
      this.#changed(name);
    }
    const added = [...names].filter((name) => !this.#tables.has(name));
    for (const name of added) {
      this.#incomplete.add(name);
      const changed = () => this.#changed(name);
      this.#tables.set(name, new NetworkMappings({ compare: compareMappingClaims, changed }));
    }
    return added.length > 0;
  }

  /** All that crosses has been told of all of them. */
  completed(): void {
    this.#incomplete.clear();
  }

  isComplete(name: string): boolean {
    return !this.#incomplete.has(name);
  }

  watch(name: string, changed: () => void): () => void {
    const watchers = this.#watchers.get(name) ?? new Set();
    this.#watchers.set(name, watchers);
    watchers.add(changed);
    return () => {
      watchers.delete(changed);
      if (watchers.size === 0 && this.#watchers.get(name) === watchers) this.#watchers.delete(name);
    };
  }

  /** Its number or the like has changed. */
  touch(): void {
    for (const watchers of this.#watchers.values()) for (const changed of watchers) changed();
  }

  /** A route of the neighbour's crosses, in this network; or no more. */
  tell(destination: number, share: SharedNetwork | undefined): void {
    const before = this.#claimed.get(destination);
    if (before === undefined && this.#tables.size === 0) return;
    const { table, attributes } = this.#outer;
    const setId = share === undefined ? -1 : table.sentSet(destination);
    const set = setId < 0 ? undefined : attributes.get(setId);
    const now: NetworkMappings[] = [];
    if (share !== undefined && set !== undefined) {
      for (const { network, claim } of this.#claims(table, destination, share, set)) {
        const mappings = this.#tables.get(network.name);
        if (mappings === undefined) continue;
        mappings.claim(destination, claim);
        now.push(mappings);
      }
    }
    for (const mappings of before ?? []) if (!now.includes(mappings)) mappings.claim(destination, undefined);
    if (now.length > 0) this.#claimed.set(destination, now);
    else this.#claimed.delete(destination);
  }

  #claims(table: RouteTable, destination: number, share: SharedNetwork, set: AttributeSet) {
    const end = table.writeNlri(destination, this.#nlri, 0);
    splitEvpn(this.#nlri, 0, end, this.#split);
    const route = factsOfRoute(this.#nlri, this.#split);
    const here = farSideNetwork(share, this.#domain);
    const routing = share.routing === undefined ? undefined : farSideNetwork(share.routing, this.#domain);
    const named =
      share.network.service === 'l3'
        ? { l2: undefined, l3: here, several: false }
        : { l2: here, l3: routing, several: false };
    const claims = claimsOf(route, set, named, Math.floor(this.#now() / 1000));
    // What leads to the address that gateways of ours share leads each of them to itself.
    return claims.filter(({ claim }) => !isAnycast(share.gateways, claim.mapping.nve));
  }

  #changed(name: string): void {
    for (const changed of this.#watchers.get(name) ?? []) changed();
  }
}
