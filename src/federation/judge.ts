/**
 * Whether a route crosses from one domain into another, and what it is on the other side: worked out once for each set of
 * attributes, since routes outnumber those by far, and for a route alone where a rule of the policy looks at its address.
 */
import {
  type AttributeSet,
  decodeAttributes,
  describeExtendedCommunity,
  encodeAttributes,
  type PathAttributes,
  parseIp,
} from 'bgp-ts';
import { factsOfSet, type SetFacts } from '../evpn/facts.ts';
import { carriesVni, reachHead, reOriginateAttributes } from '../evpn/re-originate.ts';
import { type CrossingPolicy, neutral, type PolicyVerdict, type RouteLook } from './crossing-policy.ts';
import type { Direction, NeighbourDomain } from './model.ts';
import type { Refusal } from './refusals.ts';
import { type SharedNetwork, ShareIndex } from './shares.ts';

/** What a gateway is to those who send to it. */
export interface GatewayEnd {
  readonly tunnelAddress: string;
  readonly routerMac?: string;
}

export interface JudgeOptions {
  readonly direction: Direction;
  readonly neighbour: Pick<NeighbourDomain, 'domain' | 'asn' | 'domainId'>;
  /** Ours. */
  readonly domainId: NeighbourDomain['domainId'];
}

export interface JudgeModules {
  /** The gateway that traffic of a network goes by in this direction: none where it goes directly, `dead` where all are. */
  readonly gatewayOf: (share: SharedNetwork) => GatewayEnd | 'dead' | undefined;
  /** One that a rule names instead; undefined when it is not alive. */
  readonly gatewayAt: (address: string) => GatewayEnd | undefined;
  /** Whether an address lies in our own domain's underlay, and is none of the gateways. */
  readonly isInside: (address: string, share: SharedNetwork) => boolean;
  /** Whether a Router's MAC or identifier is one of our own domain's. */
  readonly isOurs: (identifier: string) => boolean;
}

/** What routes with one set of attributes are on the other side. */
export interface Plan {
  readonly share: SharedNetwork;
  /** MP_REACH_NLRI up to its NLRI, and all other attributes with their headers. */
  readonly reach: Uint8Array;
  readonly others: Uint8Array;
  readonly vni: number;
  readonly l3Vni: number | undefined;
  /** Of the gateway, where there is one: of type-3 routes then one crosses for all. */
  readonly originator: Uint8Array | undefined;
  readonly gateway: GatewayEnd | undefined;
  readonly verdict: PolicyVerdict;
}

export interface Refused {
  readonly refusal: Refusal;
  readonly verdict?: PolicyVerdict;
  readonly share?: SharedNetwork;
}

/** What was found out before a policy was asked. */
interface Candidate {
  readonly share: SharedNetwork;
  readonly facts: SetFacts;
  readonly set: AttributeSet;
  readonly type: number;
  /** By verdict. */
  readonly plans: Map<PolicyVerdict, Plan | Refused>;
  /** Where the policy's answer does not depend on the route. */
  settled: Plan | Refused | undefined;
}

interface Known {
  readonly set: AttributeSet;
  readonly byType: (Candidate | Refused | undefined)[];
}

const PREFERENCE = 100;
/** LOCAL_PREF at most of what a neighbour that is away has said. */
const STALE_PREFERENCE = 50;
const context = { asn4: true, addPath: new Set<number>(), extendedMessages: true };

export class Judge {
  readonly #options: JudgeOptions;
  readonly #modules: JudgeModules;
  #index: ShareIndex;
  #policy: CrossingPolicy;
  #isStale = false;
  /** By number of the set; what it says is of the set alone. */
  #known: (Known | undefined)[] = [];

  constructor(options: JudgeOptions, modules: JudgeModules) {
    this.#options = options;
    this.#modules = modules;
    this.#index = new ShareIndex(options.direction, []);
    this.#policy = neutral;
  }

  /** From now on; what was found out before is forgotten. */
  become({
    shares,
    policy,
    isStale,
  }: {
    shares?: Iterable<SharedNetwork>;
    policy?: CrossingPolicy;
    isStale?: boolean;
  }): void {
    if (shares !== undefined) this.#index = new ShareIndex(this.#options.direction, shares);
    this.#policy = policy ?? this.#policy;
    this.#isStale = isStale ?? this.#isStale;
    this.forget();
  }

  /** Gateways have come or gone. */
  forget(): void {
    this.#known = [];
  }

  /** Of a route of this type with this set. */
  judge(set: AttributeSet, type: number, look: RouteLook, now: number): Plan | Refused {
    let known = this.#known[set.id];
    if (known?.set !== set) {
      known = { set, byType: [] };
      this.#known[set.id] = known;
    }
    let candidate = known.byType[type];
    if (candidate === undefined) {
      candidate = this.#candidate(set, type);
      known.byType[type] = candidate;
    }
    if ('refusal' in candidate) return candidate;
    return candidate.settled ?? this.#decide(candidate, look, now);
  }

