import { z } from 'zod';
import { nveKinds } from '../nva/model.ts';
import { admissions, defaultMacMobility } from '../nva/settings.ts';
import { parsePeerAddress, parseTunnelAddress } from './address.ts';
import { apiSchema } from './api-schema.ts';
import {
  addPathOffers,
  bgpRoles,
  defaultAddPath,
  defaultBfd,
  defaultBgpPort,
  defaultGracefulRestart,
  defaultHoldTime,
  defaultInterest,
  defaultInterestLost,
  defaultListen,
  defaultRouteWarning,
  defaultSelectionDeferralTime,
  interests,
  interestsLost,
  synchronousModes,
} from './config.ts';
import { parseDomainId } from './domain-id.ts';
import { parseTcpEndpoint, usualNveProtocolPort } from './endpoint.ts';
import { federationKeys } from './federation-schema.ts';
import { parseClusterId, parseRouterId } from './identifier.ts';
import { logComponents, logFormats, logLevels } from './log.ts';
import { parseMac } from './mac.ts';
import { encapsulationList, networkSchema, objectName } from './network-schema.ts';
import { parsePrefix } from './prefix.ts';
import { anyAddress, file, form, text } from './schema-parts.ts';

/*
 * The form of the configuration file: which keys there are, of which type, and what each value alone must be.
 * What two values say against each other is in contradictions.ts; keys that a later release brings are in
 * refusals.ts. The JSON Schema is made from this one definition.
 */

const asn = z
  .int()
  .min(1, { error: 'AS 0 is reserved and no speaker can have it (RFC 7607)' })
  .max(4294967295)
  .refine((value) => value !== 23456, { error: 'AS 23456 only stands in for four-octet AS numbers (RFC 6793)' });

const domainName = form(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  'a domain name has 1 to 63 letters, digits, dots, hyphens or underscores and starts with a letter or digit',
);

const description = form(/^[^\p{Cc}]{1,255}$/u, 'a description has 1 to 255 characters on one line');

const password = z
  .string()
  .min(1, { error: 'an empty password protects nothing' })
  .refine((value) => Buffer.byteLength(value) <= 80, { error: 'a TCP-MD5 password has at most 80 octets (RFC 2385)' });

const holdTime = z
  .int()
  .min(0)
  .max(65535)
  .refine((value) => value !== 1 && value !== 2, {
    error: 'a hold time is 0 (no keepalives) or at least 3 seconds (RFC 4271 §4.2)',
  });

const year = 31_536_000;

const routeLimit = z.int().min(1).max(4294967295);

const maxRoutes = z
  .union([
    routeLimit,
    z.strictObject({
      limit: routeLimit.meta({ description: 'Most routes that the peer may announce.' }),
      warning: z
        .int()
        .min(1)
        .max(100)
        .optional()
        .meta({ description: 'Percent of the limit above which a warning is logged.', default: defaultRouteWarning }),
      restart: z
        .union([z.int().min(1).max(year), z.literal('never')])
        .optional()
        .meta({
          description:
            'Seconds for which a peer that announced more is kept down, or never: until it is reset. Left out: it may come back as after any other failure.',
        }),
    }),
  ])
  .meta({ description: 'Most routes that the peer may announce; unlimited when left out.' });

const gracefulRestart = {
  enabled: z.boolean().optional().meta({
    description: 'Whether routes of a lost session stay for a while on both sides (RFC 4724, RFC 8538).',
    default: defaultGracefulRestart.enabled,
  }),
  restartTime: z.int().min(0).max(4095).optional().meta({
    description: 'Seconds that nvad may take to be back after a restart, as peers are told.',
    default: defaultGracefulRestart.restartTime,
  }),
  staleTime: z.int().min(1).max(86_400).optional().meta({
    description: 'Most seconds that routes are kept which their peer has not confirmed.',
    default: defaultGracefulRestart.staleTime,
  }),
  longLivedStaleTime: z.int().min(0).max(0xffffff).optional().meta({
    description:
      'Most seconds that routes are kept beyond that as the least preferred (RFC 9494), on both sides; 0 means not at all.',
    default: defaultGracefulRestart.longLivedStaleTime,
  }),
};

