/**
 * The routes of one multiprotocol attribute, each found once: what is asked of all of them before the first is taken (are
 * they well-formed, where will the table look for them) is then not found out again. Numbers in columns, used again for
 * every UPDATE.
 */
import { emptySplit, type NlriSplit } from '../wire/nlri/evpn/split.ts';

/** Numbers of one route: those of its split, and where it begins. */
const WIDTH = 8;
const CAPACITY = 256;

export class SplitBatch {
  #numbers = new Int32Array(CAPACITY * WIDTH);
  /** Hash of each route's key, where the table has filled them in. */
  hashes = new Int32Array(CAPACITY);
  /** What the table saw when it looked ahead; means nothing, and keeps the compiler from leaving the looks out. */
  seen = 0;
  /** Routes in it. */
  length = 0;
  readonly #split = emptySplit();

  clear(): void {
    this.length = 0;
  }

  /** Adds a route whose NLRI, path identifier included, begins at `at`. */
  add(split: NlriSplit, at: number): void {
    if (this.length === this.hashes.length) this.#grow();
    const numbers = this.#numbers;
    const base = this.length++ * WIDTH;
    numbers[base] = split.type;
    numbers[base + 1] = split.valueStart;
    numbers[base + 2] = split.next;
    numbers[base + 3] = split.midStart;
    numbers[base + 4] = split.midLength;
    numbers[base + 5] = split.tailStart;
    numbers[base + 6] = split.tailLength;
    numbers[base + 7] = at;
  }

  /** Where the parts of route `index` lie; valid until the next call. */
  at(index: number): NlriSplit {
    const numbers = this.#numbers;
    const base = index * WIDTH;
    const split = this.#split;
    split.type = numbers[base];
    split.valueStart = numbers[base + 1];
    split.next = numbers[base + 2];
    split.midStart = numbers[base + 3];
    split.midLength = numbers[base + 4];
    split.tailStart = numbers[base + 5];
    split.tailLength = numbers[base + 6];
    return split;
  }

  /** Where the NLRI of route `index` begins, with its path identifier if it has one. */
  startOf(index: number): number {
    return this.#numbers[index * WIDTH + 7];
  }

  #grow(): void {
    const numbers = new Int32Array(this.#numbers.length * 2);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    this.hashes = new Int32Array(this.hashes.length * 2);
  }
}
