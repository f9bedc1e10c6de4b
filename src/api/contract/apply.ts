/** Many changes as one transaction: all are done, or none. */
import { z } from 'zod';
import { AttachmentPut, attachmentId } from './attachments.ts';
import { NvePut } from './nves.ts';
import { count, nveName, objectName } from './scalars.ts';
import { VirtualNetworkPut } from './virtual-networks.ts';

/** Most changes of one transaction, which nvad does in one go. */
const MAX_CHANGES = 2000;
/** Octets of its body: 2,000 attachments with all their fields are 1 MiB. */
export const MAX_APPLY_BYTES = 4 * 1024 * 1024;

/** As in the paths of the API, where names are in the path; here they stand in the value. */
export const Change = z.discriminatedUnion(
  'kind',
  [
    z.discriminatedUnion(
      'op',
      [
        z.strictObject({
          op: z.literal('put'),
          kind: z.literal('attachment'),
          value: AttachmentPut.extend({ network: objectName, id: attachmentId }),
        }),
        z.strictObject({
          op: z.literal('delete'),
          kind: z.literal('attachment'),
          network: objectName,
          id: attachmentId,
        }),
      ],
      { error: 'must be put or delete' },
    ),
    z.discriminatedUnion(
      'op',
      [
        z.strictObject({
          op: z.literal('put'),
          kind: z.literal('virtual-network'),
          value: VirtualNetworkPut.extend({ name: objectName }),
        }),
        z.strictObject({ op: z.literal('delete'), kind: z.literal('virtual-network'), name: objectName }),
      ],
      { error: 'must be put or delete' },
    ),
    z.discriminatedUnion(
      'op',
      [
        z.strictObject({ op: z.literal('put'), kind: z.literal('nve'), value: NvePut.extend({ name: nveName }) }),
        z.strictObject({ op: z.literal('delete'), kind: z.literal('nve'), name: nveName }),
      ],
      { error: 'must be put or delete' },
    ),
  ],
  { error: 'must be virtual-network, nve or attachment' },
);
export type Change = z.output<typeof Change>;

export const Apply = z.strictObject({
  changes: z
    .array(Change)
    .min(1, { error: 'must have one change at least' })
    .max(MAX_CHANGES, { error: `may have ${MAX_CHANGES} changes at most` }),
  dryRun: z.boolean().default(false).describe('say what would become of it, and do nothing'),
});
export type Apply = z.output<typeof Apply>;

export const Applied = z.object({
  outcomes: z
    .array(z.enum(['created', 'changed', 'unchanged', 'deleted']))
    .describe('what became of each change, in order; unchanged where it said what was so'),
  event: count.nullable().describe('id of the last event of the transaction; null when it made none, or was a dry run'),
  dryRun: z.boolean(),
});
export type Applied = z.output<typeof Applied>;

/** What became of an object that was deleted. */
export const Deleted = z.object({ deleted: z.literal(true), event: count.nullable().describe('id of the event') });
export type Deleted = z.output<typeof Deleted>;
