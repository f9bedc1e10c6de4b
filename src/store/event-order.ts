import type { NvaEvent } from '../nva/model.ts';

/** Events that are kept for those who resume; whoever is further behind begins anew. */
export const EVENTS_KEPT = 100_000;

/** Ids go on where they ended, also those of events that are forgotten: a gap or a repetition is a fault of the caller. */
export function checkOrder(events: readonly NvaEvent[], last: number): void {
  for (const [index, { id }] of events.entries()) {
    const expected = last + 1 + index;
    if (id !== expected) throw new RangeError(`event ${id} comes where ${expected} is the next`);
  }
}
