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
  /** Addresses that moves are counted of, and as many that may be frozen; 65,536 where it is not said, at least 2. */
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
 * Counts moves by key, which names a MAC address in its network. Bounded: of addresses that are counted, the half that
 * moved longest ago is forgotten; of those that are frozen, the one that is so for longest.
 */
export class DuplicateGuard {
  readonly #moves: number;
  readonly #window: number;
  readonly #capacity: number;
  readonly #modules: DuplicateGuardModules;
  /** Times of the latest moves, fewer than make a duplicate, of addresses that have moved since {@link #begun}. */
  #recent = new Map<string, number[]>();
  /** The same of others that moved in the stretch of time before; an address may be in both. */
  #earlier = new Map<string, number[]>();
  #begun: number;
  readonly #frozen = new Map<string, { since: number; ignored: number }>();

  constructor(options: DuplicateGuardOptions, modules: DuplicateGuardModules) {
    const { moves = 5, window = 180_000, capacity = 65_536 } = options;
    this.#moves = Math.max(1, moves);
    this.#window = window;
    this.#capacity = Math.max(2, capacity);
    this.#modules = modules;
    this.#begun = modules.now();
  }

  /** Addresses that moves are remembered of, at most the capacity. */
  get remembered(): number {
    return this.#recent.size + this.#earlier.size;
  }

  /** Notes that the address has moved or is about to, and says whether it may. */
  move(key: string): MoveVerdict {
    const held = this.#frozen.get(key);
    if (held !== undefined) {
      held.ignored++;
      return 'ignored';
    }
    const now = this.#modules.now();
    const known = this.#recent.get(key) ?? this.#earlier.get(key) ?? [];
    const times = known.filter((time) => time > now - this.#window);
    times.push(now);
    if (times.length >= this.#moves) {
      this.#forgetMoves(key);
      this.#freeze(key, now);
      return 'frozen';
    }
    // in halves, since a map from which the oldest is taken again and again is slow to say which that is
    const isFull = this.#recent.size >= this.#capacity >> 1 && !this.#recent.has(key);
    if (isFull || now - this.#begun >= this.#window) {
      this.#earlier = this.#recent;
      this.#recent = new Map();
      this.#begun = now;
    }
    this.#recent.set(key, times);
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
    this.#forgetMoves(key);
    this.#frozen.delete(key);
  }

  #forgetMoves(key: string): void {
    this.#recent.delete(key);
    this.#earlier.delete(key);
  }

  #freeze(key: string, since: number): void {
    if (this.#frozen.size >= this.#capacity) {
      const [longest] = this.#frozen.keys();
      this.#frozen.delete(longest);
      this.#modules.displaced?.(longest);
    }
    this.#frozen.set(key, { since, ignored: 0 });
  }
}
