/**
 * Sets of route targets, the part of a route on which interest depends (RFC 4684 §6): routes share few of them, so a
 * neighbour's interest is asked once a set, not once a route.
 *
 * What counts as a route target is what RT-Constrain can name: route targets of every encoding (RFC 4360 §4, RFC 5668),
 * and the ES-Import route target of Ethernet Segment routes (RFC 7432 §7.6). Those in IPv6 Address Specific communities
 * (RFC 5701) have no form there.
 */
import { isRouteTarget } from '../wire/community/extended/extended.ts';
import type { ExtendedCommunity } from '../wire/community/extended/octets.ts';

/** Interned: equal sets are one object while any route has them. */
export interface TargetSet {
  /** Never given to another set. */
  readonly id: number;
  /** In order, each once. */
  readonly targets: readonly ExtendedCommunity[];
}

const ES_IMPORT = '0602';

/** The route targets among a route's communities, in order, each once. */
export function routeTargetsOf(communities: readonly ExtendedCommunity[]): readonly ExtendedCommunity[] {
  const targets = communities.filter((community) => isRouteTarget(community) || community.startsWith(ES_IMPORT));
  return targets.length < 2 ? targets : [...new Set(targets)].sort();
}

/** The sets that routes have, with reference counts. */
export class TargetSets {
  readonly #held = new Map<string, { readonly set: TargetSet; refs: number }>();
  #lastId = 0;

  get size(): number {
    return this.#held.size;
  }

  /** Every set that a route has. */
  *[Symbol.iterator](): IterableIterator<TargetSet> {
    for (const { set } of this.#held.values()) yield set;
  }

  /** The set of these targets, as {@link routeTargetsOf} gives them; one reference is added. */
  intern(targets: readonly ExtendedCommunity[]): TargetSet {
    const key = targets.join();
    let held = this.#held.get(key);
    if (held === undefined) {
      held = { set: { id: ++this.#lastId, targets }, refs: 0 };
      this.#held.set(key, held);
    }
    held.refs++;
    return held.set;
  }

  release(set: TargetSet): void {
    const key = set.targets.join();
    const held = this.#held.get(key);
    if (held !== undefined && --held.refs === 0) this.#held.delete(key);
  }
}
