/**
 * How many routes are emitted with each attribute set, and what they ask of their receiver: from this follows what a
 * neighbour that does not take every route has been sent, without a look at each route.
 */
import type { AttributeSet, AttributeStore } from '../rib/attribute-store.ts';
import type { KeyArena } from '../rib/key-arena.ts';
import { KEY_REQUIREMENTS } from '../rib/requirements.ts';
import type { Changes, RouteTable } from '../rib/route-table.ts';

interface Count {
  readonly set: AttributeSet;
  /** Routes by what their keys ask. */
  readonly routes: number[];
  all: number;
}

export interface TallyModules {
  readonly table: RouteTable;
  readonly attributes: AttributeStore;
  /** Below {@link KEY_REQUIREMENTS}. */
  readonly requirements: (arena: KeyArena, keyAt: number) => number;
}

const NONE = -1;

export class Tally {
  readonly #modules: TallyModules;
  readonly #counts = new Map<number, Count>();
  /** Routes by what they ask, by the index of their source, for sources with such routes alone. */
  readonly #demandsOf = new Map<number, Map<number, number>>();

  /** Counts what the table has emitted so far. */
  constructor(modules: TallyModules) {
    this.#modules = modules;
    const { table } = modules;
    for (let destination = 0; destination < table.end; destination++) {
      if (table.isUsed(destination)) this.#add(table.sentSet(destination), this.#keyNeeds(destination), 1);
    }
  }

  /** Whether a source has a route with one of these requirements. */
  hasFrom(source: number, requirements: number): boolean {
    for (const needs of this.#demandsOf.get(source)?.keys() ?? []) if ((needs & requirements) !== 0) return true;
    return false;
  }

  /** Whether any source has. */
  has(requirements: number): boolean {
    for (const source of this.#demandsOf.keys()) if (this.hasFrom(source, requirements)) return true;
    return false;
  }

  /** Follows one decision, whose old sets are still held. */
  apply({ destinations, oldSets, length }: Changes): void {
    for (let i = 0; i < length; i++) {
      const needs = this.#keyNeeds(destinations[i]);
      this.#add(oldSets[i], needs, -1);
      this.#add(this.#modules.table.sentSet(destinations[i]), needs, 1);
    }
  }

  /** Routes whose set `has` and that ask nothing of `cannot`; and those that ask something of `requirements`. */
  count(
    has: (set: AttributeSet) => boolean,
    cannot: number,
    requirements: number,
  ): { readonly routes: number; readonly heldBack: number } {
    let routes = 0;
    let heldBack = 0;
    for (const count of this.#counts.values()) {
      if (!has(count.set)) continue;
      for (let keyNeeds = 0; keyNeeds < KEY_REQUIREMENTS; keyNeeds++) {
        const needs = keyNeeds | count.set.needs;
        if ((needs & cannot) === 0) routes += count.routes[keyNeeds];
        if ((needs & requirements) !== 0) heldBack += count.routes[keyNeeds];
      }
    }
    return { routes, heldBack };
  }

  #keyNeeds(destination: number): number {
    const { table, requirements } = this.#modules;
    return requirements(table.arena, table.keyAt(destination));
  }

  #add(id: number, keyNeeds: number, sign: 1 | -1): void {
    if (id === NONE) return;
    let count = this.#counts.get(id);
    if (count === undefined) {
      count = { set: this.#modules.attributes.get(id), routes: new Array(KEY_REQUIREMENTS).fill(0), all: 0 };
      this.#counts.set(id, count);
    }
    count.routes[keyNeeds] += sign;
    count.all += sign;
    const needs = keyNeeds | count.set.needs;
    if (needs !== 0) this.#addDemanding(count.set.source.index, needs, sign);
    if (count.all === 0) this.#counts.delete(id);
  }

  #addDemanding(source: number, needs: number, sign: 1 | -1): void {
    const of = this.#demandsOf.get(source) ?? new Map<number, number>();
    this.#demandsOf.set(source, of);
    const routes = (of.get(needs) ?? 0) + sign;
    if (routes > 0) of.set(needs, routes);
    else of.delete(needs);
    if (of.size === 0) this.#demandsOf.delete(source);
  }
}
