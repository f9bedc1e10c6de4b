/**
 * What is known of other implementations that an RFC does not say: which of them must be spared a route that is right.
 * They are recognised by what their OPEN announces.
 *
 * FRR up to 8.4 ends the session over several things that are right (rib/requirements.ts has them), at every attempt. Its
 * OPEN has a host name, route refresh under the pre-standard code as well, and no software version. Whoever announces such
 * a route itself can take one; whoever answered one with a NOTIFICATION of that kind cannot.
 *
 * GoBGP 3 knows route target memberships of 96 bits alone, takes the default in and ends, all of it, when a VRF is deleted
 * while it holds one. Its OPEN has a host name, extended next hops, neither extended messages nor a software version,
 * which GoBGP 4 has. It is not told that we want everything; the memberships that it is sent, its own among them, tell it
 * of every route target that somebody asked for. Both versions are spared the route types that they do not know.
 */
import type { DownReason } from '../fsm/action.ts';
import { Requirement } from '../rib/requirements.ts';
import type { Capability } from '../wire/capability/registry.ts';
import { NotificationCode, UpdateSubcode } from '../wire/constants.ts';

/** A kind of route that is held back from one neighbour, and why. */
export interface HeldBack {
  /** What those routes ask of their receiver: bits of {@link Requirement}. */
  readonly requirement: number;
  /** What the routes are, and by `reason` how it is known that the neighbour cannot take them; for people. */
  readonly routes: string;
  readonly reason: string;
}

const partialTargets: HeldBack = {
  requirement: Requirement.PartialTarget,
  routes: 'route target memberships of fewer than 96 bits',
  reason: 'its OPEN is that of GoBGP 3, which ends when a VRF is deleted while it holds one',
};

const newRouteTypes = (reason: string): HeldBack => ({
  requirement: Requirement.NewRouteType,
  routes: 'route types above 5',
  reason,
});

/** Over what FRR ends the session, and with which subcode of an UPDATE Message Error. */
const frrEndsOver = [
  [Requirement.Ipv6Originator, UpdateSubcode.OptionalAttribute, 'types 3 and 4 with an IPv6 originator'],
  [Requirement.Ipv6TunnelEnd, UpdateSubcode.AttributeLength, 'PMSI_TUNNEL with an IPv6 endpoint'],
  [Requirement.NewPmsiTunnel, UpdateSubcode.OptionalAttribute, 'PMSI_TUNNEL of a type above 7'],
  [Requirement.SeveralTunnels, UpdateSubcode.OptionalAttribute, 'TUNNEL_ENCAPSULATION with several tunnels'],
] as const;

/** What a neighbour with these capabilities is known not to take. */
export function cannotTake(capabilities: readonly Capability[]): readonly HeldBack[] {
  const kinds = new Set(capabilities.map(({ kind }) => kind));
  const version = capabilities.find((capability) => capability.kind === 'softwareVersion');
  if (version !== undefined) {
    const isGobgp = version.value.startsWith('GoBGP/');
    return isGobgp ? [newRouteTypes(`it is ${version.value}, which ends the session over them`)] : [];
  }
  if (!kinds.has('fqdn')) return [];
  if (kinds.has('ciscoRouteRefresh')) {
    return frrEndsOver.map(([requirement, subcode, routes]) => {
      const reason = `its OPEN is that of an FRR which ends the session over them (NOTIFICATION 3/${subcode})`;
      return { requirement, routes, reason };
    });
  }
  if (!kinds.has('extendedNextHop') || kinds.has('extendedMessage')) return [];
  return [partialTargets, newRouteTypes('its OPEN is that of GoBGP 3, which passes over the UPDATEs that they are in')];
}

/** What a neighbour may have shown not to take by the way in which its session ended. */
export function refused({ received }: DownReason): readonly HeldBack[] {
  if (received?.code !== NotificationCode.UpdateMessage) return [];
  const { subcode } = received;
  const reason = `it ended the session as over such a route (NOTIFICATION 3/${subcode})`;
  if (subcode === UpdateSubcode.InvalidNetworkField) return [newRouteTypes(reason)];
  return frrEndsOver.flatMap(([requirement, its, routes]) =>
    its === subcode ? [{ requirement, routes, reason }] : [],
  );
}
