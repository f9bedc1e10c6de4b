import { byName } from '../nva/by-name.ts';
import { refusedChange } from '../nva/change-refusals.ts';
import { networkOf } from '../nva/put-values.ts';
import { viewNetwork } from '../nva/views.ts';
import { refuse } from '../refusal.ts';
import type { Handler, HandlerModules } from './handler.ts';
import { otherName } from './other-name.ts';
import { putReply } from './put-reply.ts';

export const noSuchNetwork = (name: string) =>
  refuse(404, 'no-such-network', `there is no virtual network ${name}; GET /v1/virtual-networks lists them`);

export const listVirtualNetworks =
  ({ nva }: HandlerModules): Handler<'listVirtualNetworks'> =>
  () => {
    const virtualNetworks = [...nva.networks()].sort(byName).map((network) => viewNetwork(network, nva));
    return { status: 200, body: { virtualNetworks, event: nva.lastEvent() } };
  };

export const getVirtualNetwork =
  ({ nva }: HandlerModules): Handler<'getVirtualNetwork'> =>
  ({ params: { name } }) => {
    const network = nva.network(name);
    return network === undefined ? noSuchNetwork(name) : { status: 200, body: viewNetwork(network, nva) };
  };

export const putVirtualNetwork =
  ({ nva }: HandlerModules): Handler<'putVirtualNetwork'> =>
  ({ params: { name }, body }, { actor }) => {
    const wrong = otherName('name', body.name, name);
    if (wrong !== undefined) return wrong;
    const value = networkOf(name, body, nva.automaticRouteTargets);
    const result = nva.apply([{ op: 'put', kind: 'virtual-network', value }], actor);
    if (!result.ok) return refusedChange(result.refusals, { name: 'name' }, 'no-such-attachment');
    const view = viewNetwork(nva.network(name) ?? value, nva);
    return putReply(result.outcomes[0], view);
  };

export const deleteVirtualNetwork =
  ({ nva }: HandlerModules): Handler<'deleteVirtualNetwork'> =>
  ({ params: { name } }, { actor }) => {
    const result = nva.apply([{ op: 'delete', kind: 'virtual-network', name }], actor);
    if (!result.ok) return refusedChange(result.refusals, { name: 'name' }, 'no-such-network');
    return { status: 200, body: { deleted: true, event: result.event ?? null } };
  };
