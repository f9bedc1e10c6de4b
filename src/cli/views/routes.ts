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

/** The path that is shown of a route. */
const shown = ({ best, unusable }: Route) => best ?? unusable;

function mobility(route: Route): string {
  const held = shown(route)?.mobility ?? null;
  if (held === null) return '';
  return held.sticky ? `${held.sequence} sticky` : String(held.sequence);
}

const staleness = ({ stale, longLivedStale }: NonNullable<Route['best']>) =>
  longLivedStale ? ' (long-lived stale)' : stale ? ' (stale)' : '';

function nextHop(route: Route, paint: Paint): string {
  if (route.best !== null) return route.best.nextHop;
  return paint.bad(route.unusable === null ? 'unusable' : `${route.unusable.nextHop} (unusable)`);
}

const from = (path: Route['best']) => (path === null ? '-' : `${path.peer}${staleness(path)}`);
const age = (path: Route['best'], now: number) => (path === null ? '-' : formatAge(path.since, now));

const joined = (values: readonly (string | number)[] | undefined) =>
  values === undefined || values.length === 0 ? '-' : values.join(',');

/** One row for each route with its best path, or one that may not be used, and how many there are. `now` is milliseconds since 1970. */
export function viewRoutes({ routes, next, total }: RoutePage, now: number, paint: Paint): string {
  const table = formatTable<Route>(
    [
      { title: 'TYPE', align: 'right', cell: (route) => String(route.type) },
      { title: 'RD', cell: (route) => route.rd ?? '-' },
      { title: 'ROUTE', cell: subject },
      { title: 'NEXT HOP', cell: (route) => nextHop(route, paint) },
      { title: 'VNI', align: 'right', cell: (route) => joined(shown(route)?.vnis) },
      { title: 'ROUTE TARGETS', cell: (route) => joined(shown(route)?.routeTargets) },
      { title: 'MOBILITY', align: 'right', cell: mobility },
      { title: 'FROM', cell: (route) => from(shown(route)) },
      { title: 'PATHS', align: 'right', cell: (route) => String(route.paths) },
      { title: 'AGE', align: 'right', cell: (route) => age(shown(route), now) },
    ],
    routes,
    paint,
  );
  const all = total === null || total <= routes.length ? '' : ` of about ${total}`;
  const more = next === null ? '' : `${all}; --limit cut the list`;
  const unusable = routes.filter(({ best }) => best === null).length;
  const why = unusable === 0 ? '' : `, ${unusable} unusable; nvactl show route says why`;
  return `${table}\n${routes.length} route${routes.length === 1 ? '' : 's'}${more}${why}\n`;
}
