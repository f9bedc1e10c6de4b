/**
 * Whether a route crosses from one domain into another, and what it is on the other side: worked out once for each set of
 * attributes, since routes outnumber those by far, and for a route alone where a rule of the policy looks at its address.
 */
import {
  type AttributeSet,
  type DomainId,
  describeExtendedCommunity,
  EncodeError,
  type ExtendedCommunity,
  encodeAttributes,
  formatCommunity,
  fromHex,
  type PathAttributes,
  parseCommunity,
  parseIp,
} from 'bgp-ts';
import type { Encapsulation } from '../evpn/encapsulation.ts';
import { attributesOf, factsOfSet, type SetFacts } from '../evpn/facts.ts';
import { carriesVni, type NlriRewrite, reachHead, reOriginateAttributes } from '../evpn/re-originate.ts';
import { CrossingView, crossingAttributes, isCrossingType, type RouteLook } from './crossing-view.ts';
import type { Direction, NeighbourDomain } from './model.ts';
import type { Attributes } from './outbox.ts';
import { communitiesThere } from './policy/communities.ts';
import type { CompiledPolicy } from './policy/compile.ts';
import { type CommunityChanges, defaultPreference } from './policy/policy.ts';
import type { CrossingAttributes, CrossingType } from './policy/route.ts';
import type { Verdict } from './policy/verdict.ts';
import type { Refusal } from './refusals.ts';
import { type Name, nameWhereFrom, type SharedNetwork, ShareIndex } from './shares.ts';

/** What a gateway is to those who send to it. */
export interface GatewayEnd {
  readonly tunnelAddress: string;
  readonly routerMac?: string;
  /** It is several, which share the address and have different Router's MACs, so that none leads to all. */
  readonly routerMacsDiffer?: true;
  /** What it can do; absent where nobody has said. */
  readonly encapsulations?: readonly Encapsulation[];
}

export interface JudgeOptions {
  readonly direction: Direction;
  readonly neighbour: Pick<NeighbourDomain, 'domain' | 'asn' | 'domainId'>;
  /** Ours. */
  readonly domainId: NeighbourDomain['domainId'];
  /**
   * For gateways of our own: what comes in leads to the true ends, under the numbers that these go by, and only its route
   * targets are ours.
   */
  readonly isForGateways?: boolean;
}

export interface JudgeModules {
  /** The gateway that traffic of a network goes by in this direction: none where it goes directly, `dead` where all are. */
  readonly gatewayOf: (share: SharedNetwork) => GatewayEnd | 'dead' | undefined;
  /** One that a rule names instead; `dead` where it is not alive. */
  readonly gatewayAt: (address: string) => GatewayEnd | 'dead';
  /** Whether an address lies in our own domain's underlay, and is none of the share's gateways. */
  readonly isInside: (address: string, share: SharedNetwork) => boolean;
  /** Whether a Router's MAC is one of our own domain's. */
  readonly isOurMac: (mac: string) => boolean;
  /** Whether a route target is one of a network of ours, inside our domain alone. */
  readonly isOurTarget: (target: ExtendedCommunity) => boolean;
}

/** What judges go by and may change. */
export interface Terms {
  readonly shares: Iterable<SharedNetwork>;
  /** Absent: everything that is shared crosses. */
  readonly policy: CompiledPolicy | undefined;
  /** What crosses is to be used no more: what else there is comes first, and then it crosses no more. */
  readonly drain: 'none' | 'less-preferred' | 'withdrawn';
}

/** What routes with one set of attributes are on the other side. */
export interface Plan extends Attributes, NlriRewrite {
  /** The network that the route is in there: for a prefix that stands for hosts, the one that routes for theirs. */
  readonly share: SharedNetwork;
  /** And here. */
  readonly from: SharedNetwork;
  readonly l3Vni: number | undefined;
  /** Of the gateway, where there is one: of type-3 routes then one crosses for all. */
  readonly originator: Uint8Array | undefined;
  readonly gateway: GatewayEnd | undefined;
  readonly esi: Uint8Array | undefined;
  /** Domains that it passed before the one that it comes from (D-PATH), the last first, with spaces between. */
  readonly passed: string;
  readonly verdict: Verdict;
}

/** Whether routes with two plans are the same on the other side. */
export function saysTheSame(one: Plan, other: Plan): boolean {
  if (one === other) return true;
  return (
    one.vni === other.vni &&
    one.l3Vni === other.l3Vni &&
    isEqual(one.reach, other.reach) &&
    isEqual(one.others, other.others) &&
    isEqual(one.originator ?? NO_OCTETS, other.originator ?? NO_OCTETS) &&
    isEqual(one.esi ?? NO_OCTETS, other.esi ?? NO_OCTETS)
  );
}

