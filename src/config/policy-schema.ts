import { parseDomainId } from 'bgp-ts';
import { z } from 'zod';
import { tunnelTypes } from '../evpn/encapsulation.ts';
import { crossingTypes } from '../federation/policy/route.ts';
import type { Encapsulation } from '../nva/model.ts';
import { parseTunnelAddress, quote } from './address.ts';
import { parseAnyCommunity } from './community.ts';
import { parseMacPattern, parseOui } from './mac-mask.ts';
import { objectName } from './network-schema.ts';
import { accept, type Parsed, refuse } from './parsed.ts';
import { parseAnyPrefix, parseIpPattern } from './prefix.ts';
import { parseRouteTarget } from './route-target.ts';
import { form, text } from './schema-parts.ts';

/*
 * The form of a policy file. What rules ask for is looked through for each route, so lists and rules are bounded.
 */

const mostRules = 1_000;
const mostValues = 1_000;
const mostCommunities = 64;

const emptyList = 'a list of nothing matches nothing; leave it out where it does not matter';

/** One value, or a list of which any will do. */
function some<T extends z.ZodType>(one: T, most = mostValues) {
  return z.union([one, z.array(one).min(1, { error: emptyList }).max(most)]);
}

function range(what: string, most: number) {
  const end = z.int().min(0).max(most);
  return z
    .strictObject({ min: end.optional(), max: end.optional() })
    .refine(({ min, max }) => min !== undefined || max !== undefined, {
      error: `neither min nor max of ${what} is given`,
      params: { suggestion: 'give one of them' },
    })
    .refine(({ min = 0, max = most }) => min <= max, {
      error: `min is more than max, which no ${what} fulfils`,
      params: { suggestion: 'swap them' },
    });
}

const domainId = text((written): Parsed<string> => {
  const id = parseDomainId(written);
  return id === undefined
    ? refuse(`${quote(written)} is not a domain id`, 'write it as in "65000:1" (up to 4294967295:65535)')
    : accept(id);
});

const ipPattern = text(parseIpPattern);
const prefixText = text((written) => parseAnyPrefix(written));
const prefixLength = z.int().min(0).max(128);

const prefixRange = z
  .strictObject({ prefix: prefixText, ge: prefixLength.optional(), le: prefixLength.optional() })
  .superRefine(({ prefix, ge, le }, context) => {
    const parsed = parseAnyPrefix(prefix);
    if (!parsed.ok) return;
    const { length, address } = parsed.value;
    const most = address.octets.length * 8;
    const wrong = (key: string, message: string, suggestion: string) =>
      context.addIssue({ code: 'custom', path: [key], message, params: { suggestion } });
    if (ge !== undefined && le !== undefined && ge > le) wrong('ge', `ge ${ge} is more than le ${le}`, 'swap them');
    else if (le !== undefined && le < length)
      wrong('le', `no prefix in ${prefix} is as short as ${le}`, `give at least ${length}`);
    else if (ge !== undefined && ge < length)
      wrong('ge', `no prefix in ${prefix} is as short as ${ge}`, `give at least ${length}`);
    if (ge !== undefined && ge > most)
      wrong('ge', `an IPv${address.family} prefix has at most ${most} bits`, `give at most ${most}`);
    if (le !== undefined && le > most)
      wrong('le', `an IPv${address.family} prefix has at most ${most} bits`, `give at most ${most}`);
  });

