/** Attachments: one interface of a tenant system in one virtual network, and the NVE that it is plugged into. */
import { z } from 'zod';
import { attachmentRoles, attachmentStates } from '../../nva/model.ts';
import {
  count,
  hostAddress,
  integerText,
  ipAddress,
  macAddress,
  networkPrefix,
  nveName,
  objectName,
  unicastMac,
} from './scalars.ts';

const DEFAULT_PAGE_SIZE = 100;
/** Most rows in one page. */
export const MAX_ATTACHMENT_PAGE = 1000;

export const attachmentId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/, {
  error: 'must be an id of 1 to 128 letters, digits, or . _ : @ - that starts with a letter or digit',
});

const once = (what: string) => ({ error: `must name each ${what} once` });
const isSet = (list: readonly string[]) => list.length < 2 || new Set(list).size === list.length;

const role = z.enum(attachmentRoles, { error: `must be one of ${attachmentRoles.join(', ')}` });
const state = z
  .enum(attachmentStates, { error: `must be one of ${attachmentStates.join(', ')}` })
  .describe('pre-associated: expected by a live migration; detached: known, and announced by nobody');

export const attachmentFields = {
  nve: nveName,
  mac: unicastMac.optional().describe('may be absent in a network with L3 service'),
  ips: z.array(hostAddress).max(64).refine(isSet, once('address')).default([]),
  prefixes: z.array(networkPrefix).max(256).refine(isSet, once('prefix')).default([]),
  vap: z
    .string()
    .regex(/^[^\p{Cc}]{1,255}$/u, { error: 'must be 1 to 255 characters on one line' })
    .optional()
    .describe("the NVE's port"),
  sticky: z.boolean().default(false).describe('it never moves (RFC 7432 §15.2)'),
  role: role.default('tenant'),
  state: state.default('associated'),
};

/** An attachment as it is put. */
export const AttachmentPut = z.strictObject({
  network: objectName.optional().describe('may be left out where the path says it'),
  id: attachmentId.optional().describe('may be left out where the path says it'),
  ...attachmentFields,
  status: z.unknown().optional().describe('taken and not looked at, so that what was read can be put'),
});
export type AttachmentPut = z.output<typeof AttachmentPut>;

/** An attachment as it is. */
export const Attachment = z.object({
  network: objectName,
  id: attachmentId,
  nve: nveName,
  mac: z.string().optional(),
  ips: z.array(z.string()),
  prefixes: z.array(z.string()),
  vap: z.string().optional(),
  sticky: z.boolean(),
  role,
  state,
  status: z.object({
    sequence: count.describe('of its MAC address in MAC mobility (RFC 7432 §15)'),
    registered: z.boolean().describe('the orchestrator has said so'),
    attached: z.boolean().describe('the NVE has said so'),
  }),
});
export type Attachment = z.output<typeof Attachment>;

export const AttachmentListParams = z.strictObject({ vn: objectName });
export const AttachmentParams = z.strictObject({ vn: objectName, id: attachmentId });

/** An attachment must match all that are given. */
export const AttachmentFilter = z.strictObject({
  nve: nveName.optional(),
  mac: macAddress.optional(),
  ip: ipAddress.optional(),
});
export type AttachmentFilter = z.output<typeof AttachmentFilter>;

export const AttachmentListQuery = AttachmentFilter.extend({
  limit: integerText('the number of rows', 1, MAX_ATTACHMENT_PAGE).default(DEFAULT_PAGE_SIZE),
  cursor: z.string().min(1).max(512).optional().describe("'next' of the page before, unchanged"),
});

export const AttachmentPage = z.object({
  attachments: z.array(Attachment).describe('in the order of their ids'),
  next: z.string().nullable().describe('cursor of the next page; null after the last'),
  total: count.describe('how many match in all'),
  event: count.describe('id of the last event that the page knows of; 0 for none'),
});
export type AttachmentPage = z.output<typeof AttachmentPage>;
