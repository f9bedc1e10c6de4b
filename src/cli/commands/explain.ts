import type { ExplainQuestion } from '../../api/explain-source.ts';
import { ExitCode } from '../exit-codes.ts';
import { explainFailure } from '../failures.ts';
import { formatJson } from '../format/json.ts';
import { type Outcome, said } from '../outcome.ts';
import type { Session } from '../session.ts';
import { viewExplanation } from '../views/explanation.ts';

/** Why an address is where it is; its exit status says whether it is reachable, or with an NVE, for that one. */
export async function explain({ client, api, json, paint }: Session, question: ExplainQuestion): Promise<Outcome> {
  const { vn, mac, ip, prefix, flooding, nve, at } = question;
  const result = await client.call('explain', { query: { vn, mac, ip, prefix, flooding, nve, at } });
  if (!result.ok) return explainFailure(result, api);
  const code = result.body.conclusion.has ? ExitCode.Ok : ExitCode.NothingMatched;
  return said(json ? formatJson(result.body, false) : viewExplanation(result.body, paint), code);
}
