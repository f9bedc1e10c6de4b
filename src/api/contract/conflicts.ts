/** Claims that do not agree, what was done about it, and how it is settled. */
import { z } from 'zod';
import { encapsulations } from '../../nva/model.ts';
import { count, objectName, timestamp } from './scalars.ts';

const conflictId = z.string().min(1).max(400, { error: "must be a conflict's id as the list gives it" });

export const ConflictClaim = z.object({
  by: z
    .string()
    .describe("who says so: a peer's address, orchestrator, or the name of an NVE or of a neighbour domain"),
  nve: z.string().describe('tunnel address of the NVE that it puts the address behind'),
  routeType: z
    .int()
    .min(0)
    .max(255)
    .optional()
    .describe('EVPN route type, where a route that is refused says so; 3: that the NVE is in the network'),
  mac: z.string().optional(),
  ip: z.string().optional(),
  prefix: z.string().optional(),
  vni: z.int().min(0).max(16777215).optional(),
  sequence: count.optional().describe('of MAC mobility (RFC 7432 §15)'),
  encapsulations: z.array(z.enum(encapsulations)).optional(),
});

export const Conflict = z.object({
  id: conflictId.describe('the same for as long as the conflict is the same'),
  code: z.string().describe('stable name of what is wrong, for example duplicate-mac or duplicate-address'),
  network: z.string().nullable().describe('null where none is declared'),
  reason: z.string(),
  claims: z.array(ConflictClaim).describe('the one that was not followed first, then those that it contradicts'),
  done: z.string().describe('what nvad did about it'),
  remedy: z.string().describe('how to settle it'),
  releasable: z.boolean().describe('POST …/release settles it; others end when what they are about is put right'),
  since: timestamp.nullable().describe('null where it is not known'),
});
export type Conflict = z.output<typeof Conflict>;

export const ConflictList = z.object({
  conflicts: z.array(Conflict).describe('the latest last, those of which the time is not known first'),
});
export type ConflictList = z.output<typeof ConflictList>;

export const ConflictQuery = z.strictObject({ network: objectName.optional().describe('of this network alone') });

export const ConflictParams = z.strictObject({ id: conflictId });
export const Released = z.object({ id: z.string(), released: z.literal(true) });
export type Released = z.output<typeof Released>;
