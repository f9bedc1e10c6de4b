/** So many a second, after a burst of as many. Who is ahead of it is let wait, and loses nothing. */
export class RateGate {
  readonly #rate: number;
  #left: number;
  #at: number;

  constructor(rate: number, now: number) {
    this.#rate = rate;
    this.#left = rate;
    this.#at = now;
  }

  take(): void {
    this.#left--;
  }

  /** Milliseconds until there is something left again; 0 when there is. */
  wait(now: number): number {
    this.#left = Math.min(this.#rate, this.#left + ((now - this.#at) * this.#rate) / 1000);
    this.#at = now;
    return this.#left > 0 ? 0 : Math.ceil(((1 - this.#left) * 1000) / this.#rate);
  }
}
