/**
 * The route table of one address family: Adj-RIB-In and Loc-RIB in one (RFC 4271 §3.2), as columns.
 *
 * How it works, on one page. A *destination* is a route key; a *path* is one source's route to it. Both are integers;
 * what belongs to them lies in typed arrays, because an object per route costs three times the memory and four times
 * the time (docs/architecture.md has the figures). Key octets live in an arena; attribute sets and riders (ESI,
 * labels) are interned and held by number. A destination's paths form a chain whose head, after a decision, is the
 * best path.
 *
 * Changes only mark a destination dirty. `decide` later takes dirty destinations in the order in which they were
 * touched, picks the best path and compares it with what was last *emitted* (`sentSet`, `sentRider`): announce,
 * withdraw, announce within a batch thus becomes its last state, or nothing. What did change gets the table's next
 * *version*. Versions make late-comers cheap: "everything that changed since version v" is a walk over blocks of
 * {@link BLOCK} destinations whose highest version says whether they are worth a look. A destination that lost its
 * last path stays as a *tombstone* until nobody needs to hear of its withdrawal any more (`reclaim`).
 *
 * A source that is about to tell everything anew (it restarts, RFC 4724, or refreshes, RFC 7313) begins an *epoch*
 * (`beginRefresh`). Its paths stay where they are and count as *stale* until they are announced in the new epoch; an
 * announcement that says the same again is no change. What is stale in the end is removed (`sweepStale`).
 */
import type { NlriSplit } from '../wire/nlri/evpn/split.ts';
import { finishHash, hashRange, sameRange } from './bytes.ts';
import { KeyArena, writeJoined } from './key-arena.ts';
import type { Rider, RiderStore } from './rider-store.ts';
import type { SplitBatch } from './split-batch.ts';

/** Destinations per block, the unit of walks and of cached encodings. */
export const BLOCK = 1024;
const NONE = -1;
const NO_OCTETS = new Uint8Array(0);
/** Numbers of a slot of the index: 2. */
const SLOT_BITS = 1;
const SLOT = 1 << SLOT_BITS;
/** Parts of the index, which the highest bits of a hash tell apart, and slots of a new one. */
const PART_BITS = 6;
const PART_SHIFT = 32 - PART_BITS;
const PART_SLOTS = 256;
/** Source of a path that is not in use. */
const FREE = 0xffff;

/** What the table needs from the attribute store: numbers with reference counts, and an order. */
export interface PathOrder {
  retain(set: number): void;
  release(set: number): void;
  /** Whether the set may be used at all (loops, faults and the like are kept for show only). */
  eligible(set: number): boolean;
  /** Index of the source that the set came from. */
  source(set: number): number;
  /** Negative when the path with set a is better, for a destination of NLRI type `type`. */
  compare(type: number, setA: number, setB: number): number;
  /**
   * Whether set a takes set b out of the decision, so that b does not stand against third paths either. Only asked when
   * {@link compare} turns out to run in a circle.
   */
  excludes(type: number, setA: number, setB: number): boolean;
}

/** One destination whose emitted state changed; handed out by {@link RouteTable.decide}. */
export interface Changes {
  /** Destinations, in the order in which they were touched. */
  readonly destinations: Int32Array;
  /** The attribute set emitted before, or -1; the caller releases it when done. */
  readonly oldSets: Int32Array;
  /** How many there are: both arrays have room for more. */
  length: number;
}

/** One path to a destination, as numbers that the table and its stores resolve. */
export interface PathView {
  /** The index of the {@link Source} that announced it. */
  readonly source: number;
  /** As the source numbered it (RFC 7911 §3); 0 where it sends one path a route. */
  readonly pathId: number;
  /** The number of its attribute set in the attribute store. */
  readonly set: number;
  /** The number of its labels and ESI in the rider store. */
  readonly rider: number;
  /** Seconds since the epoch of the clock handed in. */
  readonly since: number;
  /** Not announced yet since the last {@link RouteTable.beginRefresh} of its source. */
  readonly stale: boolean;
}

/** Who hears of every path, not only of the best ones (RFC 7911); see {@link RouteTable.watch}. */
export interface PathWatcher {
  /** Path number `path`, one of the destination's, is new or has changed. */
  changed(destination: number, path: number): void;
  /** It is about to go. Its number may be given to another path from now on. */
  removed(destination: number, path: number): void;
}

export interface RouteTableOptions {
  /** Destinations to make room for at first, default 1,048,576; the table doubles when full. */
  readonly capacity?: number;
  /** Mixed into every hash, so that nobody outside can aim at one slot. */
  readonly hashSeed: number;
}

export interface RouteTableModules {
  readonly order: PathOrder;
  readonly riders: RiderStore;
  /** Seconds, for a path's age. */
  readonly seconds: () => number;
}

