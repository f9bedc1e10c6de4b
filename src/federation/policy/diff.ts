/**
 * What another policy would change for a neighbour, found before anything is changed: each route that it would gain, lose
 * or see changed, those that are made of others among them.
 */
import { communitiesThere } from './communities.ts';
import type { CompiledPolicy } from './compile.ts';
import { defaultPreference } from './policy.ts';
import type { CrossingRoute } from './route.ts';
import type { Verdict } from './verdict.ts';

/** A route that crosses: one that there is, or one that is made in the place of others. */
export type DiffRoute<T> =
  | { readonly kind: 'route'; readonly id: T }
  | { readonly kind: 'aggregate'; readonly network: string; readonly prefix: string }
  | { readonly kind: 'unknown-mac'; readonly network: string };

export interface DiffSample<T> {
  readonly route: DiffRoute<T>;
  /** Undefined where a route that is made was not, or will not be. */
  readonly before: Verdict | undefined;
  readonly after: Verdict | undefined;
}

export interface DiffPart<T> {
  readonly count: number;
  /** The first of them. */
  readonly samples: readonly DiffSample<T>[];
}

export interface PolicyDiff<T> {
  /** Routes that were looked at. */
  readonly routes: number;
  readonly gained: DiffPart<T>;
  readonly lost: DiffPart<T>;
  /** They cross before and after, and with something else. */
  readonly changed: DiffPart<T>;
}

export interface DiffOptions {
  /** Seconds since the epoch. */
  readonly now: number;
  readonly direction: 'import' | 'export';
  /** The gateway that a network goes by where no rule names one; undefined where it goes directly. */
  readonly gatewayOf: (network: string) => string | undefined;
  /** Kept of each part. */
  readonly mostSamples?: number;
  /**
   * The network whose prefixes lead to the hosts of another, in which their aggregate is; undefined where none is shared,
   * and then no aggregate is made of them. Left out: each network routes for itself.
   */
  readonly routingNetwork?: (network: string) => string | undefined;
  /** Whether a route that a verdict lets cross, or makes another of, stays all the same: there is no gateway for it. */
  readonly stays?: (verdict: Verdict, route: CrossingRoute) => boolean;
}

/** Routes are looked at one by one, so that whoever has many of them can rest in between. */
export class PolicyComparison<T> {
  readonly #before: CompiledPolicy;
  readonly #after: CompiledPolicy;
  readonly #now: number;
  readonly #stays: NonNullable<DiffOptions['stays']>;
  readonly #parts: Parts<T>;
  readonly #effects: Effects;
  readonly #madeBefore: MadeRoutes;
  readonly #madeAfter: MadeRoutes;
  #routes = 0;

  constructor(before: CompiledPolicy, after: CompiledPolicy, options: DiffOptions) {
    const { now, direction, gatewayOf, mostSamples = 10, routingNetwork = (network) => network } = options;
    this.#before = before;
    this.#after = after;
    this.#now = now;
    this.#stays = options.stays ?? (() => false);
    this.#parts = new Parts(mostSamples);
    this.#effects = new Effects(direction, gatewayOf);
    this.#madeBefore = new MadeRoutes(routingNetwork);
    this.#madeAfter = new MadeRoutes(routingNetwork);
  }

