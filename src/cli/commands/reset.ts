import type { PeerReset } from '../../api/contract/peers.ts';
import { explainFailure } from '../failures.ts';
import { formatJson } from '../format/json.ts';
import { type Outcome, said } from '../outcome.ts';
import type { Session } from '../session.ts';

export async function reset({ client, api, json }: Session, address: string, body: PeerReset): Promise<Outcome> {
  const result = await client.call('resetPeer', { params: { address }, body });
  if (!result.ok) return explainFailure(result, api);
  if (json) return said(formatJson(result.body, false));
  if (result.body.forgotten) return said(`${address} had no session and is forgotten; it may come in again\n`);
  return said(
    body.kind === 'hard'
      ? `the session with ${address} is being reset\n`
      : `${address} is being asked for its routes again\n`,
  );
}
