/**
 * From one UPDATE's bytes to changes in the route table: the way in.
 *
 * The common case never leaves bytes: the layout is found, the attributes are looked up as bytes, each NLRI is split
 * into key and rider. Whatever is out of the ordinary (a fault, another address family) is handed to the full decoder,
 * whose judgement under RFC 7606 decides; the two agree on what is a fault because they share its rules.
 */
import { readU32 } from '../wire/bytes.ts';
import { AttributeFlag, type FamilyId, familyId } from '../wire/constants.ts';
import { type Fault, hardest, type Outcome } from '../wire/fault.ts';
import { decodeUpdate } from '../wire/message/update.ts';
import { emptySplit } from '../wire/nlri/evpn/split.ts';
import { NlriFaultCode } from '../wire/nlri/fault.ts';
import { emptyLayout, LayoutFault, locateUpdate, type UpdateLayout } from '../wire/update-layout.ts';
import type { AttributeSet, AttributeStore } from './attribute-store.ts';
import type { HeldFamily } from './held-family.ts';
import { PATH_ID_LENGTH } from './path-mirror.ts';
import type { RiderStore } from './rider-store.ts';
import type { Source } from './source.ts';
import { SplitBatch } from './split-batch.ts';

/** What UPDATEs of one source did, counted. */
export interface IngestCounts {
  /** UPDATE messages taken in, faulty ones included. */
  updates: number;
  /** Routes in UPDATEs, those that change nothing included. */
  announced: number;
  /** Routes that were held and were withdrawn by name. */
  withdrawn: number;
  /** Routes that were held and were withdrawn because of a fault (RFC 7606 §2). */
  withdrawnByError: number;
  /** Routes announced and treated as withdrawn because of a fault, whether they were held or not (RFC 7606 §2). */
  treatedAsWithdrawn: number;
  /** UPDATEs for address families that are not held. */
  otherFamily: number;
  /** Faults by their code. */
  readonly faults: Map<string, number>;
  /** Families whose initial routes have all come (RFC 4724 §2). */
  readonly endsOfRib: Set<FamilyId>;
}

export function emptyCounts(): IngestCounts {
  return {
    updates: 0,
    announced: 0,
    withdrawn: 0,
    withdrawnByError: 0,
    treatedAsWithdrawn: 0,
    otherFamily: 0,
    faults: new Map(),
    endsOfRib: new Set(),
  };
}

/** An UPDATE in which something was wrong. */
export interface MalformedUpdate {
  /** Everything that was wrong in it, in the order in which it was found. */
  readonly faults: readonly Fault[];
  /** The hardest of theirs, which is what became of it. */
  readonly outcome: Outcome;
  /** The message as it came, header included; they are written over when whoever is told has returned. */
  readonly octets: Uint8Array;
}

export interface IngestModules {
  /** The most frequent one first. */
  readonly families: readonly HeldFamily[];
  readonly attributes: AttributeStore;
  readonly riders: RiderStore;
  /** Is told of each UPDATE with a fault (RFC 7606 §6); one without costs nothing here. */
  readonly malformed?: (source: Source, update: MalformedUpdate) => void;
}

/** Distinct fault codes counted for one source; further ones are counted as `other`. */
const MAX_FAULT_CODES = 64;

export class Ingest {
  readonly #families: readonly HeldFamily[];
  readonly #attributes: AttributeStore;
  readonly #riders: RiderStore;
  readonly #malformed: IngestModules['malformed'];
  readonly #layout = emptyLayout();
  readonly #split = emptySplit();
  /** The routes of the attribute at hand. */
  readonly #batch = new SplitBatch();
  /** Whether one of the routes that were last found to be well-formed is one to be judged with its attributes. */
  #anyJudged = false;
  /** How many were found then that are malformed inside, and not among those at hand. */
  #malformedInside = 0;

  constructor(modules: IngestModules) {
    this.#families = modules.families;
    this.#attributes = modules.attributes;
    this.#riders = modules.riders;
    this.#malformed = modules.malformed;
  }

