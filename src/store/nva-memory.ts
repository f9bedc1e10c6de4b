import type { NvaEvent, Nve, VirtualNetwork } from '../nva/model.ts';
import type { NvaStore, StoredAttachment } from '../nva/nva-store.ts';
import { checkOrder, EVENTS_KEPT } from './event-order.ts';

/** Forgets everything when the process ends. */
export function memoryNvaStore(eventsKept: number = EVENTS_KEPT): NvaStore {
  const networks = new Map<string, VirtualNetwork>();
  const nves = new Map<string, Nve>();
  const attachments = new Map<string, StoredAttachment>();
  /** By id, without gaps, oldest first. */
  const events = new Map<number, NvaEvent>();
  let last = 0;
  const first = () => last - events.size + 1;
  const keyOf = (network: string, id: string) => JSON.stringify([network, id]);
  return {
    networks: () => networks.values(),
    nves: () => nves.values(),
    attachments: () => attachments.values(),
    lastEvent: () => last,
    firstEvent: first,
    events: (after, limit) => {
      const found: NvaEvent[] = [];
      for (let id = Math.max(after + 1, first()); id <= last && found.length < limit; id++) found.push(events.get(id)!);
      return found;
    },
    commit: (transaction) => {
      checkOrder(transaction.events, last);
      for (const change of transaction.networks) {
        if ('put' in change) networks.set(change.put.name, change.put);
        else networks.delete(change.delete);
      }
      for (const change of transaction.nves) {
        if ('put' in change) nves.set(change.put.name, change.put);
        else nves.delete(change.delete);
      }
      for (const change of transaction.attachments) {
        if ('put' in change)
          attachments.set(keyOf(change.put.attachment.network, change.put.attachment.id), change.put);
        else attachments.delete(keyOf(change.delete.network, change.delete.id));
      }
      for (const event of transaction.events) {
        events.set(event.id, event);
        last = event.id;
        if (events.size > eventsKept) events.delete(first());
      }
    },
  };
}
