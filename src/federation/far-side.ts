/**
 * A neighbour domain's part of a network, as our gateways see it: a network of its own, with the number that it has over
 * there and the true ends of the neighbour's tunnels (or its gateways'). It is kept while a gateway asks for it.
 */
import { type AttributeSet, emptySplit, type RouteTable, type Speaker, splitEvpn } from 'bgp-ts';
import { factsOfRoute } from '../evpn/facts.ts';
import { claimsOf, compareMappingClaims } from '../nva/claims.ts';
import type { VirtualNetwork } from '../nva/model.ts';
import { NetworkMappings } from '../nva/network-mappings.ts';
import type { SharedNetwork } from './shares.ts';

/** Under which our gateways join it. */
export const farSideName = (network: string, domain: string): string => `${network}@${domain}`;

/** The far side as a network. */
export function farSideNetwork({ network, wire, routing }: SharedNetwork, domain: string): VirtualNetwork {
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

/** All far sides of one neighbour domain that somebody looks at. */
export class FarSides {
  readonly #domain: string;
  readonly #outer: Pick<Speaker, 'table' | 'attributes'>;
  readonly #now: () => number;
  readonly #tables = new Map<string, NetworkMappings>();
  readonly #watchers = new Map<string, Set<() => void>>();
  readonly #nlri = new Uint8Array(LONGEST_NLRI);
  readonly #split = emptySplit();

  constructor(domain: string, outer: Pick<Speaker, 'table' | 'attributes'>, now: () => number) {
    this.#domain = domain;
    this.#outer = outer;
    this.#now = now;
  }

  /** Whether somebody looks at one of them. */
  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  mappings(name: string): NetworkMappings | undefined {
    return this.#tables.get(name);
  }

  /** True when it has only just been begun: what has crossed already has still to be {@link tell told}. */
  watch(name: string, changed: () => void): boolean {
    const watchers = this.#watchers.get(name) ?? new Set();
    this.#watchers.set(name, watchers);
    watchers.add(changed);
    if (this.#tables.has(name)) return false;
    this.#tables.set(name, new NetworkMappings({ compare: compareMappingClaims, changed: () => this.#changed(name) }));
    return true;
  }

  unwatch(name: string, changed: () => void): void {
    const watchers = this.#watchers.get(name);
    watchers?.delete(changed);
    if (watchers?.size !== 0) return;
    this.#watchers.delete(name);
    this.#tables.delete(name);
  }

  /** Its number or the like has changed. */
  touch(): void {
    for (const watchers of this.#watchers.values()) for (const changed of watchers) changed();
  }

  /** A route of the neighbour's crosses, in this network; or no more. */
  tell(destination: number, share: SharedNetwork | undefined): void {
    if (!this.isWatched) return;
    const { table, attributes } = this.#outer;
    const setId = share === undefined ? -1 : table.sentSet(destination);
    const set = setId < 0 ? undefined : attributes.get(setId);
    const touched = new Set<NetworkMappings>();
    if (share !== undefined && set !== undefined) {
      for (const { network, claim } of this.#claims(table, destination, share, set)) {
        const mappings = this.#tables.get(network.name);
        mappings?.claim(destination, claim);
        if (mappings !== undefined) touched.add(mappings);
      }
    }
    for (const mappings of this.#tables.values()) if (!touched.has(mappings)) mappings.claim(destination, undefined);
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
    return claimsOf(route, set, named, Math.floor(this.#now() / 1000));
  }

  #changed(name: string): void {
    for (const changed of this.#watchers.get(name) ?? []) changed();
  }
}