  /**
   * Applies the UPDATE at `bytes[start, end)`, header included. Returns a fault when the session must be reset for it;
   * milder ones are applied and counted.
   */
  update(source: Source, counts: IngestCounts, bytes: Uint8Array, start: number, end: number): Fault | undefined {
    counts.updates++;
    const layout = this.#layout;
    const ordinary =
      locateUpdate(bytes, start, end, layout) === LayoutFault.None &&
      layout.withdrawnStart === layout.withdrawnEnd &&
      layout.nlriStart === layout.nlriEnd &&
      (layout.reachHeader >= 0 || layout.unreachHeader >= 0);
    if (!ordinary) return this.#extraordinary(source, counts, bytes, start, end);

    if (layout.unreachHeader >= 0) {
      const held = this.#heldAt(source, bytes, layout.unreachHeader, layout.unreachValue, layout.unreachEnd);
      const nlri = layout.unreachValue + 3;
      if (held === undefined) return this.#extraordinary(source, counts, bytes, start, end);
      if (layout.reachHeader < 0) {
        const alone = layout.unreachHeader === layout.attributesStart && layout.unreachEnd === layout.attributesEnd;
        // What other attributes are worth where nothing is announced is a question of its own (RFC 7606 §5.2).
        if (!alone) return this.#extraordinary(source, counts, bytes, start, end);
        if (nlri === layout.unreachEnd) {
          // RFC 4724 §2: an UPDATE with an empty MP_UNREACH_NLRI and nothing else.
          counts.endsOfRib.add(held.family);
          return undefined;
        }
      }
      const reach = layout.reachHeader < 0 ? held : this.#reachAt(source, bytes, layout);
      if (reach === undefined || !this.#find(source, held, bytes, nlri, layout.unreachEnd)) {
        return this.#extraordinary(source, counts, bytes, start, end);
      }
      counts.withdrawn += this.#withdraw(source, held, bytes);
    }
    if (layout.reachHeader < 0) return undefined;

    const held = this.#reachAt(source, bytes, layout);
    const value = layout.reachValue;
    const nlri = value + 5 + bytes[value + 3];
    if (held === undefined || nlri >= layout.reachEnd || !this.#find(source, held, bytes, nlri, layout.reachEnd)) {
      return this.#extraordinary(source, counts, bytes, start, end);
    }
    const set = this.#attributes.intern(source, bytes, layout, nlri);
    try {
      if (this.#anyJudged && !this.#allFit(held, set, bytes)) {
        return this.#extraordinary(source, counts, bytes, start, end);
      }
      if (set.faults.length > 0) {
        // The NOTIFICATION quotes the attribute as it came, which the interned block has without its NLRI.
        const outcome = hardest(set.faults);
        if (outcome === 'session-reset') return this.#extraordinary(source, counts, bytes, start, end);
        this.#report(source, counts, set.faults, outcome, bytes, start, end);
        if (outcome === 'treat-as-withdraw') {
          this.#treatAsWithdrawn(source, counts, held, bytes);
          return undefined;
        }
      }
      counts.announced += this.#announce(source, held, set, bytes);
    } finally {
      this.#attributes.release(set.id);
    }
    return undefined;
  }