const neighbourOptions = {
  description: description.optional().meta({ description: 'Free text, shown beside the peer.' }),
  holdTime: holdTime.optional().meta({
    description: 'Hold time offered to the peer, in seconds; 0 means no keepalives.',
    default: defaultHoldTime,
  }),
  sendHoldTime: z.int().min(0).max(65535).optional().meta({
    description:
      'Seconds that the peer may leave unread what it is sent (RFC 9687), longer than holdTime; 0 means for ever. Left out: 480 or twice the negotiated hold time, whichever is greater.',
  }),
  maxRoutes: maxRoutes.optional(),
  gracefulRestart: z
    .strictObject(gracefulRestart)
    .optional()
    .meta({ description: 'Where the peer differs from what holds for all.' }),
  password: password.optional().meta({ description: 'TCP-MD5 key (RFC 2385).' }),
  ttlSecurity: z
    .union([z.literal(true), z.int().min(1).max(254)])
    .optional()
    .meta({ description: 'Most hops away that the peer may be (RFC 5082); true is 1.' }),
  addPath: z.enum(addPathOffers).optional().meta({
    description: 'Whether several paths a route are offered to be taken from the peer, and sent to it (RFC 7911).',
    default: defaultAddPath,
  }),
};

const staticOptions = {
  port: z.int().min(1).max(65535).optional().meta({ description: 'TCP port of the peer.', default: defaultBgpPort }),
  passive: z.boolean().optional().meta({
    description: 'Wait for the peer to connect, and never connect to it; of a prefix: to nobody in it.',
    default: false,
  }),
};

const peerAddress = text(parsePeerAddress).meta({ description: "The peer's IP address.", ...anyAddress });

export const nveSchema = z
  .strictObject({
    prefix: text(parsePrefix)
      .optional()
      .meta({ description: 'Every peer that connects from this prefix.', examples: ['10.0.0.0/16', '2001:db8::/32'] }),
    address: peerAddress.optional(),
    name: objectName('an NVE').optional().meta({ description: 'Unique in the domain; the address when left out.' }),
    kind: z.enum(nveKinds).optional().meta({
      description:
        'Announces by BGP, speaks the NVE protocol, or says nothing by itself. For the latter two nvad announces, and they have no BGP session.',
      default: 'bgp',
    }),
    tunnelAddress: text(parseTunnelAddress)
      .optional()
      .meta({ description: 'Where its tunnels end; its peering address when left out.', ...anyAddress }),
    encapsulations: encapsulationList.optional().meta({
      description:
        'Those it can do, preferred first. Left out: those that it announces, or names in its hello; of a static one vxlan.',
    }),
    routerMac: text(parseMac)
      .optional()
      .meta({
        description: 'Inner destination MAC address of traffic that is routed to it (RFC 9135 §8.1).',
        examples: ['02:00:00:00:00:01'],
      }),
    asn: asn.optional().meta({ description: "The AS the peer must have; the domain's own when left out." }),
    role: z.enum(bgpRoles).optional().meta({
      description:
        'What nvad is to a peer of another AS (RFC 9234). As its route-server it passes AS_PATH and MED on as they came (RFC 7947).',
    }),
    strictRole: z.boolean().optional().meta({
      description: 'Refuse a peer that announces no role of its own (RFC 9234 §4.2).',
      default: false,
    }),
    interest: z.enum(interests).optional().meta({
      description:
        'What the peer is sent if it does not speak RT-Constrain: all routes, or those with a route target of the VNIs that it announces routes of itself.',
      default: defaultInterest,
    }),
    interestLost: z.enum(interestsLost).optional().meta({
      description:
        'With interest: derived, what becomes of the routes of a VNI that the peer announces nothing of any more: they are withdrawn, or kept until its session ends.',
      default: defaultInterestLost,
    }),
    ...staticOptions,
    ...neighbourOptions,
  })
  .meta({
    description:
      'One NVE by its address, or all NVEs of a prefix: a route-reflector client; or one without a BGP session, for which nvad announces.',
  });

