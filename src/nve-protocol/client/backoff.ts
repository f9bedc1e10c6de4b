/** When and where to try next: the NVA's addresses in turn at once, and after all of them a wait that doubles. */
import type { NvaAddress } from '../transport/connection.ts';

export interface BackoffOptions {
  /** Milliseconds after the first round in which nobody took the NVE. */
  readonly least: number;
  readonly most: number;
}

export class Backoff {
  readonly #nvas: readonly NvaAddress[];
  readonly #options: BackoffOptions;
  readonly #random: () => number;
  #at = 0;
  /** Tries since a connection was one. */
  #tries = 0;

  /** `random` gives numbers in [0, 1). */
  constructor(nvas: readonly NvaAddress[], options: BackoffOptions, random: () => number) {
    this.#nvas = nvas;
    this.#options = options;
    this.#random = random;
  }

  /** The NVA to try, and after how many milliseconds. */
  next(): { readonly nva: NvaAddress; readonly wait: number } {
    const nva = this.#nvas[this.#at % this.#nvas.length]!;
    const rounds = Math.floor(this.#tries / this.#nvas.length);
    const { least, most } = this.#options;
    // Only the first of a round waits.
    const waits = rounds > 0 && this.#tries % this.#nvas.length === 0;
    const full = Math.min(most, least * 2 ** Math.min(rounds - 1, 20));
    this.#at++;
    this.#tries++;
    // Spread, so that those whom one NVA has lost do not come back all at once.
    return { nva, wait: waits ? full * (0.5 + this.#random() / 2) : 0 };
  }

  /** A connection has held. */
  succeeded(): void {
    this.#tries = 0;
  }
}
