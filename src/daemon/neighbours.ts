/** The configuration's peers in the speaker's terms. Pure. */
import { BgpRole, type DynamicNeighbours, type NeighbourPolicy, type RouteLimit, type StaticNeighbour } from 'bgp-ts';
import type {
  BgpRoleName,
  RouteLimit as ConfiguredLimit,
  DynamicNeighbour,
  Neighbour,
  StaticNeighbour as StaticConfig,
} from '../config/config.ts';
import type { TcpEndpoint } from '../config/endpoint.ts';
import type { PeerRole } from '../config/members.ts';

/** RFC 4456: NVEs are clients; the other replicas are not, and neither are those of another AS. */
const reflection = { nve: 'client', nva: 'non-client', domain: 'non-client' } as const;

const roleNumbers = {
  provider: BgpRole.Provider,
  customer: BgpRole.Customer,
  peer: BgpRole.Peer,
  'route-server': BgpRole.RouteServer,
  'route-server-client': BgpRole.RouteServerClient,
} as const satisfies Record<BgpRoleName, number>;

export function policyOf(role: PeerRole, neighbour: Neighbour): NeighbourPolicy {
  const {
    asn,
    holdTime,
    sendHoldTime,
    maxRoutes,
    gracefulRestart,
    description,
    addPath,
    interest,
    interestLost,
    role: bgpRole,
    strictRole,
    password,
    ttlSecurity,
  } = neighbour;
  return {
    reflection: reflection[role],
    asn,
    holdTime,
    // Those of a domain outlive its sessions whatever its routers can do.
    gracefulRestart: role === 'domain' ? { ...gracefulRestart, retainAlways: true } : gracefulRestart,
    ...(sendHoldTime !== undefined && { sendHoldTime }),
    ...(addPath !== undefined && { addPath }),
    ...(interest !== undefined && { interest }),
    ...(interestLost !== undefined && { interestLost }),
    ...(bgpRole !== undefined && { role: roleNumbers[bgpRole] }),
    ...(strictRole !== undefined && { strictRole }),
    ...(maxRoutes !== undefined && { routeLimit: routeLimit(maxRoutes) }),
    ...(description !== undefined && { description }),
    ...(password !== undefined && { md5Key: password }),
    ...(ttlSecurity !== undefined && { ttlSecurity }),
  };
}

function routeLimit({ limit, warning, restart }: ConfiguredLimit): RouteLimit {
  return {
    limit,
    ...(warning !== undefined && { warnAbove: Math.floor((limit * warning) / 100) }),
    ...(restart !== undefined && { restart }),
  };
}

export function dynamicNeighbours(role: PeerRole, neighbour: DynamicNeighbour): DynamicNeighbours {
  const { prefix, passive } = neighbour;
  return { ...policyOf(role, neighbour), prefix, ...(passive !== undefined && { passive }) };
}

/**
 * `listen` gives the address to dial from: peers know nvad by the address it listens on, so where that is a particular
 * one of the peer's family, connections must come from it.
 */
export function staticNeighbour(
  role: PeerRole,
  neighbour: StaticConfig,
  listen: readonly TcpEndpoint[],
): StaticNeighbour {
  const { address, port, passive } = neighbour;
  const localAddress = dialFrom(address, listen);
  return {
    ...policyOf(role, neighbour),
    address,
    port,
    passive,
    ...(localAddress !== undefined && { localAddress }),
  };
}

export function dialFrom(address: string, listen: readonly TcpEndpoint[]): string | undefined {
  const family = address.includes(':') ? 6 : 4;
  const particular = listen.filter(({ host }) => host !== '::' && host !== '0.0.0.0');
  const loopback = (host: string) => host === '::1' || host.startsWith('127.');
  return particular.find((endpoint) => endpoint.family === family && loopback(endpoint.host) === loopback(address))
    ?.host;
}
