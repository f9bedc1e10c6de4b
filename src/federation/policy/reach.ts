/** Rules that can never match, which no operator means to write. */
import type { Condition } from './condition/condition.ts';
import { conditionsOf } from './condition/conditions-of.ts';
import type { Policy, PolicyRule } from './policy.ts';
import { type CrossingType, crossingTypes } from './route.ts';

/** Why a rule can never match. */
export type Unreachable =
  /** Its own conditions contradict each other. */
  | { readonly index: number; readonly kind: 'contradiction'; readonly reason: string }
  /** The rule with index `by` matches whatever this one does, and comes before it. */
  | { readonly index: number; readonly kind: 'shadowed'; readonly by: number };

/** In order of the rules. What several earlier rules match only together is not looked for. */
export function unreachableRules(policy: Policy): Unreachable[] {
  const before: { readonly index: number; readonly asks: Asked }[] = [];
  return policy.rules.flatMap((rule, index): Unreachable[] => {
    const asks = askedBy(conditionsOf(rule));
    const reason = contradictionIn(asks);
    if (reason !== undefined) return [{ index, kind: 'contradiction', reason }];
    const by = before.find((earlier) => covers(earlier.asks, asks));
    if (by !== undefined) return [{ index, kind: 'shadowed', by: by.index }];
    before.push({ index, asks });
    return [];
  });
}

/** The types of route that a rule can match, by all its conditions. */
export function matchedTypes(rule: PolicyRule): readonly CrossingType[] {
  return askedBy(conditionsOf(rule)).types;
}

interface Asked {
  readonly conditions: readonly Condition[];
  /** The types of route that a rule can match, by all its conditions. */
  readonly types: readonly CrossingType[];
}

function askedBy(conditions: readonly Condition[]): Asked {
  const types = crossingTypes.filter((type) => conditions.every((condition) => condition.types.includes(type)));
  return { conditions, types };
}

function contradictionIn({ conditions, types }: Asked): string | undefined {
  for (const [i, one] of conditions.entries()) {
    const other = conditions.slice(0, i).find((earlier) => earlier.excludes(one) || one.excludes(earlier));
    if (other !== undefined) return `no route fulfils both ${named(other)} and ${named(one)}`;
  }
  if (types.length > 0) return undefined;
  const limiting = conditions.filter((condition) => condition.types.length < crossingTypes.length);
  return `no route fulfils ${limiting.map((one) => `${named(one)} (type ${one.types.join(' or ')})`).join(' and ')}`;
}

function named({ key }: Condition): string {
  return key;
}

function covers(earlier: Asked, later: Asked): boolean {
  if (!later.types.every((type) => earlier.types.includes(type))) return false;
  return earlier.conditions.every(
    (asked) => isAboutType(asked) || later.conditions.some((condition) => condition.implies(asked)),
  );
}

/** Those say nothing but what `types` of {@link Asked} holds. */
function isAboutType({ key }: Condition): boolean {
  return key === 'type' || key === 'summariseMacs';
}
