/** Whether nvad lives, whether it may be relied on, and the details behind both. */
import { z } from 'zod';
import { peerStates } from './peers.ts';
import { count, ipAddress, timestamp } from './scalars.ts';

const milliseconds = z.number().min(0);

/** How late the event loop runs its timers, since the last reading. */
export const EventLoopDelay = z.object({ meanMs: milliseconds, p99Ms: milliseconds, maxMs: milliseconds });
export type EventLoopDelay = z.output<typeof EventLoopDelay>;

export const Liveness = z.object({ status: z.literal('alive'), eventLoopDelay: EventLoopDelay });
export type Liveness = z.output<typeof Liveness>;

export const Readiness = z.object({
  ready: z.boolean(),
  reasons: z
    .array(z.object({ code: z.string(), text: z.string() }))
    .describe('what is still missing; empty when ready'),
});
export type Readiness = z.output<typeof Readiness>;

export const Health = z.object({
  version: z.string(),
  domain: z.string(),
  asn: z.int().min(1).max(4294967295),
  routerId: z.string(),
  clusterId: z.string(),
  startedAt: timestamp,
  uptimeSeconds: count,
  readiness: Readiness,
  counts: z.object({
    peers: count,
    peersEstablished: count,
    routes: count,
    paths: count,
    attributeSets: count.describe('different attribute blocks held'),
  }),
  listeners: z.array(z.object({ purpose: z.enum(['bgp', 'api']), address: z.string() })),
  replicas: z
    .array(z.object({ address: ipAddress, state: z.enum(peerStates), since: timestamp }))
    .describe("the other replicas of this domain's NVA"),
  memory: z.object({ rssBytes: count, heapUsedBytes: count }),
  eventLoopDelay: EventLoopDelay,
});
export type Health = z.output<typeof Health>;