  #decide(candidate: Candidate, look: RouteLook, now: number): Plan | Refused {
    const { set, share, facts, type, plans } = candidate;
    const about = { network: share.network.name, type, set, facts };
    const always = this.#policy.always(about);
    const verdict = always ?? this.#policy.evaluate(about, look, now);
    let plan = plans.get(verdict);
    if (plan === undefined) {
      plan = verdict.isAccepted ? this.#plan(candidate, verdict) : { refusal: 'policy', verdict, share };
      plans.set(verdict, plan);
    }
    if (always !== undefined) candidate.settled = plan;
    return plan;
  }

  /** What attributes alone decide. */
  #candidate(set: AttributeSet, type: number): Candidate | Refused {
    const { direction, neighbour } = this.#options;
    if (type !== 2 && type !== 3 && type !== 5) return { refusal: 'type-stays' };
    if (set.source.onBehalfOf === neighbour.domain) return { refusal: 'came-from-there' };
    const { l2, l3 } = this.#index.of(set.targets);
    const share = type === 5 ? l3 : l2;
    if (share === undefined) return { refusal: l2 === undefined && l3 === undefined ? 'not-shared' : 'wrong-service' };
    const facts = factsOfSet(set);
    if (direction === 'export' && this.#hasPassed(set, facts)) return { refusal: 'passed-there', share };
    if (!carriesVni(facts.tunnelTypes)) return { refusal: 'no-vni', share };
    const from = direction === 'import' ? share.wire : share.inside;
    if (type === 3 && facts.flooding !== undefined && facts.flooding.label !== from.vni) {
      return { refusal: 'wrong-vni', share };
    }
    if (direction === 'import') {
      const { isInside, isOurs } = this.#modules;
      const ends = [facts.nextHop, ...(facts.flooding?.type === 6 ? [facts.flooding.address ?? ''] : [])];
      if (ends.some((end) => end !== '' && isInside(end, share))) return { refusal: 'next-hop-inside', share };
      if (facts.routerMac !== undefined && isOurs(facts.routerMac)) return { refusal: 'inside-identifier', share };
    }
    return { share, facts, set, type, plans: new Map(), settled: undefined };
  }

  #hasPassed({ block, source }: AttributeSet, { dPath = [] }: SetFacts): boolean {
    const { asn, domainId } = this.#options.neighbour;
    if (dPath.some(({ domain }) => domain === domainId)) return true;
    const { asPath = [] } = decodeAttributes(block, 0, block.length, source.decode).attributes;
    return asPath.some(({ asns }) => asns.includes(asn));
  }

  #plan({ share, facts, set, type }: Candidate, verdict: PolicyVerdict): Plan | Refused {
    const { direction, neighbour, domainId } = this.#options;
    const { gatewayOf, gatewayAt } = this.#modules;
    const gateway = verdict.gateway === undefined ? gatewayOf(share) : (gatewayAt(verdict.gateway) ?? 'dead');
    if (gateway === 'dead') return { refusal: 'no-gateway', share, verdict };
    if (type === 5 && gateway !== undefined && gateway.routerMac === undefined) {
      return { refusal: 'no-router-mac', share, verdict };
    }
    const to = direction === 'import' ? share.inside : share.wire;
    const { routing } = share;
    const l3 = routing === undefined ? undefined : direction === 'import' ? routing.inside : routing.wire;
    const hasRouter = gateway === undefined ? facts.routerMac !== undefined : gateway.routerMac !== undefined;
    const isRouted = type === 5 || (l3 !== undefined && facts.routerMac !== undefined && hasRouter);
    const { attributes: all } = decodeAttributes(set.block, 0, set.block.length, set.source.decode);
    const attributes = verdict.summarisesMacs === true ? withoutMobility(all) : all;
    const isMarked = direction === 'import' && facts.dPath?.[0]?.domain === neighbour.domainId;
    const preference = verdict.preference ?? PREFERENCE;
    const { communities, largeCommunities } = verdict.communitiesOf(direction, attributes);
    const others = reOriginateAttributes(attributes, {
      routeTargets: [...to.targets, ...(isRouted && type !== 5 ? (l3?.targets ?? []) : [])],
      vni: to.vni,
      ...(gateway !== undefined && { gateway }),
      isRouted,
      ...(!isMarked && { domain: direction === 'import' ? neighbour.domainId : domainId }),
      communities,
      largeCommunities,
      localPref: this.#isStale ? Math.min(preference, STALE_PREFERENCE) : preference,
    });
    return {
      share,
      reach: reachHead(gateway?.tunnelAddress ?? facts.nextHop),
      others: encodeAttributes(others, context),
      vni: to.vni,
      l3Vni: isRouted ? l3?.vni : undefined,
      originator: gateway === undefined ? undefined : parseIp(gateway.tunnelAddress),
      gateway,
      verdict,
    };
  }
}

/** What stands for many MAC addresses does not move. */
function withoutMobility(attributes: PathAttributes): PathAttributes {
  const { extendedCommunities = [] } = attributes;
  const left = extendedCommunities.filter((community) => describeExtendedCommunity(community).kind !== 'mac-mobility');
  return { ...attributes, extendedCommunities: left };
}
