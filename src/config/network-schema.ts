import { z } from 'zod';
import {
  defaultEncapsulations,
  defaultFlooding,
  defaultService,
  defaultTrust,
  defaultUnknownUnicast,
} from '../nva/defaults.ts';
import { encapsulations, services, trusts } from '../nva/model.ts';
import { parseGroup } from './group.ts';
import { parseAnyPrefix } from './prefix.ts';
import { parseRouteTarget } from './route-target.ts';
import { anyAddress, form, text } from './schema-parts.ts';

/*
 * The form of a virtual network in the file.
 */

/** 0 stands for no VNI with some routers, FRR among them. */
const leastVni = 1;
const mostVni = 0xffffff;

/** RFC 8200 §5; Linux switches IPv6 off on an interface with less. */
const leastMtu = 1280;
/** What VXLAN over IPv6 has room for: 65,535 octets less 70 of outer headers and of the Ethernet header inside. */
const mostMtu = 65_465;

/** Bounds of what goes with each network; the route targets must all fit into one UPDATE beside its other attributes. */
const mostRouteTargets = 64;
const mostRules = 1_000;

export const objectName = (what: string) =>
  form(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    `the name of ${what} has 1 to 63 letters, digits, dots, hyphens or underscores and starts with a letter or digit`,
  );

export const encapsulationList = z.array(z.enum(encapsulations)).min(1, {
  error: 'a list of no encapsulations lets nothing through; leave it out instead',
});

const port = z.int().min(0).max(65535);
const aclPrefix = text((written) => parseAnyPrefix(written));

const ruleSchema = z
  .strictObject({
    action: z.enum(['allow', 'deny']).meta({ description: 'What becomes of packets that match.' }),
    protocol: z.enum(['tcp', 'udp', 'icmp', 'icmpv6']).optional().meta({ description: 'Any when left out.' }),
    source: aclPrefix.optional().meta({ description: 'Prefix of the source address; any when left out.' }),
    destination: aclPrefix.optional().meta({ description: 'Prefix of the destination address; any when left out.' }),
    destinationPorts: z
      .union([port, z.strictObject({ from: port, to: port })])
      .optional()
      .meta({ description: 'Of TCP and UDP: one port, or a range with both its ends. Any when left out.' }),
  })
  .meta({ description: 'The first rule that matches decides; what none matches is allowed.' });

const qosSchema = z
  .strictObject({
    dscp: z.int().min(0).max(63).optional().meta({ description: 'DSCP of the outer header (RFC 2474).' }),
    rate: z
      .int()
      .min(1)
      .max(4294967295)
      .optional()
      .meta({ description: 'Most kilobits a second that an attachment may send.' }),
  })
  .refine(({ dscp, rate }) => dscp !== undefined || rate !== undefined, {
    error: 'neither dscp nor rate is given',
    params: { suggestion: 'give one of them, or leave qos out' },
  });

export const aclSchema = z.array(ruleSchema).max(mostRules);

export const networkSchema = z
  .strictObject({
    name: objectName('a virtual network').meta({ description: 'Unique in the domain.' }),
    vni: z
      .int()
      .min(leastVni, { error: `a VNI is ${leastVni} to ${mostVni} (24 bits)` })
      .max(mostVni, { error: `a VNI is ${leastVni} to ${mostVni} (24 bits)` })
      .meta({ description: 'On the wire; unique in the domain.' }),
    service: z.enum(services).optional().meta({
      description: "Whether tenants' frames are delivered by MAC address, or their packets by IP address.",
      default: defaultService,
    }),
    routeTargets: z
      .array(text(parseRouteTarget))
      .min(1, { error: 'without a route target nobody would import the routes; leave it out for the automatic one' })
      .max(mostRouteTargets)
      .optional()
      .meta({
        description:
          'Carried by the routes of the network. Left out: asn:vni as routers derive it by themselves, with the lower 16 bits of a four-octet AS.',
        examples: [['65000:100']],
      }),
    l3: objectName('a virtual network').optional().meta({
      description: 'The network with L3 service that routes for this one with L2 service (RFC 9135 §5).',
    }),
    mtu: z
      .int()
      .min(leastMtu, { error: `an MTU is at least ${leastMtu}, which IPv6 needs (RFC 8200 §5)` })
      .max(mostMtu, { error: `an MTU is at most ${mostMtu}, since an outer packet has no room for more` })
      .optional()
      .meta({ description: "Octets of a tenant's IP packet. Left out, that is the NVEs' own affair." }),
    qos: qosSchema.optional().meta({ description: 'Marking and policing where traffic enters the underlay.' }),
    acl: aclSchema
      .optional()
      .meta({ description: 'What tenants may send to each other; everything when left out.', default: [] }),
    flooding: z
      .union([
        z.literal(defaultFlooding.kind),
        z.strictObject({
          multicast: text(parseGroup).meta({ description: 'Group of the underlay.', ...anyAddress }),
        }),
      ])
      .optional()
      .meta({
        description: 'How broadcast, unknown unicast and multicast reach all NVEs of the network.',
        default: defaultFlooding.kind,
      }),
    encapsulations: encapsulationList.optional().meta({
      description: 'Those that may be used in it, preferred first.',
      default: [...defaultEncapsulations],
    }),
    unknownUnicast: z.enum(['flood', 'drop']).optional().meta({
      description: 'What becomes of frames to a MAC address that nobody is known to have.',
      default: defaultUnknownUnicast,
    }),
    trust: z.enum(trusts).optional().meta({
      description:
        "Whose word on where an address is counts: the NVEs', the orchestrator's, or what an NVE announces and the orchestrator has registered.",
      default: defaultTrust,
    }),
  })
  .meta({ description: 'A virtual network of this domain.' });
