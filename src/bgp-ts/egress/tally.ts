/**
 * How many routes are emitted with each attribute set, and how many of them ask something of their receiver: from this
 * follows what a neighbour that does not take every route has been sent, without a look at each route.
 */
import type { AttributeSet, AttributeStore } from '../rib/attribute-store.ts';
import type { KeyArena } from '../rib/key-arena.ts';
import type { Changes, RouteTable } from '../rib/route-table.ts';

interface Count {
  readonly set: AttributeSet;
  routes: number;
  /** Of these, routes with a requirement. */
  demanding: number;
}

export interface TallyModules {
  readonly table: RouteTable;
  readonly attributes: AttributeStore;
  readonly requirements: (arena: KeyArena, keyAt: number) => number;
}

const NONE = -1;

export class Tally {
  readonly #modules: TallyModules;
  readonly #counts = new Map<number, Count>();
  #demanding = 0;
  /** Those by the index of their source. */
  readonly #demandingOf = new Map<number, number>();

  /** Counts what the table has emitted so far. */
  constructor(modules: TallyModules) {
    this.#modules = modules;
    const { table } = modules;
    for (let destination = 0; destination < table.end; destination++) {
      if (table.isUsed(destination)) this.#add(table.sentSet(destination), this.#demands(destination), 1);
    }
  }

  /** Routes that some receivers cannot take. */
  get demanding(): number {
    return this.#demanding;
  }

  /** Of these, routes that a source announced. */
  demandingOf(source: number): number {
    return this.#demandingOf.get(source) ?? 0;
  }

  /** Follows one decision, whose old sets are still held. */
  apply({ destinations, oldSets, length }: Changes): void {
    for (let i = 0; i < length; i++) {
      const demanding = this.#demands(destinations[i]);
      this.#add(oldSets[i], demanding, -1);
      this.#add(this.#modules.table.sentSet(destinations[i]), demanding, 1);
    }
  }

  /** Routes whose set `has`, and those among them with a requirement. */
  count(has: (set: AttributeSet) => boolean): { readonly routes: number; readonly demanding: number } {
    let routes = 0;
    let demanding = 0;
    for (const count of this.#counts.values()) {
      if (!has(count.set)) continue;
      routes += count.routes;
      demanding += count.demanding;
    }
    return { routes, demanding };
  }

  #demands(destination: number): number {
    const { table, requirements } = this.#modules;
    return requirements(table.arena, table.keyAt(destination)) === 0 ? 0 : 1;
  }

  #add(id: number, demanding: number, sign: 1 | -1): void {
    if (id === NONE) return;
    let count = this.#counts.get(id);
    if (count === undefined) {
      count = { set: this.#modules.attributes.get(id), routes: 0, demanding: 0 };
      this.#counts.set(id, count);
    }
    count.routes += sign;
    count.demanding += sign * demanding;
    if (demanding > 0) this.#addDemanding(count.set.source.index, sign);
    if (count.routes === 0) this.#counts.delete(id);
  }

  #addDemanding(source: number, sign: 1 | -1): void {
    this.#demanding += sign;
    const count = this.demandingOf(source) + sign;
    if (count === 0) this.#demandingOf.delete(source);
    else this.#demandingOf.set(source, count);
  }
}
