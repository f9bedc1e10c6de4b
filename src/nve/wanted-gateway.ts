/**
 * What the roles VN to VN and VN to outside want of the kernel: pairs of devices between routers, or between a router and the
 * machine; routes of routers by them; and what is filtered and translated there. Pure.
 *
 * A network's addresses stay its own: a router masquerades them behind its end of the pair, and the machine that behind its
 * address outside. So networks with the same addresses can be let out by one machine, which has no route to either.
 */
import { isIPv6 } from 'node:net';
import { type LetOut, machineFilter, type RouterGateways, routerFilter } from './gateway-filter.ts';
import type { JoinRole, OutsideRole } from './gateway-roles.ts';
import { joinDevice, OUTSIDE_DEVICE, outsidePort, pairMac } from './names.ts';
import type { Problem } from './problem.ts';
import type { WantedRouter } from './wanted-router.ts';

/** One of two devices that lead to each other. */
export interface WantedEnd {
  /** Of a router; undefined is the machine's own. */
  readonly namespace: string | undefined;
  readonly device: string;
  readonly mac: string;
  /** With its prefix length. */
  readonly address: string | undefined;
}

export interface WantedPair {
  readonly ends: readonly [WantedEnd, WantedEnd];
  readonly mtu: number | undefined;
}

export interface WantedGateways {
  readonly pairs: readonly WantedPair[];
  /** What the machine lets out; it has to forward what comes in by those devices. */
  readonly outside: readonly LetOut[];
  /** nftables' text for the machine; undefined when nothing is let out by it. */
  readonly machineFilter: string | undefined;
}

export const noGateways: WantedGateways = { pairs: [], outside: [], machineFilter: undefined };

/** Next hops of a pair that has no addresses: whatever they are, a permanent neighbour says who is meant. */
export const nextHopFor = (prefix: string) => (isIPv6(prefix.split('/')[0] ?? '') ? 'fe80::1' : '169.254.0.1');

/** Addresses between a router and the machine: the machine's is the even one. */
const linkAddress = (slot: number, end: 0 | 1) => `169.254.${64 + (slot >> 7)}.${((slot & 0x7f) << 1) + end}`;

/** Of the prefix of two such addresses (RFC 3021). */
export const LINK_LENGTH = 31;

/** Ways out that there are addresses for. */
export const MOST_OUTSIDE = 1024;

/** What roles add to one router. */
interface Addition {
  readonly routes: Map<string, string>;
  readonly neighbours: Map<string, string>;
  readonly gateways: { joins: RouterGateways['joins'][number][]; outside: RouterGateways['outside'] };
}

export interface GatewayRouters {
  readonly routers: readonly WantedRouter[];
  readonly gateways: WantedGateways;
}

/** The routers with what the roles add to them; a role of networks that have none here is a problem. */
export function withGateways(
  routers: readonly WantedRouter[],
  { joins, outside }: { readonly joins: readonly JoinRole[]; readonly outside: readonly OutsideRole[] },
  /** Of networks that are known. */
  vnis: ReadonlyMap<string, number>,
  problems: Problem[],
): GatewayRouters {
  const added = new Map<WantedRouter, Addition>();
  const routerOf = (network: string) => {
    const vni = vnis.get(network);
    const found = routers.find((router) => router.vni === vni);
    if (vni !== undefined && found === undefined) {
      const reason = `${network} has no router here: a gateway role needs a network with L3 service`;
      problems.push({ network, code: 'router', reason });
    }
    return found;
  };
  const additionTo = (router: WantedRouter): Addition => {
    const found = added.get(router) ?? newAddition();
    added.set(router, found);
    return found;
  };
  const pairs: WantedPair[] = [];
  for (const { networks, acl } of joins) {
    const [one, other] = networks;
    const [a, b] = [routerOf(one.network), routerOf(other.network)];
    if (a === undefined || b === undefined) continue;
    pairs.push(joined(a, b));
    routeBy(additionTo(a), joinDevice(b.vni), pairMac(b.vni, a.vni), other.prefixes);
    routeBy(additionTo(b), joinDevice(a.vni), pairMac(a.vni, b.vni), one.prefixes);
    // In one of the two: there what goes and what comes is seen.
    additionTo(a).gateways.joins.push({ device: joinDevice(b.vni), acl });
  }
  const machine: LetOut[] = [];
  for (const { network, device, prefixes, acl, slot } of outside) {
    const router = routerOf(network);
    if (router === undefined) continue;
    pairs.push(letOut(router, slot));
    const { routes, gateways } = additionTo(router);
    for (const prefix of prefixes) routes.set(prefix, `via ${linkAddress(slot, 0)} dev ${OUTSIDE_DEVICE}`);
    gateways.outside = { device: OUTSIDE_DEVICE, acl };
    machine.push({ network, port: outsidePort(router.vni), device, address: linkAddress(slot, 1) });
  }
  return {
    routers: routers.map((router) => extended(router, added.get(router))),
    gateways: {
      pairs,
      outside: machine,
      machineFilter: machine.length === 0 ? undefined : machineFilter(machine),
    },
  };
}

const newAddition = (): Addition => ({
  routes: new Map(),
  neighbours: new Map(),
  gateways: { joins: [], outside: undefined },
});

function routeBy({ routes, neighbours }: Addition, device: string, mac: string, prefixes: readonly string[]): void {
  for (const prefix of prefixes) {
    const via = nextHopFor(prefix);
    routes.set(prefix, `via ${via} dev ${device}`);
    neighbours.set(`${device} ${via}`, mac);
  }
}

function joined(a: WantedRouter, b: WantedRouter): WantedPair {
  const end = (here: WantedRouter, there: WantedRouter): WantedEnd => ({
    namespace: here.namespace,
    device: joinDevice(there.vni),
    mac: pairMac(here.vni, there.vni),
    address: undefined,
  });
  const mtus = [a.mtu, b.mtu].filter((mtu) => mtu !== undefined);
  return { ends: [end(a, b), end(b, a)], mtu: mtus.length === 0 ? undefined : Math.min(...mtus) };
}

function letOut({ namespace, vni, mtu }: WantedRouter, slot: number): WantedPair {
  const machine: WantedEnd = {
    ...{
      namespace: undefined,
      device: outsidePort(vni),
      mac: pairMac(0, vni),
      address: `${linkAddress(slot, 0)}/${LINK_LENGTH}`,
    },
  };
  const router: WantedEnd = {
    ...{ namespace, device: OUTSIDE_DEVICE, mac: pairMac(vni, 0), address: `${linkAddress(slot, 1)}/${LINK_LENGTH}` },
  };
  return { ends: [machine, router], mtu };
}

/** What is here is nowhere else: routes by a role take the place of those to other NVEs. */
function extended(router: WantedRouter, added: Addition | undefined): WantedRouter {
  if (added === undefined) return router;
  const filter = routerFilter(added.gateways);
  return {
    ...router,
    routes: new Map([...router.routes, ...added.routes]),
    neighbours: new Map([...router.neighbours, ...added.neighbours]),
    ...(filter !== undefined && { filter }),
  };
}
