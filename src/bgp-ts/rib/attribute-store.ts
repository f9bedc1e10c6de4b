/**
 * Interned path attributes: the second half of a route, held once however many routes share it.
 *
 * An UPDATE's attributes are looked up as bytes, hashed once. Only a block that was not seen before from this source is
 * decoded; what follows from attributes alone (validity under RFC 7606, loops, rank in the decision process, and the
 * forms in which they are sent on) is worked out once and kept on the {@link AttributeSet}. MP_REACH_NLRI takes part
 * without its NLRI, so that routes with one next hop share a set.
 */

import { AttributeCode, AttributeFlag, Family, type FamilyId, familyId } from '../wire/constants.ts';
import type { Fault } from '../wire/fault.ts';
import type { UpdateLayout } from '../wire/update-layout.ts';
import { pathOrder, type RankedPath } from './best-path.ts';
import { finishHash, hashRange, sameRange } from './bytes.ts';
import { type InternSlot, InternTable } from './intern-table.ts';
import type { PathOrder } from './route-table.ts';
import type { Source } from './source.ts';

/** Why routes with these attributes may not be used; they are kept for show. */
export type Ineligible = 'originator-loop' | 'cluster-loop' | 'as-loop';

/** What {@link AttributeStoreModules.assess} finds out about a block once. */
export interface Assessment {
  readonly rank: RankedPath;
  readonly ineligible: Ineligible | undefined;
  /** All faults of the block; the hardest outcome among them applies to the UPDATE's routes. */
  readonly faults: readonly Fault[];
  /** NO_ADVERTISE, NO_EXPORT (RFC 1997): read by the way out. */
  readonly noAdvertise: boolean;
  readonly noExport: boolean;
}

/** The bytes of one set of attributes as sent to one class of neighbours; NLRI go between the two. */
export interface OutboundForm {
  /** MP_REACH_NLRI from AFI to the reserved octet, without the attribute's header. */
  readonly reach: Uint8Array;
  /** All other attributes, headers included. */
  readonly others: Uint8Array;
}

export interface AttributeSet extends Assessment {
  readonly id: number;
  readonly source: Source;
  readonly family: FamilyId;
  /** An attribute field as received, MP_REACH_NLRI first and without NLRI. */
  readonly block: Uint8Array;
  /** Outbound forms by class of neighbours, filled as they are needed. */
  readonly forms: (OutboundForm | undefined)[];
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

export class AttributeStore implements PathOrder {
  readonly #modules: AttributeStoreModules;
  readonly #seed: number;
  readonly #table = new InternTable<Slot>();
  #blockBytes = 0;

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

  get(id: number): AttributeSet {
    return this.#table.get(id);
  }

  /**
   * The set for the attributes of the UPDATE that `layout` describes, which has an MP_REACH_NLRI whose NLRI begin at
   * `nlriStart`. One reference is added, which {@link release} takes back.
   */
  intern(source: Source, bytes: Uint8Array, layout: UpdateLayout, nlriStart: number): AttributeSet {
    const head = layout.reachValue;
    const unreach = layout.unreachHeader >= 0;
    // The attribute field falls into up to three ranges around the two multiprotocol attributes.
    const cutA = unreach ? Math.min(layout.reachHeader, layout.unreachHeader) : layout.reachHeader;
    const afterA = unreach && layout.unreachHeader < layout.reachHeader ? layout.unreachEnd : layout.reachEnd;
    const cutB = unreach ? Math.max(layout.reachHeader, layout.unreachHeader) : layout.attributesEnd;
    const afterB = unreach
      ? layout.unreachHeader > layout.reachHeader
        ? layout.unreachEnd
        : layout.reachEnd
      : layout.attributesEnd;

    let hash = hashRange(this.#seed ^ Math.imul(source.index, 0x85ebca6b), bytes, head, nlriStart);
    hash = hashRange(hash, bytes, layout.attributesStart, cutA);
    hash = hashRange(hash, bytes, afterA, cutB);
    hash = finishHash(hashRange(hash, bytes, afterB, layout.attributesEnd));

    const headLength = nlriStart - head;
    const lengthA = cutA - layout.attributesStart;
    const lengthB = cutB - afterA;
    const lengthC = layout.attributesEnd - afterB;
    const length = REACH_HEADER + headLength + lengthA + lengthB + lengthC;
    for (let slot = this.#table.first(hash); slot !== undefined; slot = slot.nextSameHash) {
      const block = slot.block;
      if (
        slot.source === source &&
        block.length === length &&
        sameRange(block, REACH_HEADER, bytes, head, headLength) &&
        sameRange(block, REACH_HEADER + headLength, bytes, layout.attributesStart, lengthA) &&
        sameRange(block, REACH_HEADER + headLength + lengthA, bytes, afterA, lengthB) &&
        sameRange(block, REACH_HEADER + headLength + lengthA + lengthB, bytes, afterB, lengthC)
      ) {
        slot.refs++;
        return slot;
      }
    }

    const block = new Uint8Array(length);
    block[0] = AttributeFlag.Optional | AttributeFlag.ExtendedLength;
    block[1] = AttributeCode.MpReachNlri;
    block[2] = headLength >> 8;
    block[3] = headLength;
    block.set(bytes.subarray(head, nlriStart), REACH_HEADER);
    let at = REACH_HEADER + headLength;
    block.set(bytes.subarray(layout.attributesStart, cutA), at);
    at += lengthA;
    block.set(bytes.subarray(afterA, cutB), at);
    at += lengthB;
    block.set(bytes.subarray(afterB, layout.attributesEnd), at);

    const id = this.#table.takeId();
    const slot: Slot = {
      ...this.#modules.assess(block, source),
      id,
      source,
      family: familyId((block[4] << 8) | block[5], block[6]),
      block,
      forms: [],
      refs: 1,
      hash,
      nextSameHash: this.#table.first(hash),
    };
    this.#table.add(slot);
    this.#blockBytes += length;
    return slot;
  }

  retain(id: number): void {
    this.#table.retain(id);
  }

  release(id: number): void {
    const dropped = this.#table.release(id);
    if (dropped !== undefined) this.#blockBytes -= dropped.block.length;
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
}

/** Whether MAC mobility takes part in the decision: MAC/IP advertisements alone (RFC 7432 §15). */
export function mobilityDecides(family: FamilyId, type: number): boolean {
  return family === Family.Evpn && type === 2;
}
