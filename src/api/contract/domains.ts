/** Neighbour domains: what is shared with each, how it is with it, and what crosses. */
import { z } from 'zod';
import { type GatewayChoice, gatewayChoices } from '../../federation/gateway-choice.ts';
import { count, ipAddress, objectName, timestamp } from './scalars.ts';

const vni = z.int().min(0).max(0xffffff);

const choices = Object.keys(gatewayChoices) as [GatewayChoice, ...GatewayChoice[]];

const Gateway = z.object({
  address: ipAddress.describe('as it is configured'),
  elected: z.boolean().describe('it is the one that traffic of the network goes by'),
  choice: z
    .enum(choices)
    .describe('why traffic of the network goes by it (elected; anycast: by each that shares the address) or does not'),
  state: z.enum(['alive', 'returning', 'dead']),
  reason: z.string().describe('why it is taken to be so'),
});
export type Gateway = z.output<typeof Gateway>;

const gatewaysOf = (what: string) => z.array(Gateway).describe(`${what}; none: tunnels go directly`);

export const SharedNetwork = z.object({
  name: objectName.describe('ours'),
  vni: vni.describe('ours'),
  remote: z.object({ vni, routeTarget: z.string() }).describe('what it is called on the wire between the two'),
  gateways: z.object({
    import: gatewaysOf('by which our NVEs send'),
    export: gatewaysOf('by which the neighbour sends'),
  }),
  anycast: z
    .object({ import: ipAddress.nullable(), export: ipAddress.nullable() })
    .describe('the address that the gateways of a direction share; null where one of them is elected'),
  routes: z.object({
    import: count.describe('of the neighbour, that are taken'),
    export: count.describe('of ours, that it is told'),
  }),
});
export type SharedNetwork = z.output<typeof SharedNetwork>;

const Crossing = z.object({
  routes: count.describe('that cross now'),
  refused: z
    .record(z.string(), count)
    .describe('routes that are there and do not cross now, by reason; malformed: since the session began'),
  waiting: count.describe('changes that have not crossed yet'),
  damped: count.describe('those among them that rest because their MAC address, or the route, flaps'),
  lagMs: count.describe('for how long the oldest of the others has waited, in milliseconds'),
  changes: count.describe('changes that have crossed since nvad started, or the neighbour was configured anew'),
});
export type Crossing = z.output<typeof Crossing>;

export const domainStates = ['established', 'stale', 'down', 'frozen', 'draining', 'drained'] as const;

export const Domain = z.object({
  domain: objectName,
  asn: z.int().min(0).max(4294967295),
  domainId: z.string().describe('in D-PATH (RFC 10039)'),
  state: z
    .enum(domainStates)
    .describe(
      'stale: it has no session, and its routes are kept for its return; frozen, draining, drained: by hand, whatever its sessions are',
    ),
  since: timestamp.describe('of the state'),
  sessions: z.object({ up: count, configured: count }),
  networks: z.array(SharedNetwork).describe('shared with it, in the order of their names'),
  import: Crossing.describe('from it to us'),
  export: Crossing.describe('from us to it'),
  limits: z.object({
    routes: count.describe('most that are taken in all'),
    perNetwork: count.describe('most that are taken of one network'),
    exceeded: z.enum(['warn', 'stop', 'reset']).describe('what happens beyond'),
  }),
});
export type Domain = z.output<typeof Domain>;

export const Region = z.object({
  domains: z
    .array(z.string())
    .describe('ours first; one that is no neighbour of ours by its identifier in D-PATH (RFC 10039)'),
  networks: z.array(objectName).describe('those that are in all of these domains and no others, by our names'),
});
export type Region = z.output<typeof Region>;

export const Regions = z.object({
  domain: objectName.describe('ours'),
  domains: z.array(Domain).describe('neighbours, in the order of their names'),
  regions: z.array(Region).describe('which networks span which domains, as far as can be seen from here'),
});
export type Regions = z.output<typeof Regions>;

export const DomainParams = z.strictObject({ domain: objectName });

/** Seconds from a drain to the withdrawal of what the neighbour told us. */
const DEFAULT_DRAIN_SECONDS = 5;

export const Drain = z.strictObject({
  seconds: z
    .number({ error: 'must be a number of seconds from 0 to 3600' })
    .min(0, { error: 'must be a number of seconds from 0 to 3600' })
    .max(3600, { error: 'must be a number of seconds from 0 to 3600' })
    .default(DEFAULT_DRAIN_SECONDS)
    .describe('for which its routes are less preferred before they are withdrawn'),
});
export type Drain = z.output<typeof Drain>;
