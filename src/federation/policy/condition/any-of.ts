/** Conditions on names and numbers that attributes hold: any of a list. */
import { type CrossingAttributes, type CrossingType, crossingTypes } from '../route.ts';
import type { Subject } from '../subject.ts';
import { type Condition, type ConditionKey, noneFound, ternary } from './condition.ts';

type Value = string | number | boolean;

/** Of what a route has one of. */
export class OneOf implements Condition {
  readonly key: ConditionKey;
  readonly types: readonly CrossingType[];
  readonly #values: ReadonlySet<Value>;
  readonly #of: (attributes: CrossingAttributes) => Value;

  constructor(
    key: ConditionKey,
    values: readonly Value[],
    of: (attributes: CrossingAttributes) => Value,
    types: readonly CrossingType[] = crossingTypes,
  ) {
    this.key = key;
    this.#values = new Set(values);
    this.#of = of;
    this.types = types;
  }

  get wanted(): string {
    return [...this.#values].join(', ');
  }

  holds({ route }: Subject): boolean {
    return this.#values.has(this.#of(route));
  }

  known(attributes: CrossingAttributes): 'yes' | 'no' {
    return ternary(this.#values.has(this.#of(attributes)));
  }

  implies(other: Condition): boolean {
    return other instanceof OneOf && other.key === this.key && isSubset(this.#values, other.#values);
  }

  excludes(): boolean {
    return false;
  }

  found({ route }: Subject): string {
    return String(this.#of(route));
  }
}

/** Of what a route has several. */
export class SomeOf implements Condition {
  readonly key: ConditionKey;
  readonly types = crossingTypes;
  readonly #values: ReadonlySet<string>;
  readonly #of: (attributes: CrossingAttributes) => readonly string[];

  constructor(key: ConditionKey, values: readonly string[], of: (attributes: CrossingAttributes) => readonly string[]) {
    this.key = key;
    this.#values = new Set(values);
    this.#of = of;
  }

  get wanted(): string {
    return [...this.#values].join(', ');
  }

  holds({ route }: Subject): boolean {
    return this.#isAmong(this.#of(route));
  }

  known(attributes: CrossingAttributes): 'yes' | 'no' {
    return ternary(this.#isAmong(this.#of(attributes)));
  }

  implies(other: Condition): boolean {
    return other instanceof SomeOf && other.key === this.key && isSubset(this.#values, other.#values);
  }

  excludes(): boolean {
    return false;
  }

  found({ route }: Subject): string {
    return this.#of(route).join(', ') || noneFound;
  }

  #isAmong(has: readonly string[]): boolean {
    for (let i = 0; i < has.length; i++) if (this.#values.has(has[i]!)) return true;
    return false;
  }
}

function isSubset<T>(inner: ReadonlySet<T>, outer: ReadonlySet<T>): boolean {
  for (const value of inner) if (!outer.has(value)) return false;
  return true;
}
