/**
 * The way out of one address family: takes the table's changes, has them encoded once for each class of neighbours,
 * and lets the members read.
 *
 * Every queue here has a bound. A class's log holds `logLimit` octets; a member that it leaves behind resumes from the
 * table. What the table must remember for such members (tombstones) is bounded by `tombstoneLimit`; beyond it the
 * member that needs the oldest is given up (`hopeless`). While most members that read at all are behind by half a log,
 * {@link Distributor.congested} asks the speaker to stop reading: the pace is then set by the majority of readers, and
 * never by a single one.
 */
import type { AttributeSet, AttributeStore, OutboundForm } from '../rib/attribute-store.ts';
import type { KeyArena } from '../rib/key-arena.ts';
import { keyRequirements } from '../rib/requirements.ts';
import { BLOCK, type Changes, type RouteTable } from '../rib/route-table.ts';
import type { TargetSet } from '../rib/target-set.ts';
import type { FamilyId } from '../wire/constants.ts';
import { ChangeLog } from './change-log.ts';
import { type EncodedBatch, NOTHING } from './encoded-batch.ts';
import { type Concerned, Member, type MemberFeed, type MemberOptions, type MemberSink } from './member.ts';
import { type ClassIndex, classKey, maySend, type NeighbourClass, type NeighbourTraits } from './neighbour-class.ts';
import { Packer } from './packer.ts';
import { Tally } from './tally.ts';
import { TargetHistory } from './target-history.ts';

/** How much is kept for neighbours that read slowly. */
export interface EgressBounds {
  /** Octets of encoded changes kept for readers that are behind, for each class. */
  readonly logLimit?: number;
  /** Octets of encoded table blocks kept for readers that walk at the same time, for each class. */
  readonly walkCacheLimit?: number;
  /** Withdrawn destinations remembered for readers that are behind. */
  readonly tombstoneLimit?: number;
}

export interface DistributorOptions extends EgressBounds {
  readonly family: FamilyId;
  /** The table's keys end in a path identifier; see path-mirror.ts. */
  readonly pathIds?: boolean;
}

export interface DistributorModules {
  readonly table: RouteTable;
  readonly attributes: AttributeStore;
  readonly outbound: (set: AttributeSet, to: NeighbourClass) => OutboundForm;
  readonly now: () => number;
  /** Told that a member cannot be served any more within the bounds; its session should be reset. */
  readonly hopeless: (source: number) => void;
  /** Told of each decision, whose old sets are still held. */
  readonly decided?: ((changes: Changes) => void) | undefined;
  /** Whether a withdrawn destination is still needed by somebody who was told of it by `decided`. */
  readonly isHeld?: ((destination: number) => boolean) | undefined;
  /** Numbers of classes, shared by all who use one attribute store, whose sets keep forms under them. */
  readonly classIndex: ClassIndex;
}

/** Destinations decided and encoded in one go. */
const DECIDE_BUDGET = 16_384;
/**
 * Octets a member is handed before others get their turn. Few enough that what all of them read stays in the processor's
 * cache, enough that the write for them is not the larger part of the cost.
 */
const PUMP_BUDGET = 1 << 17;
/** A reader that took nothing for this long does not count for the common pace, in milliseconds. */
const STANDSTILL = 300;

class ClassOfNeighbours implements MemberFeed {
  readonly key: string;
  readonly to: NeighbourClass;
  readonly log: ChangeLog;
  readonly members = new Set<Member>();
  readonly #table: RouteTable;
  readonly #attributes: AttributeStore;
  /** Members by whether they need routes told apart. */
  readonly selective = { always: 0, 'where-it-cannot': 0, never: 0 };
  readonly #demands: () => boolean;
  readonly #history: () => TargetHistory | undefined;
  readonly #packer: Packer;
  readonly #walkCache = new Map<string, EncodedBatch>();
  readonly #walkCacheLimit: number;
  #walkCacheBytes = 0;

  constructor(
    key: string,
    to: NeighbourClass,
    table: RouteTable,
    attributes: AttributeStore,
    packer: Packer,
    logLimit: number,
    walkCacheLimit: number,
    demands: () => boolean,
    history: () => TargetHistory | undefined,
  ) {
    this.#demands = demands;
    this.#history = history;
    this.key = key;
    this.to = to;
    this.#table = table;
    this.#attributes = attributes;
    this.#packer = packer;
    this.log = new ChangeLog(logLimit);
    this.#walkCacheLimit = walkCacheLimit;
  }

