/** What the authority over virtual networks does, as lines of the log. */
import type { NvaHandler } from '../nva/nva.ts';
import { count } from './count.ts';
import type { Logger } from './logging.ts';

/** Events of one transaction that are written one by one; of more, their number. */
const MOST_LINES = 10;

export function nvaLog(logger: Logger): NvaHandler {
  return {
    applied(events) {
      const [first] = events;
      if (first === undefined) return;
      if (events.length > MOST_LINES) {
        logger.info({ by: first.by, events: events.length }, `${first.by.name} made ${count(events.length, 'change')}`);
        return;
      }
      for (const { id, by, change } of events) {
        const what = change.op === 'delete' ? 'deleted' : 'put';
        const object =
          change.kind === 'attachment'
            ? `attachment ${change.op === 'put' ? `${change.value.network}/${change.value.id} at NVE ${change.value.nve}` : `${change.network}/${change.id}`}`
            : `${change.kind === 'nve' ? 'NVE' : 'virtual network'} ${change.op === 'put' ? change.value.name : change.name}`;
        logger.info({ event: id, by }, `${object} ${what} by ${by.name}`);
      }
    },
    conflict({ id, code, network, reason, done, claims, remedy }, isNew) {
      if (isNew) logger.warn({ conflict: id, code, network, claims, remedy }, `conflict ${id}: ${reason}; ${done}`);
      else logger.info({ conflict: id, code, network }, `conflict ${id} is settled`);
    },
    unannounced(network, nve, reason) {
      logger.warn({ network, nve }, `nothing can be announced for NVE ${nve} in ${network}: ${reason}`);
    },
  };
}
