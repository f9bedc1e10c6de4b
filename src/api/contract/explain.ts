/** Why an address is where it is, or flooded frames go where they do, for whom, and who has it not: from the announcement on. */
import { z } from 'zod';
import { count, ipAddress, ipPrefix, macAddress, nveName, objectName } from './scalars.ts';

export const explainStages = [
  'announced',
  'admission',
  'best-path',
  'mapping',
  'policy',
  'crossing',
  'translation',
  'gateway',
  'told',
  'asked',
] as const;

export const ExplainStep = z.object({
  stage: z.enum(explainStages),
  outcome: z
    .enum(['yes', 'no', 'waits', 'note'])
    .describe('whether it goes on from here; waits: it will, and has not; note: what else is to be known'),
  code: z.string().describe('stable name of the reason'),
  about: z.string().describe('the route, session, NVE, rule or gateway'),
  reason: z.string().describe('a sentence for people'),
  domain: objectName.nullable().describe('the neighbour domain that the step is about; null: our own'),
  direction: z.enum(['import', 'export']).nullable().describe('import: from the neighbour to us'),
  asked: objectName.nullable().describe('the domain whose nvad says so; null: this one'),
});
export type ExplainStep = z.output<typeof ExplainStep>;

const flooding = z.preprocess(
  (value) => (value === 'true' ? true : value),
  z.literal(true, { error: 'must be true, or left out' }),
);

const address = {
  mac: macAddress.optional(),
  ip: ipAddress
    .optional()
    .describe('with this IP address, or the longest prefix that holds it; with flooding: the end with this address'),
  prefix: ipPrefix.optional(),
  flooding: flooding.optional().describe('where flooded frames go (routes of type 3)'),
};

/** An IP address may be that of an end of flooding; else there is one of them. */
const isOneAddress = ({ mac, ip, prefix, flooding: isFlooding }: Partial<Record<keyof typeof address, unknown>>) =>
  [mac, prefix, isFlooding ?? ip].filter((one) => one !== undefined).length === 1;
const oneAddress = { error: 'must have one of mac, ip, prefix and flooding' };

export const ExplainQuery = z
  .strictObject({
    vn: objectName.describe('the virtual network'),
    ...address,
    nve: nveName.optional().describe('whether and why this NVE has it'),
    at: objectName.optional().describe('and what became of it in this neighbour domain, whose nvad is asked'),
  })
  .refine(isOneAddress, oneAddress);

export const Explanation = z.object({
  steps: z.array(ExplainStep).describe('in order'),
  more: count.describe('routes that there are besides and no step is about, since there are too many'),
  conclusion: z.object({
    has: z.boolean().describe('whether it is reachable; with nve: for that NVE'),
    reason: z.string(),
  }),
});
export type Explanation = z.output<typeof Explanation>;

const wireVni = z.preprocess(
  (value) => (typeof value === 'string' && /^\d{1,8}$/.test(value) ? Number(value) : value),
  z.int({ error: 'must be a VNI' }).min(1, { error: 'must be a VNI' }).max(0xffffff, { error: 'must be a VNI' }),
);

export const AcrossParams = z.strictObject({ domain: objectName.describe('who asks: as our configuration calls it') });
export const AcrossQuery = z
  .strictObject({ wireVni: wireVni.describe('the number of the network on the wire between the two'), ...address })
  .refine(isOneAddress, oneAddress);

/** What the other domain is told: what became of its routes here, and nothing of what is inside. */
export const AcrossExplanation = z.object({
  steps: z.array(ExplainStep.omit({ asked: true })),
});
export type AcrossExplanation = z.output<typeof AcrossExplanation>;
