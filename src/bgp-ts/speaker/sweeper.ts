/**
 * What is done to many routes of one source in the background: removing them when it went, removing or marking those that
 * stayed stale.
 */
import type { RouteTable } from '../rib/route-table.ts';

export interface SweeperModules {
  readonly table: RouteTable;
  /** The set for a stale path that is to be long-lived stale, or -1 (`AttributeStore.longLivedStale`). */
  readonly longLivedStale: (set: number) => number;
  /** All routes of a source are gone; its index is free. */
  readonly emptied: (source: number) => void;
}

type Task = 'withdraw' | 'remove-stale' | 'age-stale';

/** Paths looked at in one go. */
const BUDGET = 65_536;

export class Sweeper {
  readonly #modules: SweeperModules;
  /** By source: one task each, in the order in which they came. */
  readonly #tasks = new Map<number, { readonly task: Task; from: number }>();

  constructor(modules: SweeperModules) {
    this.#modules = modules;
  }

  /** Whether there is nothing to do. */
  get idle(): boolean {
    return this.#tasks.size === 0;
  }

  /** Removes everything of a source, whatever else was to be done to it. */
  withdraw(source: number): void {
    this.#begin(source, 'withdraw');
  }

  /** Removes what is stale of a source ({@link RouteTable.sweepStale}). */
  removeStale(source: number): void {
    this.#begin(source, 'remove-stale');
  }

  /** Makes what is stale of a source long-lived stale (RFC 9494 §4.2). */
  ageStale(source: number): void {
    this.#begin(source, 'age-stale');
  }

  /** Leaves a source alone from now on: its epoch changes, and what was to be removed may come again. */
  cancel(source: number): void {
    this.#tasks.delete(source);
  }

  /** Works until `now` gives `until` or more; true when there is more to do. */
  run(now: () => number, until: number): boolean {
    const { emptied } = this.#modules;
    for (const [source, work] of this.#tasks) {
      while (work.from >= 0) {
        work.from = this.#step(work.task, source, work.from);
        if (work.from >= 0 && now() >= until) return true;
      }
      this.#tasks.delete(source);
      if (work.task === 'withdraw') emptied(source);
      if (now() >= until) break;
    }
    return this.#tasks.size > 0;
  }

  #step(task: Task, source: number, from: number): number {
    const { table, longLivedStale } = this.#modules;
    switch (task) {
      case 'withdraw':
        return table.withdrawSource(source, from, BUDGET);
      case 'remove-stale':
        return table.sweepStale(source, from, BUDGET);
      case 'age-stale':
        return table.replaceStale(source, from, BUDGET, longLivedStale);
    }
  }

  #begin(source: number, task: Task): void {
    this.#tasks.delete(source);
    this.#tasks.set(source, { task, from: 0 });
  }
}
