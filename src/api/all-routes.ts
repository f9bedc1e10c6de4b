import type { CallFailure, Client } from './client.ts';
import { MAX_PAGE_SIZE, type Route, type RouteFilter, type RoutePage } from './contract/routes.ts';

/**
 * Fetches all pages as if they were one, or the first `limit` rows. `next` is null, or where to go on when `limit`
 * cut the list. The first failure ends it.
 */
export async function listAllRoutes(
  client: Client,
  filter: Partial<RouteFilter>,
  limit = Number.POSITIVE_INFINITY,
): Promise<{ readonly ok: true; readonly page: RoutePage } | CallFailure> {
  const routes: Route[] = [];
  let total: number | null = null;
  let cursor: string | undefined;
  while (routes.length < limit) {
    const size = Math.min(MAX_PAGE_SIZE, limit - routes.length);
    const query = { ...filter, limit: size, ...(cursor === undefined ? {} : { cursor }) };
    const result = await client.call('listRoutes', { query });
    if (!result.ok) return result;
    for (const route of result.body.routes) routes.push(route);
    total ??= result.body.total;
    if (result.body.next === null) return { ok: true, page: { routes, next: null, total } };
    cursor = result.body.next;
  }
  return { ok: true, page: { routes, next: cursor ?? null, total } };
}
