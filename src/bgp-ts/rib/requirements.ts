/**
 * Routes that some neighbours cannot take although they are right. Such a route is held back from those neighbours alone;
 * who they are is speaker/interop.ts's to know.
 *
 * FRR up to 8.4 ends the session, each time that it comes back, over
 * - an IPv6 originator in a route of type 3 or 4 (RFC 7432 §7.3, §7.4), with NOTIFICATION 3/9;
 * - a PMSI_TUNNEL of ingress replication with an IPv6 endpoint (RFC 6514 §5), with 3/5;
 * - a PMSI_TUNNEL of a type above 7 (RFC 7385), with 3/9;
 * - a TUNNEL_ENCAPSULATION with several tunnels (RFC 9012 §2), with 3/9.
 *
 * GoBGP 3 knows no route target membership of fewer than 96 bits (RFC 4684 §4 allows 0 and 32 to 95), and ends with a
 * default route target in its table when one of its VRFs goes. Neither it nor GoBGP 4 passes over a route type that it
 * does not know (RFC 7606 §5.4), and it knows those up to 5: GoBGP 3 passes over the whole UPDATE, withdrawals of other
 * routes among it, and GoBGP 4 ends the session with NOTIFICATION 3/10.
 */
import type { PathAttributes } from '../wire/attribute/path-attributes.ts';
import { Family, type FamilyId } from '../wire/constants.ts';
import type { KeyArena } from './key-arena.ts';

/** Bits of what a route asks of its receiver: the first three by its key, the others by its attributes. */
export const Requirement = {
  Ipv6Originator: 1,
  PartialTarget: 2,
  NewRouteType: 4,
  Ipv6TunnelEnd: 8,
  NewPmsiTunnel: 16,
  SeveralTunnels: 32,
} as const;
/** Above every combination of those that are by the key, and of all. */
export const KEY_REQUIREMENTS = 8;
export const REQUIREMENTS = 64;

/** Offset of the originator's length in the key: behind RD and Ethernet tag, and behind RD and ESI. */
const INCLUSIVE_MULTICAST = 12;
const ETHERNET_SEGMENT = 18;
const IPV6_BITS = 128;
/** Bits of a membership that leaves nothing open. */
const WHOLE_TARGET = 96;
/** Route types of RFC 7432 and RFC 9136 end with it. */
const LAST_ROUTE_TYPE = 5;
/** Tunnel types of RFC 6514 end with it. */
const LAST_PMSI_TUNNEL = 7;

/** What the keys of a family ask of a receiver. */
export function keyRequirements(family: FamilyId): (arena: KeyArena, keyAt: number) => number {
  if (family === Family.Evpn) return ofEvpnKey;
  return family === Family.RtConstrain ? ofMembership : () => 0;
}

/** What attributes ask of a receiver. */
export function attributeRequirements({ pmsiTunnel, tunnelEncapsulation }: PathAttributes): number {
  let needs = 0;
  const tunnel = pmsiTunnel?.tunnel;
  if (tunnel?.kind === 'ingress-replication' && tunnel.endpoint.includes(':')) needs |= Requirement.Ipv6TunnelEnd;
  if (tunnel !== undefined && tunnel.type > LAST_PMSI_TUNNEL) needs |= Requirement.NewPmsiTunnel;
  if (tunnelEncapsulation !== undefined && tunnelEncapsulation.length > 1) needs |= Requirement.SeveralTunnels;
  return needs;
}

function ofMembership(arena: KeyArena, keyAt: number): number {
  return arena.type(keyAt) < WHOLE_TARGET ? Requirement.PartialTarget : 0;
}

function ofEvpnKey(arena: KeyArena, keyAt: number): number {
  const type = arena.type(keyAt);
  if (type === 0 || type > LAST_ROUTE_TYPE) return Requirement.NewRouteType;
  if (type !== 3 && type !== 4) return 0;
  const length = arena.bytes[arena.start(keyAt) + (type === 3 ? INCLUSIVE_MULTICAST : ETHERNET_SEGMENT)];
  return length === IPV6_BITS ? Requirement.Ipv6Originator : 0;
}
