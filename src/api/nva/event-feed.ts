/**
 * Events of the NVA for one reader. It holds a place in the store, never a queue: a reader that is slow finds what it has not
 * read where it was, and one that is too slow is told that it is not there any more.
 */
import type { NvaEvent } from '../../nva/model.ts';
import type { Feed, FeedEvent } from '../contract/feed.ts';
import type { NvaSource } from '../nva-source.ts';
import { named, viewEvent } from './views.ts';

export interface EventFilter {
  readonly kind?: NvaEvent['change']['kind'] | undefined;
  readonly network?: string | undefined;
}

/** Events read at a time: some 100 KiB. */
const BATCH = 256;

/** Whether an event behind `after` may be forgotten already. */
export const isGone = (source: NvaSource, after: number) => after + 1 < source.firstEvent();

export function eventFeed(source: NvaSource, after: number, filter: EventFilter): Feed {
  let place = after;
  let ended = false;
  return {
    read: () => {
      if (ended) return undefined;
      if (isGone(source, place)) {
        ended = true;
        return [{ event: 'gone', data: { oldest: source.firstEvent(), last: source.lastEvent() } }];
      }
      const batch = source.events(place, BATCH);
      const last = batch.at(-1)?.id;
      if (last === undefined) return [];
      place = last;
      const wanted = batch.filter((event) => passes(event, filter)).map((event) => told(event));
      // A reader to whom nothing was said still has to resume from here.
      return wanted.at(-1)?.id === last ? wanted : [...wanted, { id: last, data: undefined }];
    },
    watch: (more) => source.onEvents(more),
  };
}

const told = (event: NvaEvent): FeedEvent => ({ id: event.id, data: viewEvent(event) });

function passes({ change }: NvaEvent, { kind, network }: EventFilter): boolean {
  if (kind !== undefined && change.kind !== kind) return false;
  if (network === undefined) return true;
  const subject = named(change);
  return change.kind === 'attachment'
    ? subject.network === network
    : change.kind === 'virtual-network' && subject.name === network;
}
