/**
 * Routes that some neighbours cannot take although they are right. Such a route is held back from those neighbours alone.
 *
 * - A route target membership of fewer than 96 bits, the default route target among them (RFC 4684 §4 allows 0 and 32 to
 *   95): GoBGP 3 knows none but whole ones, and ends with a default in its table when one of its VRFs goes.
 * - An IPv6 originator in a route of type 3 or 4 (RFC 7432 §7.3, §7.4 allow it): FRR up to 8.4 answers it with
 *   NOTIFICATION 3/9 and drops the session, each time that it comes back.
 */
import type { KeyArena } from '../rib/key-arena.ts';
import { Family, type FamilyId } from '../wire/constants.ts';

/** Bits of what a route asks of its receiver. */
export const Requirement = { Ipv6Originator: 1, PartialTarget: 2 } as const;
/** Above every combination of them. */
export const REQUIREMENTS = 4;

/** Offset of the originator's length in the key: behind RD and Ethernet tag, and behind RD and ESI. */
const INCLUSIVE_MULTICAST = 12;
const ETHERNET_SEGMENT = 18;
const IPV6_BITS = 128;
/** Bits of a membership that leaves nothing open. */
const WHOLE_TARGET = 96;

/** What the routes of a family ask of a receiver. */
export function requirementsOf(family: FamilyId): (arena: KeyArena, keyAt: number) => number {
  if (family === Family.Evpn) return evpnRequirements;
  return family === Family.RtConstrain ? membershipRequirements : () => 0;
}

function membershipRequirements(arena: KeyArena, keyAt: number): number {
  return arena.type(keyAt) < WHOLE_TARGET ? Requirement.PartialTarget : 0;
}

/** What the EVPN route whose key is at `keyAt` asks of a receiver. */
function evpnRequirements(arena: KeyArena, keyAt: number): number {
  const type = arena.type(keyAt);
  if (type !== 3 && type !== 4) return 0;
  const length = arena.bytes[arena.start(keyAt) + (type === 3 ? INCLUSIVE_MULTICAST : ETHERNET_SEGMENT)];
  return length === IPV6_BITS ? Requirement.Ipv6Originator : 0;
}
