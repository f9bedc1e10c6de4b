/**
 * Policies made ready to be asked of every route: nothing is made by asking. And where the attributes of a route say all, its
 * NLRI need not be looked at, and whoever asks can keep the answer with them.
 */
import type { Condition } from './condition/condition.ts';
import { conditionsOf } from './condition/conditions-of.ts';
import { AgeWithin } from './condition/range.ts';
import type { Policy } from './policy.ts';
import type { CrossingAttributes, CrossingRoute } from './route.ts';
import { Subject } from './subject.ts';
import { defaultVerdict, type Verdict, verdictOfRule } from './verdict.ts';

export interface CompiledRule {
  readonly conditions: readonly Condition[];
  readonly verdict: Verdict;
}

export function compilePolicy(policy: Policy): CompiledPolicy {
  const rules = policy.rules.map((rule, i) => ({
    conditions: conditionsOf(rule),
    verdict: verdictOfRule(policy.file, i, rule),
  }));
  return new CompiledPolicy(rules, defaultVerdict(policy));
}

export class CompiledPolicy {
  readonly rules: readonly CompiledRule[];
  readonly default: Verdict;
  /** Whether an answer may become another by time alone, so that {@link nextChangeAt} is to be asked for. */
  readonly looksAtAge: boolean;
  /** One for all routes: an answer is there before the next is asked for. */
  readonly #subject = new Subject();

  constructor(rules: readonly CompiledRule[], otherwise: Verdict) {
    this.rules = rules;
    this.default = otherwise;
    this.looksAtAge = rules.some(({ conditions }) => conditions.some((one) => one instanceof AgeWithin));
  }

  /** `now` is in seconds since the epoch. */
  evaluate(route: CrossingRoute, now: number): Verdict {
    const subject = this.#take(route, now);
    for (let i = 0; i < this.rules.length; i++) {
      const rule = this.rules[i]!;
      if (matches(rule, subject)) return rule.verdict;
    }
    return this.default;
  }

  /**
   * The verdict on every route with these attributes, whatever its NLRI and age; undefined where they differ. It is
   * undefined also where a list holds all there is only by its parts together, as the MAC addresses
   * 00:00:00:00:00:00/1 and 80:00:00:00:00:00/1 do.
   */
  verdictOf(attributes: CrossingAttributes): Verdict | undefined {
    for (const { conditions, verdict } of this.rules) {
      let isCertain = true;
      let isPossible = true;
      for (const condition of conditions) {
        const known = condition.known(attributes);
        if (known === 'depends') isCertain = false;
        else if (known === 'no') isPossible = false;
        if (!isPossible) break;
      }
      if (isPossible) return isCertain ? verdict : undefined;
    }
    return this.default;
  }

  /** When, in seconds since the epoch, the verdict on the route becomes another because of its age; undefined: never. */
  nextChangeAt(route: CrossingRoute, now: number): number | undefined {
    if (!this.looksAtAge) return undefined;
    const subject = this.#take(route, now);
    let next = Number.POSITIVE_INFINITY;
    for (const { conditions } of this.rules) {
      const age = conditions.find((condition) => condition instanceof AgeWithin);
      if (!conditions.every((condition) => condition === age || condition.holds(subject))) continue;
      if (age === undefined) break;
      if (subject.age < age.min) next = Math.min(next, route.since + age.min);
      else if (subject.age <= age.max) {
        next = Math.min(next, route.since + age.max + 1);
        break;
      }
    }
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }

  #take(route: CrossingRoute, now: number): Subject {
    return this.#subject.take(route, this.looksAtAge ? now : undefined);
  }
}

function matches({ conditions }: CompiledRule, subject: Subject): boolean {
  for (let i = 0; i < conditions.length; i++) if (!conditions[i]!.holds(subject)) return false;
  return true;
}
