/** Which declared networks a set of route targets names: found out once a set of targets, anew when networks change. */
import { type AttributeSet, type ExtendedCommunity, parseRouteTarget } from 'bgp-ts';
import type { VirtualNetwork } from './model.ts';

/** The networks that one set of targets names: mostly there is one. */
export interface NamedNetworks {
  readonly l2: VirtualNetwork | undefined;
  readonly l3: VirtualNetwork | undefined;
  /** Of a service, more than one is named: of what the route is, its targets do not say. */
  readonly several: boolean;
}

/** Of targets that name none. */
export const unnamed: NamedNetworks = { l2: undefined, l3: undefined, several: false };

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
      const named = [...new Set(targets.targets.flatMap((target) => this.#byTarget.get(target) ?? []))];
      const [l2, ...more] = named.filter(({ service }) => service === 'l2');
      const [l3, ...others] = named.filter(({ service }) => service === 'l3');
      found = named.length === 0 ? unnamed : { l2, l3, several: more.length + others.length > 0 };
      this.#known.set(targets, found);
    }
    return found;
  }
}
