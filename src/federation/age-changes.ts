/**
 * Routes whose verdict becomes another by time alone, because a rule asks for their age: when to look at which. Each destination
 * stands here once, so that the table bounds it. Pure: times are whole seconds that are handed in.
 */
export class AgeChanges {
  readonly #bySecond = new Map<number, number[]>();
  readonly #secondOf = new Map<number, number>();
  #next = Number.POSITIVE_INFINITY;

  /** When there is something to look at; undefined: never. */
  get next(): number | undefined {
    return this.#next === Number.POSITIVE_INFINITY ? undefined : this.#next;
  }

  /** The destination is to be looked at then, or before; where it is to be sooner already, it plans anew when it was. */
  plan(destination: number, second: number): void {
    const known = this.#secondOf.get(destination);
    if (known !== undefined && known <= second) return;
    this.#secondOf.set(destination, second);
    const there = this.#bySecond.get(second);
    if (there === undefined) this.#bySecond.set(second, [destination]);
    else there.push(destination);
    this.#next = Math.min(this.#next, second);
  }

  /** Gives those of `now` and of before, each of which is then planned no more. */
  *due(now: number): Iterable<number> {
    if (this.#next > now) return;
    let next = Number.POSITIVE_INFINITY;
    for (const [second, destinations] of this.#bySecond) {
      if (second > now) {
        next = Math.min(next, second);
        continue;
      }
      this.#bySecond.delete(second);
      for (const destination of destinations) {
        if (this.#secondOf.get(destination) !== second) continue;
        this.#secondOf.delete(destination);
        yield destination;
      }
    }
    this.#next = next;
  }

  /** Another policy holds, and all are about to be looked at. */
  clear(): void {
    this.#bySecond.clear();
    this.#secondOf.clear();
    this.#next = Number.POSITIVE_INFINITY;
  }
}
