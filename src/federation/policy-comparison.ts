/**
 * What another policy would change for a neighbour, found before anything is changed: each route that it would gain, lose or
 * see changed, as it would be sent. Routes that cross as one, or that are made of others, are one. Found in slices: nothing
 * that comes meanwhile has to wait.
 */
import type { Clock } from 'bgp-ts';
import type { RouteFacts } from '../evpn/facts.ts';
import { type Judge, type Plan, type Refused, saysTheSame } from './judge.ts';
import { type Membership, preferredOf } from './merged.ts';
import type { CompiledPolicy } from './policy/compile.ts';
import type { Verdict } from './policy/verdict.ts';
import type { SharedNetwork } from './shares.ts';

/** A route that crosses: one that there is, or one that several cross as, or that is made in the place of others. */
export type DiffRoute =
  | { readonly kind: 'route'; readonly network: string; readonly facts: RouteFacts }
  | { readonly kind: 'flooding'; readonly network: string; readonly gateway: string }
  | { readonly kind: 'aggregate'; readonly network: string; readonly prefix: string }
  | { readonly kind: 'unknown-mac'; readonly network: string };

export interface DiffSample {
  readonly route: DiffRoute;
  /** Undefined where a route of several was not, or will not be, and no rule refuses what it would be of. */
  readonly before: Verdict | undefined;
  readonly after: Verdict | undefined;
}

export interface DiffPart {
  readonly count: number;
  /** The first of them. */
  readonly samples: readonly DiffSample[];
}

export interface PolicyDiff {
  /** Routes that were looked at. */
  readonly routes: number;
  readonly gained: DiffPart;
  readonly lost: DiffPart;
  /** They cross before and after, and with something else. */
  readonly changed: DiffPart;
}

/** What becomes of a route by one policy. */
export interface Outcome {
  readonly answer: Plan | Refused;
  /** What it crosses as a part of; undefined where it crosses by itself, or not at all. */
  readonly membership: Membership | undefined;
}

/** A route by the policy that holds and by another one, until the next is asked for. */
export interface ComparedRoute {
  /** Where it comes from. */
  readonly share: SharedNetwork;
  readonly before: Outcome;
  readonly after: Outcome;
  facts(): RouteFacts;
}

export interface ComparisonModules {
  /** Has the policy that holds now. */
  readonly judge: Judge;
  /** Each route that a policy is asked about. */
  readonly compared: (other: Judge) => Iterable<ComparedRoute>;
  readonly clock: Pick<Clock, 'now'>;
  readonly pause: () => Promise<void>;
}

/** Kept of each part. */
const MOST_SAMPLES = 10;
/** Milliseconds of looking between two pauses, and routes between two looks at the clock. */
const BUDGET = 4;
const LOOKS = 16;

export async function comparePolicies(
  policy: CompiledPolicy,
  { judge, compared, clock, pause }: ComparisonModules,
): Promise<PolicyDiff> {
  const comparison = new Comparison();
  let until = clock.now() + BUDGET;
  let looked = 0;
  for (const route of compared(judge.withPolicy(policy))) {
    comparison.look(route);
    if (++looked % LOOKS !== 0 || clock.now() < until) continue;
    await pause();
    until = clock.now() + BUDGET;
  }
  return comparison.result();
}

/** What several routes cross as, and as what: before, and after. */
interface Shared {
  readonly route: DiffRoute;
  before: Plan | undefined;
  after: Plan | undefined;
  /** Why a member is none, one way or the other. */
  readonly refused: { before?: Verdict | undefined; after?: Verdict | undefined };
}

class Comparison {
  readonly #gained = new Part();
  readonly #lost = new Part();
  readonly #changed = new Part();
  readonly #shared = new Map<string, Shared>();
  #routes = 0;

  look({ share, before, after, facts }: ComparedRoute): void {
    this.#routes++;
    this.#join('before', before, after);
    this.#join('after', after, before);
    const [was, is] = [aloneOf(before), aloneOf(after)];
    const verdicts = { before: before.answer.verdict, after: after.answer.verdict };
    const { name } = share.network;
    this.#compare(was, is, () => ({ route: { kind: 'route', network: name, facts: facts() }, ...verdicts }));
  }

  /** Of all that were looked at; to be asked once. */
  result(): PolicyDiff {
    for (const { route, before, after, refused } of this.#shared.values()) {
      const verdicts = { before: before?.verdict ?? refused.before, after: after?.verdict ?? refused.after };
      this.#compare(before, after, () => ({ route, ...verdicts }));
    }
    return { routes: this.#routes, gained: this.#gained, lost: this.#lost, changed: this.#changed };
  }

  #join(when: 'before' | 'after', { answer, membership }: Outcome, otherwise: Outcome): void {
    if (membership === undefined || 'refusal' in answer) return;
    let shared = this.#shared.get(membership.key);
    if (shared === undefined) {
      shared = { route: sharedRoute(answer, membership), before: undefined, after: undefined, refused: {} };
      this.#shared.set(membership.key, shared);
    }
    const known = shared[when];
    shared[when] = known === undefined ? answer : preferredOf(known, answer);
    if ('refusal' in otherwise.answer)
      shared.refused[when === 'before' ? 'after' : 'before'] = otherwise.answer.verdict;
  }

  #compare(was: Plan | undefined, is: Plan | undefined, sample: () => DiffSample): void {
    if (was === undefined && is === undefined) return;
    if (was === undefined) this.#gained.add(sample);
    else if (is === undefined) this.#lost.add(sample);
    else if (!saysTheSame(was, is)) this.#changed.add(sample);
  }
}

const aloneOf = ({ answer, membership }: Outcome): Plan | undefined =>
  membership !== undefined || 'refusal' in answer ? undefined : answer;

function sharedRoute({ share, verdict, gateway }: Plan, { type }: Membership): DiffRoute {
  const network = share.network.name;
  if (type === 3) return { kind: 'flooding', network, gateway: gateway?.tunnelAddress ?? '' };
  if (type === 2) return { kind: 'unknown-mac', network };
  return { kind: 'aggregate', network, prefix: verdict.aggregate ?? '' };
}

class Part implements DiffPart {
  count = 0;
  readonly samples: DiffSample[] = [];

  add(sample: () => DiffSample): void {
    this.count++;
    if (this.samples.length < MOST_SAMPLES) this.samples.push(sample());
  }
}
