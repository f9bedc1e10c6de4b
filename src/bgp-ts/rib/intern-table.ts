/** What an interned value carries for its table: a number for columns, a count of holders, and its place in a chain. */
export interface InternSlot<T> {
  readonly id: number;
  refs: number;
  readonly hash: number;
  nextSameHash: T | undefined;
}

/**
 * Values found by hash and by number, with reference counts; the comparison is the caller's, who walks the chain that
 * {@link first} gives. Numbers of dropped values are used again.
 */
export class InternTable<T extends InternSlot<T>> {
  readonly #byHash = new Map<number, T>();
  readonly #byId: (T | undefined)[] = [];
  readonly #freeIds: number[] = [];

  get size(): number {
    return this.#byId.length - this.#freeIds.length;
  }

  /** Every value held. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (const slot of this.#byId) if (slot !== undefined) yield slot;
  }

  /** The value with this number, which the caller holds a reference to. */
  get(id: number): T {
    return this.#byId[id] as T;
  }

  /** Head of the chain of values with this hash; follow `nextSameHash`. */
  first(hash: number): T | undefined {
    return this.#byHash.get(hash);
  }

  /** The number that the next {@link add} must carry. */
  takeId(): number {
    return this.#freeIds.pop() ?? this.#byId.length;
  }

  /** Enters a value whose `id` came from {@link takeId} and whose `nextSameHash` is `first(hash)`. */
  add(slot: T): void {
    this.#byHash.set(slot.hash, slot);
    this.#byId[slot.id] = slot;
  }

  retain(id: number): void {
    (this.#byId[id] as T).refs++;
  }

  /** Gives back one reference; returns the value when that was the last, and forgets it. */
  release(id: number): T | undefined {
    const slot = this.#byId[id] as T;
    if (--slot.refs > 0) return undefined;
    this.#byId[id] = undefined;
    this.#freeIds.push(id);
    const first = this.#byHash.get(slot.hash) as T;
    if (first === slot) {
      if (slot.nextSameHash === undefined) this.#byHash.delete(slot.hash);
      else this.#byHash.set(slot.hash, slot.nextSameHash);
      return slot;
    }
    let before = first;
    while (before.nextSameHash !== slot) before = before.nextSameHash as T;
    before.nextSameHash = slot.nextSameHash;
    return slot;
  }
}
