/**
 * From one UPDATE's bytes to changes in the route table: the way in.
 *
 * The common case never leaves bytes: the layout is found, the attributes are looked up as bytes, each NLRI is split
 * into key and rider. Whatever is out of the ordinary (a fault, another address family) is handed to the full decoder,
 * whose judgement under RFC 7606 decides; the two agree on what is a fault because they share its rules.
 */
import { AttributeFlag, Family, familyId } from '../wire/constants.ts';
import { type Fault, hardest } from '../wire/fault.ts';
import { decodeUpdate } from '../wire/message/update.ts';
import { splitEvpn } from '../wire/nlri/evpn/key.ts';
import { emptySplit } from '../wire/nlri/evpn/split.ts';
import { NlriFaultCode } from '../wire/nlri/fault.ts';
import { emptyLayout, LayoutFault, locateUpdate } from '../wire/update-layout.ts';
import type { AttributeSet, AttributeStore } from './attribute-store.ts';
import type { RiderStore } from './rider-store.ts';
import type { RouteTable } from './route-table.ts';
import type { Source } from './source.ts';

/** What UPDATEs of one source did, counted. */
export interface IngestCounts {
  updates: number;
  announced: number;
  withdrawn: number;
  /** Routes treated as withdrawn because of a fault (RFC 7606 §2). */
  withdrawnByError: number;
  /** UPDATEs for address families that are not held. */
  otherFamily: number;
  /** Faults by their code. */
  readonly faults: Map<string, number>;
  endOfRib: boolean;
}

export function emptyCounts(): IngestCounts {
  return {
    updates: 0,
    announced: 0,
    withdrawn: 0,
    withdrawnByError: 0,
    otherFamily: 0,
    faults: new Map(),
    endOfRib: false,
  };
}

export interface IngestModules {
  /** The table of AFI 25, SAFI 70. */
  readonly table: RouteTable;
  readonly attributes: AttributeStore;
  readonly riders: RiderStore;
}

/** Distinct fault codes counted for one source; further ones are counted as `other`. */
const MAX_FAULT_CODES = 64;

export class Ingest {
  readonly #table: RouteTable;
  readonly #attributes: AttributeStore;
  readonly #riders: RiderStore;
  readonly #layout = emptyLayout();
  readonly #split = emptySplit();

  constructor(modules: IngestModules) {
    this.#table = modules.table;
    this.#attributes = modules.attributes;
    this.#riders = modules.riders;
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
      this.#isEvpn(bytes, layout.reachHeader, layout.reachValue, layout.reachEnd) &&
      this.#isEvpn(bytes, layout.unreachHeader, layout.unreachValue, layout.unreachEnd) &&
      (layout.reachHeader >= 0 || layout.unreachHeader >= 0);
    if (!ordinary) return this.#extraordinary(source, counts, bytes, start, end);

    if (layout.unreachHeader >= 0) {
      const nlri = layout.unreachValue + 3;
      if (layout.reachHeader < 0) {
        const alone = layout.unreachHeader === layout.attributesStart && layout.unreachEnd === layout.attributesEnd;
        // What other attributes are worth where nothing is announced is a question of its own (RFC 7606 §5.2).
        if (!alone) return this.#extraordinary(source, counts, bytes, start, end);
        if (nlri === layout.unreachEnd) {
          // RFC 4724 §2: an UPDATE with an empty MP_UNREACH_NLRI and nothing else.
          counts.endOfRib = true;
          return undefined;
        }
      }
      if (!this.#allSplit(bytes, nlri, layout.unreachEnd)) {
        return this.#extraordinary(source, counts, bytes, start, end);
      }
      counts.withdrawn += this.#withdraw(source, bytes, nlri, layout.unreachEnd);
    }
    if (layout.reachHeader < 0) return undefined;

    const value = layout.reachValue;
    const nlri = value + 5 + bytes[value + 3];
    if (nlri >= layout.reachEnd || !this.#allSplit(bytes, nlri, layout.reachEnd)) {
      return this.#extraordinary(source, counts, bytes, start, end);
    }
    const set = this.#attributes.intern(source, bytes, layout, nlri);
    try {
      if (set.faults.length > 0) {
        // The NOTIFICATION quotes the attribute as it came, which the interned block has without its NLRI.
        const outcome = hardest(set.faults);
        if (outcome === 'session-reset') return this.#extraordinary(source, counts, bytes, start, end);
        for (const fault of set.faults) this.#count(counts, fault);
        if (outcome === 'treat-as-withdraw') {
          counts.withdrawnByError += this.#withdraw(source, bytes, nlri, layout.reachEnd);
          return undefined;
        }
      }
      this.#announce(source, set, bytes, nlri, layout.reachEnd, counts);
    } finally {
      this.#attributes.release(set.id);
    }
    return undefined;
  }

