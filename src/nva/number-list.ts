/**
 * Small numbers, as those of a route table's destinations, in the order in which they were added, each once, linked through
 * columns that are indexed by them: adding and taking away allocate nothing but when a larger number comes, where a Set makes
 * garbage of its own size again and again.
 */
import { grown } from './columns.ts';

/** In place of a number: there is none. */
export const NONE = -1;
/** Its neighbours in the list are unknown: it is not in it. */
const ABSENT = -2;
/** Numbers that there is room for at first. */
const CAPACITY = 1024;

export class NumberList {
  #next: Int32Array = new Int32Array(CAPACITY).fill(ABSENT);
  #previous: Int32Array = new Int32Array(CAPACITY);
  #first = NONE;
  #last = NONE;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The one that was added first; {@link NONE} where there is none. */
  get first(): number {
    return this.#first;
  }

  /** At the end; one that is in it stays where it is. */
  add(number: number): void {
    if (number >= this.#next.length) this.#grow(number);
    if (this.#next[number] !== ABSENT) return;
    this.#next[number] = NONE;
    this.#previous[number] = this.#last;
    if (this.#last === NONE) this.#first = number;
    else this.#next[this.#last] = number;
    this.#last = number;
    this.#size++;
  }

  delete(number: number): void {
    const next = this.#next[number] ?? ABSENT;
    if (next === ABSENT) return;
    const previous = this.#previous[number];
    if (previous === NONE) this.#first = next;
    else this.#next[previous] = next;
    if (next === NONE) this.#last = previous;
    else this.#previous[next] = previous;
    this.#next[number] = ABSENT;
    this.#size--;
  }

  /** Takes away the {@link first}, and answers it. */
  take(): number {
    const first = this.#first;
    if (first !== NONE) this.delete(first);
    return first;
  }

  #grow(number: number): void {
    const capacity = 2 ** Math.ceil(Math.log2(number + 1));
    this.#next = grown(this.#next, new Int32Array(capacity).fill(ABSENT));
    this.#previous = grown(this.#previous, new Int32Array(capacity));
  }
}
