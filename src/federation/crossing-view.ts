/** A route on its way into another domain, as rules see it: what is not looked at is not made. */
import { type AttributeSet, decodeAttributes, formatCommunity, type NlriSplit } from 'bgp-ts';
import { factsOfRoute, factsOfSet, type RouteFacts } from '../evpn/facts.ts';
import type { CrossingAttributes, CrossingRoute, CrossingType } from './policy/route.ts';

export function isCrossingType(type: number): type is CrossingType {
  return type === 2 || type === 3 || type === 5;
}

/** What routes of one type with these attributes have in common. */
export function crossingAttributes(set: AttributeSet, network: string, type: CrossingType): CrossingAttributes {
  const { routeTargets, encapsulations, sequence, sticky, dPath = [] } = factsOfSet(set);
  const { communities = [], largeCommunities = [] } = decodeAttributes(
    set.block,
    0,
    set.block.length,
    set.source.decode,
  ).attributes;
  return {
    network,
    type,
    communities: [...communities.map(formatCommunity), ...largeCommunities],
    routeTargets: routeTargets.map(({ text }) => text),
    encapsulations,
    sequence,
    sticky,
    dPath: dPath.map(({ domain }) => domain),
  };
}

/** The NLRI that was read last, and its place in its table: one object for all routes. */
export interface RouteLook {
  readonly nlri: Uint8Array;
  readonly split: NlriSplit;
  /** When it came, in seconds since the epoch. */
  since(): number;
}

/** For a policy, which is through with it before the next one is looked at. */
export class CrossingView implements CrossingRoute {
  #attributes: CrossingAttributes | undefined;
  #look: RouteLook | undefined;
  #facts: RouteFacts | undefined;

  of(attributes: CrossingAttributes, look: RouteLook): this {
    this.#attributes = attributes;
    this.#look = look;
    this.#facts = undefined;
    return this;
  }

  get network(): string {
    return this.#of.network;
  }
  get type(): CrossingType {
    return this.#of.type;
  }
  get communities(): readonly string[] {
    return this.#of.communities;
  }
  get routeTargets(): readonly string[] {
    return this.#of.routeTargets;
  }
  get encapsulations(): CrossingAttributes['encapsulations'] {
    return this.#of.encapsulations;
  }
  get sequence(): number {
    return this.#of.sequence;
  }
  get sticky(): boolean {
    return this.#of.sticky;
  }
  get dPath(): readonly string[] {
    return this.#of.dPath;
  }
  get mac(): string | undefined {
    return this.#read.mac;
  }
  get ip(): string | undefined {
    return this.#read.ip;
  }
  get prefix(): string | undefined {
    return this.#read.prefix;
  }
  get since(): number {
    return this.#look?.since() ?? 0;
  }

  get #of(): CrossingAttributes {
    return this.#attributes as CrossingAttributes;
  }

  get #read(): RouteFacts {
    const { nlri, split } = this.#look as RouteLook;
    this.#facts ??= factsOfRoute(nlri, split);
    return this.#facts;
  }
}