const matchSchema = z
  .strictObject({
    type: some(z.literal([...crossingTypes]))
      .optional()
      .meta({
        description: 'EVPN route type: 2 MAC/IP, 3 Inclusive Multicast, 5 IP prefix.',
      }),
    network: some(objectName('a virtual network')).optional().meta({ description: 'Our name of it.' }),
    mac: some(text(parseMacPattern)).optional().meta({
      description: 'MAC address of a type-2 route; with a prefix length or a mask behind a slash, all those under it.',
    }),
    oui: some(text(parseOui))
      .optional()
      .meta({ description: 'First three octets of the MAC address of a type-2 route.' }),
    ip: some(ipPattern).optional().meta({ description: 'IP address of a type-2 route, or a prefix that it lies in.' }),
    prefix: some(z.union([prefixText, prefixRange]))
      .optional()
      .meta({
        description:
          'Prefix of a type-5 route: exactly this one; with ge or le, each in it whose length is at least ge and at most le.',
      }),
    community: some(text(parseAnyCommunity)).optional().meta({
      description: 'Standard ("65000:1"), large ("65000:1:2") or well-known (no-export).',
    }),
    routeTarget: some(text(parseRouteTarget))
      .optional()
      .meta({ description: 'As the route came, before translation.' }),
    encapsulation: some(z.enum(Object.keys(tunnelTypes) as [Encapsulation, ...Encapsulation[]])).optional(),
    sequence: range('sequence', 0xffffffff)
      .optional()
      .meta({ description: 'MAC mobility sequence number; 0 without one.' }),
    sticky: z.boolean().optional().meta({ description: 'Whether the MAC address may not move.' }),
    dPath: z
      .strictObject({
        contains: some(domainId)
          .optional()
          .meta({ description: 'Domain ids: the route has passed through one of them.' }),
        length: z
          .union([z.int().min(0).max(65_535), range('length', 65_535)])
          .optional()
          .meta({
            description: 'How many domains it has passed through.',
          }),
      })
      .refine(({ contains, length }) => contains !== undefined || length !== undefined, {
        error: 'neither contains nor length is given',
        params: { suggestion: 'give one of them' },
      })
      .refine(({ contains, length }) => contains === undefined || most(length) > 0, {
        error: 'a path of no domains contains none',
        params: { suggestion: 'leave one of contains and length out' },
      })
      .optional(),
    age: range('age', 0xffffffff).optional().meta({ description: 'Whole seconds since the route came.' }),
  })
  .meta({ description: 'All that is given must be so; of a list, any. Every route when left out.' });

const communities = z
  .array(text(parseAnyCommunity))
  .min(1, { error: 'a list of nothing changes nothing' })
  .max(mostCommunities);

const actionsSchema = z
  .strictObject({
    setCommunity: communities.optional().meta({ description: 'These, and none that the route had.' }),
    addCommunity: communities.optional().meta({ description: 'These besides.' }),
    stripCommunity: z.union([z.literal('all'), communities]).optional(),
    gateway: text(parseTunnelAddress)
      .optional()
      .meta({ description: "One of the share's gateways, rather than the elected one." }),
    preference: z.int().min(0).max(0xffffffff).optional().meta({
      description: 'LOCAL_PREF here; 100 is what others have, and less is less preferred.',
    }),
    aggregate: prefixText.optional().meta({
      description:
        'Host routes and prefixes in this prefix do not cross; while any is there, one type-5 route of this prefix does.',
    }),
    summariseMacs: z.literal(true).optional().meta({
      description:
        'Type-2 routes do not cross; while any is there, one unknown-MAC route (00:00:00:00:00:00) does (RFC 9014 §3.5).',
    }),
  })
  .superRefine((actions, context) => {
    const wrong = (path: string[], message: string, suggestion: string) =>
      context.addIssue({ code: 'custom', path, message, params: { suggestion } });
    if (Object.values(actions).every((value) => value === undefined))
      wrong([], 'says nothing', 'write accept or refuse');
    if (actions.setCommunity && (actions.addCommunity ?? actions.stripCommunity)) {
      wrong(['setCommunity'], 'says all there is to say of communities', 'leave addCommunity and stripCommunity out');
    }
    if (actions.aggregate !== undefined && actions.summariseMacs) {
      wrong(['summariseMacs'], 'what is aggregated into a prefix has no MAC routes left', 'make it two rules');
    }
  });

const ruleSchema = z.strictObject({
  name: form(/^[^\p{Cc}\s][^\p{Cc}]{0,63}$/u, 'the name of a rule has 1 to 64 characters on one line').optional(),
  match: matchSchema.optional(),
  // biome-ignore lint/suspicious/noThenProperty: that is what the key is called in the file, and no value of it is a function
  then: z.union([z.enum(['accept', 'refuse']), actionsSchema]).meta({
    description: 'What becomes of a route that matches: accept, refuse, or accept with these changes.',
  }),
});

export const policySchema = z.strictObject({
  rules: z.array(ruleSchema).max(mostRules).optional().meta({ description: 'The first that matches decides.' }),
  default: z.enum(['accept', 'refuse']).optional().meta({
    description: 'What becomes of a route that no rule matches.',
    default: 'accept',
  }),
});

export type PolicyFile = z.output<typeof policySchema>;
export type RuleOfFile = NonNullable<PolicyFile['rules']>[number];

function most(length: number | { readonly max?: number | undefined } | undefined): number {
  if (length === undefined) return Number.POSITIVE_INFINITY;
  return typeof length === 'number' ? length : (length.max ?? Number.POSITIVE_INFINITY);
}
