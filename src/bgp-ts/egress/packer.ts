/**
 * From changed routes to UPDATE messages: NLRI that share attributes share a message, up to the size that the class of
 * neighbours takes (RFC 4271 §9.2, RFC 4760 §3–4). MP_REACH_NLRI stands first (RFC 7606 §5.1). A route whose attributes
 * leave no room for one NLRI cannot be sent to this class; it is withdrawn from it and counted.
 *
 * The NLRI written are EVPN's (a type octet, a length octet, the value: RFC 7432 §7) or prefixes (a length in bits that
 * is the key's type, the octets), with a path identifier in front where the table's keys end in one.
 *
 * For a class in which some neighbours do not take every route, runs are told apart by their {@link RunSubject} as well;
 * for the others that would only make more messages.
 *
 * Written for the machine: destinations are bucketed by attribute set through linked integers, and octets are written
 * into one scratch buffer that is kept.
 */
import type { AttributeSet, AttributeStore, OutboundForm } from '../rib/attribute-store.ts';
import { copyShort } from '../rib/bytes.ts';
import { type KeyArena, writeJoined } from '../rib/key-arena.ts';
import { PATH_ID_LENGTH } from '../rib/path-mirror.ts';
import { keyRequirements, REQUIREMENTS } from '../rib/requirements.ts';
import type { Changes, RouteTable } from '../rib/route-table.ts';
import { MAX_SOURCES } from '../rib/source.ts';
import type { TargetSet } from '../rib/target-set.ts';
import {
  AttributeCode,
  AttributeFlag,
  Family,
  type FamilyId,
  familyAfi,
  familySafi,
  HEADER_LENGTH,
} from '../wire/constants.ts';
import {
  allBut,
  type EncodedBatch,
  EVERYONE,
  NOTHING,
  onlyFor,
  type RouteTraits,
  RUN,
  type RunSubject,
} from './encoded-batch.ts';
import { maySend, type NeighbourClass } from './neighbour-class.ts';
import type { TargetHistory } from './target-history.ts';

const NONE = -1;
const UPDATE = 2;
/** Header, withdrawn length, attribute length, and a multiprotocol attribute's header. */
const OVERHEAD = HEADER_LENGTH + 2 + 2 + 4;
/** Octets of a run at most: what a reader is handed in one piece. */
const MAX_RUN = 1 << 16;
const NO_RIDER = new Uint8Array(0);
/** Octets that hold the longest EVPN NLRI; shorter ones could fit, but a rule by size alone is one that can be told. */
const LONGEST_NLRI = 258;
/** Bucket keys are made of an attribute set and what its routes need, or of an audience and a subject. */
const AUDIENCES = MAX_SOURCES + 3;
/** Above any number of subjects in one batch. */
const MAX_SUBJECTS = 2 ** 24;

/** What a route was announced with, as far as it is known. */
type Known = Pick<RunSubject, 'targets' | 'needs'>;

export interface PackerModules {
  readonly table: RouteTable;
  readonly attributes: AttributeStore;
  /** The form in which a set is sent to a class; cached by the implementation. */
  readonly outbound: (set: AttributeSet, to: NeighbourClass) => OutboundForm;
}

export interface PackerOptions {
  readonly family: FamilyId;
  /** Keys end in a path identifier (RFC 7911 §3); see path-mirror.ts. */
  readonly pathIds?: boolean;
}

export class Packer {
  readonly #family: FamilyId;
  readonly #pathIds: number;
  readonly #lengthOctet: number;
  readonly #keyRequirements: (arena: KeyArena, keyAt: number) => number;
  readonly #table: RouteTable;
  readonly #attributes: AttributeStore;
  readonly #outbound: PackerModules['outbound'];

  #out = new Uint8Array(1 << 16);
  #end = 0;
  #runs: number[] = [];
  #announced = 0;
  #withdrawn = 0;
  /** Routes that did not fit any message of their class since the start. */
  oversized = 0;

  // Buckets of destinations: by attribute set for announcements, by audience for withdrawals; and by subject.
  readonly #bucketOf = new Map<number, number>();
  #keys: number[] = [];
  #values: number[] = [];
  #subjectOf: number[] = [];
  #selective = false;
  #subjects: RunSubject[] = [];
  readonly #subjectIndex = new Map<string, number>();
  #first: number[] = [];
  #last: number[] = [];
  #item = new Int32Array(1024);
  #link = new Int32Array(1024);
  #items = 0;

