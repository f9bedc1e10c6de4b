/**
 * Finds MAC addresses that move too often to be one host (RFC 7432 §15.1), and keeps them frozen until somebody has put it
 * right. §15.1 counts from a first move until a timer ends; here any N moves within M seconds count, whenever the first of
 * them was, so that no burst is cut in two.
 */

export interface DuplicateGuardOptions {
  /** Moves that make a duplicate (RFC 7432 §15.1: N); 5 where it is not said, at least 1. */
  readonly moves?: number;
  /** Milliseconds within which they count (RFC 7432 §15.1: M); 180,000 where it is not said. */
  readonly window?: number;
  /** Addresses that moves are counted of, and as many that may be frozen; 65,536 where it is not said. */
  readonly capacity?: number;
}

export interface DuplicateGuardModules {
  /** Milliseconds; never goes back. */
  readonly now: () => number;
  /** Told of an address that is frozen no more since too many others are. */
  readonly displaced?: (key: string) => void;
}

/** An address that is frozen. */
export interface Duplicate {
  readonly key: string;
  /** When it was frozen, by the clock that was handed in. */
  readonly since: number;
  /** Moves since then that were seen and not followed. */
  readonly ignored: number;
}

/** The move may happen; it makes the address a duplicate, and may not; the address is one already, and it may not. */
export type MoveVerdict = 'counted' | 'frozen' | 'ignored';

/**
 * Counts moves by key, which names a MAC address in its network. Bounded: of addresses that are counted the one that moved
 * longest ago is forgotten first, of those that are frozen the one that is so for longest.
 */
export class DuplicateGuard {
  readonly #moves: number;
  readonly #window: number;
  readonly #capacity: number;
  readonly #modules: DuplicateGuardModules;
  /** Times of the latest moves, fewer than make a duplicate; who moved last comes last. */
  readonly #counted = new Map<string, number[]>();
  readonly #frozen = new Map<string, { since: number; ignored: number }>();

  constructor(options: DuplicateGuardOptions, modules: DuplicateGuardModules) {
    const { moves = 5, window = 180_000, capacity = 65_536 } = options;
    this.#moves = Math.max(1, moves);
    this.#window = window;
    this.#capacity = Math.max(1, capacity);
    this.#modules = modules;
  }

  /** Addresses that moves are counted of. */
  get counted(): number {
    return this.#counted.size;
  }

  /** Notes that the address has moved or is about to, and says whether it may. */
  move(key: string): MoveVerdict {
    const held = this.#frozen.get(key);
    if (held !== undefined) {
      held.ignored++;
      return 'ignored';
    }
    const now = this.#modules.now();
    this.#forgetBefore(now - this.#window);
    const times = (this.#counted.get(key) ?? []).filter((time) => time > now - this.#window);
    times.push(now);
    this.#counted.delete(key);
    if (times.length >= this.#moves) {
      this.#freeze(key, now);
      return 'frozen';
    }
    if (this.#counted.size >= this.#capacity) this.#counted.delete(first(this.#counted));
    this.#counted.set(key, times);
    return 'counted';
  }

  isFrozen(key: string): boolean {
    return this.#frozen.has(key);
  }

  /** Those that are frozen, the longest first. */
  *frozen(): IterableIterator<Duplicate> {
    for (const [key, { since, ignored }] of this.#frozen) yield { key, since, ignored };
  }

  /** Lets the address move again, and counts anew; whether it was frozen. */
  release(key: string): boolean {
    return this.#frozen.delete(key);
  }

  /** Forgets the address altogether: it is gone, or its network is. */
  forget(key: string): void {
    this.#counted.delete(key);
    this.#frozen.delete(key);
  }

  #freeze(key: string, since: number): void {
    if (this.#frozen.size >= this.#capacity) {
      const longest = first(this.#frozen);
      this.#frozen.delete(longest);
      this.#modules.displaced?.(longest);
    }
    this.#frozen.set(key, { since, ignored: 0 });
  }

  /** Whose last move does not count any more need not be kept. */
  #forgetBefore(time: number): void {
    for (const [key, times] of this.#counted) {
      if ((times.at(-1) as number) > time) return;
      this.#counted.delete(key);
    }
  }
}

/** The key that a map was given first; it is not empty. */
function first(map: ReadonlyMap<string, unknown>): string {
  const [key] = map.keys();
  return key as string;
}