  get logBegin(): number {
    return this.log.begin;
  }
  get logEnd(): number {
    return this.log.end;
  }
  get logAppended(): number {
    return this.log.appended;
  }
  logBatch(position: number): EncodedBatch {
    return this.log.at(position);
  }
  logPosition(version: number): number {
    return this.log.positionAfter(version);
  }
  get version(): number {
    return this.#table.version;
  }
  get blocks(): number {
    return Math.ceil(this.#table.end / BLOCK);
  }

  walkBlock(block: number, since: number, concerned?: Concerned): EncodedBatch | undefined {
    const blockVersion = this.#table.blockVersion(block);
    if (blockVersion <= since) return undefined;
    return this.#cached(`${block}/${since}`, block, since, concerned, () =>
      this.#packer.packRange(this.to, block * BLOCK, this.#endOf(block), since, this.tellsApart, this.#history()),
    );
  }

  withdrawBlock(block: number, concerned: Concerned): EncodedBatch | undefined {
    return this.#cached(`${block}/lost`, block, NOTHING, concerned, () =>
      this.#packer.packWithdrawals(this.to, block * BLOCK, this.#endOf(block)),
    );
  }

  #endOf(block: number): number {
    return Math.min(this.#table.end, (block + 1) * BLOCK);
  }

  /** Whether somebody is concerned with a route of the block: looked at where it would have to be encoded, which costs more. */
  #concerns(block: number, since: number, concerned: Concerned): boolean {
    const table = this.#table;
    const end = this.#endOf(block);
    let last: TargetSet | undefined;
    for (let destination = block * BLOCK; destination < end; destination++) {
      if (!table.isUsed(destination) || table.versionOf(destination) <= since) continue;
      const set = table.sentSet(destination);
      if (since === NOTHING && set < 0) continue;
      // Of a change it counts what was before as well.
      const targets = since === NOTHING ? this.#attributes.get(set).targets : this.#history()?.of(destination);
      if (targets === undefined) return true;
      // Routes of one set mostly came together.
      if (targets !== last && concerned(targets)) return true;
      last = targets;
    }
    return false;
  }

  #cached(
    key: string,
    block: number,
    since: number,
    concerned: Concerned | undefined,
    encode: () => EncodedBatch,
  ): EncodedBatch | undefined {
    const known = this.#walkCache.get(key);
    if (known !== undefined && known.version >= this.#table.blockVersion(block)) return known;
    if (concerned !== undefined && !this.#concerns(block, since, concerned)) return undefined;
    if (known !== undefined) this.#forget(key, known);
    const batch = encode();
    this.#walkCache.set(key, batch);
    this.#walkCacheBytes += batch.bytes.length;
    for (const [oldest, held] of this.#walkCache) {
      if (this.#walkCacheBytes <= this.#walkCacheLimit || oldest === key) break;
      this.#forget(oldest, held);
    }
    return batch;
  }

  add(member: Member): void {
    const before = this.tellsApart;
    this.members.add(member);
    this.selective[member.selective]++;
    if (!before && this.tellsApart) this.clearWalks();
  }

  /** Whether routes are told apart for this class. */
  get tellsApart(): boolean {
    return this.selective.always > 0 || (this.selective['where-it-cannot'] > 0 && this.#demands());
  }

  /** Forgets blocks that do not say which routes are which. */
  clearWalks(): void {
    this.#walkCache.clear();
    this.#walkCacheBytes = 0;
  }

  remove(member: Member): void {
    if (this.members.delete(member)) this.selective[member.selective]--;
  }

  /** Drops what nobody needs any more. */
  trim(): void {
    let needed = this.log.end;
    let walking = false;
    for (const member of this.members) {
      const position = member.logPosition;
      if (position === undefined) walking = true;
      else if (position < needed) needed = position;
    }
    this.log.trim(needed);
    if (!walking && this.#walkCache.size > 0) this.clearWalks();
  }

  #forget(key: string, batch: EncodedBatch): void {
    this.#walkCache.delete(key);
    this.#walkCacheBytes -= batch.bytes.length;
  }
}

export class Distributor {
  readonly #options: Required<EgressBounds>;
  readonly #modules: DistributorModules;
  readonly #packer: Packer;
  readonly #classes = new Map<string, ClassOfNeighbours>();
  readonly #classOf = new Map<Member, ClassOfNeighbours>();
  /** All members, in the order in which they read, and who is next. */
  readonly #readers: Member[] = [];
  #next = 0;
  readonly #changes: Changes = {
    destinations: new Int32Array(DECIDE_BUDGET),
    oldSets: new Int32Array(DECIDE_BUDGET),
    length: 0,
  };
  readonly #keyRequirements: (arena: KeyArena, keyAt: number) => number;
  /** Kept while routes are told apart for some class. */
  #tally: Tally | undefined;
  #history: TargetHistory | undefined;
  /** Routes emitted that some receivers cannot take. */
  #demanding = 0;
  /** Times that one of them came or went. */
  demandChanges = 0;
  /** There were such routes while somebody was a member that cannot take every one. */
  #demandsSeen = false;
  /** Routes announced and withdrawn, counted once for each class they were encoded for. */
  announced = 0;
  withdrawn = 0;

  constructor(options: DistributorOptions, modules: DistributorModules) {
    this.#options = {
      logLimit: 8 << 20,
      walkCacheLimit: 4 << 20,
      tombstoneLimit: 1 << 20,
      ...options,
    };
    this.#keyRequirements = keyRequirements(options.family);
    this.#modules = modules;
    this.#packer = new Packer(options, modules);
  }

  get isEmpty(): boolean {
    return this.#classOf.size === 0;
  }

  /** Routes that fitted no message of a class, counted once for each class. */
  get oversized(): number {
    return this.#packer.oversized;
  }

  join(traits: NeighbourTraits, options: MemberOptions, sink: MemberSink): Member {
    const key = classKey(traits);
    let neighbours = this.#classes.get(key);
    if (neighbours === undefined) {
      const { logLimit, walkCacheLimit } = this.#options;
      neighbours = new ClassOfNeighbours(
        key,
        { ...traits, index: this.#modules.classIndex.of(key) },
        this.#modules.table,
        this.#modules.attributes,
        this.#packer,
        logLimit,
        walkCacheLimit,
        () => this.#demandsSeen,
        () => this.#history,
      );
      this.#classes.set(key, neighbours);
    }
    const member = new Member(options, { sink, feed: neighbours, now: this.#modules.now });
    neighbours.add(member);
    if (member.selective === 'always') this.#count();
    else if (member.selective === 'where-it-cannot' && this.#demanding > 0) this.#tellApart();
    this.#classOf.set(member, neighbours);
    this.#readers.push(member);
    return member;
  }

  /** What a member was told apart by when it joined. */
  traitsOf(member: Member): NeighbourTraits | undefined {
    return this.#classOf.get(member)?.to;
  }

  /** From now on routes are told apart for a member: its interest may change. */
  tellApartFor(member: Member): void {
    const neighbours = this.#classOf.get(member);
    if (neighbours === undefined || member.selective === 'always') return;
    neighbours.remove(member);
    member.selective = 'always';
    neighbours.add(member);
    this.#count();
  }

  leave(member: Member): void {
    const neighbours = this.#classOf.get(member);
    if (neighbours === undefined) return;
    this.#classOf.delete(member);
    this.#readers.splice(this.#readers.indexOf(member), 1);
    neighbours.remove(member);
    if (neighbours.members.size === 0) this.#classes.delete(neighbours.key);
    const classes = [...this.#classes.values()];
    if (!classes.some(({ selective }) => selective['where-it-cannot'] > 0)) this.#demandsSeen = false;
    if (!classes.some(({ tellsApart }) => tellsApart)) this.#tally = this.#history = undefined;
  }

  /** Decides and encodes one slice of what is pending, at most so many destinations; returns whether more is. */
  distribute(most = DECIDE_BUDGET): boolean {
    const { table, attributes } = this.#modules;
    const changes = this.#changes;
    table.decide(Math.min(most, DECIDE_BUDGET), changes);
    if (changes.length > 0) {
      this.#follow(changes);
      this.#modules.decided?.(changes);
      for (const neighbours of this.#classes.values()) {
        const batch = this.#packer.packChanges(neighbours.to, table.version, changes, neighbours.tellsApart);
        this.announced += batch.announced;
        this.withdrawn += batch.withdrawn;
        neighbours.log.append(batch);
      }
      for (let i = 0; i < changes.length; i++) if (changes.oldSets[i] >= 0) attributes.release(changes.oldSets[i]);
    }
    return table.pendingDecisions > 0;
  }

  /**
   * Routes that a member that does not take every route is sent once it has read everything, and those among the others
   * that it would be sent if it could take what `requirements` name; undefined while nobody counts, as there is nothing
   * that it cannot take.
   */
  sentTo(
    member: Member,
    requirements = member.cannot,
  ): { readonly routes: number; readonly heldBack: number } | undefined {
    const neighbours = this.#classOf.get(member);
    if (neighbours === undefined || this.#tally === undefined) return undefined;
    const { to } = neighbours;
    return this.#tally.count(
      (set) => set.source.index !== member.source && maySend(set, to) && member.interest.wants(set.targets),
      member.cannot,
      requirements,
    );
  }

  /** Routes emitted that ask something of their receiver. */
  get demanding(): number {
    return this.#demanding;
  }

  /** Whether a source has announced a route with one of these requirements, and is emitted with it. */
  demandsOf(source: number, requirements: number): boolean {
    return this.#tally?.hasFrom(source, requirements) ?? false;
  }

  /** Whether a route with one of these requirements is emitted. */
  isDemanded(requirements: number): boolean {
    return this.#tally?.has(requirements) ?? false;
  }

  /** Counts what a decision changes of routes that some cannot take; tells routes apart from the first of them on. */
  #follow(changes: Changes): void {
    const { table, attributes } = this.#modules;
    const { destinations, oldSets, length } = changes;
    for (let i = 0; i < length; i++) {
      const keyNeeds = this.#keyRequirements(table.arena, table.keyAt(destinations[i]));
      const set = table.sentSet(destinations[i]);
      const before = oldSets[i] >= 0 && (keyNeeds | attributes.get(oldSets[i]).needs) !== 0;
      const after = set >= 0 && (keyNeeds | attributes.get(set).needs) !== 0;
      if (before || after) this.demandChanges++;
      this.#demanding += Number(after) - Number(before);
    }
    this.#tally?.apply(changes);
    this.#history?.apply(changes);
    const spares = () => [...this.#classes.values()].some(({ selective }) => selective['where-it-cannot'] > 0);
    if (!this.#demandsSeen && this.#demanding > 0 && spares()) this.#tellApart();
  }

  #tellApart(): void {
    if (this.#demandsSeen) return;
    this.#demandsSeen = true;
    for (const neighbours of this.#classes.values()) neighbours.clearWalks();
    this.#count();
  }

  #count(): void {
    const { table, attributes } = this.#modules;
    this.#tally ??= new Tally({ table, attributes, requirements: this.#keyRequirements });
    this.#history ??= new TargetHistory({ table, attributes });
  }

  /**
   * Lets members read in turn until `until`, and frees what nobody needs any more, at most so many destinations; returns
   * whether there is more to do.
   */
  pump(until = Number.POSITIVE_INFINITY, most = Number.POSITIVE_INFINITY): boolean {
    const readers = this.#readers;
    let more = false;
    let left = readers.length;
    for (; left > 0; left--) {
      if (this.#next >= readers.length) this.#next = 0;
      if ((readers[this.#next++] as Member).pump(PUMP_BUDGET)) more = true;
      if (this.#modules.now() >= until) break;
    }
    for (const neighbours of this.#classes.values()) neighbours.trim();
    if (this.#reclaim(most)) more = true;
    // Whoever was not reached may have nothing to read.
    for (let reader = this.#next; !more && left > 1; left--, reader++) {
      more = (readers[reader % readers.length] as Member).hasTurn;
    }
    return more;
  }

  /** Whether most of those who read at all are behind by half a log or more: more input would only pile up. */
  get congested(): boolean {
    const limit = this.#options.logLimit / 2;
    return this.#isOfMost(({ walking, lag }) => (walking ? undefined : lag > limit));
  }

  /** Whether most of those who read at all have more than so many octets to read, or walk. */
  isBehind(octets: number): boolean {
    return this.#isOfMost(({ walking, lag }) => walking || lag > octets);
  }

  /** Whether something is so of most of those who do not stand still; undefined of those who do not count. */
  #isOfMost(isSo: (member: Member) => boolean | undefined): boolean {
    let counted = 0;
    let so = 0;
    for (const member of this.#classOf.keys()) {
      const is = member.stalledFor > STANDSTILL ? undefined : isSo(member);
      if (is !== undefined) counted++;
      if (is === true) so++;
    }
    return so * 2 > counted;
  }

  #reclaim(most: number): boolean {
    const { table, hopeless } = this.#modules;
    if (table.tombstones === 0) return false;
    let floor = table.version;
    let slowest: Member | undefined;
    for (const member of this.#classOf.keys()) {
      if (member.floor < floor) {
        floor = member.floor;
        slowest = member;
      }
    }
    const forget = (destination: number) => this.#history?.forget(destination);
    const isMore = table.reclaim(floor, forget, this.#modules.isHeld, most);
    if (table.tombstones > this.#options.tombstoneLimit && slowest !== undefined) hopeless(slowest.source);
    return isMore;
  }
}