  /** Absent, or a well-flagged multiprotocol attribute of our family. */
  #isEvpn(bytes: Uint8Array, header: number, value: number, end: number): boolean {
    if (header < 0) return true;
    // Optional, non-transitive, complete (RFC 4760 §3, §4).
    if ((bytes[header] & ~AttributeFlag.ExtendedLength & 0xf0) !== AttributeFlag.Optional) return false;
    return end - value >= 3 && familyId((bytes[value] << 8) | bytes[value + 1], bytes[value + 2]) === Family.Evpn;
  }

  #allSplit(bytes: Uint8Array, start: number, end: number): boolean {
    const split = this.#split;
    let at = start;
    while (at < end) {
      if (splitEvpn(bytes, at, end, split) !== NlriFaultCode.None) return false;
      at = split.next;
    }
    return true;
  }

  #announce(source: Source, set: AttributeSet, bytes: Uint8Array, start: number, end: number, counts: IngestCounts) {
    const split = this.#split;
    let at = start;
    while (at < end) {
      splitEvpn(bytes, at, end, split);
      const rider = this.#riders.intern(bytes, split.midStart, split.midLength, split.tailStart, split.tailLength);
      this.#table.announce(source.index, set.id, rider, bytes, split);
      counts.announced++;
      at = split.next;
    }
  }

  /** Withdraws what can be located; returns how many routes the source held of them. */
  #withdraw(source: Source, bytes: Uint8Array, start: number, end: number): number {
    const split = this.#split;
    let at = start;
    let held = 0;
    while (at < end) {
      const fault = splitEvpn(bytes, at, end, split);
      if (fault === NlriFaultCode.Overrun) break;
      if (fault === NlriFaultCode.None && this.#table.withdraw(source.index, bytes, split)) held++;
      at = split.next;
    }
    return held;
  }

  /** UPDATEs that are not simply EVPN routes without a fault. */
  #extraordinary(
    source: Source,
    counts: IngestCounts,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Fault | undefined {
    const { faults } = decodeUpdate(bytes.subarray(start, end), source.decode);
    for (const fault of faults) this.#count(counts, fault);
    const outcome = hardest(faults);
    if (outcome === 'session-reset' || outcome === 'afi-disable') {
      const fault = faults.find((candidate) => candidate.outcome === outcome);
      // One family is held; a session without it is of no use, so disabling the family is ending the session.
      return fault && { ...fault, outcome: 'session-reset' };
    }
    const layout = this.#layout;
    const located = locateUpdate(bytes, start, end, layout);
    if (located === LayoutFault.FieldOverrun) return undefined;
    const withdrawal = layout.unreachHeader >= 0 && this.#family(bytes, layout.unreachValue, layout.unreachEnd);
    const announcement = layout.reachHeader >= 0 && this.#family(bytes, layout.reachValue, layout.reachEnd);
    if (withdrawal) counts.withdrawn += this.#withdraw(source, bytes, layout.unreachValue + 3, layout.unreachEnd);
    if (announcement) {
      const nlri = layout.reachValue + 5 + bytes[layout.reachValue + 3];
      if (outcome === 'treat-as-withdraw') {
        counts.withdrawnByError += this.#withdraw(source, bytes, nlri, layout.reachEnd);
      } else if (nlri <= layout.reachEnd) {
        const set = this.#attributes.intern(source, bytes, layout, nlri);
        this.#announce(source, set, bytes, nlri, layout.reachEnd, counts);
        this.#attributes.release(set.id);
      }
    }
    if (!withdrawal && !announcement) counts.otherFamily++;
    return undefined;
  }

  #family(bytes: Uint8Array, value: number, end: number): boolean {
    return end - value >= 3 && familyId((bytes[value] << 8) | bytes[value + 1], bytes[value + 2]) === Family.Evpn;
  }

  #count(counts: IngestCounts, fault: Fault): void {
    const code = counts.faults.has(fault.code) || counts.faults.size < MAX_FAULT_CODES ? fault.code : 'other';
    counts.faults.set(code, (counts.faults.get(code) ?? 0) + 1);
  }
}
