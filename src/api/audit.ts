/**
 * The audit log: who changed what, when, and what it was before and after, one JSON object a line. Changes of what should be
 * are taken from the store's events, from where the log ended on, so that none is missing after kill -9; others, such as a
 * session that was reset, are written as they are done.
 */
import type { Actor, NvaEvent } from '../nva/model.ts';
import { named } from './nva/views.ts';
import type { NvaSource } from './nva-source.ts';

/** A change that is no event of the NVA. */
export interface AuditEntry {
  readonly by: Actor;
  readonly what: string;
  readonly subject: string;
  readonly before: unknown;
  readonly after: unknown;
}

export interface AuditModules {
  readonly nva: Pick<NvaSource, 'events' | 'lastEvent' | 'firstEvent' | 'onEvents'>;
  /** Appends whole lines. May throw. */
  readonly append: (text: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told what was thrown, once until it works again. */
  readonly failed: (error: unknown) => void;
}

export interface Audit {
  record(entry: AuditEntry): void;
  /** Writes what there is, and ends. */
  close(): void;
}

/** Events of one write. */
const BATCH = 256;

/** The id of the last event of a log, by its last octets; undefined where there is none. */
export function lastAudited(tail: string): number | undefined {
  const found = [...tail.matchAll(/"event":(\d{1,15})\}\n/g)].at(-1)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Begins behind event `after`; where that is not known, with what happens from now on, and says so. */
export function createAudit(after: number | undefined, { nva, append, now, failed }: AuditModules): Audit {
  let failing = false;
  let scheduled = false;
  const write = (text: string): boolean => {
    try {
      append(text);
      failing = false;
      return true;
    } catch (error) {
      if (!failing) failed(error);
      failing = true;
      return false;
    }
  };
  let place = Math.min(after ?? nva.lastEvent(), nva.lastEvent());
  if (after === undefined) write(line({ at: moment(now()), what: 'log begins', event: place }));
  let closed = false;
  const flush = () => {
    scheduled = false;
    for (;;) {
      const oldest = nva.firstEvent();
      if (place + 1 < oldest) {
        const what = `events ${place + 1} to ${oldest - 1} were not written and are not kept any more`;
        if (!write(line({ at: moment(now()), what, event: oldest - 1 }))) return;
        place = oldest - 1;
      }
      const events = nva.events(place, BATCH);
      const last = events.at(-1);
      // What cannot be written now is written when it can be.
      if (last === undefined || !write(events.map(eventLine).join(''))) return;
      place = last.id;
    }
  };
  const later = () => {
    if (closed) return;
    try {
      flush();
    } catch (error) {
      failed(error);
    }
  };
  // A transaction is acknowledged before its lines are written: they are not lost, since the store has them.
  const end = nva.onEvents(() => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(later);
  });
  later();
  return {
    record: ({ by, what, subject, before, after: then }) => {
      write(line({ at: moment(now()), who: by.name, via: by.via, what, subject, before, after: then }));
    },
    close: () => {
      end();
      later();
      closed = true;
    },
  };
}

const moment = (milliseconds: number) => new Date(milliseconds).toISOString();
const line = (value: object) => `${JSON.stringify(value)}\n`;

function eventLine({ id, at, by, change, before }: NvaEvent): string {
  const { network, name } = named(change);
  return line({
    at: moment(at),
    who: by.name,
    via: by.via,
    what: `${change.op} ${change.kind}`,
    subject: network === undefined ? name : `${network}/${name}`,
    before: before ?? null,
    after: change.op === 'put' ? change.value : null,
    // Last, where lastAudited looks for it.
    event: id,
  });
}
