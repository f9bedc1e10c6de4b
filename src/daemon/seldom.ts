/** Subjects, and things told of one, that are remembered at a time. */
const MAX_SUBJECTS = 10_000;
const MAX_THINGS = 8;

/** Lets the log tell a thing about a subject once, and again only after a while. */
export class Seldom {
  readonly #interval: number;
  readonly #now: () => number;
  readonly #told = new Map<string, Map<string, number>>();

  /** @param interval milliseconds between two lines about the same. */
  constructor(interval: number, now: () => number) {
    this.#interval = interval;
    this.#now = now;
  }

  /** Whether it is to be told now; true is taken as done. Of a subject with too many things the further ones are not. */
  isDue(subject: string, thing: string): boolean {
    const now = this.#now();
    const things = this.#told.get(subject) ?? new Map<string, number>();
    for (const [old, at] of things) if (now - at >= this.#interval) things.delete(old);
    if (things.has(thing) || things.size >= MAX_THINGS) return false;
    things.set(thing, now);
    this.#told.delete(subject);
    this.#told.set(subject, things);
    const [oldest] = this.#told.keys();
    if (this.#told.size > MAX_SUBJECTS && oldest !== undefined) this.#told.delete(oldest);
    return true;
  }

  /** What is told of the subject from now on is news. */
  forget(subject: string): void {
    this.#told.delete(subject);
  }
}
