/** Claims that do not agree, what was done about it, and how it is settled. */
import { z } from 'zod';
import { count, timestamp } from './scalars.ts';

export const conflictId = z.string().regex(/^[A-Za-z0-9._:@-]{1,200}$/, {
  error: "must be a conflict's id as the list gives it",
});

export const Conflict = z.object({
  id: conflictId.describe('the same for as long as it lasts'),
  kind: z.string().describe('stable name of what is wrong, for example duplicate-mac or duplicate-address'),
  network: z.string().nullable(),
  subject: z.string().describe('what it is about: a MAC address, an IP address, a prefix, a route'),
  since: timestamp,
  count: count.describe('how often it was seen'),
  claims: z.array(
    z.object({
      nve: z.string().nullable().describe('name or tunnel address of the NVE that it puts the address behind'),
      source: z.string().describe('who says so'),
      text: z.string().describe('what it says'),
    }),
  ),
  done: z.string().describe('what nvad did about it'),
  settle: z.string().describe('how to settle it'),
  releasable: z.boolean().describe('POST …/release lets it go; others end when what they are about is put right'),
});
export type Conflict = z.output<typeof Conflict>;

export const ConflictList = z.object({ conflicts: z.array(Conflict).describe('the longest-lasting first') });
export type ConflictList = z.output<typeof ConflictList>;

export const ConflictParams = z.strictObject({ id: conflictId });
export const Released = z.object({ id: z.string(), released: z.literal(true) });
export type Released = z.output<typeof Released>;
