/**
 * Routes that some neighbours cannot take although they are right. Such a route is held back from those neighbours alone.
 *
 * - An IPv6 originator in a route of type 3 or 4 (RFC 7432 §7.3, §7.4 allow it): FRR up to 8.4 answers it with
 *   NOTIFICATION 3/9 and drops the session, each time that it comes back.
 */
import type { KeyArena } from '../rib/key-arena.ts';
import { Family, type FamilyId } from '../wire/constants.ts';

/** Bits of what a route asks of its receiver. */
export const Requirement = { Ipv6Originator: 1 } as const;

/** Offset of the originator's length in the key: behind RD and Ethernet tag, and behind RD and ESI. */
const INCLUSIVE_MULTICAST = 12;
const ETHERNET_SEGMENT = 18;
const IPV6_BITS = 128;

/** What the routes of a family ask of a receiver. */
export function requirementsOf(family: FamilyId): (arena: KeyArena, keyAt: number) => number {
  return family === Family.Evpn ? evpnRequirements : () => 0;
}

/** What the EVPN route whose key is at `keyAt` asks of a receiver. */
function evpnRequirements(arena: KeyArena, keyAt: number): number {
  const type = arena.type(keyAt);
  if (type !== 3 && type !== 4) return 0;
  const length = arena.bytes[arena.start(keyAt) + (type === 3 ? INCLUSIVE_MULTICAST : ETHERNET_SEGMENT)];
  return length === IPV6_BITS ? Requirement.Ipv6Originator : 0;
}
