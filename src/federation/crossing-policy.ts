/** What the operator's rules have to say of routes that cross, as the judge asks them. */
import type { AttributeSet, PathAttributes } from 'bgp-ts';
import type { SetFacts } from '../evpn/facts.ts';
import type { Direction } from './model.ts';

/** A set of attributes on its way, of routes of one type in one network (ours, by our name). */
export interface AttributesLook {
  readonly network: string;
  readonly type: number;
  readonly set: AttributeSet;
  readonly facts: SetFacts;
}

/** A route as the policy is to see it; made when it is asked for. */
export interface RouteLook {
  mac(): string | undefined;
  ip(): string | undefined;
  prefix(): string | undefined;
  since(): number;
}

/** One object for each rule: what is made of it is kept by it. */
export interface PolicyVerdict {
  readonly isAccepted: boolean;
  /** Tunnel address of one of the network's gateways. */
  readonly gateway?: string;
  /** LOCAL_PREF. */
  readonly preference?: number;
  /** The prefix that crosses in place of host routes in it. */
  readonly aggregate?: string;
  /** An unknown-MAC route crosses in place of MAC addresses (RFC 9014 §3.5). */
  readonly summarisesMacs?: boolean;
  /** What of the communities crosses. */
  communitiesOf(
    direction: Direction,
    attributes: PathAttributes,
  ): { readonly communities: readonly number[]; readonly largeCommunities: readonly string[] };
}

export interface CrossingPolicy {
  /** The verdict on all routes with these attributes, where it depends on nothing else. */
  always(about: AttributesLook): PolicyVerdict | undefined;
  evaluate(about: AttributesLook, route: RouteLook, now: number): PolicyVerdict;
}

const nothing = { communities: [], largeCommunities: [] };

/** Without rules everything that is shared crosses; communities of the inside stay, those of a neighbour are kept. */
const accepted: PolicyVerdict = {
  isAccepted: true,
  communitiesOf: (direction, { communities = [], largeCommunities = [] }) =>
    direction === 'export' ? nothing : { communities: communities.filter(isOrdinary), largeCommunities },
};

/** The reserved ones say what is to become of a route where it was (RFC 1997), and that was another domain. */
const isOrdinary = (community: number): boolean => community >>> 16 !== 0xffff;

export const neutral: CrossingPolicy = { always: () => accepted, evaluate: () => accepted };
