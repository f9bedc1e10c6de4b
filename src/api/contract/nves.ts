/** NVEs: what is known of each, its session, and the networks that it takes part in. */
import { z } from 'zod';
import { encapsulations, nveKinds } from '../../nva/model.ts';
import { count, hostAddress, ipAddress, nveName, objectName, timestamp, unicastMac } from './scalars.ts';
import { encapsulationList } from './virtual-networks.ts';

const kind = z
  .enum(nveKinds, { error: `must be one of ${nveKinds.join(', ')}` })
  .describe('bgp: it announces by itself; agent: it speaks the NVE protocol; static: nvad announces for it');

/** An NVE as it is put. */
export const NvePut = z.strictObject({
  name: nveName.optional().describe('may be left out where the path says it'),
  tunnelAddress: hostAddress.describe('where its tunnels end; unique in the domain'),
  kind: kind.default('bgp'),
  session: hostAddress.optional().describe('peering address, where that is not the tunnel address'),
  encapsulations: encapsulationList
    .optional()
    .describe(
      'those it can do, preferred first; left out: vxlan for a static one, for others what they say themselves',
    ),
  routerMac: unicastMac.optional().describe('inner destination MAC address of routed traffic (RFC 9135 §8.1)'),
  status: z.unknown().optional().describe('taken and not looked at, so that what was read can be put'),
});
export type NvePut = z.output<typeof NvePut>;

export const NveSession = z.object({
  protocol: z.enum(['bgp', 'nve-protocol']),
  state: z.string().describe('of RFC 4271 §8.2.2 for bgp; connected or not connected for the NVE protocol'),
  since: timestamp.nullable().describe('of the state'),
});
export type NveSession = z.output<typeof NveSession>;

/** An NVE as it is. */
export const Nve = z.object({
  name: nveName,
  tunnelAddress: ipAddress,
  kind,
  session: ipAddress.optional(),
  encapsulations: z.array(z.enum(encapsulations)),
  routerMac: z.string().optional(),
  status: z.object({
    configured: z.boolean().describe('it stands in the configuration file, and is changed only there'),
    session: NveSession.nullable().describe('null for an NVE that has none'),
    attachments: count,
    networks: z
      .array(z.object({ name: objectName, attachments: count }))
      .describe('in which it has attachments, or announces that it takes flooded frames'),
  }),
});
export type Nve = z.output<typeof Nve>;

export const NveList = z.object({
  nves: z.array(Nve),
  event: count.describe('id of the last event that the list knows of; 0 for none'),
});
export type NveList = z.output<typeof NveList>;

export const NveParams = z.strictObject({ name: nveName });
