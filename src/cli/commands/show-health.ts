import { ExitCode } from '../exit-codes.ts';
import { explainFailure } from '../failures.ts';
import { formatJson } from '../format/json.ts';
import { type Outcome, said } from '../outcome.ts';
import type { Session } from '../session.ts';
import { viewHealth } from '../views/health.ts';

export async function showHealth({ client, api, json, paint, now }: Session, compact: boolean): Promise<Outcome> {
  const result = await client.call('getHealth', {});
  if (!result.ok) return explainFailure(result, api);
  const code = result.body.readiness.ready ? ExitCode.Ok : ExitCode.Failure;
  return said(json ? formatJson(result.body, compact) : viewHealth(result.body, now(), paint), code);
}
