/** Policies of neighbour domains: what another one would change, and those that were applied. */
import { z } from 'zod';
import { namings } from '../../federation/policy/file-names.ts';
import { count, objectName, timestamp } from './scalars.ts';

/** Octets of a policy's text at most; a file with the most rules and values that it may have is smaller. */
const MOST_TEXT = 2 * 1024 * 1024;
/** Octets of a request that has one: what JSON escapes takes two. */
export const MAX_POLICY_BYTES = 2 * MOST_TEXT + 8192;

export const directions = ['import', 'export'] as const;
const direction = z.enum(directions, { error: 'must be import (from the neighbour to us) or export (from us to it)' });

export const PolicyParams = z.strictObject({ domain: objectName, direction });
export const PoliciesParams = z.strictObject({ domain: objectName });

export const PolicyPut = z.strictObject({
  text: z.string().max(MOST_TEXT).describe('of the policy file, YAML'),
  file: z
    .string()
    .min(1)
    .max(1024)
    .default('policy')
    .describe('what the file is called: in verdicts and explanations, beside a line'),
});

const path = z.string().min(1).max(4096);

export const PolicyListQuery = z.strictObject({
  domain: objectName.optional().describe('of this neighbour domain alone'),
  direction: direction.optional().describe('of this direction alone'),
  file: path.optional().describe('which of them is this file, by its path, or else by its name in whatever folder'),
});

const Listed = z.object({
  domain: objectName,
  direction,
  configured: z.string().nullable().describe('the file that the configuration names; null: none'),
  holds: z
    .string()
    .nullable()
    .describe('what the policy that holds is called; null: everything that is shared crosses'),
  named: z
    .enum(namings)
    .nullable()
    .describe('whether one of these is `file`; perhaps: several files with that name are policies; null: not asked'),
});
export type ListedPolicy = z.output<typeof Listed>;

export const PolicyList = z.object({
  policies: z.array(Listed).describe('one for each neighbour domain and direction, in the order of their names'),
});

const Rule = z.object({ file: z.string(), line: z.int().min(1), name: z.string().nullable() });

const Verdict = z.object({
  outcome: z.enum(['accept', 'refuse']),
  rule: Rule.nullable().describe('that decided; null: none matched, and the default of the policy holds'),
  changes: z.array(z.string()).describe('what the rule makes of the route, for people'),
});
export type PolicyVerdict = z.output<typeof Verdict>;

const Sample = z.object({
  route: z.object({
    kind: z
      .enum(['route', 'flooding', 'aggregate', 'unknown-mac'])
      .describe(
        'flooding: to a gateway, once for all that are behind it; aggregate, unknown-mac: made in the place of routes that do not cross',
      ),
    network: objectName,
    type: z.int().min(2).max(5).describe('EVPN route type'),
    rd: z.string().nullable().describe('before it is translated; null of one that stands for several'),
    mac: z.string().nullable(),
    ip: z.string().nullable(),
    prefix: z.string().nullable(),
    originator: z.string().nullable().describe('type 3'),
  }),
  before: Verdict.nullable().describe(
    'null where a route that stands for several was not, and no rule refused its members',
  ),
  after: Verdict.nullable().describe(
    'null where a route that stands for several will not be, and no rule refuses its members',
  ),
});
export type PolicySample = z.output<typeof Sample>;

const part = (what: string) =>
  z.object({ count, samples: z.array(Sample).describe('the first of them') }).describe(what);

const warnings = z.array(z.string()).describe('what is valid and probably not meant, each with its place');

export const PolicyTest = z.object({
  domain: objectName,
  direction,
  routes: count.describe('that a policy is asked about: what is refused before, by whatever else, is none of them'),
  gained: part('routes that would cross and do not'),
  lost: part('routes that cross and would not'),
  changed: part('routes that would cross with something else'),
  warnings,
});
export type PolicyTest = z.output<typeof PolicyTest>;

const Text = z.object({ file: z.string(), text: z.string() });

const Version = z.object({
  version: count.describe('0: what the files of the configuration said before anything was applied'),
  appliedAt: timestamp.nullable().describe('null of version 0 while nothing was applied'),
  rollbackTo: count.nullable().describe('the version whose texts it has again'),
  import: Text.nullable().describe('null: everything that is shared is taken'),
  export: Text.nullable().describe('null: everything that is shared is told'),
});
export type PolicyVersionView = z.output<typeof Version>;

export const PolicyVersions = z.object({
  domain: objectName,
  inForce: count.describe('the version that holds now'),
  versions: z.array(Version).describe('those that are kept, the newest first'),
});
export type PolicyVersions = z.output<typeof PolicyVersions>;

export const PolicyApplied = z.object({ ...PolicyVersions.shape, warnings });
export type PolicyApplied = z.output<typeof PolicyApplied>;

export const PolicyRollback = z.strictObject({
  version: count.optional().describe('whose texts are to hold again; the one before the present one when left out'),
});
