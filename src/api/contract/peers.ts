/** A BGP neighbour as operators see it. */
import { z } from 'zod';
import { count, ipAddress, objectName, timestamp } from './scalars.ts';

const asn = z.int().min(0).max(4294967295);

/** The states of RFC 4271 §8.2.2. */
export const peerStates = ['Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established'] as const;

/** A NOTIFICATION (RFC 4271 §4.5). */
export const PeerError = z.object({
  code: z.int().min(0).max(255).describe('RFC 4271 §4.5'),
  subcode: z.int().min(0).max(255),
  name: z.string().describe('the code and subcode in words'),
  text: z.string().nullable().describe('shutdown communication (RFC 9003), or what was wrong in words'),
  at: timestamp,
});
export type PeerError = z.output<typeof PeerError>;

/** The end of a session, or of an attempt at one, without a NOTIFICATION. */
export const PeerFailure = z.object({
  name: z.string().describe('what happened: connect failed, connection lost, hold timer expired …'),
  text: z.string().nullable().describe('why, in words'),
  at: timestamp,
});
export type PeerFailure = z.output<typeof PeerFailure>;

const addPath = z.object({ family: z.string(), send: z.boolean(), receive: z.boolean() });

const longLivedGracefulRestart = z.array(
  z.object({ family: z.string(), forwardingPreserved: z.boolean(), staleTimeSeconds: z.int().min(0).max(0xffffff) }),
);

const gracefulRestart = z.object({
  restarting: z.boolean().describe('Restart State bit (RFC 4724 §3)'),
  notifications: z.boolean().describe('N bit: NOTIFICATIONs leave routes where they are (RFC 8538 §2)'),
  restartTimeSeconds: z.int().min(0).max(4095),
  families: z.array(z.object({ family: z.string(), forwardingPreserved: z.boolean() })),
});

/** What one side offered in its OPEN (RFC 5492). Families read `evpn`, `ipv4-unicast` …, unknown ones `AFI/SAFI`. */
export const OfferedCapabilities = z.object({
  families: z.array(z.string()).describe('RFC 4760'),
  asn4: z.boolean().describe('RFC 6793'),
  routeRefresh: z.boolean().describe('RFC 2918'),
  enhancedRouteRefresh: z.boolean().describe('RFC 7313'),
  extendedMessages: z.boolean().describe('RFC 8654'),
  addPath: z.array(addPath).describe('RFC 7911'),
  gracefulRestart: gracefulRestart.nullable().describe('RFC 4724'),
  longLivedGracefulRestart: longLivedGracefulRestart.nullable().describe('RFC 9494'),
  holdTimeSeconds: z.int().min(0).max(65535),
  hostname: z.string().nullable().describe('FQDN capability'),
  otherCodes: z.array(z.int().min(0).max(255)).describe('capability codes not named above'),
});
export type OfferedCapabilities = z.output<typeof OfferedCapabilities>;

/** What both sides have in common, and so what holds for the session. */
export const NegotiatedCapabilities = z.object({
  families: z.array(z.string()),
  asn4: z.boolean(),
  routeRefresh: z.boolean(),
  enhancedRouteRefresh: z.boolean(),
  extendedMessages: z.boolean(),
  addPath: z.array(addPath),
  gracefulRestart: z.boolean(),
  longLivedGracefulRestart: z.boolean().describe('it is told routes that are long-lived stale'),
  holdTimeSeconds: z.int().min(0).max(65535),
  keepaliveSeconds: z.number().min(0),
});
export type NegotiatedCapabilities = z.output<typeof NegotiatedCapabilities>;

const messageCounts = z.object({
  open: count,
  update: count,
  notification: count,
  keepalive: count,
  routeRefresh: count,
});

/** Totals since the peer was configured or, for a dynamic one, first seen; `routes` is the present state. */
export const PeerCounters = z.object({
  messages: z.object({ in: messageCounts, out: messageCounts }),
  bytes: z.object({ in: count, out: count }),
  sessions: count.describe('times the session was established'),
  routes: z.object({
    received: count.describe('routes held from this peer, kept ones of a session that was lost included'),
    accepted: count.describe('of those, routes that may be best'),
    best: count.describe('of those, routes that are best'),
    advertised: count.describe('routes this peer was given and not told to forget'),
    withdrawnByError: count.describe('routes treated as withdrawn since the session began (RFC 7606 §2)'),
  }),
  faults: z.record(z.string(), count).describe('faults in received messages, by code'),
});
export type PeerCounters = z.output<typeof PeerCounters>;

/** How far a peer is behind what nvad has to tell it. */
export const PeerEgress = z.object({
  changesBehind: count.describe('changes its cursor has still to pass'),
  socketBufferBytes: count.describe('bytes written that its socket has not taken'),
  endOfRibSent: z.boolean().describe('the initial table was sent in full (RFC 4724 §2)'),
  endOfRibReceived: z.boolean(),
  interest: z
    .object({
      from: z
        .enum(['all', 'rt-constrain', 'derived'])
        .describe(
          'all: it is sent every route; rt-constrain: it asks for some (RFC 4684); derived: it is sent those of the virtual networks that it announces routes of itself',
        ),
      complete: z
        .boolean()
        .describe('false while a peer with RT-Constrain has not told all of its memberships, for 60 seconds at most'),
      routeTargets: z
        .array(z.string())
        .describe(
          'routes with one of these are sent; a prefix reads HEX/BITS, and 0/0 stands for every route; *:VNI stands for every route target of a VNI; empty for all',
        ),
    })
    .nullable()
    .describe('which routes the peer is sent; null without a session'),
  heldBack: z
    .array(z.object({ count, routes: z.string(), reason: z.string() }))
    .describe('routes that are not sent because this peer is known not to take them'),
});
export type PeerEgress = z.output<typeof PeerEgress>;

