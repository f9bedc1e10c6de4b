/** The gateway roles in nved's configuration: their form, what contradicts, and what is made of them. */
import { z } from 'zod';
import { buildRule } from '../config/build-network.ts';
import { type ConfigPath, type Finding, formatPath } from '../config/error.ts';
import { ruleContradictions } from '../config/network-contradictions.ts';
import { aclSchema, objectName } from '../config/network-schema.ts';
import { type Parsed, refuse, valid } from '../config/parsed.ts';
import { type IpPrefix, parseAnyPrefix } from '../config/prefix.ts';
import { asList, asMap, contradiction } from '../config/raw.ts';
import { form, text } from '../config/schema-parts.ts';
import { type GatewayRoles, noRoles } from '../nve/gateway-roles.ts';
import { MOST_OUTSIDE } from '../nve/wanted-gateway.ts';

const defaultMaxHosts = 256;
const everywhere = '0.0.0.0/0';

/** What one attachment may have (docs/nve-protocol.md). */
const mostPrefixes = 256;
const mostRoles = 256;

/** As the kernel takes names of devices (IFNAMSIZ), without what nft or a batch of iproute2 would take for something else. */
const device = form(/^[A-Za-z0-9_.@-]{1,15}$/, 'a device of this machine has 1 to 15 letters, digits or _ . @ -');
const network = objectName('a virtual network');
const prefixes = (what: string) =>
  z
    .array(text((written) => parseAnyPrefix(written)))
    .min(1)
    .max(mostPrefixes)
    .meta({ description: what });
const acl = (what: string) => aclSchema.optional().meta({ description: what, default: [] });

export const gatewayRolesSchema = z
  .strictObject({
    ports: z
      .array(
        z.strictObject({
          network: network.meta({ description: 'A virtual network with L2 service.' }),
          port: device.meta({ description: 'The device of this machine.' }),
          maxHosts: z.int().min(1).max(65_535).optional().meta({
            description: 'Hosts that are learnt behind it; frames of others are dropped.',
            default: defaultMaxHosts,
          }),
        }),
      )
      .max(mostRoles)
      .optional()
      .meta({ description: 'Port to VN: hosts behind a port are learnt from what they send, and attached.' }),
    joins: z
      .array(
        z.strictObject({
          networks: z
            .array(
              z.strictObject({
                network: network.meta({ description: 'A virtual network with L3 service.' }),
                prefixes: prefixes('What the other network is told to reach in this one.'),
              }),
            )
            .length(2, { error: 'a join is of two networks' }),
          acl: acl('What may pass; answers to what has passed always do. Everything when left out.'),
        }),
      )
      .max(mostRoles)
      .optional()
      .meta({ description: 'VN to VN: two networks with L3 service reach prefixes of each other by this machine.' }),
    outside: z
      .array(
        z.strictObject({
          network: network.meta({ description: 'A virtual network with L3 service.' }),
          device: device.meta({
            description: "Device by which this machine's own packets go there; it has to forward what comes in.",
          }),
          prefixes: z
            .array(text(parseIpv4Prefix))
            .min(1)
            .max(mostPrefixes)
            .optional()
            .meta({ description: 'What the network is told to reach by this machine.', default: [everywhere] }),
          acl: acl('What may pass; answers to what has passed always do. Everything when left out.'),
        }),
      )
      .max(MOST_OUTSIDE)
      .optional()
      .meta({
        description: "VN to outside: a network with L3 service reaches IPv4 addresses behind this machine's (NAT).",
      }),
  })
  .meta({ description: 'What this machine is between virtual networks and what is none (RFC 8014 §5.3).' });

export function buildGatewayRoles(written: z.output<typeof gatewayRolesSchema> | undefined): GatewayRoles {
  if (written === undefined) return noRoles;
  const canonical = (list: readonly string[]) => list.map((one) => valid(parseAnyPrefix(one)).text);
  return {
    ports: (written.ports ?? []).map(({ maxHosts = defaultMaxHosts, ...role }) => ({ ...role, maxHosts })),
    joins: (written.joins ?? []).map(({ networks, acl: rules = [] }) => {
      const [one, other] = networks.map(({ network: name, prefixes: list }) => ({
        network: name,
        prefixes: canonical(list),
      }));
      if (one === undefined || other === undefined) throw new Error('a join was validated with two networks');
      return { networks: [one, other], acl: rules.map(buildRule) };
    }),
    outside: (written.outside ?? []).map(({ network: name, device: by, prefixes: list, acl: rules = [] }, slot) => ({
      network: name,
      device: by,
      prefixes: canonical(list ?? [everywhere]),
      acl: rules.map(buildRule),
      slot,
    })),
  };
}

function parseIpv4Prefix(written: string): Parsed<IpPrefix> {
  const parsed = parseAnyPrefix(written);
  if (!parsed.ok || parsed.value.address.family === 4) return parsed;
  return refuse(`${written} is of IPv6, and NAT here is of IPv4`, 'join the network with one that routes IPv6');
}

/** Each port, each pair of networks and each network that is let out once. */
export function roleContradictions(data: unknown): Finding[] {
  const roles = asMap(asMap(data).gatewayRoles);
  const joins = asList(roles.joins).map(asMap);
  const nameOf = (one: unknown) => String(asMap(one).network);
  const pair = (join: unknown) => asList(asMap(join).networks).map(nameOf).sort().join(' and ');
  return [
    ...twice(asList(roles.ports), 'ports', 'port', (one) => String(asMap(one).port), 'has a role already'),
    ...twice(joins, 'joins', 'networks', pair, 'are joined already'),
    ...twice(asList(roles.outside), 'outside', 'network', nameOf, 'is let out already'),
    ...joins.flatMap((join, i): Finding[] => {
      const [one, other] = asList(join.networks).map(nameOf);
      if (one === undefined || one !== other) return [];
      const path = ['gatewayRoles', 'joins', i, 'networks', 1, 'network'];
      return [placed(path, `${one} is joined with itself`, 'name two networks')];
    }),
    ...(['joins', 'outside'] as const).flatMap((kind) =>
      asList(roles[kind]).flatMap((role, i) =>
        asList(asMap(role).acl).flatMap((rule, j) =>
          ruleContradictions(asMap(rule), ['gatewayRoles', kind, i, 'acl', j]),
        ),
      ),
    ),
  ];
}

function twice(
  list: readonly unknown[],
  kind: string,
  field: string,
  keyOf: (one: unknown) => string,
  how: string,
): Finding[] {
  const seen = new Set<string>();
  return list.flatMap((one, i) => {
    const key = keyOf(one);
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [placed(['gatewayRoles', kind, i, field], `${key} ${how}`, 'leave one of the two out')];
  });
}

const placed = (path: ConfigPath, reason: string, suggestion: string) =>
  contradiction(path, `${formatPath(path)}: ${reason}`, suggestion);
