/**
 * Damping of what flaps. Routes are counted in *groups*: all routes of type 2 to one MAC address in one network are one, since
 * a host that moves to and fro, or one with many IP addresses, is one that flaps; a route of another type is one by itself.
 * Pure: times are handed in and never go back.
 *
 * How it works. What routes of a group say is one *change* until one of them says something again, which is the next: a move
 * is one, though it is an announcement here and a withdrawal there, and so is a host that comes with all of its addresses.
 * A group may have `allowance` changes, and regains one in each interval. With the last it is *spent*: routes that have not
 * taken part in that change may still do so, which completes a move; the first one that would begin another has the group
 * *rest* until an interval is over since the last began. When a rest is over all that rested cross as they are then, together,
 * which is one change, and with that the group rests again at once. So of a group no more than `allowance` changes cross in
 * an interval, and of one that goes on flapping one.
 *
 * A group is a number; what is known of it lies in columns, and groups are found by hashing (linear probing, at most half
 * full). Most routes cross and stay, so there is no group before a route crosses a second time within an interval: until then
 * all of the group have taken part in its first change, if in any. One is kept until it has regained all of its allowance: a
 * hand goes over them, two steps for each that is new.
 */
import { grown } from '../nva/columns.ts';
import { NONE, NumberList } from '../nva/number-list.ts';
import type { CrossingRate } from './model.ts';

type FlapDamping = CrossingRate['flap'];

/** Which routes are counted together. */
export interface FlapKey {
  /** The network's number where the route comes from; {@link BY_ROUTE} for a route by itself. */
  network: number;
  /** The MAC address as a number, or the destination. */
  address: number;
}

export const BY_ROUTE = -1;

/** Groups that there is room for at first, and at most. */
const CAPACITY = 1 << 12;
const MOST = 1 << 20;
/** Groups that are looked at, for each that is new, for whether they are still needed. */
const STEPS = 2;

/** How a group is. A free number has no key. */
const FREE = 0;
const QUIET = 1;
/** In the line: it has had its last change, which is not complete; or nothing of it crosses. */
const SPENT = 2;
const RESTING = 3;

/** In the place of the number of a change: the next is what has rested. */
const RESTED = -1;

export class FlapGroups {
  #interval: number;
  #allowance: number;
  readonly #seed: number;
  /** The number of the last change of any group; they begin with 1. */
  #changes = 0;
  /** Numbers given so far, and the first of those that are free again, a list linked through {@link #next}. */
  #end = 0;
  #free = NONE;
  #hand = 0;
  /** Those that are spent or rest, in the order in which their interval is over. */
  readonly #line = new NumberList();

  /** A group's number and one more; 0 where there is none. */
  #slots = new Int32Array(2 * CAPACITY);
  // By group.
  #network = new Int32Array(CAPACITY);
  #address = new Float64Array(CAPACITY);
  #state = new Uint8Array(CAPACITY);
  /** The change that it is in. */
  #change = new Float64Array(CAPACITY);
  /** When it will have regained all of its allowance. */
  #regained = new Float64Array(CAPACITY);
  /** Of one that is free, the next that is. */
  #next = new Int32Array(CAPACITY);

  /** Whoever sends routes chooses what is hashed: `seed` is what they do not know. */
  constructor({ interval, allowance }: FlapDamping, seed: number) {
    this.#interval = interval;
    this.#allowance = Math.max(1, allowance);
    this.#seed = seed;
  }

  /** Another interval and allowance hold from now on: those that are spent have been since their last change began. */
  become({ interval, allowance }: FlapDamping, now: number): void {
    const most = Math.max(1, allowance);
    const later = most * interval - this.#allowance * this.#interval;
    for (let group = 0; group < this.#end; group++) {
      const isInLine = this.#state[group] === SPENT || this.#state[group] === RESTING;
      if (isInLine) this.#regained[group] += later;
      else this.#regained[group] = Math.min(this.#regained[group], now + most * interval);
    }
    this.#interval = interval;
    this.#allowance = most;
  }

