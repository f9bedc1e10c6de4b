import { listAllRoutes } from '../../api/all-routes.ts';
import type { RouteFilter } from '../../api/contract/routes.ts';
import { ExitCode } from '../exit-codes.ts';
import { explainFailure } from '../failures.ts';
import { formatJson } from '../format/json.ts';
import { failed, type Outcome, said } from '../outcome.ts';
import type { Session } from '../session.ts';
import { viewRoutes } from '../views/routes.ts';

export async function showRoutes(
  { client, api, json, paint, now }: Session,
  filter: Partial<RouteFilter>,
  limit: number | undefined,
  compact: boolean,
): Promise<Outcome> {
  const result = await listAllRoutes(client, filter, limit);
  if (!result.ok) return explainFailure(result, api);
  const { page } = result;
  const code = page.routes.length === 0 ? ExitCode.NothingMatched : ExitCode.Ok;
  if (json) return said(formatJson(page, compact), code);
  if (page.routes.length > 0) return said(viewRoutes(page, now(), paint));
  if (Object.keys(filter).some((name) => name !== 'domain')) return failed(code, 'no route matches');
  const where = filter.domain === undefined ? '' : ` of ${filter.domain}`;
  return failed(code, `nvad holds no routes${where}`);
}
