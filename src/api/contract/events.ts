/** What happened to what should be, as a stream. */
import { z } from 'zod';
import { count, integerText, objectName, timestamp } from './scalars.ts';

export const ChangeEvent = z.object({
  id: count.describe('grows by one with each event, over restarts too'),
  at: timestamp,
  by: z.object({
    name: z.string().describe("a token's name, a user of the machine, an NVE, or configuration"),
    via: z.enum(['api', 'configuration', 'nve-protocol', 'session']),
  }),
  op: z.enum(['put', 'delete']),
  kind: z.enum(['virtual-network', 'nve', 'attachment']),
  network: z.string().optional().describe('of an attachment'),
  name: z.string().describe('name of the network or NVE, id of the attachment'),
  before: z.record(z.string(), z.unknown()).nullable().describe('the object before; null where there was none'),
  after: z.record(z.string(), z.unknown()).nullable().describe('the object after; null where there is none any more'),
});
export type ChangeEvent = z.output<typeof ChangeEvent>;

/** Follows `event: gone`: the reader was so slow that what it has not read is not kept any more, and the stream ends. */
export const EventsGone = z.object({
  oldest: count.describe('id of the oldest event that is kept'),
  last: count.describe('id of the last event there was'),
});
export type EventsGone = z.output<typeof EventsGone>;

export const EventQuery = z.strictObject({
  after: integerText('the id of an event', 0, 999_999_999_999_999)
    .optional()
    .describe('begin behind this event; the header Last-Event-ID comes first; with neither, what happens from now on'),
  kind: z.enum(['virtual-network', 'nve', 'attachment']).optional().describe('events of such objects alone'),
  network: objectName.optional().describe('events of this virtual network and its attachments alone'),
});