  /** A route that a policy is asked about: what is refused before, by whatever else, is none. `id` is asked of samples. */
  look(route: CrossingRoute, id: () => T): void {
    this.#routes++;
    const was = this.#before.evaluate(route, this.#now);
    const is = this.#after.evaluate(route, this.#now);
    const isMade = isMember(was) || isMember(is);
    if (!isMade && was.outcome === is.outcome) {
      if (was.outcome === 'refuse' || this.#effects.same(was, is, route.network, route.communities)) return;
    }
    const [stayed, stays] = [this.#stays(was, route), this.#stays(is, route)];
    if (!stayed) this.#madeBefore.count(was, route);
    if (!stays) this.#madeAfter.count(is, route);
    const crossed = was.outcome === 'accept' && !stayed;
    const crosses = is.outcome === 'accept' && !stays;
    if (crossed === crosses && (!crosses || this.#effects.same(was, is, route.network, route.communities))) return;
    this.#parts.of(crossed, crosses).add(() => ({ route: { kind: 'route', id: id() }, before: was, after: is }));
  }

  /** Of all that were looked at; to be asked once. */
  result(): PolicyDiff<T> {
    const [before, after] = [this.#madeBefore.all, this.#madeAfter.all];
    for (const key of new Set([...before.keys(), ...after.keys()])) {
      const [was, is] = [before.get(key), after.get(key)];
      const { route } = (is ?? was)!;
      // what communities its members have is not looked at: it may be any of them
      if (was && is && this.#effects.same(was.verdict, is.verdict, route.network, undefined)) continue;
      const part = this.#parts.of(was !== undefined, is !== undefined);
      part.add(() => ({ route, before: was?.verdict, after: is?.verdict }));
    }
    const { gained, lost, changed } = this.#parts;
    return { routes: this.#routes, gained, lost, changed };
  }
}

const isMember = ({ aggregate, summary }: Verdict): boolean => aggregate !== undefined || summary !== undefined;

type Made = Exclude<DiffRoute<never>, { readonly kind: 'route' }>;

/** The routes that are made in the place of others, and by which rule: of several, of which a warning was given, the first. */
class MadeRoutes {
  readonly all = new Map<string, { readonly route: Made; readonly verdict: Verdict }>();
  readonly #routingNetwork: (network: string) => string | undefined;

  constructor(routingNetwork: (network: string) => string | undefined) {
    this.#routingNetwork = routingNetwork;
  }

  count(verdict: Verdict, { network, type }: CrossingRoute): void {
    const { aggregate, summary } = verdict;
    if (summary !== undefined) this.#add({ kind: summary, network }, verdict);
    if (aggregate === undefined) return;
    const routing = type === 2 ? this.#routingNetwork(network) : network;
    if (routing !== undefined) this.#add({ kind: 'aggregate', network: routing, prefix: aggregate }, verdict);
  }

  #add(route: Made, verdict: Verdict): void {
    const key = route.kind === 'aggregate' ? `${route.network} ${route.prefix}` : route.network;
    const known = this.all.get(key)?.verdict;
    if (known === undefined || indexOf(verdict) < indexOf(known)) this.all.set(key, { route, verdict });
  }
}

function indexOf({ rule }: Verdict): number {
  return rule === 'default' ? Number.POSITIVE_INFINITY : rule.index;
}

/** What is seen of a verdict on the other side, whichever rule gave it. */
class Effects {
  readonly #direction: 'import' | 'export';
  readonly #gatewayOf: (network: string) => string | undefined;
  /** Found out once a verdict. */
  readonly #communityChanges = new Map<Verdict, string>();

  constructor(direction: 'import' | 'export', gatewayOf: (network: string) => string | undefined) {
    this.#direction = direction;
    this.#gatewayOf = gatewayOf;
  }

  /** Whether a route that has `communities`, which are not always known, is the same by both. */
  same(a: Verdict, b: Verdict, network: string, communities: readonly string[] | undefined): boolean {
    if ((a.preference ?? defaultPreference) !== (b.preference ?? defaultPreference)) return false;
    if (a.gateway !== b.gateway) {
      const usual = this.#gatewayOf(network);
      if ((a.gateway ?? usual) !== (b.gateway ?? usual)) return false;
    }
    if (this.#changes(a) === this.#changes(b)) return true;
    return communities !== undefined && this.#result(a, communities) === this.#result(b, communities);
  }

  #changes(verdict: Verdict): string {
    let changes = this.#communityChanges.get(verdict);
    if (changes === undefined) {
      const { strip, add } = verdict.communities ?? { strip: [], add: [] };
      changes = JSON.stringify(this.#direction === 'export' ? add : [strip, add]);
      this.#communityChanges.set(verdict, changes);
    }
    return changes;
  }

  #result(verdict: Verdict, communities: readonly string[]): string {
    return communitiesThere(this.#direction, communities, verdict.communities).join(' ');
  }
}

class Part<T> implements DiffPart<T> {
  count = 0;
  readonly samples: DiffSample<T>[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(sample: () => DiffSample<T>): void {
    this.count++;
    if (this.samples.length < this.#most) this.samples.push(sample());
  }
}

class Parts<T> {
  readonly gained: Part<T>;
  readonly lost: Part<T>;
  readonly changed: Part<T>;

  constructor(mostSamples: number) {
    this.gained = new Part(mostSamples);
    this.lost = new Part(mostSamples);
    this.changed = new Part(mostSamples);
  }

  of(crossed: boolean, crosses: boolean): Part<T> {
    if (!crossed) return this.gained;
    return crosses ? this.changed : this.lost;
  }
}