  #reachAt(source: Source, bytes: Uint8Array, layout: UpdateLayout): HeldFamily | undefined {
    return this.#heldAt(source, bytes, layout.reachHeader, layout.reachValue, layout.reachEnd);
  }

  /** The family of a well-flagged multiprotocol attribute, if its routes are held. */
  #heldAt(source: Source, bytes: Uint8Array, header: number, value: number, end: number): HeldFamily | undefined {
    // Optional, non-transitive, complete (RFC 4760 §3, §4).
    if ((bytes[header] & ~AttributeFlag.ExtendedLength & 0xf0) !== AttributeFlag.Optional) return undefined;
    return this.#familyAt(source, bytes, value, end);
  }

  #familyAt(source: Source, bytes: Uint8Array, value: number, end: number): HeldFamily | undefined {
    if (end - value < 3) return undefined;
    const family = familyId((bytes[value] << 8) | bytes[value + 1], bytes[value + 2]);
    for (const held of this.#families) {
      if (held.family === family) return source.families.has(family) ? held : undefined;
    }
    return undefined;
  }

  /** Finds the routes that can be located and are well-formed; whether these are all. */
  #find(source: Source, held: HeldFamily, bytes: Uint8Array, start: number, end: number): boolean {
    const split = this.#split;
    const batch = this.#batch;
    const identifier = source.decode.addPath.has(held.family) ? PATH_ID_LENGTH : 0;
    const judged = held.judged?.type ?? -1;
    let areAll = true;
    this.#anyJudged = false;
    this.#malformedInside = 0;
    batch.clear();
    for (let at = start; at < end; at = split.next) {
      const fault = held.split(bytes, at + identifier, end, split);
      if (fault === NlriFaultCode.None) {
        if (split.type === judged) this.#anyJudged = true;
        batch.add(split, at);
      } else {
        areAll = false;
        if (isUnlocatable(fault)) break;
        this.#malformedInside++;
      }
    }
    if (held.canonical === undefined) held.table.prepare(bytes, batch);
    return areAll;
  }

  /** Whether the routes that were found go with the attributes that they are announced with. */
  #allFit({ judged }: HeldFamily, set: AttributeSet, bytes: Uint8Array): boolean {
    if (judged === undefined) return true;
    const batch = this.#batch;
    for (let i = 0; i < batch.length; i++) {
      const split = batch.at(i);
      if (split.type === judged.type && judged.fault(bytes, split, set) !== NlriFaultCode.None) return false;
    }
    return true;
  }

  /** Announces the routes that were found; returns how many there were. */
  #announce(source: Source, held: HeldFamily, set: AttributeSet, bytes: Uint8Array): number {
    const batch = this.#batch;
    const { table, canonical, listener, admission } = held;
    const identified = source.decode.addPath.has(held.family);
    const now = table.now();
    for (let i = 0; i < batch.length; i++) {
      const split = batch.at(i);
      const octets = canonical?.(bytes, split) ?? bytes;
      const refusal = admission?.refuses(source, set, octets, split) ?? 0;
      const used = refusal === 0 ? set : this.#attributes.refused(set.id, refusal);
      const rider = this.#riders.intern(octets, split.midStart, split.midLength, split.tailStart, split.tailLength);
      const pathId = identified ? readU32(bytes, batch.startOf(i)) : 0;
      const hash = canonical === undefined ? batch.hashes[i] : undefined;
      table.announce(source.index, used.id, rider, octets, split, pathId, hash, now);
      if (used !== set) this.#attributes.release(used.id);
      listener?.learnt(source, set, octets, split);
    }
    return batch.length;
  }

  /** Withdraws the routes that were found; returns how many of them the source held. */
  #withdraw(source: Source, held: HeldFamily, bytes: Uint8Array): number {
    const batch = this.#batch;
    const { table, canonical, listener } = held;
    const identified = source.decode.addPath.has(held.family);
    let withdrawn = 0;
    for (let i = 0; i < batch.length; i++) {
      const split = batch.at(i);
      const octets = canonical?.(bytes, split) ?? bytes;
      const pathId = identified ? readU32(bytes, batch.startOf(i)) : 0;
      const hash = canonical === undefined ? batch.hashes[i] : undefined;
      if (table.withdraw(source.index, octets, split, pathId, hash)) withdrawn++;
      listener?.lost(source, octets, split);
    }
    return withdrawn;
  }

  /** Withdraws the announced routes that were found, because of a fault (RFC 7606 §2). */
  #treatAsWithdrawn(source: Source, counts: IngestCounts, held: HeldFamily, bytes: Uint8Array): void {
    counts.treatedAsWithdrawn += this.#batch.length + this.#malformedInside;
    counts.withdrawnByError += this.#withdraw(source, held, bytes);
  }

  /** UPDATEs that are not simply routes of a family that is held, without a fault. */
  #extraordinary(
    source: Source,
    counts: IngestCounts,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Fault | undefined {
    const { faults } = decodeUpdate(bytes.subarray(start, end), source.decode);
    const outcome = hardest(faults);
    if (outcome === 'session-reset' || outcome === 'afi-disable') {
      this.#report(source, counts, faults, 'session-reset', bytes, start, end);
      const fault = faults.find((candidate) => candidate.outcome === outcome);
      // A session without one of the families held is of no use, so disabling the family is ending the session.
      return fault && { ...fault, outcome: 'session-reset' };
    }
    this.#report(source, counts, faults, outcome, bytes, start, end);
    const layout = this.#layout;
    const located = locateUpdate(bytes, start, end, layout);
    if (located === LayoutFault.FieldOverrun) return undefined;
    const { unreachHeader, unreachValue, unreachEnd, reachHeader, reachValue, reachEnd } = layout;
    const withdrawal = unreachHeader < 0 ? undefined : this.#familyAt(source, bytes, unreachValue, unreachEnd);
    const announcement = reachHeader < 0 ? undefined : this.#familyAt(source, bytes, reachValue, reachEnd);
    if (withdrawal) {
      this.#find(source, withdrawal, bytes, unreachValue + 3, unreachEnd);
      counts.withdrawn += this.#withdraw(source, withdrawal, bytes);
    }
    if (announcement) {
      const nlri = reachValue + 5 + bytes[reachValue + 3];
      this.#find(source, announcement, bytes, nlri, reachEnd);
      if (outcome === 'treat-as-withdraw') {
        this.#treatAsWithdrawn(source, counts, announcement, bytes);
      } else if (nlri <= reachEnd) {
        const set = this.#attributes.intern(source, bytes, layout, nlri);
        counts.announced += this.#announce(source, announcement, set, bytes);
        this.#attributes.release(set.id);
      }
    }
    if (!withdrawal && !announcement) counts.otherFamily++;
    return undefined;
  }

  #report(
    source: Source,
    counts: IngestCounts,
    faults: readonly Fault[],
    outcome: Outcome | undefined,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (outcome === undefined) return;
    for (const fault of faults) this.#count(counts, fault);
    this.#malformed?.(source, { faults, outcome, octets: bytes.subarray(start, end) });
  }

  #count(counts: IngestCounts, fault: Fault): void {
    const code = counts.faults.has(fault.code) || counts.faults.size < MAX_FAULT_CODES ? fault.code : 'other';
    counts.faults.set(code, (counts.faults.get(code) ?? 0) + 1);
  }
}

/** Whether what follows an NLRI with this fault cannot be found either. */
function isUnlocatable(fault: NlriFaultCode): boolean {
  return fault === NlriFaultCode.Overrun || fault === NlriFaultCode.PrefixLength;
}
