import type { Route, RoutePage } from '../../api/contract/routes.ts';
import { formatAge } from '../format/duration.ts';
import type { Paint } from '../format/paint.ts';
import { formatTable } from '../format/table.ts';

/** What a route is about, without its type and route distinguisher. */
function subject({ mac, ip, prefix, originator, esi, octets, text }: Route): string {
  if (mac !== null) return ip === null ? mac : `${mac} ${ip}`;
  if (prefix !== null) return prefix;
  if (originator !== null) return esi === null ? originator : `${esi} ${originator}`;
  return esi ?? octets ?? text;
}

function mobility(route: Route): string {
  const held = route.best?.mobility ?? null;
  if (held === null) return '';
  return held.sticky ? `${held.sequence} sticky` : String(held.sequence);
}

const staleness = ({ stale, longLivedStale }: NonNullable<Route['best']>) =>
  longLivedStale ? ' (long-lived stale)' : stale ? ' (stale)' : '';

const joined = (values: readonly (string | number)[] | undefined) =>
  values === undefined || values.length === 0 ? '-' : values.join(',');

/** One row for each route with its best path, and how many there are. `now` is milliseconds since 1970. */
export function viewRoutes({ routes, next, total }: RoutePage, now: number, paint: Paint): string {
  const table = formatTable<Route>(
    [
      { title: 'TYPE', align: 'right', cell: (route) => String(route.type) },
      { title: 'RD', cell: (route) => route.rd ?? '-' },
      { title: 'ROUTE', cell: subject },
      { title: 'NEXT HOP', cell: (route) => route.best?.nextHop ?? paint.bad('unusable') },
      { title: 'VNI', align: 'right', cell: (route) => joined(route.best?.vnis) },
      { title: 'ROUTE TARGETS', cell: (route) => joined(route.best?.routeTargets) },
      { title: 'MOBILITY', align: 'right', cell: mobility },
      { title: 'FROM', cell: ({ best }) => (best === null ? '-' : `${best.peer}${staleness(best)}`) },
      { title: 'PATHS', align: 'right', cell: (route) => String(route.paths) },
      { title: 'AGE', align: 'right', cell: (route) => (route.best === null ? '-' : formatAge(route.best.since, now)) },
    ],
    routes,
    paint,
  );
  const all = total === null || total <= routes.length ? '' : ` of about ${total}`;
  const more = next === null ? '' : `${all}; --limit cut the list`;
  return `${table}\n${routes.length} route${routes.length === 1 ? '' : 's'}${more}\n`;
}
