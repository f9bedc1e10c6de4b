/**
 * Destinations of a route table in the order in which they were added, each once, linked through columns that are indexed by
 * destination: adding and taking away allocate nothing but when the table grows, where a Set makes garbage of its own size
 * again and again.
 */

/** In place of a number of a destination. */
const NONE = -1;
/** Its neighbours in the list are unknown: it is not in it. */
const ABSENT = -2;
/** Destinations that there is room for at first. */
const CAPACITY = 1024;

export class DestinationList {
  #next: Int32Array = new Int32Array(CAPACITY).fill(ABSENT);
  #previous: Int32Array = new Int32Array(CAPACITY);
  #first = NONE;
  #last = NONE;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** At the end; one that is in it stays where it is. */
  add(destination: number): void {
    if (destination >= this.#next.length) this.#grow(destination);
    if (this.#next[destination] !== ABSENT) return;
    this.#next[destination] = NONE;
    this.#previous[destination] = this.#last;
    if (this.#last === NONE) this.#first = destination;
    else this.#next[this.#last] = destination;
    this.#last = destination;
    this.#size++;
  }

  delete(destination: number): void {
    const next = this.#next[destination] ?? ABSENT;
    if (next === ABSENT) return;
    const previous = this.#previous[destination];
    if (previous === NONE) this.#first = next;
    else this.#next[previous] = next;
    if (next === NONE) this.#last = previous;
    else this.#previous[next] = previous;
    this.#next[destination] = ABSENT;
    this.#size--;
  }

  /** Takes away the one that was added first, and answers it; -1 when there is none. */
  take(): number {
    const first = this.#first;
    if (first !== NONE) this.delete(first);
    return first;
  }

  #grow(destination: number): void {
    const capacity = 2 ** Math.ceil(Math.log2(destination + 1));
    const next = new Int32Array(capacity).fill(ABSENT);
    next.set(this.#next);
    this.#next = next;
    const previous = new Int32Array(capacity);
    previous.set(this.#previous);
    this.#previous = previous;
  }
}
