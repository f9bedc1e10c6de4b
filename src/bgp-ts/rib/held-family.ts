/** An address family whose routes are held, as the way in sees it. */
import { Family, type FamilyId } from '../wire/constants.ts';
import { splitEvpn } from '../wire/nlri/evpn/key.ts';
import { IP_PREFIX, overlayIndexFault } from '../wire/nlri/evpn/overlay-index.ts';
import type { NlriSplit } from '../wire/nlri/evpn/split.ts';
import type { NlriFaultCode } from '../wire/nlri/fault.ts';
import { canonicalRtConstrain, splitRtConstrain } from '../wire/nlri/rt-constrain.ts';
import type { Admission } from './admission.ts';
import type { AttributeSet } from './attribute-store.ts';
import type { RouteTable } from './route-table.ts';
import type { Source } from './source.ts';

export interface HeldFamily {
  readonly family: FamilyId;
  readonly table: RouteTable;
  /** Finds the key of the NLRI at `at`; of one that cannot be located it says `Overrun`. */
  readonly split: (bytes: Uint8Array, at: number, end: number, out: NlriSplit) => NlriFaultCode;
  /**
   * Where one key has several spellings (bits behind a prefix): returns the octets in which `split` now finds the common
   * one. `split.next` is theirs, too.
   */
  readonly canonical?: (bytes: Uint8Array, split: NlriSplit) => Uint8Array;
  readonly listener?: RouteListener;
  readonly judged?: JudgedRoutes;
  readonly admission?: Admission | undefined;
}

/** Routes of which the fields alone do not say whether they are well-formed. */
export interface JudgedRoutes {
  /** {@link NlriSplit.type} of theirs. */
  readonly type: number;
  /** What is wrong with one that was split and is announced with a set of attributes. */
  readonly fault: (bytes: Uint8Array, split: NlriSplit, set: AttributeSet) => NlriFaultCode;
}

/** Hears of each route of its family as it comes in, before any decision. The octets are valid during the call. */
export interface RouteListener {
  learnt(source: Source, set: AttributeSet, bytes: Uint8Array, split: NlriSplit): void;
  /** Called for routes that the source did not have, too. */
  lost(source: Source, bytes: Uint8Array, split: NlriSplit): void;
}

const prefixes: JudgedRoutes = {
  type: IP_PREFIX,
  fault: (bytes, split, set) => overlayIndexFault(bytes, split, set.prefixTerms),
};

export const evpnFamily = (table: RouteTable, admission?: Admission): HeldFamily => ({
  family: Family.Evpn,
  table,
  split: splitEvpn,
  judged: prefixes,
  admission,
});

export const rtConstrainFamily = (table: RouteTable, listener: RouteListener): HeldFamily => ({
  family: Family.RtConstrain,
  table,
  split: splitRtConstrain,
  canonical: canonicalRtConstrain,
  listener,
});
