/** Conditions on numbers: from one to another, both included. */
import type { Range } from '../policy.ts';
import { type CrossingAttributes, crossingTypes } from '../route.ts';
import type { Subject } from '../subject.ts';
import { type Condition, type ConditionKey, type Ternary, ternary } from './condition.ts';

abstract class Within implements Condition {
  readonly key: ConditionKey;
  readonly types = crossingTypes;
  readonly min: number;
  readonly max: number;

  constructor(key: ConditionKey, { min = 0, max = Number.POSITIVE_INFINITY }: Range) {
    this.key = key;
    this.min = min;
    this.max = max;
  }

  get wanted(): string {
    if (this.min === this.max) return String(this.min);
    return this.max === Number.POSITIVE_INFINITY ? `at least ${this.min}` : `${this.min} to ${this.max}`;
  }

  abstract holds(subject: Subject): boolean;
  abstract known(attributes: CrossingAttributes): Ternary;
  abstract found(subject: Subject): string;

  implies(other: Condition): boolean {
    return other instanceof Within && other.key === this.key && other.min <= this.min && this.max <= other.max;
  }

  excludes(): boolean {
    return false;
  }

  protected has(value: number): boolean {
    return value >= this.min && value <= this.max;
  }
}

/** Of a number that attributes hold. */
export class NumberWithin extends Within {
  readonly #of: (attributes: CrossingAttributes) => number;

  constructor(key: ConditionKey, range: Range, of: (attributes: CrossingAttributes) => number) {
    super(key, range);
    this.#of = of;
  }

  holds({ route }: Subject): boolean {
    return this.has(this.#of(route));
  }

  known(attributes: CrossingAttributes): 'yes' | 'no' {
    return ternary(this.has(this.#of(attributes)));
  }

  found({ route }: Subject): string {
    return String(this.#of(route));
  }
}

/** Of the whole seconds since a route came. */
export class AgeWithin extends Within {
  constructor(range: Range) {
    super('age', range);
  }

  holds({ age }: Subject): boolean {
    return this.has(age);
  }

  known(): Ternary {
    return this.min === 0 && this.max === Number.POSITIVE_INFINITY ? 'yes' : 'depends';
  }

  found({ age }: Subject): string {
    return `${age} s`;
  }
}