  constructor({ family, pathIds = false }: PackerOptions, modules: PackerModules) {
    this.#family = family;
    this.#pathIds = pathIds ? PATH_ID_LENGTH : 0;
    this.#lengthOctet = family === Family.Evpn ? 1 : 0;
    this.#keyRequirements = keyRequirements(family);
    this.#table = modules.table;
    this.#attributes = modules.attributes;
    this.#outbound = modules.outbound;
  }

  /**
   * One decision's changes for one class. `oldSets[i]` is what destination i was last emitted with, or -1: it tells who
   * holds a route that must now go. With `selective`, runs have subjects.
   */
  packChanges(
    to: NeighbourClass,
    version: number,
    { destinations, oldSets, length }: Changes,
    selective = false,
  ): EncodedBatch {
    this.#begin(selective);
    for (let i = 0; i < length; i++) {
      const oldId = oldSets[i];
      if (oldId === NONE) continue;
      const old = this.#attributes.get(oldId);
      if (!maySend(old, to)) continue;
      const destination = destinations[i];
      const next = this.#sendable(this.#table.sentSet(destination), to);
      if (next === undefined) {
        this.#addWithdrawal(audienceOf(old, to), destination, old);
        continue;
      }
      // The new best came from a neighbour that was sent the old one; its own is not sent to it.
      if (next.source !== old.source && to.echo !== true)
        this.#addWithdrawal(onlyFor(next.source.index), destination, old);
      if (selective && (next.targets !== old.targets || next.needs !== old.needs)) {
        this.#addWithdrawal(audienceOf(old, to), destination, old, next);
      }
    }
    this.#writeWithdrawals(to);
    for (let i = 0; i < length; i++) {
      const setId = this.#table.sentSet(destinations[i]);
      const set = this.#sendable(setId, to);
      if (set !== undefined) this.#addAnnouncement(set, destinations[i]);
      else if (setId !== NONE && maySend(this.#attributes.get(setId), to)) this.oversized++;
    }
    this.#writeAnnouncements(to);
    return this.#finish(version);
  }

  /**
   * The present state of the destinations in [from, end) that changed after version `since`; a reader that holds
   * {@link NOTHING} needs no withdrawals. With `selective`, runs have subjects; by `history`, withdrawals as well.
   */
  packRange(
    to: NeighbourClass,
    from: number,
    end: number,
    since: number,
    selective = false,
    history?: TargetHistory,
  ): EncodedBatch {
    const table = this.#table;
    this.#begin(selective);
    if (since !== NOTHING) {
      for (let destination = from; destination < end; destination++) {
        if (!table.isUsed(destination) || table.versionOf(destination) <= since) continue;
        const set = this.#sendable(table.sentSet(destination), to);
        const before = { targets: history?.of(destination), needs: 0 };
        if (set === undefined) this.#addWithdrawal(EVERYONE, destination, before);
        else if (to.echo !== true) this.#addWithdrawal(onlyFor(set.source.index), destination, before);
        // Who does not take the route as it is now may hold it as it was.
        if (set !== undefined && selective) this.#addWithdrawal(audienceOf(set, to), destination, before, set);
      }
      this.#writeWithdrawals(to);
    }
    for (let destination = from; destination < end; destination++) {
      if (!table.isUsed(destination) || table.versionOf(destination) <= since) continue;
      const set = this.#sendable(table.sentSet(destination), to);
      if (set !== undefined) this.#addAnnouncement(set, destination);
    }
    this.#writeAnnouncements(to);
    return this.#finish(table.version);
  }

  /** Withdraws every route in [from, end), for readers that pick those they take no more by the runs' subjects. */
  packWithdrawals(to: NeighbourClass, from: number, end: number): EncodedBatch {
    const table = this.#table;
    this.#begin(true);
    for (let destination = from; destination < end; destination++) {
      const set = table.isUsed(destination) ? this.#sendable(table.sentSet(destination), to) : undefined;
      if (set !== undefined) this.#addWithdrawal(audienceOf(set, to), destination, set);
    }
    this.#writeWithdrawals(to);
    return this.#finish(table.version);
  }

  #sendable(setId: number, to: NeighbourClass): AttributeSet | undefined {
    if (setId === NONE) return undefined;
    const set = this.#attributes.get(setId);
    if (!maySend(set, to)) return undefined;
    const form = this.#outbound(set, to);
    return OVERHEAD + form.size + this.#pathIds + LONGEST_NLRI <= to.maxMessage ? set : undefined;
  }

  #begin(selective: boolean): void {
    this.#end = 0;
    this.#runs = [];
    this.#selective = selective;
    this.#subjects = [];
    this.#subjectIndex.clear();
    this.#announced = 0;
    this.#withdrawn = 0;
  }

