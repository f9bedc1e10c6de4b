/**
 * Which destinations are to cross into the other domain, and when: late enough to say only the last state, no faster than
 * agreed, and where one flaps no more than one change in an interval. Pure: times are handed in and never go back.
 *
 * How it works. A destination is a small number, as the route table gives it, and at most once in here, so that the queue
 * is bounded by the table. It *waits* from its first mark until the delay is over; further marks change nothing, because
 * what crosses is what the table says then. The delay is the same for all, so those that wait stand in the order in which
 * they are due.
 *
 * Flapping is counted by what crosses, which is what the other side hears: a destination may cross `allowance` times,
 * and regains one time for each interval. With the last of them it begins to *rest*: it does not cross again before an
 * interval is over, and then has one change in each until it has been quiet for longer. So of one destination no more than
 * `allowance` changes cross in an interval, and of one that goes on flapping one. The rest is the same for all too, so
 * those that rest stand in the order in which it ends, and a mark only notes that the destination wants to cross then:
 * its last state always does.
 *
 * Both orders are lists linked through arrays that are indexed by destination: marking, taking and forgetting cost the
 * same however many there are, and nothing is allocated but when the table grows.
 */
export interface CrossingQueueOptions {
  /** Milliseconds from the first mark of a destination to its crossing; 0: with the next {@link CrossingQueue.take}. */
  readonly delay?: number;
  /** As many may cross in a second, and after a rest as many at once, but at least 1,000. Without it, as many as come. */
  readonly changesPerSecond?: number;
  /** Without it, a destination may cross as often as it changes. */
  readonly flap?: FlapDamping;
}

export interface FlapDamping {
  /** Milliseconds in which a destination that flaps crosses once. */
  readonly interval: number;
  /** Times that it may cross within the interval before it is taken to flap, at least 1. */
  readonly allowance: number;
}

const NONE = -1;
/** Destinations that there is room for at first. Columns that nobody has written to take no memory yet. */
const CAPACITY = 1 << 18;
const LEAST_BURST = 1000;

/** Where a destination is. */
const AWAY = 0;
/** In the list of those that wait. */
const WAITING = 1;
/** In the list of those that rest, without and with a change. */
const RESTING = 2;
const DAMPED = 3;

/** A doubly linked list of destinations. */
interface Line {
  first: number;
  last: number;
}

export class CrossingQueue {
  readonly #delay: number;
  readonly #interval: number;
  readonly #allowance: number;
  readonly #bucket: Bucket | undefined;
  readonly #waiting: Line = { first: NONE, last: NONE };
  readonly #resting: Line = { first: NONE, last: NONE };
  #size = 0;
  #damped = 0;

  // By destination.
  #state = new Uint8Array(CAPACITY);
  #next = new Int32Array(CAPACITY);
  #previous = new Int32Array(CAPACITY);
  /** When its wait or its rest is over. */
  #due = new Float64Array(CAPACITY);
  /** When it will have regained all of its allowance. */
  #regained = new Float64Array(CAPACITY);

  constructor({ delay = 0, changesPerSecond, flap }: CrossingQueueOptions) {
    this.#delay = delay;
    this.#interval = flap?.interval ?? 0;
    this.#allowance = Math.max(1, flap?.allowance ?? 1);
    this.#bucket = changesPerSecond === undefined ? undefined : new Bucket(changesPerSecond);
  }

  /** Destinations that want to cross. */
  get size(): number {
    return this.#size;
  }

  /** Those among them that must not yet because they flap. */
  get damped(): number {
    return this.#damped;
  }

