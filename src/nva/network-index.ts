/** Which declared networks a set of route targets names: found out once a set of targets, anew when networks change. */
import { type AttributeSet, type ExtendedCommunity, parseRouteTarget } from 'bgp-ts';
import type { VirtualNetwork } from './model.ts';

/** The networks of one set of targets: of each service the first that is named; mostly there is one. */
export interface NamedNetworks {
  readonly l2: VirtualNetwork | undefined;
  readonly l3: VirtualNetwork | undefined;
}

/** Of targets that name none. */
export const unnamed: NamedNetworks = { l2: undefined, l3: undefined };

export class NetworkIndex {
  readonly #byTarget = new Map<ExtendedCommunity, VirtualNetwork[]>();
  #known = new WeakMap<AttributeSet['targets'], NamedNetworks>();

  /** Takes these networks in place of those before. */
  reset(networks: Iterable<VirtualNetwork>): void {
    this.#known = new WeakMap();
    this.#byTarget.clear();
    for (const network of networks) {
      for (const text of network.routeTargets) {
        const target = parseRouteTarget(text);
        if (target === undefined) continue;
        const sharing = this.#byTarget.get(target);
        if (sharing === undefined) this.#byTarget.set(target, [network]);
        else sharing.push(network);
      }
    }
  }

  of(targets: AttributeSet['targets']): NamedNetworks {
    let found = this.#known.get(targets);
    if (found === undefined) {
      const named = targets.targets.flatMap((target) => this.#byTarget.get(target) ?? []);
      const l2 = named.find(({ service }) => service === 'l2');
      const l3 = named.find(({ service }) => service === 'l3');
      found = l2 === undefined && l3 === undefined ? unnamed : { l2, l3 };
      this.#known.set(targets, found);
    }
    return found;
  }
}
