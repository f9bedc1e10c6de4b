import { automaticRouteTarget } from '../evpn/route-target.ts';
import {
  defaultEncapsulations,
  defaultFlooding,
  defaultService,
  defaultTrust,
  defaultUnknownUnicast,
} from '../nva/defaults.ts';
import type { AclRule, Flooding, Qos, VirtualNetwork } from '../nva/model.ts';
import { parseGroup } from './group.ts';
import { valid } from './parsed.ts';
import { parseAnyPrefix } from './prefix.ts';
import { parseRouteTarget } from './route-target.ts';
import type { ConfigFile } from './schema.ts';

type NetworkEntry = NonNullable<ConfigFile['virtualNetworks']>[number];
type RuleEntry = NonNullable<NetworkEntry['acl']>[number];

/** The virtual network that a valid entry means, in a domain of that AS. */
export function buildNetwork(entry: NetworkEntry, asn: number): VirtualNetwork {
  const { name, vni, l3, mtu } = entry;
  return {
    name,
    vni,
    service: entry.service ?? defaultService,
    routeTargets: entry.routeTargets?.map((text) => valid(parseRouteTarget(text))) ?? [automaticRouteTarget(asn, vni)],
    ...(l3 === undefined ? {} : { l3 }),
    ...(mtu === undefined ? {} : { mtu }),
    ...(entry.qos === undefined ? {} : { qos: qos(entry.qos) }),
    acl: (entry.acl ?? []).map(buildRule),
    flooding: flooding(entry.flooding),
    encapsulations: entry.encapsulations ?? defaultEncapsulations,
    unknownUnicast: entry.unknownUnicast ?? defaultUnknownUnicast,
    trust: entry.trust ?? defaultTrust,
  };
}

function qos({ dscp, rate }: NonNullable<NetworkEntry['qos']>): Qos {
  return { ...(dscp === undefined ? {} : { dscp }), ...(rate === undefined ? {} : { rateKbit: rate }) };
}

function flooding(entry: NetworkEntry['flooding']): Flooding {
  if (entry === undefined || typeof entry === 'string') return defaultFlooding;
  return { kind: 'multicast', group: valid(parseGroup(entry.multicast)) };
}

export function buildRule({ action, protocol, source, destination, destinationPorts: ports }: RuleEntry): AclRule {
  return {
    action,
    ...(protocol === undefined ? {} : { protocol }),
    ...(source === undefined ? {} : { source: valid(parseAnyPrefix(source)).text }),
    ...(destination === undefined ? {} : { destination: valid(parseAnyPrefix(destination)).text }),
    ...(ports === undefined
      ? {}
      : { destinationPorts: typeof ports === 'number' ? { from: ports, to: ports } : ports }),
  };
}
