/**
 * How long what other domains send rests while our own domain is busy. Our own changes wait for whatever runs on the thread
 * when they come, so what may run beside them goes by how much of the thread is left: a twelfth of it where there is much,
 * and the less the less there is, by its square, since waiting grows faster than work does. Whatever is taken counts as
 * used too, which keeps it from swinging. Pure: times are handed in.
 */
export interface CourtesyModules {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Milliseconds for which the thread has worked so far, for whomever. */
  readonly worked: () => number;
}

/** Milliseconds over which the thread's use is measured. */
const WINDOW = 50;
/** Times that it rests for as long as it works, on a thread that nobody else uses, and at most. */
const LEAST = 12;
const MOST = 64;

export class Courtesy {
  readonly #modules: CourtesyModules;
  #since: number;
  #workedBefore: number;
  #rest = LEAST;

  constructor(modules: CourtesyModules) {
    this.#modules = modules;
    this.#since = modules.now();
    this.#workedBefore = modules.worked();
  }

  /** How many times as long as it has worked something foreign is to rest now. */
  get rest(): number {
    const now = this.#modules.now();
    const elapsed = now - this.#since;
    if (elapsed >= WINDOW) {
      const worked = this.#modules.worked();
      const free = Math.max(0, 1 - (worked - this.#workedBefore) / elapsed);
      this.#rest = Math.min(MOST, LEAST / free ** 2);
      this.#since = now;
      this.#workedBefore = worked;
    }
    return this.#rest;
  }
}
