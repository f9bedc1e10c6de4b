/**
 * Interned path attributes: the second half of a route, held once however many routes share it.
 *
 * An UPDATE's attributes are looked up as bytes, hashed once. Only a block that was not seen before from this source is
 * decoded; what follows from attributes alone (validity under RFC 7606, loops, rank in the decision process, and the
 * forms in which they are sent on) is worked out once and kept on the {@link AttributeSet}. MP_REACH_NLRI takes part
 * without its NLRI, so that routes with one next hop share a set.
 */

import type { ExtendedCommunity } from '../wire/community/extended/octets.ts';
import { WellKnownCommunity } from '../wire/community/standard.ts';
import {
  AttributeCode,
  AttributeFlag,
  Family,
  type FamilyId,
  familyId,
  MAX_EXTENDED_MESSAGE_LENGTH,
} from '../wire/constants.ts';
import type { Fault } from '../wire/fault.ts';
import type { UpdateLayout } from '../wire/update-layout.ts';
import { addCommunity } from './add-community.ts';
import { comparePaths, pathOrder, type RankedPath } from './best-path.ts';
import { copyShort, finishHash, hashRange, sameRange } from './bytes.ts';
import { type InternSlot, InternTable } from './intern-table.ts';
import type { PathOrder } from './route-table.ts';
import type { Source } from './source.ts';
import { type TargetSet, TargetSets } from './target-set.ts';

/** Why routes with these attributes may not be used; they are kept for show. */
export type Ineligible = 'originator-loop' | 'cluster-loop' | 'as-loop' | 'domain-loop' | 'refused';

/** What {@link AttributeStoreModules.assess} finds out about a block once. */
export interface Assessment {
  readonly rank: RankedPath;
  readonly ineligible: Ineligible | undefined;
  /** All faults of the block; the hardest outcome among them applies to the UPDATE's routes. */
  readonly faults: readonly Fault[];
  /** NO_LLGR (RFC 9494 §3.3). */
  readonly noLongLived: boolean;
  /** NO_ADVERTISE, NO_EXPORT (RFC 1997): read by the way out. */
  readonly noAdvertise: boolean;
  readonly noExport: boolean;
  /** As {@link routeTargetsOf} gives them. */
  readonly routeTargets: readonly ExtendedCommunity[];
  /** Bits of {@link Requirement}. */
  readonly needs: number;
  /** As {@link prefixTerms} gives them. */
  readonly prefixTerms: number;
}

/** The bytes of one set of attributes as sent to one class of neighbours; NLRI go between the two. */
export interface OutboundForm {
  /** MP_REACH_NLRI from AFI to the reserved octet, without the attribute's header. */
  readonly reach: Uint8Array;
  /** All other attributes, headers included. */
  readonly others: Uint8Array;
  /** Octets of both; Infinity where an attribute has no encoding for the class. */
  readonly size: number;
}

/** The path attributes that routes of one neighbour share, held once, and what was found out about them. */
export interface AttributeSet extends Omit<Assessment, 'routeTargets'> {
  /** Its number in the store, given to another set once nobody refers to this one. */
  readonly id: number;
  /** Who sent it: equal octets of two neighbours are two sets, as they may mean different things. */
  readonly source: Source;
  /** Of the routes that it came with, as MP_REACH_NLRI has it. */
  readonly family: FamilyId;
  /** An attribute field as received, MP_REACH_NLRI first and without NLRI. */
  readonly block: Uint8Array;
  /** {@link Assessment.routeTargets}, interned. */
  readonly targets: TargetSet;
  /** Outbound forms by class of neighbours, filled as they are needed. */
  readonly forms: (OutboundForm | undefined)[];
  /** What an {@link Admission} has against routes with it, 0 for nothing: equal octets are another set for each reason. */
  readonly refusal: number;
}

/** Who hears of each set as it comes and goes: what depends on attributes alone is cheaper followed by sets than by routes. */
export interface SetFollower {
  /** Somebody refers to the set, which nobody did before. */
  added(set: AttributeSet): void;
  /** Nobody does any more. */
  dropped(set: AttributeSet): void;
}

interface Slot extends AttributeSet, InternSlot<Slot> {
  readonly id: number;
}

export interface AttributeStoreModules {
  /** Decodes and judges a block (header form: see {@link AttributeSet.block}); pure. */
  readonly assess: (block: Uint8Array, source: Source) => Assessment;
}

/** Octets of the MP_REACH_NLRI header that stands at the head of every block: flags, type, two of length. */
const REACH_HEADER = 4;
const NO_OCTETS = new Uint8Array(0);
/** What was found out about a set, and what is kept on it. */
const SET_OCTETS = 2048;

