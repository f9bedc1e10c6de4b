import { decodeCursor, encodeCursor } from '../cursor.ts';
import { refuse } from '../refusal.ts';
import { badCursor } from './bad-cursor.ts';
import { noSuchDomain } from './domains.ts';
import type { Handler, HandlerModules } from './handler.ts';

export const listRoutes =
  ({ source }: HandlerModules): Handler<'listRoutes'> =>
  async ({ query: { limit, cursor, ...filter } }) => {
    let after: string | undefined;
    if (cursor !== undefined) {
      const decoded = decodeCursor(cursor, filter);
      if ('reason' in decoded) return badCursor(decoded.reason);
      after = decoded.position;
    }
    const rows = await source.routes({ filter, limit, after });
    if (rows === 'no-such-domain') return noSuchDomain(filter.domain ?? '');
    if (rows === 'bad-position') return badCursor('is no longer valid; begin again without one');
    return {
      status: 200,
      body: {
        routes: [...rows.routes],
        next: rows.next === undefined ? null : encodeCursor(rows.next, filter),
        total: rows.total ?? null,
      },
    };
  };

export const getRoute =
  ({ source }: HandlerModules): Handler<'getRoute'> =>
  async ({ params: { key }, query: { domain } }) => {
    const route = await source.route(key, domain);
    return route === undefined
      ? refuse(404, 'no-such-route', `there is no route with the key ${key}; it may have been withdrawn`)
      : { status: 200, body: route };
  };