const NO_OCTETS = new Uint8Array(0);

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

export interface Refused {
  readonly refusal: Refusal;
  readonly verdict?: Verdict;
  readonly share?: SharedNetwork;
}

/** What was found out before a policy was asked. */
interface Candidate {
  readonly share: SharedNetwork;
  readonly facts: SetFacts;
  readonly set: AttributeSet;
  readonly type: CrossingType;
  /** As rules see it, where there are any. */
  readonly attributes: CrossingAttributes | undefined;
  /** By verdict. */
  readonly plans: Map<Verdict, Plan | Refused>;
  /** Where the policy's answer does not depend on the route. */
  settled: Plan | Refused | undefined;
}

interface Known {
  readonly set: AttributeSet;
  readonly byType: (Candidate | Refused | undefined)[];
}

const withoutPolicy: Verdict = { outcome: 'accept', rule: 'default' };
/** LOCAL_PREF at most of what a neighbour that is away has said. */
const STALE_PREFERENCE = 50;
/** Of what comes from a neighbour that is being drained: less than anything else (as RFC 8326 §4.1 has it). */
const DRAINING_PREFERENCE = 0;
/** Of all attributes but MP_REACH_NLRI: a message has 65,535 (RFC 8654). */
const MOST_OCTETS = 65_000;
const context = { asn4: true, addPath: new Set<number>(), extendedMessages: true };

export class Judge {
  readonly #options: JudgeOptions;
  readonly #modules: JudgeModules;
  #terms: Terms = { shares: [], policy: undefined, drain: 'none' };
  #index: ShareIndex;
  readonly #view = new CrossingView();
  /** By number of the set; what it says is of the set alone. */
  #known: (Known | undefined)[] = [];

  constructor(options: JudgeOptions, modules: JudgeModules) {
    this.#options = options;
    this.#modules = modules;
    this.#index = new ShareIndex(options.direction, []);
  }

  /** From now on; what was found out before is forgotten. */
  become(terms: Partial<Terms>): void {
    this.#terms = { ...this.#terms, ...terms };
    if (terms.shares !== undefined) this.#index = new ShareIndex(this.#options.direction, terms.shares);
    this.forget();
  }

  /** Gateways have come or gone, or addresses of our own. */
  forget(): void {
    this.#known = [];
  }

  get policy(): CompiledPolicy | undefined {
    return this.#terms.policy;
  }

