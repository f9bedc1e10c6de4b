/** What a policy says of a route. */
import type { Policy, PolicyRule, RuleChanges } from './policy.ts';

/** Which rule it was. */
export interface RuleReference {
  readonly file: string;
  readonly line: number;
  readonly name?: string;
  /** From 0. */
  readonly index: number;
}

/**
 * One object for each rule of a compiled policy, and one for its default: equal verdicts of a policy are the same object. One with
 * `aggregate` or `summary` refuses the route itself; its other changes are for the route that is made instead.
 */
export interface Verdict extends RuleChanges {
  readonly outcome: 'accept' | 'refuse';
  readonly rule: RuleReference | 'default';
}

export function verdictOfRule(file: string, index: number, { line, name, action }: PolicyRule): Verdict {
  const rule = { file, line, ...(name !== undefined && { name }), index };
  if (action.outcome === 'refuse') return { outcome: 'refuse', rule };
  const standsFor = action.aggregate !== undefined || action.summary !== undefined;
  return { ...action, outcome: standsFor ? 'refuse' : 'accept', rule };
}

export function defaultVerdict(policy: Policy): Verdict {
  return { outcome: policy.default, rule: 'default' };
}
