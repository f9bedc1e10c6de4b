interface Held<Claim> {
  readonly destination: number;
  /** Of those that nothing tells apart, the first counts. */
  readonly serial: number;
  claim: Claim;
  place: number;
}

/**
 * Claims to one address, the best of them at the top of a heap: whoever says the same address ten thousand times, each with
 * another route distinguisher, costs no more than with ten thousand addresses.
 */
export class ClaimHeap<Claim> {
  readonly #compare: (a: Claim, b: Claim) => number;
  readonly #heap: Held<Claim>[] = [];
  readonly #byDestination = new Map<number, Held<Claim>>();
  #serial = 0;

  constructor(compare: (a: Claim, b: Claim) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#heap.length;
  }
  /** Undefined while there is none. */
  get best(): { readonly destination: number; readonly claim: Claim } | undefined {
    return this.#heap[0];
  }
  destinations(): Iterable<number> {
    return this.#byDestination.keys();
  }
  /** In the order in which they came. */
  *claims(): Iterable<Claim> {
    for (const { claim } of this.#byDestination.values()) yield claim;
  }

  set(destination: number, claim: Claim): void {
    let held = this.#byDestination.get(destination);
    if (held === undefined) {
      held = { destination, serial: this.#serial++, claim, place: this.#heap.length };
      this.#byDestination.set(destination, held);
      this.#heap.push(held);
    }
    held.claim = claim;
    this.#settle(held);
  }

  delete(destination: number): void {
    const held = this.#byDestination.get(destination);
    if (held === undefined) return;
    this.#byDestination.delete(destination);
    const last = this.#heap.pop() as Held<Claim>;
    if (last === held) return;
    this.#put(last, held.place);
    this.#settle(last);
  }

  /** Moves it up or down to where it belongs. */
  #settle(held: Held<Claim>): void {
    for (let up = (held.place - 1) >> 1; held.place > 0 && this.#isBefore(held, this.#heap[up]); up = (up - 1) >> 1) {
      this.#swap(held, this.#heap[up]);
    }
    for (;;) {
      const left = 2 * held.place + 1;
      const right = left + 1;
      if (left >= this.#heap.length) return;
      const isRight = right < this.#heap.length && this.#isBefore(this.#heap[right], this.#heap[left]);
      const child = this.#heap[isRight ? right : left];
      if (!this.#isBefore(child, held)) return;
      this.#swap(held, child);
    }
  }

  #isBefore(a: Held<Claim>, b: Held<Claim>): boolean {
    return (this.#compare(a.claim, b.claim) || a.serial - b.serial) < 0;
  }

  #swap(a: Held<Claim>, b: Held<Claim>): void {
    const { place } = a;
    this.#put(a, b.place);
    this.#put(b, place);
  }

  #put(held: Held<Claim>, place: number): void {
    held.place = place;
    this.#heap[place] = held;
  }
}
