/** Destinations with a path that is refused, so that conflicts are found without a walk of the table. */
import type { PathWatcher, RouteTable, Speaker } from 'bgp-ts';

type Attributes = Pick<Speaker['attributes'], 'get'>;

export class RefusedIndex implements PathWatcher {
  readonly #table: RouteTable;
  readonly #attributes: Attributes;
  readonly #destinations = new Set<number>();

  constructor(table: RouteTable, attributes: Attributes) {
    this.#table = table;
    this.#attributes = attributes;
    table.watch(this);
    for (let from = 0; from >= 0; ) from = table.replay(this, from, 65_536);
  }

  /** Is told of no more. */
  end(): void {
    this.#table.unwatch(this);
  }

  /** Those that have one; others are forgotten when they are come across. */
  *destinations(): Iterable<number> {
    for (const destination of this.#destinations) {
      if (this.#isRefused(destination)) yield destination;
      else this.#destinations.delete(destination);
    }
  }

  changed(destination: number, path: number): void {
    if (this.#attributes.get(this.#table.setOf(path)).refusal !== 0) this.#destinations.add(destination);
  }

  removed(): void {}

  #isRefused(destination: number): boolean {
    const table = this.#table;
    return (
      table.isUsed(destination) && table.pathsTo(destination).some(({ set }) => this.#attributes.get(set).refusal !== 0)
    );
  }
}
