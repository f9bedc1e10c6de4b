/**
 * What was encoded for one class of neighbours and is still to be read by some of them: batches in version order. The
 * log is bounded: when it is full the oldest batches go, and whoever had not read them resumes from the table.
 */
import type { EncodedBatch } from './encoded-batch.ts';

export class ChangeLog {
  readonly #limit: number;
  #batches: EncodedBatch[] = [];
  /** Index of the first batch still held, as a position that never goes back. */
  #base = 0;
  #bytes = 0;
  #appended = 0;
  #droppedVersion = 0;

  /** @param limit octets held at most, one batch always being kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Position of the oldest batch held, and the one behind the newest. */
  get begin(): number {
    return this.#base;
  }
  get end(): number {
    return this.#base + this.#batches.length;
  }
  get bytes(): number {
    return this.#bytes;
  }
  /** Octets ever appended: the difference of two readings is a distance in the stream. */
  get appended(): number {
    return this.#appended;
  }

  append(batch: EncodedBatch): void {
    if (batch.bytes.length === 0) return;
    this.#batches.push(batch);
    this.#bytes += batch.bytes.length;
    this.#appended += batch.bytes.length;
    let drop = 0;
    while (this.#bytes > this.#limit && drop < this.#batches.length - 1)
      this.#bytes -= this.#batches[drop++].bytes.length;
    this.#drop(drop);
  }

  /** Batch at a position within [begin, end). */
  at(position: number): EncodedBatch {
    return this.#batches[position - this.#base];
  }

  /** Forgets batches before `position`, which everyone has read. */
  trim(position: number): void {
    const drop = Math.min(position, this.end) - this.#base;
    if (drop <= 0) return;
    for (let i = 0; i < drop; i++) this.#bytes -= this.#batches[i].bytes.length;
    this.#drop(drop);
  }

  /** Position of the first batch that brings a reader beyond `version`, or -1 when batches it needs are gone. */
  positionAfter(version: number): number {
    if (this.#droppedVersion > version) return -1;
    let at = 0;
    while (at < this.#batches.length && this.#batches[at].version <= version) at++;
    return this.#base + at;
  }

  #drop(count: number): void {
    if (count === 0) return;
    this.#droppedVersion = this.#batches[count - 1].version;
    this.#batches = this.#batches.slice(count);
    this.#base += count;
  }
}