  #finish(version: number): EncodedBatch {
    return {
      version,
      bytes: this.#out.slice(0, this.#end),
      runs: Int32Array.from(this.#runs),
      subjects: this.#subjects,
      announced: this.#announced,
      withdrawn: this.#withdrawn,
    };
  }

  #addAnnouncement(set: AttributeSet, destination: number): void {
    if (!this.#selective) {
      this.#add(set.id, set.id, NONE, destination);
      return;
    }
    const needs = set.needs | this.#keyNeeds(destination);
    const subject = this.#subject(false, set.targets, needs, undefined, 0);
    // Two sets differ in their number, and one set's routes in what they need alone.
    this.#add(set.id * REQUIREMENTS + needs, set.id, subject, destination);
  }

  /** `old` is what is known of what the route was announced with, `now` what it is announced with instead. */
  #addWithdrawal(audience: number, destination: number, old: Known, now?: RouteTraits): void {
    if (!this.#selective) {
      this.#add(audience, audience, NONE, destination);
      return;
    }
    const keyNeeds = this.#keyNeeds(destination);
    const needs = keyNeeds | old.needs;
    const subject = this.#subject(true, old.targets, needs, now?.targets, keyNeeds | (now?.needs ?? 0));
    // Audiences begin with -2 minus the highest source index.
    this.#add((audience + AUDIENCES) * MAX_SUBJECTS + subject, audience, subject, destination);
  }

  #keyNeeds(destination: number): number {
    return this.#keyRequirements(this.#table.arena, this.#table.keyAt(destination));
  }

  #subject(
    withdrawal: boolean,
    targets: TargetSet | undefined,
    needs: number,
    nowTargets: TargetSet | undefined,
    nowNeeds: number,
  ): number {
    // Consecutive routes are about the same more often than not.
    const last = this.#subjects.length - 1;
    if (last >= 0) {
      const s = this.#subjects[last];
      const isSame = s.withdrawal === withdrawal && s.targets === targets && s.needs === needs;
      if (isSame && s.now?.targets === nowTargets && (s.now === undefined || s.now.needs === nowNeeds)) return last;
    }
    const key = `${withdrawal}/${targets?.id}/${needs}/${nowTargets?.id}/${nowNeeds}`;
    const known = this.#subjectIndex.get(key);
    if (known !== undefined) return known;
    this.#subjectIndex.set(key, last + 1);
    const now = nowTargets === undefined ? undefined : { targets: nowTargets, needs: nowNeeds };
    this.#subjects.push({ withdrawal, targets, needs, now });
    return last + 1;
  }

  #add(key: number, value: number, subject: number, destination: number): void {
    const item = this.#items++;
    if (item === this.#item.length) {
      const bigger = new Int32Array(item * 2);
      bigger.set(this.#item);
      this.#item = bigger;
      const links = new Int32Array(item * 2);
      links.set(this.#link);
      this.#link = links;
    }
    this.#item[item] = destination;
    this.#link[item] = NONE;
    // Consecutive destinations share a bucket more often than not.
    let bucket = this.#keys.length - 1;
    if (bucket < 0 || this.#keys[bucket] !== key) {
      const known = this.#bucketOf.get(key);
      if (known === undefined) {
        bucket = this.#keys.length;
        this.#bucketOf.set(key, bucket);
        this.#keys.push(key);
        this.#values.push(value);
        this.#subjectOf.push(subject);
        this.#first.push(item);
        this.#last.push(item);
        return;
      }
      bucket = known;
    }
    this.#link[this.#last[bucket]] = item;
    this.#last[bucket] = item;
  }

  #clearBuckets(): void {
    this.#bucketOf.clear();
    this.#keys = [];
    this.#values = [];
    this.#subjectOf = [];
    this.#first = [];
    this.#last = [];
    this.#items = 0;
  }

  #writeAnnouncements(to: NeighbourClass): void {
    for (let bucket = 0; bucket < this.#keys.length; bucket++) {
      const set = this.#attributes.get(this.#values[bucket]);
      const form = this.#outbound(set, to);
      const room = to.maxMessage - OVERHEAD - form.size;
      let item = this.#first[bucket];
      while (item !== NONE) {
        this.#reserve(to.maxMessage);
        const message = this.#end;
        const reach = message + HEADER_LENGTH + 4;
        const nlri = copyShort(form.reach, 0, form.reach.length, this.#out, reach + 4);
        const nlriEnd = this.#writeNlri(item, nlri, nlri + room);
        item = this.#next;
        this.#writeAttributeHeader(reach, AttributeCode.MpReachNlri, nlriEnd - reach - 4);
        const end = copyShort(form.others, 0, form.others.length, this.#out, nlriEnd);
        this.#writeHeader(message, end);
        this.#announced += this.#written;
        this.#addRun(message, audienceOf(set, to), this.#subjectOf[bucket]);
      }
    }
    this.#clearBuckets();
  }

  #writeWithdrawals(to: NeighbourClass): void {
    const room = to.maxMessage - OVERHEAD - 3;
    for (let bucket = 0; bucket < this.#keys.length; bucket++) {
      let item = this.#first[bucket];
      while (item !== NONE) {
        this.#reserve(to.maxMessage);
        const message = this.#end;
        const unreach = message + HEADER_LENGTH + 4;
        const nlri = unreach + 7;
        const afi = familyAfi(this.#family);
        this.#out[unreach + 4] = afi >> 8;
        this.#out[unreach + 5] = afi;
        this.#out[unreach + 6] = familySafi(this.#family);
        const end = this.#writeNlri(item, nlri, nlri + room);
        item = this.#next;
        this.#writeAttributeHeader(unreach, AttributeCode.MpUnreachNlri, end - unreach - 4);
        this.#writeHeader(message, end);
        this.#withdrawn += this.#written;
        this.#addRun(message, this.#values[bucket], this.#subjectOf[bucket]);
      }
    }
    this.#clearBuckets();
  }

  /** First item that {@link #writeNlri} did not write, and how many it did. */
  #next = NONE;
  #written = 0;

  /** Writes NLRI from `item` on into [at, limit) and returns the offset behind the last. */
  #writeNlri(item: number, at: number, limit: number): number {
    const arena = this.#table.arena;
    const keys = arena.bytes;
    const out = this.#out;
    const pathIds = this.#pathIds;
    const lengthOctet = this.#lengthOctet;
    let o = at;
    let current = item;
    this.#written = 0;
    while (current !== NONE) {
      const destination = this.#item[current];
      const keyAt = this.#table.keyAt(destination);
      const rider = this.#table.sentRider(destination);
      const riderBytes = rider === undefined ? NO_RIDER : rider.bytes;
      const keyLength = keys[keyAt + 1] - pathIds;
      const length = keyLength + riderBytes.length;
      if (o + pathIds + 1 + lengthOctet + length > limit) break;
      const key = keyAt + 2;
      if (pathIds !== 0) o = copyShort(keys, key + keyLength, key + keyLength + pathIds, out, o);
      out[o++] = keys[keyAt];
      if (lengthOctet !== 0) out[o++] = length;
      o = writeJoined(keys, key, keyLength, riderBytes, rider === undefined ? 0 : rider.mid, out, o);
      this.#written++;
      current = this.#link[current];
    }
    this.#next = current;
    return o;
  }

  #writeAttributeHeader(at: number, code: number, length: number): void {
    this.#out[at] = AttributeFlag.Optional | AttributeFlag.ExtendedLength;
    this.#out[at + 1] = code;
    this.#out[at + 2] = length >> 8;
    this.#out[at + 3] = length;
  }

  #writeHeader(at: number, end: number): void {
    const out = this.#out;
    const length = end - at;
    const attributes = length - HEADER_LENGTH - 4;
    out.fill(0xff, at, at + 16);
    out[at + 16] = length >> 8;
    out[at + 17] = length;
    out[at + 18] = UPDATE;
    out[at + 19] = 0;
    out[at + 20] = 0;
    out[at + 21] = attributes >> 8;
    out[at + 22] = attributes;
    this.#end = end;
  }

  #addRun(start: number, audience: number, subject: number): void {
    const runs = this.#runs;
    const last = runs.length - RUN;
    const goesOn = last >= 0 && runs[last + 2] === audience && runs[last + 4] === subject;
    if (goesOn && this.#end - runs[last] <= MAX_RUN) {
      runs[last + 1] = this.#end;
      runs[last + 3]++;
    } else {
      runs.push(start, this.#end, audience, 1, subject);
    }
  }

  #reserve(octets: number): void {
    if (this.#end + octets <= this.#out.length) return;
    const bigger = new Uint8Array(this.#out.length * 2);
    bigger.set(this.#out.subarray(0, this.#end));
    this.#out = bigger;
  }
}

/** Who is sent routes with this set: everyone but their source, where the class is not one that hears its own. */
function audienceOf({ source }: AttributeSet, { echo }: NeighbourClass): number {
  return echo === true ? EVERYONE : allBut(source.index);
}