  /** The destination has changed. */
  mark(destination: number, now: number): void {
    if (destination >= this.#state.length) this.#grow(destination);
    const state = this.#state[destination];
    if (state === WAITING || state === DAMPED) return;
    const due = now + this.#delay;
    this.#size++;
    if (state === RESTING) {
      if (this.#due[destination] > due) {
        this.#state[destination] = DAMPED;
        this.#damped++;
        return;
      }
      this.#unlink(this.#resting, destination);
    }
    this.#append(this.#waiting, WAITING, destination, due);
  }

  /**
   * Writes destinations that may cross now to the beginning of `into`, those that have been due for longest first, and
   * answers how many; they are no longer queued. They are `max` at most, and no more than there is room for.
   */
  take(now: number, max: number, into: Int32Array): number {
    const room = Math.min(max, into.length, this.#bucket?.left(now) ?? max);
    let count = 0;
    while (count < room) {
      const destination = this.#firstDue(now);
      if (destination === NONE) break;
      into[count++] = destination;
    }
    return count;
  }

  /**
   * The other side has been told of the destination. To be called of what was taken, except where there turned out to be
   * nothing to tell: that costs neither of the rate nor of the allowance.
   */
  crossed(destination: number, now: number): void {
    this.#bucket?.spend(now);
    if (this.#interval === 0) return;
    if (destination >= this.#state.length) this.#grow(destination);
    const regained = Math.max(this.#regained[destination], now) + this.#interval;
    const isSpent = regained > now + (this.#allowance - 1) * this.#interval;
    this.#regained[destination] = isSpent ? now + this.#allowance * this.#interval : regained;
    if (isSpent) this.#rest(destination, now + this.#interval);
  }

  /**
   * When {@link take} may give something again, in the milliseconds of `now` and never before it; undefined when nothing
   * is queued. It may turn out to be too early where destinations rest, never too late.
   */
  nextAt(now: number): number | undefined {
    if (this.#size === 0) return undefined;
    const waits = this.#waiting.first === NONE ? Number.POSITIVE_INFINITY : this.#due[this.#waiting.first];
    const rests = this.#damped === 0 ? Number.POSITIVE_INFINITY : this.#due[this.#resting.first];
    return Math.max(now, Math.min(waits, rests), this.#bucket?.refilledAt(now) ?? now);
  }

  /** When the one that waits for longest was marked; undefined when none does. Those that rest do so on purpose. */
  get waitingSince(): number | undefined {
    return this.#waiting.first === NONE ? undefined : this.#due[this.#waiting.first] - this.#delay;
  }

  /**
   * Whether the destination still has to be remembered: it is queued, or it has crossed lately, so that, were it
   * forgotten, it could flap by being made anew each time.
   */
  remembers(destination: number, now: number): boolean {
    const state = this.#state[destination] ?? AWAY;
    return state === WAITING || state === DAMPED || this.hasFlapped(destination, now);
  }

  /** Whether it has crossed so lately that it has not regained all of its allowance. */
  hasFlapped(destination: number, now: number): boolean {
    return (this.#regained[destination] ?? 0) > now;
  }

  /** When it has not to be remembered for its crossings any more, in the milliseconds of `now`. */
  forgetsAt(destination: number): number {
    return this.#regained[destination] ?? 0;
  }

  /** Whether the destination wants to cross: it waits for its time, or must rest because it flaps. */
  stateOf(destination: number): 'waiting' | 'damped' | undefined {
    const state = this.#state[destination] ?? AWAY;
    return state === WAITING ? 'waiting' : state === DAMPED ? 'damped' : undefined;
  }

  /** The number will mean another destination, or none. */
  forget(destination: number): void {
    if (destination >= this.#state.length) return;
    this.#leave(destination);
    this.#regained[destination] = 0;
  }

  /** Takes the one that has been due for longest out of its list. */
  #firstDue(now: number): number {
    const waits = this.#waiting.first;
    for (;;) {
      const rests = this.#resting.first;
      if (rests === NONE || this.#due[rests] > now) break;
      if (waits !== NONE && this.#due[waits] < this.#due[rests]) break;
      const wanted = this.#state[rests] === DAMPED;
      this.#leave(rests);
      if (wanted) return rests;
    }
    if (waits === NONE || this.#due[waits] > now) return NONE;
    this.#unlink(this.#waiting, waits);
    this.#size--;
    return waits;
  }

  /** Where it has been marked again since it was taken, the later of wait and rest counts. */
  #rest(destination: number, until: number): void {
    const state = this.#state[destination];
    if (state === WAITING && this.#due[destination] >= until) return;
    this.#leave(destination);
    const wanted = state === WAITING || state === DAMPED;
    this.#append(this.#resting, wanted ? DAMPED : RESTING, destination, until);
    if (wanted) {
      this.#size++;
      this.#damped++;
    }
  }

  #leave(destination: number): void {
    const state = this.#state[destination];
    if (state === AWAY) return;
    this.#unlink(state === WAITING ? this.#waiting : this.#resting, destination);
    if (state === DAMPED) this.#damped--;
    if (state !== RESTING) this.#size--;
  }

  #append(line: Line, state: number, destination: number, due: number): void {
    this.#state[destination] = state;
    this.#due[destination] = due;
    this.#next[destination] = NONE;
    this.#previous[destination] = line.last;
    if (line.last === NONE) line.first = destination;
    else this.#next[line.last] = destination;
    line.last = destination;
  }

  #unlink(line: Line, destination: number): void {
    const next = this.#next[destination];
    const previous = this.#previous[destination];
    if (previous === NONE) line.first = next;
    else this.#next[previous] = next;
    if (next === NONE) line.last = previous;
    else this.#previous[next] = previous;
    this.#state[destination] = AWAY;
  }

  #grow(destination: number): void {
    const capacity = Math.max(2 * this.#state.length, 2 ** Math.ceil(Math.log2(destination + 1)));
    this.#state = grown(this.#state, new Uint8Array(capacity));
    this.#next = grown(this.#next, new Int32Array(capacity));
    this.#previous = grown(this.#previous, new Int32Array(capacity));
    this.#due = grown(this.#due, new Float64Array(capacity));
    this.#regained = grown(this.#regained, new Float64Array(capacity));
  }
}

/** Tokens of which one is spent for each crossing. */
class Bucket {
  readonly #perMillisecond: number;
  readonly #most: number;
  #tokens: number;
  #at = 0;

  constructor(perSecond: number) {
    this.#perMillisecond = perSecond / 1000;
    this.#most = Math.max(LEAST_BURST, perSecond);
    this.#tokens = this.#most;
  }

  left(now: number): number {
    this.#fill(now);
    return Math.floor(this.#tokens);
  }

  /** May owe, where more was taken than there is before any of it has crossed. */
  spend(now: number): void {
    this.#fill(now);
    this.#tokens--;
  }

  /** When there is one. */
  refilledAt(now: number): number {
    this.#fill(now);
    return this.#tokens >= 1 ? now : now + Math.ceil((1 - this.#tokens) / this.#perMillisecond);
  }

  #fill(now: number): void {
    this.#tokens = Math.min(this.#most, this.#tokens + (now - this.#at) * this.#perMillisecond);
    this.#at = now;
  }
}

function grown<T extends Uint8Array | Int32Array | Float64Array>(old: T, into: T): T {
  into.set(old);
  return into;
}
