import { z } from 'zod';
import { defaultKeepStale, defaultLimits, defaultRate } from '../federation/model.ts';
import { parsePeerAddress, parseTunnelAddress } from './address.ts';
import { parseDomainId } from './domain-id.ts';
import { parseEsi } from './esi.ts';
import { objectName } from './network-schema.ts';
import { parseRouteTarget } from './route-target.ts';
import { anyAddress, file, form, text } from './schema-parts.ts';

/*
 * The form of a neighbour domain in the file; what is said of its BGP sessions is in schema.ts.
 */

const peerAddress = text(parsePeerAddress).meta(anyAddress);
const gatewayList = z.array(text(parseTunnelAddress).meta(anyAddress)).min(1, {
  error: 'a list of no gateways leads nowhere; leave it out where NVEs tunnel to each other directly',
});

const anycast = text(parseTunnelAddress).meta({
  description: 'An address that the members have in common, and by which alone they are seen: none of them is elected.',
  ...anyAddress,
});
const members = gatewayList.meta({ description: 'Tunnel addresses of the gateways that share the anycast address.' });

const gatewayGroup = z.union([gatewayList, z.strictObject({ anycast, members })]);

const gatewaysSchema = z
  .union([
    gatewayList,
    z.strictObject({
      export: gatewayGroup.optional().meta({ description: 'As the other domain sees them; direct when left out.' }),
      import: gatewayGroup.optional().meta({ description: 'As our NVEs see them; direct when left out.' }),
      anycast: anycast.optional(),
      members: members.optional(),
    }),
  ])
  .optional()
  .meta({
    description:
      'Tunnel addresses of our gateways (IP-G), for both directions or for each: a list, of which one is elected for each network, or the members that share an anycast address. Left out, NVEs of both domains tunnel to each other.',
  });

const segment = text(parseEsi)
  .optional()
  .meta({
    description:
      'Our gateways are one multihomed site to our NVEs, by this Ethernet segment identifier (RFC 9014 §3.5, I-ES). Left out, one of them is elected for each network.',
    examples: ['00:01:02:03:04:05:06:07:08:09'],
  });

const vni = z.int().min(1).max(0xffffff);

const shareSchema = z
  .strictObject({
    name: objectName('a virtual network').meta({ description: 'Our name of it.' }),
    remote: z
      .strictObject({
        vni: vni.optional().meta({ description: 'Its number on the wire between the two; ours when left out.' }),
        routeTarget: text(parseRouteTarget)
          .optional()
          .meta({
            description: "Its route target there. Left out: the neighbour's AS number and the VNI on the wire.",
            examples: ['65002:2217'],
          }),
      })
      .optional()
      .meta({
        description: 'How the network is called on the wire, in both directions; by our own name when left out.',
      }),
    gateways: gatewaysSchema,
    interconnectSegment: segment,
  })
  .meta({ description: 'A network that is shared.' });

const allSchema = z.strictObject({
  all: z.literal(true),
  vniOffset: z.int().min(-0xffffff).max(0xffffff).optional().meta({
    description: 'Added to our VNI it is the number on the wire.',
    default: 0,
  }),
  routeTargetAsn: z.int().min(1).max(4294967295).optional().meta({
    description: 'Route targets on the wire are this and the number there; our own AS when left out.',
  }),
  gateways: gatewaysSchema,
  interconnectSegment: segment,
});

const rateSchema = z
  .strictObject({
    delay: z.int().min(0).max(60_000).optional().meta({
      description: 'Milliseconds that a change waits for others of the same route.',
      default: defaultRate.delay,
    }),
    changesPerSecond: z.int().min(1).max(10_000_000).optional().meta({
      description: 'Most changes a second that cross; as many as there are when left out.',
    }),
    flap: z
      .strictObject({
        interval: z.int().min(100).max(3_600_000).optional().meta({
          description: 'Milliseconds in which a MAC address that flaps, or a route of another type, crosses once.',
          default: defaultRate.flap.interval,
        }),
        allowance: z.int().min(1).max(1000).optional().meta({
          description: 'Changes within the interval from which on it is taken to flap.',
          default: defaultRate.flap.allowance,
        }),
      })
      .optional(),
  })
  .optional();

/** Of a neighbour domain, but for its sessions. */
export const federationKeys = {
  domain: objectName('a domain').meta({ description: 'Name of the neighbour domain.' }),
  address: z
    .union([
      peerAddress,
      z.array(peerAddress).min(1, { error: 'a list of no addresses leads to no NVA; name that of each replica' }),
    ])
    .meta({ description: "Address of its NVA, or of each of the NVA's replicas." }),
  domainId: text(parseDomainId)
    .optional()
    .meta({
      description: 'Of the domain in D-PATH (RFC 10039 §4); its AS number and 0 when left out.',
      examples: ['65002:1'],
    }),
  virtualNetworks: z
    .union([z.literal('all'), z.array(shareSchema), allSchema])
    .meta({ description: 'Networks that are shared, nothing else is; or all of ours.' }),
  keepStale: z.int().min(0).max(86_400).optional().meta({
    description: 'Seconds that its routes are kept, less preferred, when it is lost.',
    default: defaultKeepStale,
  }),
  limits: z
    .strictObject({
      routes: z.int().min(1).max(4294967295).optional().meta({ default: defaultLimits.routes }),
      perNetwork: z.int().min(1).max(4294967295).optional().meta({ default: defaultLimits.perNetwork }),
      warning: z.int().min(1).max(100).optional().meta({
        description: 'Percent of a limit above which a warning is logged.',
        default: defaultLimits.warning,
      }),
      exceeded: z.enum(['warn', 'stop', 'reset']).optional().meta({
        description: 'Beyond a limit that is only warned of, no more routes are taken, or the session is reset.',
        default: defaultLimits.exceeded,
      }),
    })
    .optional()
    .meta({ description: 'Most routes that are taken of it.' }),
  rate: z.strictObject({ import: rateSchema, export: rateSchema }).optional().meta({
    description: 'How fast changes cross.',
  }),
  policy: z
    .strictObject({
      import: file('rules on what comes in').optional(),
      export: file('rules on what goes out').optional(),
    })
    .optional(),
  api: z
    .strictObject({
      url: form(/^https?:\/\/[^\s]+$/, 'a URL begins with http:// or https://'),
      token: file('the token with which its API is asked'),
    })
    .optional()
    .meta({ description: 'Where its nvad answers what became of a route there.' }),
};
