/** One thing that a rule asks of a route. A rule matches where all of its conditions hold. */
import type { CrossingAttributes, CrossingType } from '../route.ts';
import type { Subject } from '../subject.ts';

/** What is known of a condition before the route is: it holds for all routes with these attributes, for none, or for some. */
export type Ternary = 'yes' | 'no' | 'depends';

/** The key in the file that asks for it. */
export type ConditionKey =
  | 'type'
  | 'network'
  | 'mac'
  | 'oui'
  | 'ip'
  | 'prefix'
  | 'community'
  | 'routeTarget'
  | 'encapsulation'
  | 'sequence'
  | 'sticky'
  | 'dPath.contains'
  | 'dPath.length'
  | 'age'
  | 'aggregate'
  | 'summariseMacs';

export interface Condition {
  readonly key: ConditionKey;
  /** What is asked for, as people read it. */
  readonly wanted: string;
  /** The types of route that it can hold for. */
  readonly types: readonly CrossingType[];
  holds(subject: Subject): boolean;
  known(attributes: CrossingAttributes): Ternary;
  /** Whether each route that this holds for is one that `other` holds for. May say no where it is hard to tell. */
  implies(other: Condition): boolean;
  /** Whether there is no route that both hold for. May say no where it is hard to tell. */
  excludes(other: Condition): boolean;
  /** What the route has of it, as people read it. */
  found(subject: Subject): string;
}

export const noneFound = 'none';

export function ternary(holds: boolean): 'yes' | 'no' {
  return holds ? 'yes' : 'no';
}
