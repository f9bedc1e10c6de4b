/**
 * From changed routes to UPDATE messages: NLRI that share attributes share a message, up to the size that the class of
 * neighbours takes (RFC 4271 §9.2, RFC 4760 §3–4). MP_REACH_NLRI stands first (RFC 7606 §5.1). A route whose attributes
 * leave no room for one NLRI cannot be sent to this class; it is withdrawn from it and counted.
 *
 * The NLRI written are EVPN's: a type octet, a length octet, the value (RFC 7432 §7).
 *
 * Written for the machine: destinations are bucketed by attribute set through linked integers, and octets are written
 * into one scratch buffer that is kept.
 */
import type { AttributeSet, AttributeStore, OutboundForm } from '../rib/attribute-store.ts';
import { copyShort } from '../rib/bytes.ts';
import { writeJoined } from '../rib/key-arena.ts';
import type { RouteTable } from '../rib/route-table.ts';
import {
  AttributeCode,
  AttributeFlag,
  type FamilyId,
  familyAfi,
  familySafi,
  HEADER_LENGTH,
} from '../wire/constants.ts';
import { allBut, type EncodedBatch, EVERYONE, NOTHING, onlyFor, RUN } from './encoded-batch.ts';
import { maySend, type NeighbourClass } from './neighbour-class.ts';

const NONE = -1;
const UPDATE = 2;
/** Header, withdrawn length, attribute length, and a multiprotocol attribute's header. */
const OVERHEAD = HEADER_LENGTH + 2 + 2 + 4;
/** Octets of a run at most: what a reader is handed in one piece. */
const MAX_RUN = 1 << 16;
const NO_RIDER = new Uint8Array(0);

export interface PackerModules {
  readonly table: RouteTable;
  readonly attributes: AttributeStore;
  /** The form in which a set is sent to a class; cached by the implementation. */
  readonly outbound: (set: AttributeSet, to: NeighbourClass) => OutboundForm;
}

export class Packer {
  readonly #family: FamilyId;
  readonly #table: RouteTable;
  readonly #attributes: AttributeStore;
  readonly #outbound: PackerModules['outbound'];

  #out = new Uint8Array(1 << 18);
  #end = 0;
  #runs: number[] = [];
  #announced = 0;
  #withdrawn = 0;
  /** Routes that did not fit any message of their class since the start. */
  oversized = 0;

  // Buckets of destinations: by attribute set for announcements, by audience for withdrawals.
  readonly #bucketOf = new Map<number, number>();
  #keys: number[] = [];
  #first: number[] = [];
  #last: number[] = [];
  #item = new Int32Array(1024);
  #link = new Int32Array(1024);
  #items = 0;

  constructor(family: FamilyId, modules: PackerModules) {
    this.#family = family;
    this.#table = modules.table;
    this.#attributes = modules.attributes;
    this.#outbound = modules.outbound;
  }