  /** One that goes by another policy, and by all else as this one does now. */
  withPolicy(policy: CompiledPolicy): Judge {
    const other = new Judge(this.#options, this.#modules);
    other.become({ ...this.#terms, policy });
    return other;
  }

  /** Of a route with this set; `now` in seconds since the epoch. */
  judge(set: AttributeSet, look: RouteLook, now: number): Plan | Refused {
    const candidate = this.#candidateOf(set, look.split.type);
    if ('refusal' in candidate) return candidate;
    return candidate.settled ?? this.#decide(candidate, look, now);
  }

  /** The network of a route that gets as far as a policy; undefined of any other. */
  shareOf(set: AttributeSet, type: number): SharedNetwork | undefined {
    const candidate = this.#candidateOf(set, type);
    return 'refusal' in candidate ? undefined : candidate.share;
  }

  /** The route as rules see it, until the next one is asked for; undefined without a policy, or where it gets not as far. */
  viewOf(set: AttributeSet, look: RouteLook): CrossingView | undefined {
    const candidate = this.#candidateOf(set, look.split.type);
    if ('refusal' in candidate || candidate.attributes === undefined) return undefined;
    return this.#view.of(candidate.attributes, look);
  }

  /** Why a route stays although a verdict lets it cross, or makes another of it. */
  #wantOfGateway(share: SharedNetwork, verdict: Verdict, type: CrossingType): Refusal | undefined {
    const gateway = this.#gatewayOf(share, verdict);
    if (gateway === 'dead') return 'no-gateway';
    const isPrefix = type === 5 || verdict.aggregate !== undefined;
    if (!isPrefix || gateway === undefined || gateway.routerMac !== undefined) return undefined;
    return gateway.routerMacsDiffer ? 'router-macs-differ' : 'no-router-mac';
  }

  #candidateOf(set: AttributeSet, type: number): Candidate | Refused {
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
    return candidate;
  }

  #decide(candidate: Candidate, look: RouteLook, now: number): Plan | Refused {
    const { attributes, plans } = candidate;
    const { policy } = this.#terms;
    const always = policy === undefined || attributes === undefined ? withoutPolicy : policy.verdictOf(attributes);
    const verdict =
      always ?? policy?.evaluate(this.#view.of(attributes as CrossingAttributes, look), now) ?? withoutPolicy;
    let plan = plans.get(verdict);
    if (plan === undefined) {
      plan = this.#plan(candidate, verdict);
      plans.set(verdict, plan);
    }
    if (always !== undefined) candidate.settled = plan;
    return plan;
  }

  /** What attributes alone decide. */
  #candidate(set: AttributeSet, type: number): Candidate | Refused {
    const { direction, neighbour } = this.#options;
    if (!isCrossingType(type)) return { refusal: 'type-stays' };
    if (set.source.onBehalfOf === neighbour.domain) return { refusal: 'came-from-there' };
    const { l2, l3 } = this.#index.of(set.targets);
    const share = type === 5 ? l3 : l2;
    if (share === undefined) return { refusal: l2 === undefined && l3 === undefined ? 'not-shared' : 'wrong-service' };
    if (this.#terms.drain === 'withdrawn') return { refusal: 'drained', share };
    // RFC 1997. What comes in with NO_EXPORT alone has come as far as it may, and takes that along.
    if (set.noAdvertise || (direction === 'export' && set.noExport)) return { refusal: 'no-export', share };
    const facts = factsOfSet(set);
    const refusal = direction === 'import' ? this.#forged(set, facts, share) : this.#passed(set, facts);
    if (refusal !== undefined) return { refusal, share };
    if (!carriesVni(facts.tunnelTypes)) return { refusal: 'no-vni', share };
    if (type === 3 && facts.flooding !== undefined && facts.flooding.label !== nameWhereFrom(direction, share).vni) {
      return { refusal: 'wrong-vni', share };
    }
    const { policy } = this.#terms;
    const attributes = policy === undefined ? undefined : crossingAttributes(set, share.network.name, type);
    return { share, facts, set, type, attributes, plans: new Map(), settled: undefined };
  }

  /** Whether it has been here, or names an end that only our own domain can have. */
  #forged(
    { targets }: AttributeSet,
    { nextHop, flooding, routerMacs, dPath = [] }: SetFacts,
    share: SharedNetwork,
  ): Refusal | undefined {
    const { isInside, isOurMac, isOurTarget } = this.#modules;
    if (dPath.some(({ domain }) => domain === this.#options.domainId)) return 'passed-here';
    if (isInside(nextHop, share)) return 'next-hop-inside';
    const ends = [flooding?.address, flooding?.source];
    if (ends.some((address) => address !== undefined && isInside(address, share))) return 'inside-identifier';
    return routerMacs.some(isOurMac) || targets.targets.some(isOurTarget) ? 'inside-identifier' : undefined;
  }

  /** Whether it has been in the domain that it is about to go to. */
  #passed(set: AttributeSet, { dPath = [] }: SetFacts): Refusal | undefined {
    const { asn, domainId } = this.#options.neighbour;
    if (dPath.some(({ domain }) => domain === domainId)) return 'passed-there';
    const { asPath = [] } = attributesOf(set);
    return asPath.some(({ asns }) => asns.includes(asn)) ? 'passed-there' : undefined;
  }

  #plan(candidate: Candidate, verdict: Verdict): Plan | Refused {
    const { facts, set, type } = candidate;
    const { direction, neighbour, domainId, isForGateways = false } = this.#options;
    const { aggregate, summary, preference = defaultPreference } = verdict;
    // A prefix that stands for hosts is a route of the network that routes for theirs.
    const share = aggregate !== undefined && type === 2 ? candidate.share.routing : candidate.share;
    const isMade = aggregate !== undefined || summary !== undefined;
    if (share === undefined || (verdict.outcome === 'refuse' && !isMade)) {
      return { refusal: 'policy', verdict, share: candidate.share };
    }
    const refusal = this.#wantOfGateway(share, verdict, type);
    const gateway = this.#gatewayOf(share, verdict);
    if (refusal !== undefined || gateway === 'dead') return { refusal: refusal ?? 'no-gateway', share, verdict };
    if (type === 3 && gateway === undefined && facts.flooding !== undefined && facts.flooding.address === undefined) {
      return { refusal: 'no-receiver', share, verdict };
    }
    const isPrefix = type === 5 || aggregate !== undefined;
    const hasRouter = gateway === undefined ? facts.routerMac !== undefined : gateway.routerMac !== undefined;
    // A prefix that is made leads by a Router's MAC (RFC 9136 §4.4.1); one that came without leads by what stands in it.
    if (aggregate !== undefined && !hasRouter) return { refusal: 'no-router-mac', share, verdict };
    const name = ({ inside, wire }: SharedNetwork): Name => {
      if (direction === 'export') return wire;
      return isForGateways ? { vni: wire.vni, targets: inside.targets } : inside;
    };
    const to = name(share);
    const l3 = share.routing === undefined ? undefined : name(share.routing);
    const isRouted = isPrefix || (l3 !== undefined && facts.routerMac !== undefined && hasRouter);
    const attributes = attributesOf(set);
    const isMarked = direction === 'import' && facts.dPath?.[0]?.domain === neighbour.domainId;
    const others = reOriginateAttributes(isMade ? withoutMobility(attributes) : attributes, {
      routeTargets: [...to.targets, ...(isRouted && !isPrefix ? (l3?.targets ?? []) : [])],
      vni: to.vni,
      ...(gateway !== undefined && { gateway }),
      isRouted,
      // What came from another domain is marked with it; AS numbers in all else are those of NVEs.
      beginsHere: direction === 'export' && (facts.dPath ?? []).length === 0,
      ...(!isMarked && { domain: direction === 'import' ? neighbour.domainId : domainId }),
      ...communitiesOf(direction, attributes, verdict.communities),
      localPref: this.#preference(set, preference),
    });
    const octets = encoded(others);
    if (octets === undefined) return { refusal: 'too-long', share: candidate.share, verdict };
    return {
      share,
      from: candidate.share,
      vniBefore: nameWhereFrom(direction, candidate.share).vni,
      reach: reachHead(gateway?.tunnelAddress ?? facts.nextHop),
      others: octets,
      vni: to.vni,
      l3Vni: isRouted ? l3?.vni : undefined,
      originator: gateway === undefined ? undefined : parseIp(gateway.tunnelAddress),
      gateway,
      esi: direction === 'import' && gateway !== undefined && share.segment ? fromHex(share.segment) : undefined,
      passed: passedBefore(facts, neighbour.domainId),
      verdict,
    };
  }

