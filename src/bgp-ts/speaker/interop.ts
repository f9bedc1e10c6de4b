/**
 * What is known of other implementations that an RFC does not say: which of them must be spared a route that is right.
 * They are recognised by what their OPEN announces.
 *
 * FRR up to 8.4 answers an IPv6 originator in a route of type 3 or 4 with NOTIFICATION 3/9 (Optional Attribute Error), at
 * every attempt. Its OPEN has a host name, route refresh under the pre-standard code as well, and no software version.
 * Whoever announces such a route itself can take one; whoever answered one with that NOTIFICATION cannot.
 *
 * GoBGP 3 knows route target memberships of 96 bits alone, takes the default in and ends, all of it, when a VRF is deleted
 * while it holds one. Its OPEN has a host name, extended next hops, neither extended messages nor a software version,
 * which GoBGP 4 has. It is not told that we want everything; the memberships that it is sent, its own among them, tell it
 * of every route target that somebody asked for.
 */
import { Requirement } from '../egress/requirements.ts';
import type { DownReason } from '../fsm/action.ts';
import type { Capability } from '../wire/capability/registry.ts';
import { NotificationCode, UpdateSubcode } from '../wire/constants.ts';

/** A kind of route that is held back from one neighbour, and why. */
export interface HeldBack {
  /** Bits of {@link Requirement}. */
  readonly requirement: number;
  /** What the routes are, and how it is known that the neighbour cannot take them; for people. */
  readonly routes: string;
  readonly reason: string;
}

const ipv6Originators = 'types 3 and 4 with an IPv6 originator';
const partialTargets = 'route target memberships of fewer than 96 bits';

/** What a neighbour with these capabilities is known not to take. */
export function cannotTake(capabilities: readonly Capability[]): readonly HeldBack[] {
  const kinds = new Set(capabilities.map(({ kind }) => kind));
  if (!kinds.has('fqdn') || kinds.has('softwareVersion')) return [];
  if (kinds.has('ciscoRouteRefresh')) {
    const reason = 'its OPEN is that of an FRR which ends the session over them (NOTIFICATION 3/9)';
    return [{ requirement: Requirement.Ipv6Originator, routes: ipv6Originators, reason }];
  }
  if (kinds.has('extendedNextHop') && !kinds.has('extendedMessage')) {
    const reason = 'its OPEN is that of GoBGP 3, which ends when a VRF is deleted while it holds one';
    return [{ requirement: Requirement.PartialTarget, routes: partialTargets, reason }];
  }
  return [];
}

/** What a neighbour has shown not to take by the way in which its session ended. */
export function refused({ received }: DownReason): readonly HeldBack[] {
  const isRefusal =
    received?.code === NotificationCode.UpdateMessage && received.subcode === UpdateSubcode.OptionalAttribute;
  const reason = 'it ended the session over one (NOTIFICATION 3/9)';
  return isRefusal ? [{ requirement: Requirement.Ipv6Originator, routes: ipv6Originators, reason }] : [];
}
