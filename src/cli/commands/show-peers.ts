import { ExitCode } from '../exit-codes.ts';
import { explainFailure } from '../failures.ts';
import { formatJson } from '../format/json.ts';
import { failed, type Outcome, said } from '../outcome.ts';
import type { Session } from '../session.ts';
import { viewPeer } from '../views/peer.ts';
import { viewPeers } from '../views/peers.ts';

export async function showPeers({ client, api, json, paint, now }: Session, compact: boolean): Promise<Outcome> {
  const result = await client.call('listPeers', {});
  if (!result.ok) return explainFailure(result, api);
  const { peers } = result.body;
  const code = peers.length === 0 ? ExitCode.NothingMatched : ExitCode.Ok;
  if (json) return said(formatJson(result.body, compact), code);
  return peers.length === 0 ? failed(code, 'nvad has no peers') : said(viewPeers(peers, now(), paint));
}

export async function showPeer(
  { client, api, json, paint, now }: Session,
  address: string,
  compact: boolean,
): Promise<Outcome> {
  const result = await client.call('getPeer', { params: { address } });
  if (!result.ok) return explainFailure(result, api);
  return said(json ? formatJson(result.body, compact) : viewPeer(result.body, now(), paint));
}
