import { compareAddresses } from '../address-order.ts';
import { refuse } from '../refusal.ts';
import type { Handler, HandlerModules } from './handler.ts';

const noSuchPeer = (address: string) => refuse(404, 'no-such-peer', `nvad has no peer ${address}`);

export const listPeers =
  ({ source }: HandlerModules): Handler<'listPeers'> =>
  () => ({
    status: 200,
    body: { peers: [...source.peers()].sort((a, b) => compareAddresses(a.address, b.address)) },
  });

export const getPeer =
  ({ source }: HandlerModules): Handler<'getPeer'> =>
  ({ params }) => {
    const peer = source.peer(params.address);
    return peer === undefined ? noSuchPeer(params.address) : { status: 200, body: peer };
  };

export const resetPeer =
  ({ source }: HandlerModules): Handler<'resetPeer'> =>
  ({ params: { address }, body }, { record }) => {
    if (body.kind === 'soft' && body.communication !== undefined) {
      const reason = 'goes with a hard reset only; a soft one sends no NOTIFICATION';
      return refuse(400, 'invalid-request', `communication ${reason}`, [
        { in: 'body', field: 'communication', reason },
      ]);
    }
    const outcome = source.resetPeer(address, body);
    switch (outcome) {
      case undefined:
      case 'forgotten':
        record('reset peer', address, null, body);
        return { status: 202, body: { address, kind: body.kind, forgotten: outcome === 'forgotten' } };
      case 'no-such-peer':
        return noSuchPeer(address);
      case 'peer-not-established':
        return refuse(409, outcome, `peer ${address} has no established session; there is nothing to reset`);
      case 'no-route-refresh':
        return refuse(409, outcome, `peer ${address} did not offer route refresh (RFC 2918); only a hard reset works`);
    }
  };
