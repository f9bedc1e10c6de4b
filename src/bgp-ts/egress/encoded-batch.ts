import type { TargetSet } from '../rib/target-set.ts';

/** Who is to read a run of messages: everyone, everyone but one source, or one source alone. */
export const EVERYONE = -1;
export const allBut = (source: number): number => source;
export const onlyFor = (source: number): number => -2 - source;

/** Whether the member with this source index reads runs of this audience. */
export function concerns(audience: number, source: number): boolean {
  return audience === EVERYONE || (audience >= 0 ? audience !== source : audience === -2 - source);
}

/** Version of a reader that holds nothing, and so needs to hear of no withdrawal; tables begin with version 0. */
export const NOTHING = -1;

/**
 * What the routes of a run have in common, for readers that do not take every route. An absent member is no condition.
 */
export interface RunSubject {
  readonly withdrawal: boolean;
  /** The routes' targets; of a withdrawal, those they had when they were last announced, where that is known. */
  readonly targets?: TargetSet | undefined;
  /** Bits of what a reader must be able to take; of a withdrawal, to have taken the routes as they were. */
  readonly needs: number;
  /** Of a withdrawal: the same routes as they are now. Who takes them so is sent an announcement instead. */
  readonly now?: RouteTraits | undefined;
}

/** What of a route decides whether a reader takes it. */
export interface RouteTraits {
  readonly targets: TargetSet;
  /** See rib/requirements.ts. */
  readonly needs: number;
}

/** Numbers that describe one run in {@link EncodedBatch.runs}. */
export const RUN = 5;

/**
 * Whole UPDATE messages, one behind the other, encoded once for all neighbours of a class. Runs of messages with one
 * audience are listed, so that a member's own routes, and those it does not take, are left out by slicing around them.
 */
export interface EncodedBatch {
  /** Table version that these messages bring a reader to. */
  readonly version: number;
  readonly bytes: Uint8Array;
  /** {@link RUN} numbers a run: start, end, audience, messages, index into {@link subjects} or -1. */
  readonly runs: Int32Array;
  /** Empty where it was encoded for readers that take everything. */
  readonly subjects: readonly RunSubject[];
  /** Routes announced and withdrawn in it, for counters. */
  readonly announced: number;
  readonly withdrawn: number;
}
