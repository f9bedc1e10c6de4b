/** What our OPEN offers to a neighbour: nothing that is not done. Pure. */
import type { Capability } from '../wire/capability/registry.ts';
import { Family } from '../wire/constants.ts';
import { defaultGracefulRestart, restartCapabilities } from './graceful-restart.ts';
import type { NeighbourPolicy } from './neighbour.ts';

/** `restarted`: we come back from a restart (RFC 4724 §4.1). */
export function offerTo(policy: NeighbourPolicy, restarted: boolean): readonly Capability[] {
  const { addPath = 'receive', role, gracefulRestart = defaultGracefulRestart } = policy;
  const receive = addPath === 'receive' || addPath === 'both';
  const send = addPath === 'send' || addPath === 'both';
  return [
    { kind: 'multiprotocol', value: Family.Evpn },
    { kind: 'multiprotocol', value: Family.RtConstrain },
    { kind: 'routeRefresh', value: true },
    { kind: 'enhancedRouteRefresh', value: true },
    { kind: 'extendedMessage', value: true },
    ...restartCapabilities(gracefulRestart, restarted),
    ...(receive || send ? [{ kind: 'addPath', value: [{ family: Family.Evpn, receive, send }] } as const] : []),
    ...(role === undefined ? [] : [{ kind: 'role', value: role } as const]),
  ];
}