/** Routes of the peer that it has not confirmed, and why they are there all the same. */
export const PeerRestart = z.object({
  phase: z
    .enum(['none', 'restarting', 'long-lived', 'resynchronising', 'refreshing'])
    .describe(
      'restarting: its session is lost and its routes are kept (RFC 4724 §4.2); long-lived: it has not come back in time, and they are the least preferred (RFC 9494); resynchronising: it is back, its End-of-RIB is awaited; refreshing: it tells everything again (RFC 7313)',
    ),
  since: timestamp.nullable().describe('when the phase began'),
  until: timestamp.nullable().describe('when it ends at the latest; what is stale is withdrawn then'),
  staleRoutes: count.describe('routes that it has not confirmed since'),
  helped: z.boolean().describe('whether its routes would be kept if the present session were lost'),
  restartTimeSeconds: count.nullable().describe('how long it may be away, as it says and as we allow'),
  longLivedStaleTimeSeconds: count.nullable().describe('and how long then as the least preferred'),
  notifications: z.boolean().describe('whether they would be kept after a NOTIFICATION too (RFC 8538)'),
});
export type PeerRestart = z.output<typeof PeerRestart>;

/** RFC 4486 §4. */
export const PeerRouteLimit = z.object({
  limit: count.describe('most routes that it may announce'),
  warnAbove: count.nullable().describe('with more routes than this a warning is logged'),
  near: z.boolean().describe('it has more routes than that'),
  exceeded: count.describe('times its session was ended because it had too many'),
  restartSeconds: count.nullable().describe('how long it is kept down then; null: not at all, or for ever'),
  untilReset: z.boolean().describe('it is kept down then until it is reset'),
  held: z.boolean().describe('it is kept down'),
  heldUntil: timestamp.nullable().describe('until then, or until it is reset'),
});
export type PeerRouteLimit = z.output<typeof PeerRouteLimit>;

export const Peer = z.object({
  address: ipAddress,
  port: z.int().min(0).max(65535).nullable().describe('remote TCP port of the present connection'),
  localAddress: ipAddress.nullable(),
  description: z.string().nullable(),
  role: z
    .enum(['nve', 'nva', 'domain'])
    .describe('what the peer is in the NV Domain; domain: it is of a neighbour domain'),
  domain: objectName.nullable().describe('the neighbour domain; null for a peer of our own'),
  asn: asn.nullable().describe('remote AS; null when not configured and no OPEN was received'),
  localAsn: asn,
  routerId: z.string().nullable().describe('BGP Identifier of its last OPEN'),
  kind: z.enum(['ibgp', 'ebgp']),
  reflection: z.enum(['client', 'non-client']).describe('RFC 4456 §6'),
  tcpMd5: z.boolean().describe('segments must carry the TCP-MD5 key (RFC 2385)'),
  ttlSecurity: z.int().min(1).max(254).nullable().describe('most hops away it may be (GTSM, RFC 5082); null: any'),
  origin: z.enum(['static', 'dynamic']).describe('configured by address, or accepted from a prefix'),
  state: z.enum(peerStates),
  since: timestamp.describe('when the present state was entered'),
  uptimeSeconds: count.nullable().describe('time in Established; null otherwise'),
  lastErrorSent: PeerError.nullable(),
  lastErrorReceived: PeerError.nullable(),
  lastFailure: PeerFailure.nullable().describe('null when what ended last ended with a NOTIFICATION'),
  capabilities: z.object({
    sent: OfferedCapabilities.nullable(),
    received: OfferedCapabilities.nullable(),
    negotiated: NegotiatedCapabilities.nullable(),
  }),
  gracefulRestart: PeerRestart,
  routeLimit: PeerRouteLimit.nullable().describe('null when it may announce any number'),
  counters: PeerCounters,
  egress: PeerEgress,
});
export type Peer = z.output<typeof Peer>;

export const PeerList = z.object({ peers: z.array(Peer) });
export type PeerList = z.output<typeof PeerList>;

export const PeerParams = z.strictObject({ address: ipAddress });

/** RFC 9003 §2 allows 255 octets of UTF-8. */
const communication = z.string().refine((text) => Buffer.byteLength(text) <= 255, {
  error: 'must be at most 255 octets of UTF-8',
});

export const PeerReset = z.strictObject({
  kind: z
    .enum(['hard', 'soft'], { error: "must be 'hard' or 'soft'" })
    .describe(
      'hard: end the session with Cease/administrative reset, withdraw what is kept of a session that was lost, let a peer come back that is kept down, forget a peer of a prefix that has none; soft: ask for all routes again (RFC 2918)',
    ),
  communication: communication.optional().describe('text told to the peer (RFC 9003); only with a hard reset'),
});
export type PeerReset = z.output<typeof PeerReset>;

export const PeerResetDone = z.object({
  address: ipAddress,
  kind: z.enum(['hard', 'soft']),
  forgotten: z.boolean().describe('a peer of a prefix that had no session; nvad knows it no longer'),
});
export type PeerResetDone = z.output<typeof PeerResetDone>;