  #preference({ rank }: AttributeSet, preference: number): number {
    if (this.#terms.drain === 'less-preferred') return DRAINING_PREFERENCE;
    return rank.longLivedStale ? Math.min(preference, STALE_PREFERENCE) : preference;
  }

  #gatewayOf(share: SharedNetwork, verdict: Verdict): GatewayEnd | 'dead' | undefined {
    const { gatewayOf, gatewayAt } = this.#modules;
    if (this.#options.isForGateways === true) return undefined;
    return verdict.gateway === undefined ? gatewayOf(share) : gatewayAt(verdict.gateway);
  }
}

const passedBefore = ({ dPath = [] }: SetFacts, neighbour: DomainId): string =>
  dPath
    .map(({ domain }) => domain)
    .filter((domain) => domain !== neighbour)
    .join(' ');

function communitiesOf(
  direction: Direction,
  { communities = [], largeCommunities = [] }: PathAttributes,
  changes: CommunityChanges | undefined,
): { readonly communities: readonly number[]; readonly largeCommunities: readonly string[] } {
  const all = communitiesThere(direction, [...communities.map(formatCommunity), ...largeCommunities], changes);
  return {
    communities: all.flatMap((text) => parseCommunity(text) ?? []),
    largeCommunities: all.filter((text) => parseCommunity(text) === undefined),
  };
}

/** Undefined for what leaves an UPDATE of the longest kind no room for a route. */
function encoded(attributes: PathAttributes): Uint8Array | undefined {
  try {
    const octets = encodeAttributes(attributes, context);
    return octets.length > MOST_OCTETS ? undefined : octets;
  } catch (error) {
    if (error instanceof EncodeError) return undefined;
    throw error;
  }
}

/** What stands for many addresses does not move. */
function withoutMobility(attributes: PathAttributes): PathAttributes {
  const { extendedCommunities = [] } = attributes;
  const left = extendedCommunities.filter((community) => describeExtendedCommunity(community).kind !== 'mac-mobility');
  return { ...attributes, extendedCommunities: left };
}
