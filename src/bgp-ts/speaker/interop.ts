/**
 * What is known of other implementations that an RFC does not say: which of them must be spared a route that is right.
 *
 * FRR up to 8.4 answers an IPv6 originator in a route of type 3 or 4 with NOTIFICATION 3/9 (Optional Attribute Error), at
 * every attempt. It is recognised by what its OPEN announces: a host name, route refresh under the pre-standard code as
 * well, and no software version. Whoever announces such a route itself can take one; whoever answered one with that
 * NOTIFICATION cannot.
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

/** What a neighbour with these capabilities is known not to take. */
export function cannotTake(capabilities: readonly Capability[]): HeldBack | undefined {
  const kinds = new Set(capabilities.map(({ kind }) => kind));
  const isOldFrr = kinds.has('fqdn') && kinds.has('ciscoRouteRefresh') && !kinds.has('softwareVersion');
  if (!isOldFrr) return undefined;
  const reason = 'its OPEN is that of an FRR which ends the session over them (NOTIFICATION 3/9)';
  return { requirement: Requirement.Ipv6Originator, routes: ipv6Originators, reason };
}

/** What a neighbour has shown not to take by the way in which its session ended. */
export function refused(reason: DownReason): HeldBack | undefined {
  const { received } = reason;
  const isRefusal =
    received?.code === NotificationCode.UpdateMessage && received.subcode === UpdateSubcode.OptionalAttribute;
  if (!isRefusal) return undefined;
  const cause = 'it ended the session over one (NOTIFICATION 3/9)';
  return { requirement: Requirement.Ipv6Originator, routes: ipv6Originators, reason: cause };
}
