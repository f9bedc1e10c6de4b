/**
 * Something of each destination of a route table, in an array: it grows by doubling at once, so that a large table is not
 * copied again and again, nor gone through anew with everybody waiting, as a Map is when it grows or much was deleted.
 */

/** Destinations that there is room for at first. */
const CAPACITY = 1024;

export class DestinationColumn<T extends object> {
  #values = new Array<T | undefined>(CAPACITY);
  #size = 0;

  /** Destinations that have something. */
  get size(): number {
    return this.#size;
  }

  get(destination: number): T | undefined {
    return destination < this.#values.length ? this.#values[destination] : undefined;
  }

  set(destination: number, value: T | undefined): void {
    const before = this.get(destination);
    if (before === value) return;
    if (destination >= this.#values.length) this.#grow(destination);
    this.#values[destination] = value;
    this.#size += Number(value !== undefined) - Number(before !== undefined);
  }

  #grow(destination: number): void {
    const old = this.#values;
    this.#values = new Array(2 ** Math.ceil(Math.log2(destination + 1)));
    for (let at = 0; at < old.length; at++) this.#values[at] = old[at];
  }
}
