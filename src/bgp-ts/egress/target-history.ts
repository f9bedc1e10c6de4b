/**
 * With which route targets a destination has been announced since anybody may still hold it: what a reader that was left
 * behind must be told to forget is then known by them, and need not be withdrawn from everybody. Destinations whose
 * targets have changed are not told apart: nobody knows which of them a reader holds.
 */
import type { AttributeStore } from '../rib/attribute-store.ts';
import type { Changes, RouteTable } from '../rib/route-table.ts';
import type { TargetSet } from '../rib/target-set.ts';

const SEVERAL = Symbol('several');

export interface TargetHistoryModules {
  readonly table: RouteTable;
  readonly attributes: AttributeStore;
}

export class TargetHistory {
  readonly #table: RouteTable;
  readonly #attributes: AttributeStore;
  /** By destination. A set that no route has any more is kept by this alone. */
  readonly #targets: (TargetSet | typeof SEVERAL | undefined)[] = [];

  /** Begins with what is emitted; of what was withdrawn before, nothing is known. */
  constructor({ table, attributes }: TargetHistoryModules) {
    this.#table = table;
    this.#attributes = attributes;
    for (let destination = 0; destination < table.end; destination++) {
      const wasSent = table.isUsed(destination) && table.sentRider(destination) !== undefined;
      const set = wasSent ? table.sentSet(destination) : -1;
      this.#targets[destination] = set >= 0 ? attributes.get(set).targets : wasSent ? SEVERAL : undefined;
    }
  }

  /** After a decision: what is emitted now. */
  apply({ destinations, length }: Changes): void {
    for (let i = 0; i < length; i++) {
      const destination = destinations[i];
      const set = this.#table.sentSet(destination);
      if (set < 0) continue;
      const { targets } = this.#attributes.get(set);
      const before = this.#targets[destination];
      if (before === undefined) this.#targets[destination] = targets;
      else if (before !== SEVERAL && !areSame(before, targets)) this.#targets[destination] = SEVERAL;
    }
  }

  /** Everybody has heard that the destination is gone. */
  forget(destination: number): void {
    this.#targets[destination] = undefined;
  }

  /** The only targets that the destination was announced with; undefined when there were others. */
  of(destination: number): TargetSet | undefined {
    const targets = this.#targets[destination];
    return targets === SEVERAL ? undefined : targets;
  }
}

/** Sets that were given up and came again are equal, and another object. */
function areSame(one: TargetSet, other: TargetSet): boolean {
  return one === other || one.targets.join() === other.targets.join();
}