  /**
   * One decision's changes for one class. `oldSets[i]` is what destination i was last emitted with, or -1: it tells who
   * holds a route that must now go.
   */
  packChanges(
    to: NeighbourClass,
    version: number,
    destinations: Int32Array,
    oldSets: Int32Array,
    count: number,
  ): EncodedBatch {
    this.#begin();
    for (let i = 0; i < count; i++) {
      const oldId = oldSets[i];
      if (oldId === NONE) continue;
      const old = this.#attributes.get(oldId);
      if (!maySend(old, to)) continue;
      const next = this.#sendable(this.#table.sentSet(destinations[i]), to);
      if (next === undefined) this.#add(allBut(old.source.index), destinations[i]);
      // The new best came from a neighbour that was sent the old one; its own is not sent to it.
      else if (next.source !== old.source) this.#add(onlyFor(next.source.index), destinations[i]);
    }
    this.#writeWithdrawals(to);
    for (let i = 0; i < count; i++) {
      const setId = this.#table.sentSet(destinations[i]);
      const set = this.#sendable(setId, to);
      if (set !== undefined) this.#add(set.id, destinations[i]);
      else if (setId !== NONE && maySend(this.#attributes.get(setId), to)) this.oversized++;
    }
    this.#writeAnnouncements(to);
    return this.#finish(version);
  }

  /**
   * The present state of the destinations in [from, end) that changed after version `since`; a reader that holds
   * {@link NOTHING} needs no withdrawals.
   */
  packRange(to: NeighbourClass, from: number, end: number, since: number): EncodedBatch {
    const table = this.#table;
    this.#begin();
    if (since !== NOTHING) {
      for (let destination = from; destination < end; destination++) {
        if (!table.isUsed(destination) || table.versionOf(destination) <= since) continue;
        const set = this.#sendable(table.sentSet(destination), to);
        this.#add(set === undefined ? EVERYONE : onlyFor(set.source.index), destination);
      }
      this.#writeWithdrawals(to);
    }
    for (let destination = from; destination < end; destination++) {
      if (!table.isUsed(destination) || table.versionOf(destination) <= since) continue;
      const set = this.#sendable(table.sentSet(destination), to);
      if (set !== undefined) this.#add(set.id, destination);
    }
    this.#writeAnnouncements(to);
    return this.#finish(table.version);
  }

  #sendable(setId: number, to: NeighbourClass): AttributeSet | undefined {
    if (setId === NONE) return undefined;
    const set = this.#attributes.get(setId);
    if (!maySend(set, to)) return undefined;
    const form = this.#outbound(set, to);
    // 258 octets hold the longest EVPN NLRI; shorter ones could fit, but a rule by size alone is one that can be told.
    return OVERHEAD + form.size + 258 <= to.maxMessage ? set : undefined;
  }

  #begin(): void {
    this.#end = 0;
    this.#runs = [];
    this.#announced = 0;
    this.#withdrawn = 0;
  }

  #finish(version: number): EncodedBatch {
    return {
      version,
      bytes: this.#out.slice(0, this.#end),
      runs: Int32Array.from(this.#runs),
      announced: this.#announced,
      withdrawn: this.#withdrawn,
    };
  }

  #add(key: number, destination: number): void {
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
    this.#first = [];
    this.#last = [];
    this.#items = 0;
  }

  #writeAnnouncements(to: NeighbourClass): void {
    for (let bucket = 0; bucket < this.#keys.length; bucket++) {
      const set = this.#attributes.get(this.#keys[bucket]);
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
        this.#addRun(message, allBut(set.source.index));
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
        this.#addRun(message, this.#keys[bucket]);
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
    let o = at;
    let current = item;
    this.#written = 0;
    while (current !== NONE) {
      const destination = this.#item[current];
      const keyAt = this.#table.keyAt(destination);
      const rider = this.#table.sentRider(destination);
      const riderBytes = rider === undefined ? NO_RIDER : rider.bytes;
      const keyLength = keys[keyAt + 1];
      const length = keyLength + riderBytes.length;
      if (o + 2 + length > limit) break;
      out[o] = keys[keyAt];
      out[o + 1] = length;
      o = writeJoined(keys, keyAt + 2, keyLength, riderBytes, rider === undefined ? 0 : rider.mid, out, o + 2);
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

  #addRun(start: number, audience: number): void {
    const runs = this.#runs;
    const last = runs.length - RUN;
    if (last >= 0 && runs[last + 2] === audience && this.#end - runs[last] <= MAX_RUN) {
      runs[last + 1] = this.#end;
      runs[last + 3]++;
    } else {
      runs.push(start, this.#end, audience, 1);
    }
  }

  #reserve(octets: number): void {
    if (this.#end + octets <= this.#out.length) return;
    const bigger = new Uint8Array(this.#out.length * 2);
    bigger.set(this.#out.subarray(0, this.#end));
    this.#out = bigger;
  }
}