export class AttributeStore implements PathOrder {
  readonly #modules: AttributeStoreModules;
  readonly #seed: number;
  readonly targetSets = new TargetSets();
  readonly #table = new InternTable<Slot>();
  #blockBytes = 0;
  /** By source. */
  readonly #octetsOf = new Map<number, number>();
  /** Where {@link #findOthers} found them. */
  #others: Uint8Array = NO_OCTETS;
  #othersAt = 0;
  readonly #joined = new Uint8Array(MAX_EXTENDED_MESSAGE_LENGTH);
  #follower: SetFollower | undefined;

  constructor(options: { readonly hashSeed: number }, modules: AttributeStoreModules) {
    this.#seed = options.hashSeed | 0;
    this.#modules = modules;
  }

  get size(): number {
    return this.#table.size;
  }
  /** Octets of all blocks held. */
  get blockBytes(): number {
    return this.#blockBytes;
  }

  /** What the sets of a source take in memory, by and large: their octets, and {@link SET_OCTETS} more for each. */
  octetsOf(source: number): number {
    return this.#octetsOf.get(source) ?? 0;
  }

  #count({ source, block }: AttributeSet, sign: 1 | -1): void {
    this.#blockBytes += sign * block.length;
    const octets = this.octetsOf(source.index) + sign * (block.length + SET_OCTETS);
    if (octets > 0) this.#octetsOf.set(source.index, octets);
    else this.#octetsOf.delete(source.index);
  }

  /** Tells `follower` of every set from now on. */
  follow(follower: SetFollower): void {
    this.#follower = follower;
  }

  /** Every set held. */
  [Symbol.iterator](): IterableIterator<AttributeSet> {
    return this.#table[Symbol.iterator]();
  }

  get(id: number): AttributeSet {
    return this.#table.get(id);
  }

  /**
   * The set for the attributes of the UPDATE that `layout` describes, which has an MP_REACH_NLRI whose NLRI begin at
   * `nlriStart`. One reference is added, which {@link release} takes back.
   */
  intern(source: Source, bytes: Uint8Array, layout: UpdateLayout, nlriStart: number): AttributeSet {
    const head = layout.reachValue;
    const headLength = nlriStart - head;
    const length = this.#findOthers(bytes, layout);
    const others = this.#others;
    const from = this.#othersAt;

    const hash = this.#hash(source, bytes, head, nlriStart, others, from, from + length);
    for (let slot = this.#table.first(hash); slot !== undefined; slot = slot.nextSameHash) {
      if (
        slot.source === source &&
        slot.refusal === 0 &&
        slot.block.length === REACH_HEADER + headLength + length &&
        sameRange(slot.block, REACH_HEADER, bytes, head, headLength) &&
        sameRange(slot.block, REACH_HEADER + headLength, others, from, length)
      ) {
        slot.refs++;
        return slot;
      }
    }

    const block = new Uint8Array(REACH_HEADER + headLength + length);
    block[0] = AttributeFlag.Optional | AttributeFlag.ExtendedLength;
    block[1] = AttributeCode.MpReachNlri;
    block[2] = headLength >> 8;
    block[3] = headLength;
    block.set(bytes.subarray(head, nlriStart), REACH_HEADER);
    block.set(others.subarray(from, from + length), REACH_HEADER + headLength);
    return this.#add(source, block, hash, 0);
  }

  /** The set of the same octets for routes that an {@link Admission} refuses, 0: admits. One reference is added. */
  refused(id: number, refusal: number): AttributeSet {
    const set = this.#table.get(id);
    if (set.refusal === refusal) {
      set.refs++;
      return set;
    }
    return this.#sameAs(set.source, set.block, refusal);
  }

  /**
   * The set that routes with set `id` have as long-lived stale ones: the same with LLGR_STALE among its communities
   * (RFC 9494 §4.2). One reference is added. -1 where NO_LLGR says that they may not be.
   */
  longLivedStale(id: number): number {
    const { source, block, rank, noLongLived, refusal } = this.#table.get(id);
    if (noLongLived) return -1;
    if (rank.longLivedStale) {
      this.retain(id);
      return id;
    }
    const behindReach = REACH_HEADER + ((block[2] << 8) | block[3]);
    const marked = addCommunity(block, behindReach, WellKnownCommunity.LlgrStale);
    return this.#sameAs(source, marked, refusal).id;
  }

  /** The set of these octets and this refusal; one reference is added. */
  #sameAs(source: Source, block: Uint8Array, refusal: number): Slot {
    const behindReach = REACH_HEADER + ((block[2] << 8) | block[3]);
    const hash = this.#hash(source, block, REACH_HEADER, behindReach, block, behindReach, block.length);
    for (let slot = this.#table.first(hash); slot !== undefined; slot = slot.nextSameHash) {
      if (slot.source !== source || slot.refusal !== refusal || slot.block.length !== block.length) continue;
      if (!sameRange(slot.block, 0, block, 0, block.length)) continue;
      slot.refs++;
      return slot;
    }
    return this.#add(source, block, hash, refusal);
  }

  /** Of MP_REACH_NLRI's head at `bytes[start, end)` and the other attributes at `others[from, to)`. */
  #hash(
    source: Source,
    bytes: Uint8Array,
    start: number,
    end: number,
    others: Uint8Array,
    from: number,
    to: number,
  ): number {
    const seed = this.#seed ^ Math.imul(source.index, 0x85ebca6b);
    return finishHash(hashRange(hashRange(seed, bytes, start, end), others, from, to));
  }

  #add(source: Source, block: Uint8Array, hash: number, refusal: number): Slot {
    const { routeTargets, ...found } = this.#modules.assess(block, source);
    // Member by member, and with room for one form: with MAC mobility there may be as many sets as routes.
    const slot: Slot = {
      rank: found.rank,
      ineligible: found.ineligible ?? (refusal === 0 ? undefined : 'refused'),
      faults: found.faults,
      noLongLived: found.noLongLived,
      noAdvertise: found.noAdvertise,
      noExport: found.noExport,
      needs: found.needs,
      prefixTerms: found.prefixTerms,
      targets: this.targetSets.intern(routeTargets),
      id: this.#table.takeId(),
      source,
      family: familyId((block[4] << 8) | block[5], block[6]),
      block,
      forms: [undefined],
      refusal,
      refs: 1,
      hash,
      nextSameHash: this.#table.first(hash),
    };
    this.#table.add(slot);
    this.#count(slot, 1);
    this.#follower?.added(slot);
    return slot;
  }

  /**
   * Finds the attributes other than the two multiprotocol ones and returns their length; they begin at `#othersAt` in
   * `#others`. Mostly they lie in one piece before or behind MP_REACH_NLRI; where they do not, they are copied together,
   * so that one set of attributes has one hash.
   */
  #findOthers(bytes: Uint8Array, layout: UpdateLayout): number {
    const { attributesStart, attributesEnd, reachHeader, reachEnd, unreachHeader, unreachEnd } = layout;
    const alone = unreachHeader < 0;
    const first = alone ? reachHeader : Math.min(reachHeader, unreachHeader);
    const behindFirst = alone || reachHeader < unreachHeader ? reachEnd : unreachEnd;
    const second = alone ? behindFirst : Math.max(reachHeader, unreachHeader);
    const behindSecond = alone ? behindFirst : Math.max(reachEnd, unreachEnd);
    const a = first - attributesStart;
    const b = second - behindFirst;
    const c = attributesEnd - behindSecond;
    this.#others = bytes;
    if (a + b === 0) this.#othersAt = behindSecond;
    else if (b + c === 0) this.#othersAt = attributesStart;
    else if (a + c === 0) this.#othersAt = behindFirst;
    else {
      this.#others = this.#joined;
      this.#othersAt = 0;
      let at = copyShort(bytes, attributesStart, first, this.#joined, 0);
      at = copyShort(bytes, behindFirst, second, this.#joined, at);
      copyShort(bytes, behindSecond, attributesEnd, this.#joined, at);
    }
    return a + b + c;
  }

  retain(id: number): void {
    this.#table.retain(id);
  }

  release(id: number): void {
    const dropped = this.#table.release(id);
    if (dropped === undefined) return;
    this.#count(dropped, -1);
    this.targetSets.release(dropped.targets);
    this.#follower?.dropped(dropped);
  }

  eligible(id: number): boolean {
    return this.#table.get(id).ineligible === undefined;
  }

  source(id: number): number {
    return this.#table.get(id).source.index;
  }

  compare(type: number, a: number, b: number): number {
    const setA = this.#table.get(a);
    return pathOrder(setA.rank, this.#table.get(b).rank, mobilityDecides(setA.family, type));
  }

  /** RFC 4271 §9.1.2.2 c removes a path for its MED whatever comes of the one that it is compared with. */
  excludes(type: number, a: number, b: number): boolean {
    const setA = this.#table.get(a);
    const { order, step } = comparePaths(setA.rank, this.#table.get(b).rank, mobilityDecides(setA.family, type));
    return order < 0 && step?.name === 'med';
  }
}

/** Whether MAC mobility takes part in the decision: MAC/IP advertisements alone (RFC 7432 §15). */
export function mobilityDecides(family: FamilyId, type: number): boolean {
  return family === Family.Evpn && type === 2;
}
