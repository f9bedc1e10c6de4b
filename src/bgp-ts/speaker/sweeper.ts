/** Removes routes of many paths at a time in the background: those of a source that went, or those that stayed stale. */
import type { RouteTable } from '../rib/route-table.ts';

export interface SweeperModules {
  readonly table: RouteTable;
  /** All routes of a source are gone; its index is free. */
  readonly emptied: (source: number) => void;
}

type Task = 'withdraw' | 'remove-stale';

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

  /** Leaves a source alone from now on: its epoch changes, and what was to be removed may come again. */
  cancel(source: number): void {
    this.#tasks.delete(source);
  }

  /** Works until `now` gives `until` or more; true when there is more to do. */
  run(now: () => number, until: number): boolean {
    const { table, emptied } = this.#modules;
    for (const [source, work] of this.#tasks) {
      while (work.from >= 0) {
        work.from =
          work.task === 'withdraw'
            ? table.withdrawSource(source, work.from, BUDGET)
            : table.sweepStale(source, work.from, BUDGET);
        if (work.from >= 0 && now() >= until) return true;
      }
      this.#tasks.delete(source);
      if (work.task === 'withdraw') emptied(source);
      if (now() >= until) break;
    }
    return this.#tasks.size > 0;
  }

  #begin(source: number, task: Task): void {
    this.#tasks.delete(source);
    this.#tasks.set(source, { task, from: 0 });
  }
}
