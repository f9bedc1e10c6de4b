import { refusedTransaction } from '../nva/change-refusals.ts';
import { eventFeed, isGone } from '../nva/event-feed.ts';
import { changeOf } from '../nva/put-values.ts';
import { refuse } from '../refusal.ts';
import type { Handler, HandlerModules } from './handler.ts';

export const apply =
  ({ nva }: HandlerModules): Handler<'apply'> =>
  ({ body: { changes, dryRun } }, { actor }) => {
    const result = nva.apply(
      changes.map((change) => changeOf(change, nva.automaticRouteTargets)),
      actor,
      { dryRun },
    );
    if (!result.ok) return refusedTransaction(result.refusals, (change) => changes[change]?.op === 'put');
    return { status: 200, body: { outcomes: [...result.outcomes], event: result.event ?? null, dryRun } };
  };

export const followEvents =
  ({ nva }: HandlerModules): Handler<'followEvents'> =>
  ({ query: { after, ...filter } }, { lastEventId }) => {
    const place = lastEventId ?? after ?? nva.lastEvent();
    if (place > nva.lastEvent()) {
      // What another store has counted is not what this one has.
      const reason = `there is no event ${place} yet; the last one is ${nva.lastEvent()}: read everything anew and go on from there`;
      return refuse(410, 'no-such-event', reason);
    }
    if (isGone(nva, place)) {
      const reason = `events up to ${nva.firstEvent() - 1} are not kept any more: read everything anew and go on from the event that the lists name`;
      return refuse(410, 'events-gone', reason);
    }
    return { status: 200, feed: eventFeed(nva, place, filter) };
  };
