/** Virtual networks: what should be, and what has become of it. */
import { z } from 'zod';
import {
  defaultEncapsulations,
  defaultFlooding,
  defaultService,
  defaultTrust,
  defaultUnknownUnicast,
} from '../../nva/defaults.ts';
import { encapsulations, services, trusts } from '../../nva/model.ts';
import { count, groupAddress, networkPrefix, objectName, routeTarget } from './scalars.ts';

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });
const whole = (what: string, min: number, max: number) => {
  const error = `must be ${what}, a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
/** Without repetitions. */
export const encapsulationList = z
  .array(oneOf(encapsulations))
  .max(encapsulations.length)
  .refine((list) => new Set(list).size === list.length, { error: 'must name each encapsulation once' });

const port = whole('a port', 0, 65535);

export const AclRule = z.strictObject({
  action: z.enum(['allow', 'deny']),
  protocol: z.enum(['tcp', 'udp', 'icmp', 'icmpv6']).optional().describe('any when left out'),
  source: networkPrefix.optional().describe('any when left out'),
  destination: networkPrefix.optional().describe('any when left out'),
  destinationPorts: z
    .strictObject({ from: port, to: port })
    .refine(({ from, to }) => from <= to, { error: 'must have a from that is not above to', path: ['from'] })
    .optional()
    .describe('of tcp and udp, both ends included; any when left out'),
});

export const Flooding = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('ingress-replication') }),
    z.strictObject({ kind: z.literal('multicast'), group: groupAddress.describe('of the underlay') }),
  ],
  { error: 'must be {"kind": "ingress-replication"} or {"kind": "multicast", "group": …}' },
);

const values = {
  vni: whole('a VNI', 1, 16777215).describe('on the wire; unique in the domain'),
  service: oneOf(services).describe('whether frames are delivered by MAC address, or packets by IP address'),
  routeTargets: z
    .array(routeTarget)
    .min(1, { error: 'must name one at least; leave it out for the automatic one' })
    .max(64),
  l3: objectName.describe('the network with L3 service that routes for this one with L2 service (RFC 9135 §5)'),
  mtu: whole('an MTU', 1280, 65465).describe("octets of a tenant's IP packet; the NVEs' own affair when left out"),
  qos: z
    .strictObject({
      dscp: whole('a DSCP', 0, 63).optional().describe('of the outer header'),
      rateKbit: whole('kilobits a second', 1, 4294967295).optional().describe('for each attachment'),
    })
    .describe('marking and policing where traffic enters the underlay'),
  acl: z.array(AclRule).max(1000).describe('the first rule that matches decides; what none matches is allowed'),
  encapsulations: encapsulationList.min(1, { error: 'must name one at least; leave it out for all that carry a VNI' }),
  unknownUnicast: oneOf(['flood', 'drop']).describe('frames to a MAC address that nobody is known to have'),
  trust: oneOf(trusts).describe("whose word on where an address is counts: the NVEs', the orchestrator's, or both"),
};

/** A network as it is put. Left out is what has a default, and what may be absent. */
export const VirtualNetworkPut = z.strictObject({
  name: objectName.optional().describe('may be left out where the path says it'),
  vni: values.vni,
  service: values.service.default(defaultService),
  routeTargets: values.routeTargets
    .optional()
    .describe('asn:vni when left out, with the lower 16 bits of a four-octet AS'),
  l3: values.l3.optional(),
  mtu: values.mtu.optional(),
  qos: values.qos.optional(),
  acl: values.acl.default([]),
  flooding: Flooding.default({ ...defaultFlooding }),
  encapsulations: values.encapsulations
    .default([...defaultEncapsulations])
    .describe('those that may be used, preferred first'),
  unknownUnicast: values.unknownUnicast.default(defaultUnknownUnicast),
  trust: values.trust.default(defaultTrust),
  status: z.unknown().optional().describe('taken and not looked at, so that what was read can be put'),
});
export type VirtualNetworkPut = z.output<typeof VirtualNetworkPut>;

/** A network as it is. */
export const VirtualNetwork = z.object({
  name: objectName,
  vni: values.vni,
  service: values.service,
  routeTargets: z.array(z.string()),
  l3: values.l3.optional(),
  mtu: values.mtu.optional(),
  qos: values.qos.optional(),
  acl: z.array(AclRule),
  flooding: Flooding,
  encapsulations: z.array(oneOf(encapsulations)),
  unknownUnicast: values.unknownUnicast,
  trust: values.trust,
  status: z.object({
    configured: z.boolean().describe('it stands in the configuration file, and is changed only there'),
    attachments: count,
    nves: count.describe('NVEs that have an attachment in it or announce something of it'),
    mappings: count,
  }),
});
export type VirtualNetwork = z.output<typeof VirtualNetwork>;

export const VirtualNetworkList = z.object({
  virtualNetworks: z.array(VirtualNetwork),
  event: count.describe('id of the last event that the list knows of; 0 for none'),
});
export type VirtualNetworkList = z.output<typeof VirtualNetworkList>;

export const VirtualNetworkParams = z.strictObject({ name: objectName });