  /** {@link NONE} where none of its routes has crossed lately. */
  find({ network, address }: FlapKey): number {
    if (this.#end === 0) return NONE;
    const mask = this.#slots.length - 1;
    for (let slot = this.#slotOf(network, address); ; slot = (slot + 1) & mask) {
      const group = this.#slots[slot] - 1;
      if (group === NONE || (this.#address[group] === address && this.#network[group] === network)) return group;
    }
  }

  /**
   * Whether a route of it may cross that took part in change `last` last; 0 for none. The one that would begin a change
   * too many makes it rest.
   */
  admits(group: number, last: number): boolean {
    if (this.#state[group] === SPENT && this.#change[group] <= last) this.#state[group] = RESTING;
    return this.#state[group] !== RESTING;
  }

  /**
   * The one in which a route that crosses now is to be counted, which took part in change `last` last and would have
   * regained all at `regained`. {@link NONE} where it is the first change, or all that there may be rest.
   */
  groupOf(key: FlapKey, last: number, regained: number, now: number): number {
    const group = this.find(key);
    // With an allowance of one the first change is what it rests from.
    if (group !== NONE || (regained <= now && this.#allowance > 1)) return group;
    return this.#make(key, last, regained, now);
  }

  /** The other side has been told of a route of it that took part in change `last` last; answers in which it does now. */
  count(group: number, last: number, now: number): number {
    if (group === NONE) return ++this.#changes;
    if (this.#change[group] > last && this.#regained[group] > now) return this.#change[group];
    const hasRested = this.#change[group] === RESTED;
    const regained = Math.max(this.#regained[group], now) + this.#interval;
    const isSpent = regained > now + (this.#allowance - 1) * this.#interval;
    this.#leaveLine(group);
    this.#regained[group] = isSpent ? now + this.#allowance * this.#interval : regained;
    if (isSpent) this.#enterLine(group, hasRested ? RESTING : SPENT);
    this.#change[group] = ++this.#changes;
    return this.#changes;
  }

  /** When the group will have regained all of its allowance, now that it has been counted. */
  regainedAt(group: number, now: number): number {
    return group === NONE ? now + this.#interval : this.#regained[group];
  }

  /** Whether none is spent and none rests. */
  get areAllQuiet(): boolean {
    return this.#line.size === 0;
  }

  /** When the interval of the first in line is over; Infinity where none is spent. */
  get overAt(): number {
    const { first } = this.#line;
    return first === NONE ? Number.POSITIVE_INFINITY : this.#overAt(first);
  }

  /** Takes the first out of the line, whose interval is over: what has rested of it may cross. */
  takeOver(): number {
    const group = this.#line.first;
    if (this.#state[group] === RESTING) this.#change[group] = RESTED;
    this.#leaveLine(group);
    return group;
  }

  /** Nothing is known of it any more. */
  forget(key: FlapKey): void {
    const group = this.find(key);
    if (group !== NONE) this.#delete(group);
  }

  #overAt(group: number): number {
    return this.#regained[group] - (this.#allowance - 1) * this.#interval;
  }

  #enterLine(group: number, state: number): void {
    this.#state[group] = state;
    this.#line.add(group);
  }

  #leaveLine(group: number): void {
    this.#line.delete(group);
    this.#state[group] = QUIET;
  }

  #make({ network, address }: FlapKey, last: number, regained: number, now: number): number {
    this.#tidy(now);
    let group = this.#free;
    if (group === NONE) {
      if (this.#end === MOST) return NONE;
      if (this.#end === this.#network.length) this.#grow();
      group = this.#end++;
    } else this.#free = this.#next[group];
    this.#network[group] = network;
    this.#address[group] = address;
    this.#state[group] = QUIET;
    this.#change[group] = last;
    // It may be from when the interval was a longer one.
    this.#regained[group] = Math.min(regained, now + this.#interval);
    this.#fill(group);
    return group;
  }

  /** Takes away those that have regained all; where there is no room otherwise, also others, unless they rest. */
  #tidy(now: number): void {
    const isFull = this.#end === MOST && this.#free === NONE;
    for (let step = 0; step < Math.min(STEPS, this.#end); step++) {
      const group = this.#hand;
      this.#hand = group + 1 < this.#end ? group + 1 : 0;
      const state = this.#state[group];
      const isOver = state === QUIET && this.#keptUntil(group) <= now;
      if (isOver || (isFull && (state === QUIET || state === SPENT))) this.#delete(group);
    }
  }

  /** What has rested is to be counted as one change, though it may take a while to cross. */
  #keptUntil(group: number): number {
    return this.#regained[group] + (this.#change[group] === RESTED ? this.#interval : 0);
  }

  #delete(group: number): void {
    this.#leaveLine(group);
    this.#empty(group);
    this.#state[group] = FREE;
    this.#next[group] = this.#free;
    this.#free = group;
  }

  #fill(group: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#slotOf(this.#network[group], this.#address[group]);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = group + 1;
  }

  /** Those behind it that stand further from their own slot than it does move up. */
  #empty(group: number): void {
    const mask = this.#slots.length - 1;
    let gap = this.#slotOf(this.#network[group], this.#address[group]);
    while (this.#slots[gap] !== group + 1) gap = (gap + 1) & mask;
    for (let slot = (gap + 1) & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const other = this.#slots[slot] - 1;
      const own = this.#slotOf(this.#network[other], this.#address[other]);
      if (((slot - own) & mask) < ((slot - gap) & mask)) continue;
      this.#slots[gap] = other + 1;
      gap = slot;
    }
    this.#slots[gap] = 0;
  }

  #slotOf(network: number, address: number): number {
    let hash = Math.imul(this.#seed ^ address, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15) ^ (address / 2 ** 32), 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 13) ^ network, 0x85ebca6b);
    return (hash ^ (hash >>> 16)) & (this.#slots.length - 1);
  }

  #grow(): void {
    const capacity = 2 * this.#network.length;
    this.#network = grown(this.#network, new Int32Array(capacity));
    this.#address = grown(this.#address, new Float64Array(capacity));
    this.#state = grown(this.#state, new Uint8Array(capacity));
    this.#change = grown(this.#change, new Float64Array(capacity));
    this.#regained = grown(this.#regained, new Float64Array(capacity));
    this.#next = grown(this.#next, new Int32Array(capacity));
    this.#slots = new Int32Array(2 * capacity);
    for (let group = 0; group < this.#end; group++) if (this.#state[group] !== FREE) this.#fill(group);
  }
}
