/** Behind which NVE a tenant address is, and why. */
import { z } from 'zod';
import { encapsulations } from '../../nva/model.ts';
import { Decision } from './routes.ts';
import { count, integerText, ipAddress, macAddress, objectName, timestamp } from './scalars.ts';

const DEFAULT_PAGE_SIZE = 100;

/** One more who says that the address is behind it, and why the mapping is not to it. */
export const Claim = z.object({
  nve: z.string().describe('its tunnel address'),
  source: z.string(),
  sequence: count.nullable(),
  sticky: z.boolean(),
  since: timestamp,
  lost: Decision.describe('the step at which it lost'),
});

export const Mapping = z.object({
  kind: z.enum(['host', 'prefix', 'flood']).describe('flood: the NVE takes flooded frames of the network'),
  mac: z.string().nullable(),
  ip: z.string().nullable(),
  prefix: z.string().nullable(),
  nve: z.string().describe('tunnel address'),
  nveName: z.string().nullable().describe('null for an NVE without a name'),
  encapsulation: z.enum(encapsulations),
  vni: z.int().min(0).max(16777215),
  sequence: count.nullable().describe('of MAC mobility (RFC 7432 §15); of a host alone'),
  sticky: z.boolean(),
  l3: z
    .object({ vni: z.int().min(0).max(16777215), routerMac: z.string() })
    .nullable()
    .describe('for traffic that is routed to it (RFC 9135 §5)'),
  source: z.string().describe('who says so: the peer that announced it, or nvad on behalf of an NVE'),
  since: timestamp,
  decisions: z
    .array(Decision)
    .describe('the rules that made it what it is, in order; given where an address was asked for'),
  others: z.array(Claim).describe('who else says to have the address; given where an address was asked for'),
});
export type Mapping = z.output<typeof Mapping>;

export const MappingFilter = z.strictObject({
  mac: macAddress.optional().describe('with this MAC address'),
  ip: ipAddress.optional().describe('with this IP address, or the longest prefix that holds it'),
});

export const MappingListQuery = MappingFilter.extend({
  limit: integerText('the number of rows', 1, 1000).default(DEFAULT_PAGE_SIZE),
  cursor: z.string().min(1).max(512).optional().describe("'next' of the page before, unchanged"),
}).refine(({ mac, ip }) => mac === undefined || ip === undefined, {
  error: 'goes without ip: a MAC address or an IP address is asked for',
  path: ['mac'],
});

export const MappingListParams = z.strictObject({ vn: objectName });

/** One more who says to have the address and is not believed, or would have it and has not yet. */
const Unheeded = z.object({
  by: z.string().describe('who: a peer, or an attachment'),
  nve: z.string().describe('tunnel address'),
  reason: z.string(),
  remedy: z.string().describe('what would settle it'),
});

export const MappingPage = z.object({
  mappings: z.array(Mapping),
  next: z.string().nullable().describe('cursor of the next page; null after the last'),
  total: count,
  unheeded: z
    .array(Unheeded)
    .describe('who does not count, and why: what is missing; given where an address was asked for'),
});
export type MappingPage = z.output<typeof MappingPage>;
