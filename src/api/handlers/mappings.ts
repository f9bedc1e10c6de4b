import { mappingKey } from '../../nva/mapping.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { lowest } from '../lowest.ts';
import { viewMapping } from '../nva/views.ts';
import { badCursor } from './bad-cursor.ts';
import type { Handler, HandlerModules } from './handler.ts';
import { noSuchNetwork } from './virtual-networks.ts';

export const listMappings =
  ({ nva }: HandlerModules): Handler<'listMappings'> =>
  ({ params: { vn }, query: { limit, cursor, mac, ip } }) => {
    const bound = { vn, mac, ip };
    const from = cursor === undefined ? undefined : decodeCursor(cursor, bound);
    if (from !== undefined && 'reason' in from) return badCursor(from.reason);
    const address = mac ?? ip;
    const all = nva.mappings(vn);
    if (all === undefined) return noSuchNetwork(vn);
    const found = address === undefined ? all : nva.explain(vn, address);
    const { rows, more, total } = lowest(found, ({ mapping }) => mappingKey(mapping), from?.position, limit);
    const last = rows.at(-1);
    return {
      status: 200,
      body: {
        mappings: rows.map((row) => viewMapping(row, nva)),
        next: more && last !== undefined ? encodeCursor(mappingKey(last.mapping), bound) : null,
        total,
        unheeded: address === undefined ? [] : [...nva.unheeded(vn, address)],
      },
    };
  };
