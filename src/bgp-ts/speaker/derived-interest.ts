/**
 * What a neighbour without RT-Constrain is taken to want: the routes of the virtual networks that it announces routes of
 * itself, known by the route targets of those. Counted by attribute sets as they come and go, not by routes.
 */
import { everything, type Interest, interestInKeys, nothing, type TargetKey, targetKey } from '../egress/interest.ts';
import type { TargetSet } from '../rib/target-set.ts';

/** Targets told apart for one neighbour; who announces more is sent every route. */
export const MAX_DERIVED_TARGETS = 65_536;

/** The interest of one neighbour in routes, derived from the routes that are held of it. */
export class DerivedInterest {
  /** What is lost goes on being wanted. */
  #keepsLost: boolean;
  /** Attribute sets held, by their targets. */
  readonly #sets = new Map<TargetSet, number>();
  /** How many of {@link #sets} have a target of this key; 0 for one that is lost and kept. */
  readonly #keys = new Map<TargetKey, number>();
  #interest: Interest = nothing;
  /** Keys that {@link #interest} was made of. */
  #made: ReadonlySet<TargetKey> = new Set();
  #changed = false;

  constructor(keepsLost: boolean) {
    this.#keepsLost = keepsLost;
  }

  /** What is wanted: a VNI, or a route target that stands for none. */
  get keys(): Iterable<TargetKey> {
    return this.#keys.keys();
  }

  /** Whether what is lost goes on being wanted from now on; otherwise what was lost before is no more. */
  keepLost(keepsLost: boolean): void {
    this.#keepsLost = keepsLost;
    if (keepsLost) return;
    for (const [key, count] of this.#keys) if (count === 0) this.#forget(key);
  }

  /** The neighbour has routes with one more attribute set, of these targets. */
  gain(targets: TargetSet): void {
    const count = this.#sets.get(targets) ?? 0;
    this.#sets.set(targets, count + 1);
    if (count > 0) return;
    for (const target of targets.targets) {
      const key = targetKey(target);
      const known = this.#keys.get(key);
      if (known === undefined) this.#changed = true;
      this.#keys.set(key, (known ?? 0) + 1);
    }
  }

  /** It has none any more with one of those that were gained. */
  lose(targets: TargetSet): void {
    const left = (this.#sets.get(targets) as number) - 1;
    if (left > 0) {
      this.#sets.set(targets, left);
      return;
    }
    this.#sets.delete(targets);
    for (const target of targets.targets) {
      const key = targetKey(target);
      const count = (this.#keys.get(key) as number) - 1;
      if (count > 0 || this.#keepsLost) this.#keys.set(key, count);
      else this.#forget(key);
    }
  }

  #forget(key: TargetKey): void {
    this.#keys.delete(key);
    this.#changed = true;
  }

  /** The routes that all this asks for: the same value for as long as they are the same. */
  interest(): Interest {
    if (!this.#changed) return this.#interest;
    this.#changed = false;
    const keys = this.#keys;
    if (keys.size > MAX_DERIVED_TARGETS) {
      this.#made = new Set();
      this.#interest = everything;
    } else if (keys.size !== this.#made.size || [...keys.keys()].some((key) => !this.#made.has(key))) {
      this.#made = new Set(keys.keys());
      this.#interest = keys.size === 0 ? nothing : interestInKeys(this.#made);
    }
    return this.#interest;
  }
}
