/** Why a policy says of a route what it says: which rules were tried, and what of them the route does not fulfil. */
import type { CompiledPolicy } from './compile.ts';
import type { ConditionKey } from './condition/condition.ts';
import type { CrossingRoute } from './route.ts';
import { Subject } from './subject.ts';
import type { RuleReference, Verdict } from './verdict.ts';

export interface UnmetCondition {
  readonly key: ConditionKey;
  /** What the rule asks for, and what the route has, as people read it. */
  readonly wanted: string;
  readonly found: string;
}

export interface TriedRule {
  readonly rule: RuleReference;
  /** Empty where the rule matched, which is then the last that was tried. */
  readonly unmet: readonly UnmetCondition[];
}

export interface PolicyExplanation {
  readonly verdict: Verdict;
  /** In order, up to the one that decided. */
  readonly tried: readonly TriedRule[];
}

/** `now` is in seconds since the epoch. */
export function explainPolicy(policy: CompiledPolicy, route: CrossingRoute, now: number): PolicyExplanation {
  const subject = new Subject().take(route, now);
  const tried: TriedRule[] = [];
  for (const { conditions, verdict } of policy.rules) {
    if (verdict.rule === 'default') continue;
    const unmet = conditions
      .filter((condition) => !condition.holds(subject))
      .map((condition) => ({ key: condition.key, wanted: condition.wanted, found: condition.found(subject) }));
    tried.push({ rule: verdict.rule, unmet });
    if (unmet.length === 0) return { verdict, tried };
  }
  return { verdict: policy.default, tried };
}