/** Columns that nobody has written to take no memory yet, so room costs nothing, and doubling costs a copy. */
const CAPACITY = 1 << 20;
/** Tombstones that there is room for at first; a power of two. */
const TOMBSTONES = 4096;
const DIRTY = 1;
/** In the queue of tombstones. */
const BURIED = 2;
/** Epochs are numbers from 1 on; behind the last one they begin again, and what is older then counts as of epoch 0. */
const LAST_EPOCH = 255;

/** Every route of one family from every neighbour, in columns: destinations and their paths are integers. */
export class RouteTable {
  readonly #order: PathOrder;
  readonly #riders: RiderStore;
  readonly #seconds: () => number;
  readonly #seed: number;
  /** The octets of all keys, which {@link keyAt} points into. */
  readonly arena = new KeyArena();

  // Destinations. keyAt is -1 for a free slot, whose `head` then links to the next free one.
  #keyAt: Int32Array;
  #head: Int32Array;
  #sentSet: Int32Array;
  #sentRider: Int32Array;
  #version: Uint32Array;
  #flags: Uint8Array;
  #blockVersion: Uint32Array;
  #destinationEnd = 0;
  #freeDestination = NONE;
  #destinations = 0;
  #withPaths = 0;

  // Paths. A free path has source 0xffff and links through `next`.
  #pathDestination: Int32Array;
  #pathSource: Uint16Array;
  #pathSet: Int32Array;
  #pathRider: Int32Array;
  #pathNext: Int32Array;
  #pathSince: Uint32Array;
  /** Path identifiers received; made when the first one comes, since few sources send any. */
  #pathId: Uint32Array | undefined;
  #pathEpoch: Uint8Array;
  #pathEnd = 0;
  #freePath = NONE;
  #paths = 0;

  // Open addressing with linear probing and backward-shift deletion, in parts that double one by one: together they are no
  // larger than the routes ask for, since keys fall everywhere in it, and what is touched is memory and misses of the
  // cache; and it never takes long. A slot is one more than a destination, 0 for empty, and its hash, side by side: a look
  // at a slot is a miss of the cache, and a second one for a hash kept elsewhere would double it.
  readonly #index = Array.from({ length: 1 << PART_BITS }, () => new Int32Array(PART_SLOTS * SLOT));
  /** Destinations in each part. */
  readonly #indexed = new Int32Array(1 << PART_BITS);

  // Dirty destinations, a queue.
  #dirty: Int32Array;
  #dirtyStart = 0;
  #dirtyEnd = 0;

  // Tombstones in version order, a queue in a ring.
  #tombstones: Int32Array = new Int32Array(TOMBSTONES);
  #tombstoneStart = 0;
  #tombstoneCount = 0;

  readonly #watchers: PathWatcher[] = [];
  #tableVersion = 0;
  /** By source: paths held, those of them that may not be used, and those that are emitted as best. */
  #routesOf: Int32Array = new Int32Array(256);
  #unusableOf: Int32Array = new Int32Array(256);
  #bestOf: Int32Array = new Int32Array(256);
  /** By source: its present epoch, and paths of earlier ones. */
  #epochOf: Uint8Array = new Uint8Array(256);
  #staleOf: Int32Array = new Int32Array(256);
  #emitted = 0;

  constructor(options: RouteTableOptions, modules: RouteTableModules) {
    const capacity = Math.max(BLOCK, 1 << Math.ceil(Math.log2(options.capacity ?? CAPACITY)));
    this.#order = modules.order;
    this.#riders = modules.riders;
    this.#seconds = modules.seconds;
    this.#seed = options.hashSeed | 0;
    this.#keyAt = new Int32Array(capacity);
    this.#head = new Int32Array(capacity);
    this.#sentSet = new Int32Array(capacity);
    this.#sentRider = new Int32Array(capacity);
    this.#version = new Uint32Array(capacity);
    this.#flags = new Uint8Array(capacity);
    this.#blockVersion = new Uint32Array(capacity / BLOCK);
    this.#pathDestination = new Int32Array(capacity);
    this.#pathSource = new Uint16Array(capacity);
    this.#pathSet = new Int32Array(capacity);
    this.#pathRider = new Int32Array(capacity);
    this.#pathNext = new Int32Array(capacity);
    this.#pathSince = new Uint32Array(capacity);
    this.#pathEpoch = new Uint8Array(capacity);
    this.#dirty = new Int32Array(capacity);
  }

