/**
 * Which destinations are to cross into the other domain, and when: late enough to say only the last state, no faster than
 * agreed, and where one flaps no more than one change in an interval. Pure: times are handed in and never go back.
 *
 * How it works. A destination is a small number, as the route table gives it, and at most once in here, so that the queue
 * is bounded by the table. It *waits* from its first mark until the delay is over; further marks change nothing, because
 * what crosses is what the table says then. The delay is the same for all, so those that wait stand in the order in which
 * they are due.
 *
 * What is taken is asked about once more ({@link CrossingQueue.admits}), now that its octets have been read: where the
 * {@link FlapGroups group} that it belongs to rests, it is *damped* until that is over. Then all that are damped of the group are
 * taken, one after the other, in their last state.
 *
 * All orders are lists linked through arrays that are indexed by destination: marking, taking and forgetting cost the
 * same however many there are, and nothing is allocated but when the table grows.
 */
import { grown } from '../nva/columns.ts';
import { NONE } from '../nva/number-list.ts';
import { BY_ROUTE, FlapGroups, type FlapKey } from './flap-groups.ts';
import type { CrossingRate } from './model.ts';

export interface CrossingQueueOptions {
  /** Milliseconds from the first mark of a destination to its crossing; 0: with the next {@link CrossingQueue.take}. */
  readonly delay?: number;
  /** As many may cross in a second, and after a rest as many at once, but at least 1,000. Without it, as many as come. */
  readonly changesPerSecond?: number;
  /** Without it, a destination may cross as often as it changes. */
  readonly flap?: CrossingRate['flap'];
  /** What those whose routes cross do not know. */
  readonly seed?: number;
}

/** Destinations that there is room for at first. Columns that nobody has written to take no memory yet. */
const CAPACITY = 1 << 18;
const LEAST_BURST = 1000;

/** Where a destination is. */
const AWAY = 0;
/** In the list of those that wait. */
const WAITING = 1;
/** In the list of its group, which rests. */
const DAMPED = 2;
/** In the list of those whose group's rest is over; and taken from there, so that it crosses with the others of its group. */
const RESTED = 3;
const RELEASED = 4;

/** Lists of destinations. Behind these each group has one. */
const WAITING_LINE = 0;
const RESTED_LINE = 1;
const FIRST_GROUP = 2;
const LINES = 1 << 10;

export class CrossingQueue {
  readonly #seed: number;
  #delay: number;
  #bucket: Bucket | undefined;
  #groups: FlapGroups | undefined;
  #size = 0;
  #damped = 0;

  // By list, NONE where it is empty.
  #first = new Int32Array(LINES).fill(NONE);
  #last = new Int32Array(LINES).fill(NONE);

  // By destination.
  #state = new Uint8Array(CAPACITY);
  #line = new Int32Array(CAPACITY);
  #next = new Int32Array(CAPACITY);
  #previous = new Int32Array(CAPACITY);
  /** When its wait is over, or its rest was. */
  #due = new Float64Array(CAPACITY);
  /** The change of its group that it took part in last. */
  #change = new Float64Array(CAPACITY);
  /** When its group has regained all of its allowance, as far as was known when the destination crossed last. */
  #regained = new Float64Array(CAPACITY);
  readonly #ownKey: FlapKey = { network: BY_ROUTE, address: 0 };

  constructor({ delay = 0, changesPerSecond, flap, seed = 0 }: CrossingQueueOptions) {
    this.#seed = seed;
    this.#delay = delay;
    this.#groups = flap && new FlapGroups(flap, seed);
    this.#bucket = changesPerSecond === undefined ? undefined : new Bucket(changesPerSecond);
  }

