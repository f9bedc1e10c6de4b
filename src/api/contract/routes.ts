/** Routes as nvad holds them: a key, the paths by which it is known, and which of them is best. */
import { z } from 'zod';
import { Attribute } from './attributes.ts';
import {
  count,
  esi,
  integerText,
  ipAddress,
  ipPrefix,
  macAddress,
  objectName,
  routeDistinguisher,
  routeTarget,
  timestamp,
} from './scalars.ts';

/** Most rows in one page. */
export const MAX_PAGE_SIZE = 1000;
/** Rows in one page when the request does not say. */
const DEFAULT_PAGE_SIZE = 100;

const neighbourDomain = objectName
  .optional()
  .describe('what this neighbour domain has told, and what it is told, as on the wire; our own domain when left out');

/** Filters of the route list; a route must match all that are given. Filters on paths are met by any one path. */
export const RouteFilter = z.strictObject({
  family: z.enum(['evpn'], { error: "must be 'evpn', the only family held" }).default('evpn'),
  type: integerText('an EVPN route type', 0, 255).optional(),
  rd: routeDistinguisher.optional(),
  vni: integerText('a VNI', 0, 16777215).optional().describe('any label of a path, read as VNI'),
  mac: macAddress.optional(),
  ip: ipAddress.optional().describe('address of type 2, or originator of types 3 and 4'),
  prefix: ipPrefix.optional().describe('type 5, exactly this prefix'),
  esi: esi.optional(),
  nextHop: ipAddress.optional(),
  peer: ipAddress.optional().describe('routes learnt from this peer'),
  routeTarget: routeTarget.optional(),
  domain: neighbourDomain,
});
export type RouteFilter = z.output<typeof RouteFilter>;

export const RouteListQuery = RouteFilter.extend({
  limit: integerText('the number of rows', 1, MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
  cursor: z.string().min(1).max(512).optional().describe("'next' of the page before, unchanged"),
});
export type RouteListQuery = z.output<typeof RouteListQuery>;

/** What tells one route from another (RFC 7432 §7, RFC 9136 §3.1); null where the route type has no such field. */
const routeKey = {
  key: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,700}$/)
    .describe('names this route in a URL; the same for as long as the key fields are the same'),
  family: z.literal('evpn'),
  type: z.int().min(0).max(255).describe('EVPN route type'),
  text: z.string().describe('the key for people, as other EVPN routers print it'),
  rd: z.string().nullable(),
  ethernetTag: z.int().min(0).max(4294967295).nullable(),
  esi: z.string().nullable().describe('types 1 and 4, where it is part of the key'),
  mac: z.string().nullable(),
  ip: z.string().nullable().describe('type 2'),
  prefix: z.string().nullable().describe('type 5'),
  originator: z.string().nullable().describe('types 3 and 4'),
  octets: z.string().nullable().describe('the key in hexadecimal, for types nvad relays without looking inside'),
};

const pathSummary = {
  peer: ipAddress.describe('who announced it'),
  nextHop: z.string(),
  vnis: z.array(z.int().min(0).max(16777215)).describe('labels read as VNI: L2 first, then L3'),
  esi: z.string().nullable().describe('types 2 and 5, where it is not part of the key'),
  gateway: z.string().nullable().describe('type 5, when not zero'),
  routeTargets: z.array(z.string()),
  encapsulation: z.string().nullable().describe('RFC 9012 tunnel type by name, or null when not announced'),
  mobility: z
    .object({ sequence: z.int().min(0), sticky: z.boolean() })
    .nullable()
    .describe('RFC 7432 §7.7'),
  since: timestamp.describe('when this path was last changed'),
  longLivedStale: z.boolean().describe('least preferred, with the community LLGR_STALE (RFC 9494 §4.3)'),
  stale: z.boolean().describe('its peer has not confirmed it since its session was lost or it began a route refresh'),
};

export const PathSummary = z.object(pathSummary);
export type PathSummary = z.output<typeof PathSummary>;

export const Route = z.object({
  ...routeKey,
  paths: count.describe('how many'),
  best: PathSummary.nullable().describe('null when no path may be used'),
  unusable: PathSummary.nullable().describe('one of the paths, when none may be used; else null'),
});
export type Route = z.output<typeof Route>;

export const RoutePage = z.object({
  routes: z.array(Route),
  next: z
    .string()
    .nullable()
    .describe('cursor of the next page; null after the last. A page may be short, even empty, and still have a next'),
  total: count.nullable().describe('about how many routes match in all; null when that is not cheap to know'),
});
export type RoutePage = z.output<typeof RoutePage>;

/** The step of the decision process that told two paths apart. */
export const Decision = z.object({
  step: z.string().describe('stable name of the step'),
  text: z.string().describe('the step and the two values, for people'),
  reference: z.string().nullable().describe('the RFC section that has the step'),
});
export type Decision = z.output<typeof Decision>;

export const Path = z.object({
  ...pathSummary,
  pathId: z.int().min(0).max(4294967295).nullable().describe('RFC 7911; null without add-path'),
  best: z.boolean(),
  usable: z.boolean(),
  unusableBecause: z.string().nullable(),
  lost: Decision.nullable().describe('the step at which it lost to the best path'),
  labels: z.array(z.int().min(0).max(16777215)).describe('the raw 24 bits of each label'),
  attributes: z.array(Attribute),
});
export type Path = z.output<typeof Path>;

export const RouteDetail = z.object({
  ...routeKey,
  paths: z.array(Path).describe('the best one first'),
  decision: Decision.nullable().describe('why the best path is best; null when no path may be used'),
  advertised: z.object({
    count: count.describe('peers that are told'),
    peers: z.array(
      z.object({
        address: ipAddress,
        advertised: z.boolean(),
        reason: z.string().describe('the rule that says so'),
      }),
    ),
  }),
});
export type RouteDetail = z.output<typeof RouteDetail>;

export const RouteQuery = z.strictObject({ domain: neighbourDomain });

export const RouteParams = z.strictObject({
  key: z.string().regex(/^[A-Za-z0-9_-]{1,700}$/, { error: "must be a route's key as the route list gives it" }),
});