  /** Version of the last decision that changed something; 0 for a new table. */
  get version(): number {
    return this.#tableVersion;
  }
  /** Destinations with at least one path. */
  get routes(): number {
    return this.#withPaths;
  }
  /** Routes held, each source's counted by itself. */
  get paths(): number {
    return this.#paths;
  }
  /** Destinations that are emitted with a path. */
  get emitted(): number {
    return this.#emitted;
  }
  /** Withdrawn destinations that are remembered for readers who have not heard of it. */
  get tombstones(): number {
    return this.#tombstoneCount;
  }
  /** Destinations changed since their last decision. */
  get pendingDecisions(): number {
    return this.#dirtyEnd - this.#dirtyStart;
  }
  /** One past the highest destination ever used: the bound of walks. */
  get end(): number {
    return this.#destinationEnd;
  }
  /** Paths held from a source. */
  pathsOf(source: number): number {
    return source < this.#routesOf.length ? this.#routesOf[source] : 0;
  }
  /** Of these, paths that may not be used. */
  unusableOf(source: number): number {
    return source < this.#routesOf.length ? this.#unusableOf[source] : 0;
  }
  /** Of these, paths that were announced before the present epoch alone. */
  staleOf(source: number): number {
    return source < this.#staleOf.length ? this.#staleOf[source] : 0;
  }
  /** Of these, paths that are emitted as best. */
  bestOf(source: number): number {
    return source < this.#routesOf.length ? this.#bestOf[source] : 0;
  }

  /**
   * Hashes the keys of routes that are about to be announced or withdrawn, and looks where each will be looked for. In a
   * large table every such look is a miss of the processor's cache; here they overlap, one by one each would be waited for.
   */
  prepare(bytes: Uint8Array, batch: SplitBatch): void {
    const { hashes, length } = batch;
    for (let i = 0; i < length; i++) hashes[i] = this.#hashOf(bytes, batch.at(i));
    const index = this.#index;
    let seen = 0;
    for (let i = 0; i < length; i++) {
      const part = index[hashes[i] >>> PART_SHIFT];
      seen ^= part[(hashes[i] << SLOT_BITS) & (part.length - 1)];
    }
    batch.seen = seen;
  }

  /** Seconds, of which a path's age is counted: read once for all routes of an UPDATE. */
  now(): number {
    return this.#seconds();
  }