  /**
   * Other times and another rate hold from now on: what waits has waited since it was marked, what rests does so since it
   * crossed, and as many may cross at once as after a rest.
   */
  become({ delay, changesPerSecond, flap }: CrossingRate, now: number): void {
    for (let one = this.#first[WAITING_LINE]; one !== NONE; one = this.#next[one])
      this.#due[one] += delay - this.#delay;
    this.#delay = delay;
    this.#bucket = changesPerSecond === undefined ? undefined : new Bucket(changesPerSecond);
    if (this.#groups === undefined) this.#groups = new FlapGroups(flap, this.#seed);
    else this.#groups.become(flap, now);
  }

  /** Destinations that want to cross. */
  get size(): number {
    return this.#size;
  }

  /** Those among them that must not yet because they flap. */
  get damped(): number {
    return this.#damped;
  }

  /** The destination has changed; `evenDamped`: so much so that it rests no longer. */
  mark(destination: number, now: number, evenDamped = false): void {
    if (destination >= this.#state.length) this.#grow(destination);
    const state = this.#state[destination];
    if (state === DAMPED && evenDamped) this.#leave(destination);
    else if (state !== AWAY && state !== RELEASED) return;
    this.#size++;
    this.#due[destination] = now + this.#delay;
    this.#append(WAITING_LINE, WAITING, destination);
  }

  /**
   * Writes destinations that may cross now to the beginning of `into`, those that have been due for longest first, and
   * answers how many; they are no longer queued. They are `max` at most, and no more than there is room for.
   */
  take(now: number, max: number, into: Int32Array): number {
    this.#endRests(now);
    const room = Math.min(max, into.length, this.#bucket?.left(now) ?? max);
    let count = 0;
    while (count < room) {
      const destination = this.#firstDue(now);
      if (destination === NONE) break;
      into[count++] = destination;
    }
    return count;
  }

  /** Whether what was taken may cross by what flaps; otherwise it is queued again until the rest of its group is over. */
  admits(destination: number, key: FlapKey): boolean {
    const state = this.#state[destination];
    if (state === RELEASED) this.#state[destination] = AWAY;
    // Mostly none is spent, and there is nothing to look for.
    if (state === RELEASED || this.#groups === undefined || this.#groups.areAllQuiet) return true;
    const group = this.#groups.find(key);
    if (group === NONE || this.#groups.admits(group, this.#change[destination])) return true;
    // It may have been marked again.
    this.#leave(destination);
    this.#size++;
    this.#damped++;
    this.#append(FIRST_GROUP + group, DAMPED, destination);
    return false;
  }

  /**
   * The other side has been told of the destination. To be called of what was taken, except where there turned out to be
   * nothing to tell: that costs neither of the rate nor of the allowance. Without a key it costs nothing of the allowance.
   */
  crossed(destination: number, key: FlapKey | undefined, now: number): void {
    this.#bucket?.spend(now);
    const groups = this.#groups;
    if (groups === undefined || key === undefined) return;
    if (destination >= this.#state.length) this.#grow(destination);
    const last = this.#change[destination];
    const group = groups.groupOf(key, last, this.#regained[destination], now);
    this.#change[destination] = groups.count(group, last, now);
    this.#regained[destination] = groups.regainedAt(group, now);
  }

  /**
   * When {@link take} may give something again, in the milliseconds of `now` and never before it; undefined when nothing
   * is queued. It may turn out to be too early where destinations rest, never too late.
   */
  nextAt(now: number): number | undefined {
    if (this.#size === 0) return undefined;
    const rests = this.#damped === 0 ? Number.POSITIVE_INFINITY : (this.#groups?.overAt ?? Number.POSITIVE_INFINITY);
    const first = Math.min(this.#firstDueOf(WAITING_LINE), this.#firstDueOf(RESTED_LINE), rests);
    return Math.max(now, first, this.#bucket?.refilledAt(now) ?? now);
  }

  /** Since when the one that was to be taken first waits; undefined when none does. Those that rest do so on purpose. */
  get waitingSince(): number | undefined {
    const since = Math.min(this.#firstDueOf(WAITING_LINE) - this.#delay, this.#firstDueOf(RESTED_LINE));
    return since === Number.POSITIVE_INFINITY ? undefined : since;
  }

  /**
   * Whether the destination still has to be remembered: it is queued, or it has crossed lately, so that, were it
   * forgotten, it could flap by being made anew each time.
   */
  remembers(destination: number, now: number): boolean {
    return this.stateOf(destination) !== undefined || this.hasFlapped(destination, now);
  }

  /** Whether it has crossed so lately that its group has not regained all of its allowance. */
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
    return state === DAMPED ? 'damped' : state === WAITING || state === RESTED ? 'waiting' : undefined;
  }

  /** The number will mean another destination, or none. */
  forget(destination: number): void {
    if (destination >= this.#state.length) return;
    this.#leave(destination);
    if (this.#regained[destination] === 0) return;
    this.#regained[destination] = 0;
    this.#change[destination] = 0;
    this.#ownKey.address = destination;
    this.#groups?.forget(this.#ownKey);
  }

  /** What is damped of groups whose rest is over is to be taken. */
  #endRests(now: number): void {
    const groups = this.#groups;
    if (groups === undefined) return;
    for (let over = groups.overAt; over <= now; over = groups.overAt) {
      const line = FIRST_GROUP + groups.takeOver();
      if (line >= this.#first.length) continue;
      for (let destination = this.#first[line]; destination !== NONE; destination = this.#first[line]) {
        this.#unlink(destination);
        this.#damped--;
        this.#due[destination] = over;
        this.#append(RESTED_LINE, RESTED, destination);
      }
    }
  }

  /** Takes the one that has been due for longest out of its list. */
  #firstDue(now: number): number {
    const waits = this.#firstDueOf(WAITING_LINE);
    const rested = this.#firstDueOf(RESTED_LINE);
    if (Math.min(waits, rested) > now) return NONE;
    const destination = this.#first[rested <= waits ? RESTED_LINE : WAITING_LINE];
    this.#leave(destination);
    if (rested <= waits) this.#state[destination] = RELEASED;
    return destination;
  }

  #firstDueOf(line: number): number {
    const first = this.#first[line];
    return first === NONE ? Number.POSITIVE_INFINITY : this.#due[first];
  }

  #leave(destination: number): void {
    const state = this.#state[destination];
    this.#state[destination] = AWAY;
    if (state === AWAY || state === RELEASED) return;
    this.#unlink(destination);
    if (state === DAMPED) this.#damped--;
    this.#size--;
  }

  #append(line: number, state: number, destination: number): void {
    if (line >= this.#first.length) this.#growLines(line);
    const last = this.#last[line];
    this.#state[destination] = state;
    this.#line[destination] = line;
    this.#next[destination] = NONE;
    this.#previous[destination] = last;
    if (last === NONE) this.#first[line] = destination;
    else this.#next[last] = destination;
    this.#last[line] = destination;
  }

  #unlink(destination: number): void {
    const line = this.#line[destination];
    const next = this.#next[destination];
    const previous = this.#previous[destination];
    if (previous === NONE) this.#first[line] = next;
    else this.#next[previous] = next;
    if (next === NONE) this.#last[line] = previous;
    else this.#previous[next] = previous;
  }

  #grow(destination: number): void {
    const capacity = roomFor(destination, this.#state.length);
    this.#state = grown(this.#state, new Uint8Array(capacity));
    this.#line = grown(this.#line, new Int32Array(capacity));
    this.#next = grown(this.#next, new Int32Array(capacity));
    this.#previous = grown(this.#previous, new Int32Array(capacity));
    this.#due = grown(this.#due, new Float64Array(capacity));
    this.#change = grown(this.#change, new Float64Array(capacity));
    this.#regained = grown(this.#regained, new Float64Array(capacity));
  }

  #growLines(line: number): void {
    const capacity = roomFor(line, this.#first.length);
    this.#first = grown(this.#first, new Int32Array(capacity).fill(NONE));
    this.#last = grown(this.#last, new Int32Array(capacity).fill(NONE));
  }
}

const roomFor = (index: number, capacity: number): number =>
  Math.max(2 * capacity, 2 ** Math.ceil(Math.log2(index + 1)));

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
