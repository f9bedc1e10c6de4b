/** Neighbour domains as the API shows them. Pure: it looks, and changes nothing. */
import type { DomainId } from 'bgp-ts';
import type { Border } from '../../federation/border.ts';
import type { Federation } from '../../federation/federation.ts';
import type { GatewayChoice } from '../../federation/gateway-choice.ts';
import type { Direction } from '../../federation/model.ts';
import type { SharedNetwork as Shared } from '../../federation/shares.ts';
import type { Crossing, Domain, Gateway, Region, SharedNetwork } from '../contract/domains.ts';

const instant = (milliseconds: number) => new Date(milliseconds).toISOString();
const inOrder = (a: string, b: string) => (a < b ? -1 : 1);

export function viewDomain(border: Border, federation: Federation): Domain {
  const { domain, asn, domainId, limits } = border.config;
  const { maintenance, link } = border;
  const own = { state: link.state === 'up' ? 'established' : link.state, since: link.since } as const;
  const { state, since } = maintenance.state === 'none' ? own : { state: maintenance.state, since: maintenance.since };
  return {
    domain,
    asn,
    domainId,
    state,
    since: instant(since),
    sessions: { up: border.sessionsUp, configured: [...border.outer.neighbours].length },
    networks: border.shares.map((share) => viewShare(share, border, federation)).sort(byName),
    import: viewCrossing(border, 'import'),
    export: viewCrossing(border, 'export'),
    limits: { routes: limits.routes, perNetwork: limits.perNetwork, exceeded: limits.exceeded },
  };
}

const byName = (a: SharedNetwork, b: SharedNetwork) => inOrder(a.name, b.name);

function viewShare(share: Shared, border: Border, federation: Federation): SharedNetwork {
  const { network, wire, gateways } = share;
  const { name, vni } = network;
  const all = (direction: Direction) =>
    gateways[direction].map((address) => viewGateway(address, border.choiceOf(share, direction, address), federation));
  return {
    name,
    vni,
    remote: { vni: wire.vni, routeTarget: wire.routeTarget },
    gateways: { import: all('import'), export: all('export') },
    anycast: { import: gateways.anycast?.import ?? null, export: gateways.anycast?.export ?? null },
    routes: { import: border.import.routesOf(name), export: border.export.routesOf(name) },
  };
}

function viewGateway(address: string, choice: GatewayChoice, federation: Federation): Gateway {
  const identity = federation.gateways.identityOf(address);
  const liveness = federation.gateways.all.get(identity);
  const { state, reason } = liveness ?? { state: 'dead', reason: 'nothing is known of it' };
  return { address, elected: choice === 'elected', choice, state, reason };
}

function viewCrossing(border: Border, direction: Direction): Crossing {
  const { routes, waiting, damped, lag, changes } = border[direction];
  const counted = [...border.refused(direction)].filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a);
  return { routes, refused: Object.fromEntries(counted), waiting, damped, lagMs: Math.round(lag), changes };
}

/**
 * Networks by the domains that they are in: ours, those that they are shared with, and those beyond that routes have passed
 * on their way here. The largest first.
 */
export function viewRegions(own: string, federation: Federation): Region[] {
  const domainsOf = new Map<string, Set<string>>();
  const nameOf = (id: string) => federation.nameOf(id as DomainId) ?? id;
  for (const { config, shares, import: crossing } of federation.borders) {
    for (const { network } of shares) {
      const domains = domainsOf.get(network.name) ?? new Set();
      domainsOf.set(network.name, domains.add(config.domain));
    }
    for (const { network, passed } of crossing.spans()) {
      for (const id of passed.split(' ')) if (id !== '') domainsOf.get(network)?.add(nameOf(id));
    }
  }
  const regions = new Map<string, { domains: string[]; networks: string[] }>();
  for (const [network, neighbours] of domainsOf) {
    const domains = [own, ...[...neighbours].sort(inOrder)];
    const key = domains.join(' ');
    const region = regions.get(key) ?? { domains, networks: [] };
    regions.set(key, region);
    region.networks.push(network);
  }
  for (const { networks } of regions.values()) networks.sort(inOrder);
  return [...regions.values()].sort(
    (a, b) => b.networks.length - a.networks.length || inOrder(a.domains.join(' '), b.domains.join(' ')),
  );
}