const nvaSchema = z
  .strictObject({ address: peerAddress, ...staticOptions, ...neighbourOptions })
  .meta({ description: "Another replica of this domain's NVA: a non-client iBGP peer." });

const federationSchema = z
  .strictObject({
    ...federationKeys,
    asn: asn.meta({ description: 'Its AS number, another than ours.' }),
    role: z.enum(bgpRoles).optional().meta({ description: 'What we are to it (RFC 9234).' }),
    strictRole: z.boolean().optional().meta({ default: false }),
    ...staticOptions,
    description: neighbourOptions.description,
    holdTime: neighbourOptions.holdTime,
    sendHoldTime: neighbourOptions.sendHoldTime,
    password: neighbourOptions.password,
    ttlSecurity: neighbourOptions.ttlSecurity,
  })
  .meta({ description: 'A neighbour domain that some of our virtual networks are shared with.' });

const storeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('memory') }),
  z.strictObject({
    kind: z.literal('sqlite'),
    path: form(/^[^\0]+$/, 'the path of the state file is empty').meta({
      description: "The state file; a relative path starts at the configuration file's folder.",
    }),
    synchronous: z.enum(synchronousModes).optional().meta({
      description:
        'What a change waits for before it is answered: normal for the system, so that it outlives nvad; full for the disk, so that it outlives a loss of power too.',
      default: 'normal',
    }),
  }),
]);

const level = z.enum(logLevels);

const logSchema = z.strictObject({
  level: level.optional().meta({ description: 'Least level that is logged.', default: 'info' }),
  levels: z
    .strictObject(Object.fromEntries(logComponents.map((name) => [name, level.optional()])))
    .optional()
    .meta({ description: 'Levels of single components, where they differ.' }),
  format: z
    .enum(logFormats)
    .optional()
    .meta({ description: 'pretty on a terminal and json elsewhere, when left out.' }),
});

const account = form(/^[^\s:]{1,64}$/, 'a user or group is named by its name or number');

const nveProtocolSchema = z.strictObject({
  listen: text((written) => parseTcpEndpoint(written, usualNveProtocolPort)).meta({ description: 'address:port.' }),
  tls: z
    .strictObject({
      certificate: file('the certificate chain in PEM'),
      key: file('its private key in PEM'),
      clientCa: file('the certificates, in PEM, of those who sign for NVEs').optional().meta({
        description:
          'A file with the certificates, in PEM, of those who sign for NVEs. Left out, NVEs show no certificate.',
      }),
    })
    .optional()
    .meta({ description: 'Without it, what NVEs and nvad say to each other can be read on the way.' }),
  tokens: file('the tokens that let an NVE in').optional(),
  limits: z
    .strictObject({
      connections: z.int().min(1).max(1_000_000).optional().meta({ description: 'Most connections at a time.' }),
      messageSize: z
        .int()
        .min(1024)
        .max(16_777_216)
        .optional()
        .meta({ description: 'Most octets of a message from an NVE.' }),
      messagesPerSecond: z
        .int()
        .min(1)
        .max(1_000_000)
        .optional()
        .meta({ description: 'Most messages a second that are taken from one NVE; it waits with more.' }),
    })
    .optional()
    .meta({ description: "What one NVE, and all of them, may ask for; the protocol's own bounds where left out." }),
});