  /**
   * Adds or replaces the source's path for the NLRI at `split`, the one that it gave `pathId` (0 where it sends one path
   * a route). Takes over one reference to `rider`, which the caller interned; adds its own to `set`. Returns whether
   * the source held no such path before.
   */
  announce(
    source: number,
    set: number,
    rider: number,
    bytes: Uint8Array,
    split: NlriSplit,
    pathId = 0,
    hash = this.#hashOf(bytes, split),
    now = this.now(),
  ): boolean {
    const destination = this.#findOrAdd(bytes, split, hash);
    if (pathId !== 0) this.#pathId ??= new Uint32Array(this.#pathDestination.length);
    for (let path = this.#head[destination]; path !== NONE; path = this.#pathNext[path]) {
      if (this.#pathSource[path] !== source || this.#idOf(path) !== pathId) continue;
      if (this.#pathEpoch[path] !== this.#epochOf[source]) {
        this.#pathEpoch[path] = this.#epochOf[source];
        this.#staleOf[source]--;
      }
      if (this.#pathSet[path] === set && this.#pathRider[path] === rider) {
        this.#riders.release(rider);
        return false;
      }
      this.#unusableOf[source] += Number(this.#order.eligible(this.#pathSet[path])) - Number(this.#order.eligible(set));
      this.#order.retain(set);
      this.#order.release(this.#pathSet[path]);
      this.#riders.release(this.#pathRider[path]);
      this.#pathSet[path] = set;
      this.#pathRider[path] = rider;
      this.#pathSince[path] = now;
      this.#touch(destination);
      for (const watcher of this.#watchers) watcher.changed(destination, path);
      return false;
    }
    const path = this.#newPath();
    if (this.#pathId !== undefined) this.#pathId[path] = pathId;
    this.#order.retain(set);
    this.#pathDestination[path] = destination;
    this.#pathSource[path] = source;
    this.#pathSet[path] = set;
    this.#pathRider[path] = rider;
    this.#pathSince[path] = now;
    if (this.#head[destination] === NONE) this.#withPaths++;
    this.#pathNext[path] = this.#head[destination];
    this.#head[destination] = path;
    if (source >= this.#routesOf.length) this.#growSources(source * 2);
    this.#pathEpoch[path] = this.#epochOf[source];
    this.#routesOf[source]++;
    if (!this.#order.eligible(set)) this.#unusableOf[source]++;
    this.#touch(destination);
    for (const watcher of this.#watchers) watcher.changed(destination, path);
    return true;
  }

  /** Removes the source's path with this identifier for the NLRI at `split`, whatever its labels; false if none. */
  withdraw(
    source: number,
    bytes: Uint8Array,
    split: NlriSplit,
    pathId = 0,
    hash = this.#hashOf(bytes, split),
  ): boolean {
    const destination = this.#lookup(bytes, split, hash);
    if (destination === NONE) return false;
    let before = NONE;
    for (let path = this.#head[destination]; path !== NONE; path = this.#pathNext[path]) {
      if (this.#pathSource[path] === source && this.#idOf(path) === pathId) {
        if (before === NONE) this.#head[destination] = this.#pathNext[path];
        else this.#pathNext[before] = this.#pathNext[path];
        this.#dropPath(path, destination, source);
        return true;
      }
      before = path;
    }
    return false;
  }

  /**
   * Removes paths of a source that is gone, from path number `from` on and at most `budget` looked at. Returns where
   * to go on, or -1 when all are gone.
   */
  withdrawSource(source: number, from: number, budget: number): number {
    if (this.pathsOf(source) === 0) return NONE;
    return this.#remove(source, from, budget, false);
  }

  /** Begins a new epoch of a source: all its paths are stale until they are announced again. */
  beginRefresh(source: number): void {
    if (this.pathsOf(source) === 0) return;
    if (this.#epochOf[source] === LAST_EPOCH) {
      for (let path = 0; path < this.#pathEnd; path++) {
        if (this.#pathSource[path] === source) this.#pathEpoch[path] = 0;
      }
      this.#epochOf[source] = 0;
    }
    this.#epochOf[source]++;
    this.#staleOf[source] = this.#routesOf[source];
  }

  /** Removes the stale paths of a source, in batches as {@link withdrawSource} does. */
  sweepStale(source: number, from: number, budget: number): number {
    if (this.staleOf(source) === 0) return NONE;
    return this.#remove(source, from, budget, true);
  }

  /**
   * Gives the stale paths of a source other sets, in batches as {@link sweepStale} removes them; they stay stale.
   * `replacement` answers the set for a set, with a reference for the table, or -1 when the path is to go.
   */
  replaceStale(source: number, from: number, budget: number, replacement: (set: number) => number): number {
    if (this.staleOf(source) === 0) return NONE;
    const end = Math.min(this.#pathEnd, from + budget);
    const epoch = this.#epochOf[source];
    for (let path = from; path < end; path++) {
      if (this.#pathSource[path] !== source || this.#pathEpoch[path] === epoch) continue;
      const destination = this.#pathDestination[path];
      const set = this.#pathSet[path];
      const next = replacement(set);
      if (next === NONE) {
        this.#unlink(destination, path);
        this.#dropPath(path, destination, source);
        continue;
      }
      this.#replaceSet(destination, path, next);
    }
    return end < this.#pathEnd ? end : NONE;
  }

  /**
   * Gives the paths of a destination other sets. `replacement` answers the set for one of them by its source, set and
   * rider, with a reference for the table.
   */
  replaceSets(destination: number, replacement: (source: number, set: number, rider: number) => number): void {
    for (let path = this.#head[destination]; path !== NONE; path = this.#pathNext[path]) {
      const next = replacement(this.#pathSource[path], this.#pathSet[path], this.#pathRider[path]);
      this.#replaceSet(destination, path, next);
    }
  }

  /** Takes over one reference to `next`. */
  #replaceSet(destination: number, path: number, next: number): void {
    const set = this.#pathSet[path];
    if (next !== set) {
      const source = this.#pathSource[path];
      this.#unusableOf[source] += Number(this.#order.eligible(set)) - Number(this.#order.eligible(next));
      this.#pathSet[path] = next;
      this.#pathSince[path] = this.#seconds();
      this.#touch(destination);
      for (const watcher of this.#watchers) watcher.changed(destination, path);
    }
    this.#order.release(set);
  }

  #remove(source: number, from: number, budget: number, staleOnly: boolean): number {
    const end = Math.min(this.#pathEnd, from + budget);
    const owners = this.#pathSource;
    const epoch = this.#epochOf[source];
    for (let path = from; path < end; path++) {
      if (owners[path] !== source || (staleOnly && this.#pathEpoch[path] === epoch)) continue;
      const destination = this.#pathDestination[path];
      this.#unlink(destination, path);
      this.#dropPath(path, destination, source);
    }
    const left = staleOnly ? this.#staleOf[source] : this.#routesOf[source];
    return end < this.#pathEnd && left > 0 ? end : NONE;
  }

  /** Tells `watcher` of every path from now on. */
  watch(watcher: PathWatcher): void {
    this.#watchers.push(watcher);
  }

  /** Tells a watcher of {@link watch} of no more paths. */
  unwatch(watcher: PathWatcher): void {
    const at = this.#watchers.indexOf(watcher);
    if (at >= 0) this.#watchers.splice(at, 1);
  }

  /**
   * Tells a watcher of the paths that are there, from path number `from` on and at most `budget` looked at. Returns
   * where to go on, or -1 when it was told of all.
   */
  replay(watcher: PathWatcher, from: number, budget: number): number {
    const end = Math.min(this.#pathEnd, from + budget);
    for (let path = from; path < end; path++) {
      if (this.#pathSource[path] !== FREE) watcher.changed(this.#pathDestination[path], path);
    }
    return end < this.#pathEnd ? end : NONE;
  }

  /** Gives back every reference to attribute sets and riders; the table is not to be used any more. */
  clear(): void {
    for (let path = 0; path < this.#pathEnd; path++) {
      if (this.#pathSource[path] === FREE) continue;
      this.#order.release(this.#pathSet[path]);
      this.#riders.release(this.#pathRider[path]);
    }
    for (let destination = 0; destination < this.#destinationEnd; destination++) {
      if (this.#keyAt[destination] === NONE) continue;
      if (this.#sentSet[destination] !== NONE) this.#order.release(this.#sentSet[destination]);
      if (this.#sentRider[destination] !== NONE) this.#riders.release(this.#sentRider[destination]);
    }
  }

  /** Source, attribute set and rider of a path that a {@link PathWatcher} was told of. */
  sourceOf(path: number): number {
    return this.#pathSource[path];
  }
  /** The number of the path's attribute set. */
  setOf(path: number): number {
    return this.#pathSet[path];
  }
  /** The number of the path's rider. */
  riderOf(path: number): number {
    return this.#pathRider[path];
  }

  /** The destination for a key, or -1. */
  find(bytes: Uint8Array, split: NlriSplit): number {
    return this.#lookup(bytes, split, this.#hashOf(bytes, split));
  }

  /**
   * Decides up to `budget` dirty destinations. Those whose emitted state changes are written to `out` (whose arrays
   * must hold `budget`), under one new version, and count as emitted from now on.
   */
  decide(budget: number, out: Changes): void {
    const version = this.#tableVersion + 1;
    let count = 0;
    const stop = Math.min(this.#dirtyEnd, this.#dirtyStart + budget);
    for (let i = this.#dirtyStart; i < stop; i++) {
      const destination = this.#dirty[i];
      this.#flags[destination] &= ~DIRTY;
      const best = this.#best(destination);
      const oldSet = this.#sentSet[destination];
      const newSet = best === NONE ? NONE : this.#pathSet[best];
      if (newSet === NONE && oldSet === NONE) {
        if (this.#head[destination] !== NONE) continue;
        // What was never emitted can go at once; the rest when everyone has heard of its withdrawal.
        if (this.#sentRider[destination] === NONE) this.#freeSlot(destination);
        else this.#bury(destination);
        continue;
      }
      if (newSet === oldSet && this.#pathRider[best] === this.#sentRider[destination]) continue;
      out.destinations[count] = destination;
      out.oldSets[count] = oldSet;
      count++;
      if (oldSet !== NONE) {
        this.#bestOf[this.#order.source(oldSet)]--;
        this.#emitted--;
      }
      if (newSet !== NONE) {
        this.#bestOf[this.#pathSource[best]]++;
        this.#emitted++;
      }
      this.#sentSet[destination] = newSet;
      if (newSet === NONE) {
        // The rider stays: the withdrawal is written with it.
        if (this.#head[destination] === NONE) this.#bury(destination);
      } else {
        this.#order.retain(newSet);
        const rider = this.#pathRider[best];
        this.#riders.retain(rider);
        if (this.#sentRider[destination] !== NONE) this.#riders.release(this.#sentRider[destination]);
        this.#sentRider[destination] = rider;
      }
      this.#version[destination] = version;
      this.#blockVersion[(destination / BLOCK) | 0] = version;
    }
    this.#dirtyStart = stop;
    if (this.#dirtyStart === this.#dirtyEnd) this.#dirtyStart = this.#dirtyEnd = 0;
    out.length = count;
    if (count > 0) this.#tableVersion = version;
  }

  /**
   * Frees tombstones that everyone has heard of: those whose version is at most `version`; tells `freed` of each. One that
   * `isHeld` says yes to is left out until {@link letGo}. Looks at `most` of them; whether there are more.
   */
  reclaim(
    version: number,
    freed?: (destination: number) => void,
    isHeld?: (destination: number) => boolean,
    most = Number.POSITIVE_INFINITY,
  ): boolean {
    const queue = this.#tombstones;
    let isMore = false;
    for (let left = most; this.#tombstoneCount > 0; left--) {
      const destination = queue[this.#tombstoneStart];
      if (this.#version[destination] > version) break;
      if (left === 0) {
        isMore = true;
        break;
      }
      this.#tombstoneStart = (this.#tombstoneStart + 1) & (queue.length - 1);
      this.#tombstoneCount--;
      this.#flags[destination] &= ~BURIED;
      // One that came back, or is about to be decided again, is buried anew if it goes again.
      const dead =
        this.#head[destination] === NONE &&
        this.#sentSet[destination] === NONE &&
        (this.#flags[destination] & DIRTY) === 0;
      if (!dead || isHeld?.(destination) === true) continue;
      this.#freeSlot(destination);
      freed?.(destination);
    }
    return isMore;
  }

  /** Highest version among the destinations of a block. */
  blockVersion(block: number): number {
    return this.#blockVersion[block];
  }
  /** Whether there is a destination under this number, be it withdrawn and remembered. */
  isUsed(destination: number): boolean {
    return this.#keyAt[destination] !== NONE;
  }
  /** Version of the decision that changed the destination last. */
  versionOf(destination: number): number {
    return this.#version[destination];
  }
  /** The set that counts as emitted for a destination, -1 for a withdrawn one. */
  sentSet(destination: number): number {
    return this.#sentSet[destination];
  }
  /** The rider of the last announcement emitted; present for every destination that has a version. */
  sentRider(destination: number): Rider | undefined {
    const rider = this.#sentRider[destination];
    return rider === NONE ? undefined : this.#riders.get(rider);
  }
  /** Offset of the key's slot in {@link arena}. */
  keyAt(destination: number): number {
    return this.#keyAt[destination];
  }

  /**
   * Writes the NLRI of a destination to `out` from `at` on, type and length octets included, with a rider: that of its last
   * announcement where none is given. Returns the offset behind it; at most 257 octets are written.
   */
  writeNlri(destination: number, out: Uint8Array, at: number, rider = this.sentRider(destination)): number {
    const { arena } = this;
    const keyAt = this.#keyAt[destination];
    const end = writeJoined(
      arena.bytes,
      arena.start(keyAt),
      arena.length(keyAt),
      rider?.bytes ?? NO_OCTETS,
      rider?.mid ?? 0,
      out,
      at + 2,
    );
    out[at] = arena.type(keyAt);
    out[at + 1] = end - at - 2;
    return end;
  }

  /** All paths of a destination; the best eligible one stands first once its decision has been made. */
  pathsTo(destination: number): PathView[] {
    const views: PathView[] = [];
    for (let path = this.#head[destination]; path !== NONE; path = this.#pathNext[path]) {
      views.push({
        source: this.#pathSource[path],
        pathId: this.#idOf(path),
        set: this.#pathSet[path],
        rider: this.#pathRider[path],
        since: this.#pathSince[path],
        stale: this.#pathEpoch[path] !== this.#epochOf[this.#pathSource[path]],
      });
    }
    return views;
  }

  /** Octets held by columns, index and keys; what the process takes on top is the engine's. */
  get bytesHeld(): number {
    const destination = this.#keyAt.length * (4 * 5 + 1) + this.#blockVersion.length * 4 + this.#dirty.length * 4;
    const path = this.#pathDestination.length * (4 * (this.#pathId === undefined ? 5 : 6) + 3);
    return destination + path + this.#index.length * 4 + this.arena.bytes.length;
  }

  /** Moves the best eligible path to the head of the chain and returns it, or -1. */
  #best(destination: number): number {
    const head = this.#head[destination];
    if (head === NONE) return NONE;
    if (this.#pathNext[head] === NONE) return this.#order.eligible(this.#pathSet[head]) ? head : NONE;
    const type = this.arena.type(this.#keyAt[destination]);
    let best = NONE;
    let usable = 0;
    for (let path = head; path !== NONE; path = this.#pathNext[path]) {
      if (!this.#order.eligible(this.#pathSet[path])) continue;
      usable++;
      if (best === NONE || this.#order.compare(type, this.#pathSet[path], this.#pathSet[best]) < 0) best = path;
    }
    if (usable > 2 && this.#isBeaten(head, type, best)) best = this.#bestOfRemaining(head, type);
    if (best !== NONE && best !== head) {
      this.#unlink(destination, best);
      this.#pathNext[best] = this.#head[destination];
      this.#head[destination] = best;
    }
    return best;
  }

  /** Whether a usable path of the chain is better than `best` all the same: the order runs in a circle. */
  #isBeaten(head: number, type: number, best: number): boolean {
    const set = this.#pathSet[best];
    for (let path = head; path !== NONE; path = this.#pathNext[path]) {
      if (!this.#order.eligible(this.#pathSet[path])) continue;
      if (path !== best && this.#order.compare(type, this.#pathSet[path], set) < 0) return true;
    }
    return false;
  }

  /** The best of the usable paths that no other one excludes, which are in order. */
  #bestOfRemaining(head: number, type: number): number {
    const order = this.#order;
    let best = NONE;
    for (let path = head; path !== NONE; path = this.#pathNext[path]) {
      const set = this.#pathSet[path];
      if (!order.eligible(set)) continue;
      let excluded = false;
      for (let other = head; other !== NONE && !excluded; other = this.#pathNext[other]) {
        excluded = order.eligible(this.#pathSet[other]) && order.excludes(type, this.#pathSet[other], set);
      }
      if (!excluded && (best === NONE || order.compare(type, set, this.#pathSet[best]) < 0)) best = path;
    }
    return best;
  }

  /** A destination is held no longer (see {@link reclaim}): it may be freed if it is withdrawn. */
  letGo(destination: number): void {
    const isDead =
      this.#keyAt[destination] !== NONE &&
      this.#head[destination] === NONE &&
      this.#sentSet[destination] === NONE &&
      (this.#flags[destination] & DIRTY) === 0;
    if (isDead) this.#bury(destination);
  }

  #bury(destination: number): void {
    if ((this.#flags[destination] & BURIED) !== 0) return;
    this.#flags[destination] |= BURIED;
    if (this.#tombstoneCount === this.#tombstones.length) this.#growTombstones();
    const ring = this.#tombstones;
    ring[(this.#tombstoneStart + this.#tombstoneCount++) & (ring.length - 1)] = destination;
  }

  #growTombstones(): void {
    const [old, start] = [this.#tombstones, this.#tombstoneStart];
    this.#tombstones = new Int32Array(old.length * 2);
    this.#tombstones.set(old.subarray(start));
    this.#tombstones.set(old.subarray(0, start), old.length - start);
    this.#tombstoneStart = 0;
  }

  #touch(destination: number): void {
    if ((this.#flags[destination] & DIRTY) !== 0) return;
    this.#flags[destination] |= DIRTY;
    if (this.#dirtyEnd === this.#dirty.length) this.#makeDirtyRoom();
    this.#dirty[this.#dirtyEnd++] = destination;
  }

  #makeDirtyRoom(): void {
    const pending = this.#dirty.subarray(this.#dirtyStart, this.#dirtyEnd);
    const roomy = this.#dirtyStart * 2 > this.#dirty.length;
    const target = roomy ? this.#dirty : new Int32Array(this.#dirty.length * 2);
    target.set(pending);
    this.#dirtyEnd -= this.#dirtyStart;
    this.#dirtyStart = 0;
    this.#dirty = target;
  }

  #unlink(destination: number, path: number): void {
    if (this.#head[destination] === path) {
      this.#head[destination] = this.#pathNext[path];
      return;
    }
    let before = this.#head[destination];
    while (this.#pathNext[before] !== path) before = this.#pathNext[before];
    this.#pathNext[before] = this.#pathNext[path];
  }

  #idOf(path: number): number {
    return this.#pathId === undefined ? 0 : this.#pathId[path];
  }

  /** Frees an unlinked path. */
  #dropPath(path: number, destination: number, source: number): void {
    for (const watcher of this.#watchers) watcher.removed(destination, path);
    if (!this.#order.eligible(this.#pathSet[path])) this.#unusableOf[source]--;
    this.#order.release(this.#pathSet[path]);
    this.#riders.release(this.#pathRider[path]);
    this.#pathSource[path] = FREE;
    this.#pathNext[path] = this.#freePath;
    this.#freePath = path;
    this.#paths--;
    this.#routesOf[source]--;
    if (this.#pathEpoch[path] !== this.#epochOf[source]) this.#staleOf[source]--;
    if (this.#head[destination] === NONE) this.#withPaths--;
    this.#touch(destination);
  }

  #hashOf(bytes: Uint8Array, split: NlriSplit): number {
    const tail = split.tailStart;
    let hash = this.#seed ^ split.type;
    if (split.midLength === 0) {
      hash = hashRange(hash, bytes, split.valueStart, tail);
    } else {
      hash = hashRange(hash, bytes, split.valueStart, split.midStart);
      hash = hashRange(hash, bytes, split.midStart + split.midLength, tail);
    }
    return finishHash(hash);
  }

  /** The same of a key in the arena, where its two parts lie in one piece: the first is eight octets long. */
  #hashOfStored(destination: number): number {
    const { arena } = this;
    const at = this.#keyAt[destination];
    const start = arena.start(at);
    return finishHash(hashRange(this.#seed ^ arena.type(at), arena.bytes, start, start + arena.length(at)));
  }

  #lookup(bytes: Uint8Array, split: NlriSplit, hash: number): number {
    const index = this.#index[hash >>> PART_SHIFT];
    const mask = index.length - 1;
    for (let at = (hash << SLOT_BITS) & mask; ; at = (at + SLOT) & mask) {
      const destination = index[at] - 1;
      if (destination === NONE) return NONE;
      if (index[at + 1] === hash && this.#hasKey(destination, bytes, split)) return destination;
    }
  }

  #hasKey(destination: number, bytes: Uint8Array, split: NlriSplit): boolean {
    const at = this.#keyAt[destination];
    const stored = this.arena.bytes;
    const length = split.tailStart - split.valueStart - split.midLength;
    if (stored[at] !== split.type || stored[at + 1] !== length) return false;
    const start = this.arena.start(at);
    if (split.midLength === 0) return sameRange(stored, start, bytes, split.valueStart, length);
    const first = split.midStart - split.valueStart;
    return (
      sameRange(stored, start, bytes, split.valueStart, first) &&
      sameRange(stored, start + first, bytes, split.midStart + split.midLength, length - first)
    );
  }

  #findOrAdd(bytes: Uint8Array, split: NlriSplit, hash: number): number {
    const found = this.#lookup(bytes, split, hash);
    if (found !== NONE) return found;

    let destination = this.#freeDestination;
    if (destination !== NONE) {
      this.#freeDestination = this.#head[destination];
    } else {
      if (this.#destinationEnd === this.#keyAt.length) this.#growDestinations();
      destination = this.#destinationEnd++;
    }
    const length = split.tailStart - split.valueStart - split.midLength;
    const keyAt = this.arena.allocate(split.type, length);
    const start = this.arena.start(keyAt);
    const stored = this.arena.bytes;
    const first = split.midLength === 0 ? length : split.midStart - split.valueStart;
    for (let i = 0; i < first; i++) stored[start + i] = bytes[split.valueStart + i];
    for (let i = first; i < length; i++) stored[start + i] = bytes[split.valueStart + split.midLength + i];
    this.#keyAt[destination] = keyAt;
    this.#head[destination] = NONE;
    this.#sentSet[destination] = NONE;
    this.#sentRider[destination] = NONE;
    this.#version[destination] = 0;
    this.#flags[destination] = 0;
    this.#destinations++;
    this.#addToIndex(destination, hash);
    return destination;
  }

  #addToIndex(destination: number, hash: number): void {
    const part = hash >>> PART_SHIFT;
    if (++this.#indexed[part] * 2 * SLOT > this.#index[part].length) this.#growIndex(part);
    putInto(this.#index[part], destination + 1, hash);
  }

  #freeSlot(destination: number): void {
    this.#removeIndex(destination);
    this.arena.free(this.#keyAt[destination]);
    if (this.#sentRider[destination] !== NONE) this.#riders.release(this.#sentRider[destination]);
    this.#sentRider[destination] = NONE;
    this.#keyAt[destination] = NONE;
    this.#head[destination] = this.#freeDestination;
    this.#freeDestination = destination;
    this.#destinations--;
  }

  #removeIndex(destination: number): void {
    const hash = this.#hashOfStored(destination);
    const index = this.#index[hash >>> PART_SHIFT];
    const mask = index.length - 1;
    let hole = (hash << SLOT_BITS) & mask;
    while (index[hole] !== destination + 1) hole = (hole + SLOT) & mask;
    // Move followers back over the hole wherever that brings them no nearer than their home slot.
    for (let at = (hole + SLOT) & mask; index[at] !== 0; at = (at + SLOT) & mask) {
      const home = (index[at + 1] << SLOT_BITS) & mask;
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        index[hole] = index[at];
        index[hole + 1] = index[at + 1];
        hole = at;
      }
    }
    index[hole] = 0;
    this.#indexed[hash >>> PART_SHIFT]--;
  }

  #newPath(): number {
    this.#paths++;
    const path = this.#freePath;
    if (path !== NONE) {
      this.#freePath = this.#pathNext[path];
      return path;
    }
    if (this.#pathEnd === this.#pathDestination.length) this.#growPaths();
    return this.#pathEnd++;
  }

  #growDestinations(): void {
    const size = this.#keyAt.length * 2;
    this.#keyAt = grownInt32(this.#keyAt, size);
    this.#head = grownInt32(this.#head, size);
    this.#sentSet = grownInt32(this.#sentSet, size);
    this.#sentRider = grownInt32(this.#sentRider, size);
    this.#version = grownUint32(this.#version, size);
    this.#blockVersion = grownUint32(this.#blockVersion, size / BLOCK);
    this.#flags = grownUint8(this.#flags, size);
  }

  #growPaths(): void {
    const size = this.#pathDestination.length * 2;
    this.#pathDestination = grownInt32(this.#pathDestination, size);
    this.#pathSet = grownInt32(this.#pathSet, size);
    this.#pathRider = grownInt32(this.#pathRider, size);
    this.#pathNext = grownInt32(this.#pathNext, size);
    this.#pathSince = grownUint32(this.#pathSince, size);
    const source = new Uint16Array(size);
    source.set(this.#pathSource);
    this.#pathSource = source;
    if (this.#pathId !== undefined) this.#pathId = grownUint32(this.#pathId, size);
    this.#pathEpoch = grownUint8(this.#pathEpoch, size);
  }

  #growSources(size: number): void {
    this.#routesOf = grownInt32(this.#routesOf, size);
    this.#unusableOf = grownInt32(this.#unusableOf, size);
    this.#bestOf = grownInt32(this.#bestOf, size);
    this.#staleOf = grownInt32(this.#staleOf, size);
    this.#epochOf = grownUint8(this.#epochOf, size);
  }

  #growIndex(part: number): void {
    const old = this.#index[part];
    const bigger = new Int32Array(old.length * 2);
    for (let at = 0; at < old.length; at += SLOT) if (old[at] !== 0) putInto(bigger, old[at], old[at + 1]);
    this.#index[part] = bigger;
  }
}

function putInto(index: Int32Array, value: number, hash: number): void {
  const mask = index.length - 1;
  let at = (hash << SLOT_BITS) & mask;
  while (index[at] !== 0) at = (at + SLOT) & mask;
  index[at] = value;
  index[at + 1] = hash;
}

function grownInt32(column: Int32Array, size: number): Int32Array {
  const bigger = new Int32Array(size);
  bigger.set(column);
  return bigger;
}

function grownUint32(column: Uint32Array, size: number): Uint32Array {
  const bigger = new Uint32Array(size);
  bigger.set(column);
  return bigger;
}

function grownUint8(column: Uint8Array, size: number): Uint8Array {
  const bigger = new Uint8Array(size);
  bigger.set(column);
  return bigger;
}
