/**
 * Every path of a route table as a route of its own, for neighbours that take several paths a route (RFC 7911): a second
 * table whose keys are the first one's with our path identifier behind. Versions, tombstones, walks and packing work on
 * it as on any table, and it exists only while somebody wants it.
 *
 * The identifier is the number of the path in the first table plus one: it is unique, costs nothing, and need not mean
 * anything to its receiver (RFC 7911 §2). A key is at most 255 octets with it, so routes of 252 octets and more, which
 * no known type has, are left out.
 */
import { emptySplit } from '../wire/nlri/evpn/split.ts';
import type { RiderStore } from './rider-store.ts';
import type { PathWatcher, RouteTable } from './route-table.ts';

/** Octets of a path identifier at a key's end. */
export const PATH_ID_LENGTH = 4;
const LONGEST_KEY = 255;

export interface PathMirrorModules {
  /** What is mirrored. */
  readonly from: RouteTable;
  /** Empty; nobody else writes to it. */
  readonly to: RouteTable;
  readonly riders: RiderStore;
}

export class PathMirror implements PathWatcher {
  readonly table: RouteTable;
  readonly #from: RouteTable;
  readonly #riders: RiderStore;
  readonly #key = new Uint8Array(LONGEST_KEY);
  readonly #split = emptySplit();
  #filledTo = 0;
  /** Paths left out because their key is too long, since the start. */
  omitted = 0;

  constructor({ from, to, riders }: PathMirrorModules) {
    this.table = to;
    this.#from = from;
    this.#riders = riders;
    from.watch(this);
  }

  /** Whether it has every path that was there when it was made. */
  get isFilled(): boolean {
    return this.#filledTo < 0;
  }

  /** Takes over paths that were there before, at most `budget` looked at. */
  fill(budget: number): void {
    if (!this.isFilled) this.#filledTo = this.#from.replay(this, this.#filledTo, budget);
  }

  changed(destination: number, path: number): void {
    if (!this.#makeKey(destination, path)) {
      this.omitted++;
      return;
    }
    const from = this.#from;
    const rider = from.riderOf(path);
    this.#riders.retain(rider);
    const source = from.sourceOf(path);
    this.table.announce(source, from.setOf(path), rider, this.#key, this.#split);
  }

  removed(destination: number, path: number): void {
    if (this.#makeKey(destination, path)) this.table.withdraw(this.#from.sourceOf(path), this.#key, this.#split);
  }

  #makeKey(destination: number, path: number): boolean {
    const { arena } = this.#from;
    const at = this.#from.keyAt(destination);
    const length = arena.length(at);
    const end = length + PATH_ID_LENGTH;
    if (end > LONGEST_KEY) return false;
    const key = this.#key;
    const start = arena.start(at);
    key.set(arena.bytes.subarray(start, start + length));
    const id = path + 1;
    key[length] = id >>> 24;
    key[length + 1] = id >>> 16;
    key[length + 2] = id >>> 8;
    key[length + 3] = id;
    const split = this.#split;
    split.type = arena.type(at);
    split.valueStart = split.midStart = 0;
    split.midLength = split.tailLength = 0;
    split.tailStart = split.next = end;
    return true;
  }
}