export const configSchema = z
  .strictObject({
    domain: domainName.meta({ description: 'NV Domain name.' }),
    asn: asn.meta({ description: "The domain's AS number." }),
    routerId: text(parseRouterId).meta({ description: 'BGP Identifier.', format: 'ipv4' }),
    clusterId: text(parseClusterId)
      .optional()
      .meta({ description: 'CLUSTER_ID of the reflectors; routerId when left out.', format: 'ipv4' }),
    domainId: text(parseDomainId)
      .optional()
      .meta({
        description: 'Of our domain in D-PATH (RFC 10039 §4); the AS number and 0 when left out.',
        examples: ['65000:1'],
      }),
    listen: z
      .array(text(parseTcpEndpoint))
      .min(1, { error: 'a list of no addresses listens nowhere; leave listen out for "[::]:179"' })
      .optional()
      .meta({ description: 'Where BGP connections are accepted.', default: [defaultListen] }),
    nves: z.array(nveSchema).optional().meta({ description: 'The NVEs of this domain.', default: [] }),
    nvas: z.array(nvaSchema).optional().meta({ description: "The other replicas of this domain's NVA.", default: [] }),
    virtualNetworks: z.array(networkSchema).optional().meta({
      description:
        'The virtual networks of this domain. Left out, nvad is a plain reflector; an empty list is for networks that all come by the API.',
    }),
    admission: z.enum(admissions).optional().meta({
      description: 'Whether routes of virtual networks that nobody declared are refused, or passed on as they come.',
      default: 'declared',
    }),
    macMobility: z
      .strictObject({
        moves: z.int().min(2).max(1000).optional().meta({
          description: 'So many moves within the time make a duplicate.',
          default: defaultMacMobility.moves,
        }),
        seconds: z.int().min(1).max(86_400).optional().meta({
          description: 'The time within which moves are counted.',
          default: defaultMacMobility.seconds,
        }),
      })
      .optional()
      .meta({ description: 'When a MAC address that moves is a duplicate, and frozen where it is (RFC 7432 §15.1).' }),
    nveProtocol: nveProtocolSchema.optional().meta({
      description: 'Where NVEs that do not speak BGP are served; nowhere when left out.',
    }),
    federation: z.array(federationSchema).optional().meta({
      description: 'Neighbour domains, and what is shared with each.',
      default: [],
    }),
    bfd: z
      .strictObject({
        address: peerAddress.meta({
          description: 'Ours, from which gateways are asked; an nved has it among its nvas.',
        }),
        interval: z.int().min(10).max(60_000).optional().meta({
          description: 'Milliseconds between packets.',
          default: defaultBfd.interval,
        }),
        multiplier: z.int().min(1).max(255).optional().meta({
          description: 'So many packets in a row are missed of one that is dead.',
          default: defaultBfd.multiplier,
        }),
      })
      .optional()
      .meta({ description: 'Gateways (IP-G) of neighbour domains are watched by BFD (RFC 5883).' }),
    gracefulRestart: z
      .strictObject({
        ...gracefulRestart,
        selectionDeferralTime: z.int().min(0).max(3600).optional().meta({
          description:
            'Most seconds that a restarted nvad waits for its peers to tell their routes before it tells any.',
          default: defaultSelectionDeferralTime,
        }),
      })
      .optional()
      .meta({ description: 'What becomes of routes when a session is lost, on either side.' }),
    api: apiSchema.optional().meta({ description: 'The HTTP API.' }),
    store: storeSchema
      .optional()
      .meta({ description: 'Where state that must survive a restart is kept.', default: { kind: 'memory' } }),
    log: logSchema.optional().meta({ description: 'What is logged, and in which form.' }),
    user: account.optional().meta({ description: 'Whom a daemon started as root becomes once its sockets are bound.' }),
    group: account.optional().meta({ description: "The group taken with user; the user's own when left out." }),
  })
  .meta({ title: 'nvad configuration' });

/** A file of the right form, before defaults are filled in. */
export type ConfigFile = z.output<typeof configSchema>;
