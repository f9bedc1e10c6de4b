/**
 * A gateway between domains for networks with L3 service (IP-G): the network has a router in each underlay, each with the MAC
 * address that its underlay knows, and a pair of devices between. A router sends what it has from its tunnels on by the pair,
 * or not at all: what came from one underlay never goes back into it. Pure.
 */
import { aclRule, chain } from './filter.ts';
import { crossingDevice, crossingNamespace, pairMac } from './names.ts';
import type { KnownNetwork, WantedOptions } from './wanted.ts';
import { nextHopFor, type WantedPair } from './wanted-gateway.ts';
import { overhead, prefixOf, type WantedRouter, wantedRouter } from './wanted-router.ts';

/** A crossing of a network with L3 service. */
export interface RoutedCrossing {
  readonly inside: KnownNetwork;
  readonly outside: KnownNetwork;
  readonly leg: { readonly namespace: string | undefined; readonly tunnelAddress: string };
  readonly underlay: WantedOptions['underlay'];
}

export interface CrossedRouters {
  /** All that were given, and those of far sides. */
  readonly routers: readonly WantedRouter[];
  readonly pairs: readonly WantedPair[];
}

/** Joins routers of this domain to those of far sides; `own` is this NVE's tunnel address. */
export function withCrossings(
  routers: readonly WantedRouter[],
  crossings: readonly RoutedCrossing[],
  own: string,
): CrossedRouters {
  const byVni = Map.groupBy(crossings, ({ inside }) => inside.parameters.vni);
  const found = routers.map((router) => crossed(router, byVni.get(router.vni) ?? [], own));
  return { routers: found.flatMap((one) => one.routers), pairs: found.flatMap(({ pairs }) => pairs) };
}

/** One router, with its far sides behind it. */
function crossed(router: WantedRouter, crossings: readonly RoutedCrossing[], own: string): CrossedRouters {
  if (crossings.length === 0) return { routers: [router], pairs: [] };
  const far = crossings.map((crossing) => farRouter(crossing, own));
  const devices = crossings.map(deviceOf);
  const nearest = nearestSides(crossings);
  let near = router;
  for (const [index, { routes }] of far.entries())
    near = routedBy(near, devices[index] as string, macOf(crossings[index] as RoutedCrossing, 'outside'), [
      // What is in our own underlay is not beyond any other as well.
      ...[...routes.keys()].filter((prefix) => !router.routes.has(prefix) && nearest.get(prefix) === index),
    ]);
  const outsides = far.map((there, index) => {
    const device = devices[index] as string;
    const mac = macOf(crossings[index] as RoutedCrossing, 'inside');
    const beyond = [...near.routes].flatMap(([prefix, to]) => (to.endsWith(` dev ${device}`) ? [] : [prefix]));
    const { outside } = crossings[index] as RoutedCrossing;
    return filtered(routedBy(there, device, mac, beyond), [device], outside);
  });
  const pairs = far.map(({ namespace, mtu }, index): WantedPair => {
    const device = devices[index] as string;
    const crossing = crossings[index] as RoutedCrossing;
    const sizes = [router.mtu, mtu].filter((size) => size !== undefined);
    return {
      ends: [
        { namespace: router.namespace, device, mac: macOf(crossing, 'inside'), address: undefined },
        { namespace, device, mac: macOf(crossing, 'outside'), address: undefined },
      ],
      mtu: sizes.length === 0 ? undefined : Math.min(...sizes),
    };
  });
  const [first] = crossings as readonly [RoutedCrossing];
  return { routers: [filtered(near, devices, first.inside), ...outsides], pairs };
}

/**
 * By prefix, behind which of several far sides it is: where fewest domains lie between, so that two domains never take each
 * other's for the way to a third.
 */
function nearestSides(crossings: readonly RoutedCrossing[]): ReadonlyMap<string, number> {
  const found = new Map<string, { readonly side: number; readonly distance: number }>();
  for (const [side, { outside }] of crossings.entries())
    for (const mapping of outside.mappings) {
      const prefix = prefixOf(mapping);
      const { distance = 0 } = mapping;
      const before = prefix === undefined ? undefined : found.get(prefix);
      if (prefix === undefined || (before !== undefined && before.distance <= distance)) continue;
      found.set(prefix, { side, distance });
    }
  return new Map([...found].map(([prefix, { side }]) => [prefix, side]));
}

function farRouter({ inside, outside, leg, underlay }: RoutedCrossing, own: string): WantedRouter {
  const { parameters, mappings } = outside;
  const { tunnelAddress, namespace } = leg;
  const mtu = parameters.mtu ?? (underlay === undefined ? undefined : underlay.mtu - overhead(tunnelAddress));
  const router = wantedRouter({ vni: parameters.vni, local: tunnelAddress, mtu }, [], [...mappings]);
  return {
    ...router,
    namespace: crossingNamespace(own, inside.parameters.name, parameters.name, namespace),
    ...(namespace !== undefined && { underlay: namespace }),
  };
}

const deviceOf = ({ inside, outside, leg }: RoutedCrossing) =>
  crossingDevice(inside.parameters.name, outside.parameters.name, leg.namespace);

/** Of the end that is in one of the two routers. */
function macOf({ inside, outside }: RoutedCrossing, side: 'inside' | 'outside'): string {
  const [here, there] = [inside.parameters.name, outside.parameters.name];
  return side === 'inside' ? pairMac(here, there) : pairMac(there, here);
}

function routedBy(router: WantedRouter, device: string, mac: string, prefixes: readonly string[]): WantedRouter {
  const routes = new Map(router.routes);
  const neighbours = new Map(router.neighbours);
  for (const prefix of prefixes) {
    const via = nextHopFor(prefix);
    routes.set(prefix, `via ${via} dev ${device}`);
    neighbours.set(`${device} ${via}`, mac);
  }
  return { ...router, routes, neighbours };
}

/** With the ACL of the network on what crosses, in either direction, beside what a gateway role filters there. */
function filtered(router: WantedRouter, devices: readonly string[], { parameters }: KnownNetwork): WantedRouter {
  const { acl } = parameters;
  const rules = [router.vxlan, ...devices].map((device) => `iifname "${device}" oifname "${device}" drop`);
  const jumps = devices.flatMap((device) =>
    ['iifname', 'oifname'].map((direction) => `${direction} "${device}" jump acl_crossing`),
  );
  const chains = [
    ...(router.filter === undefined ? [] : [router.filter]),
    ...(acl.length === 0 ? [] : [chain('acl_crossing', undefined, acl.flatMap(aclRule))]),
    chain('across', 'type filter hook forward priority 1; policy accept;', [
      ...rules,
      ...(acl.length === 0 ? [] : jumps),
    ]),
  ];
  return { ...router, filter: chains.join('\n') };
}
