import { listAllRoutes } from '../../api/all-routes.ts';
import type { CallFailure } from '../../api/client.ts';
import type { RouteDetail, RouteFilter } from '../../api/contract/routes.ts';
import { ExitCode } from '../exit-codes.ts';
import { explainFailure } from '../failures.ts';
import { formatJson } from '../format/json.ts';
import { failed, type Outcome } from '../outcome.ts';
import { parseRouteReference } from '../route-reference.ts';
import type { Session } from '../session.ts';
import { viewRoute } from '../views/route.ts';

/** The keys that `reference` and `filter` name, at most `limit`; `more` when that cut the list. */
async function findKeys(
  session: Session,
  reference: ReturnType<typeof parseRouteReference>,
  filter: Partial<RouteFilter>,
  limit: number,
): Promise<{ readonly ok: true; readonly keys: readonly string[]; readonly more: boolean } | CallFailure> {
  if (reference?.key !== undefined) return { ok: true, keys: [reference.key], more: false };
  const all = { ...reference?.filter, ...filter };
  const wanted = reference?.text;
  const found = await listAllRoutes(session.client, all, wanted === undefined ? limit : undefined);
  if (!found.ok) return found;
  const { routes, next } = found.page;
  const named = wanted === undefined ? routes : routes.filter(({ text }) => text.toLowerCase() === wanted);
  return { ok: true, keys: named.map(({ key }) => key), more: next !== null };
}

/** All matching routes in detail, at most `limit`. A route that goes away between search and look is left out. */
export async function showRoute(
  session: Session,
  route: string | undefined,
  filter: Partial<RouteFilter>,
  limit: number,
  compact: boolean,
): Promise<Outcome> {
  const reference = route === undefined ? undefined : parseRouteReference(route);
  if (route !== undefined && reference === undefined) {
    const forms = 'a MAC address, an IP address, a prefix, [2]:[RD]:… as show routes --json has it, or its key';
    return failed(ExitCode.Usage, `'${route}' names no route; use ${forms}`);
  }
  const domain = filter.domain === undefined ? {} : { domain: filter.domain };
  if (reference === undefined && Object.keys(filter).length === Object.keys(domain).length) {
    return failed(ExitCode.Usage, 'which route? Name one, or give a filter such as --mac; show routes lists all');
  }
  const found = await findKeys(session, reference, filter, limit);
  if (!found.ok) return explainFailure(found, session.api);
  const details: RouteDetail[] = [];
  for (const key of found.keys) {
    const result = await session.client.call('getRoute', { params: { key }, query: domain });
    if (result.ok) details.push(result.body);
    else if (result.kind !== 'problem' || result.problem.status !== 404) return explainFailure(result, session.api);
  }
  if (details.length === 0) return failed(ExitCode.NothingMatched, 'no route matches');
  const out = session.json
    ? details.map((detail) => formatJson(detail, compact)).join('')
    : details.map((detail) => viewRoute(detail, session.now(), session.paint)).join('\n');
  const err = found.more
    ? `nvactl: only the first ${limit} routes are shown; narrow the filter or raise --limit\n`
    : '';
  return { code: ExitCode.Ok, out, err };
}
