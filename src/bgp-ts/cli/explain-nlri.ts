import { readU32 } from '../wire/bytes.ts';
import { Family, type FamilyId } from '../wire/constants.ts';
import type { EvpnNlri } from '../wire/nlri/evpn/evpn.ts';
import { formatNlri } from '../wire/nlri/format.ts';
import type { Nlri } from '../wire/nlri/nlri.ts';
import { decodeNlri, encodeNlri } from '../wire/nlri/registry.ts';
import { formatRd, RD_LENGTH } from '../wire/rd.ts';
import { explainEvpnRoute } from './explain-evpn.ts';
import { Fields, labelText } from './fields.ts';
import { evpnRouteTypeText } from './names.ts';
import { type Row, row } from './row.ts';

/** Rows for the NLRI field `bytes[start, end)`: one a route, and its fields below it. */
export function explainNlri(
  family: FamilyId,
  bytes: Uint8Array,
  start: number,
  end: number,
  addPath: boolean,
  depth: number,
): Row[] {
  if (family === Family.Evpn) return explainEvpnField(bytes, start, end, addPath, depth);
  const { routes } = decodeNlri(family, bytes, start, end, { addPath });
  const spans = encodedSpans(family, routes, start, end, addPath);
  if (spans === undefined) {
    // some are malformed: which octets belong to which route is then not said
    return [row(start, end, depth, 'NLRI'), ...routes.map((route) => row(start, start, depth + 1, formatNlri(route)))];
  }
  return routes.flatMap((route, i) => {
    const [from, to] = spans[i];
    return [row(from, to, depth, formatNlri(route)), ...explainRoute(bytes, from, to, route, depth + 1)];
  });
}

/** The fields of a route of the prefix kind that has more than a prefix. */
function explainRoute(bytes: Uint8Array, from: number, to: number, route: Nlri, depth: number): Row[] {
  const fields = new Fields(bytes, from, depth);
  if (route.pathId !== undefined) fields.take(4, `path identifier ${route.pathId}`);
  if (route.kind === 'labelled' || route.kind === 'vpn') {
    fields.take(1, `length ${bytes[fields.at]} bits`);
    for (const label of route.labels) fields.take(3, `label ${labelText(label)}`);
    if (route.kind === 'vpn') fields.take(RD_LENGTH, `RD ${formatRd(route.rd)}, type ${route.rd.type}`);
    fields.rest(to, `prefix ${route.prefix}`);
  }
  return fields.rows;
}

/**
 * EVPN NLRI say their own length, behind path identifier and type (RFC 7432 §7), so each is found and explained whatever
 * is wrong with its neighbours.
 */
function explainEvpnField(bytes: Uint8Array, start: number, end: number, addPath: boolean, depth: number): Row[] {
  const rows: Row[] = [];
  const before = addPath ? 4 : 0;
  for (let at = start; at < end; ) {
    const from = at + before;
    const next = from + 2 + (from + 1 < end ? bytes[from + 1] : 0);
    if (next > end) {
      rows.push(row(at, end, depth, 'a route that runs past the field'));
      break;
    }
    const { routes, fault } = decodeNlri(Family.Evpn, bytes, at, next, { addPath });
    const route = routes[0] as EvpnNlri | undefined;
    if (route === undefined) {
      const reason = fault === undefined ? '' : `: ${fault.reason}`;
      rows.push(row(at, next, depth, `malformed route of type ${evpnRouteTypeText(bytes[from])}${reason}`));
    } else {
      rows.push(row(at, next, depth, formatNlri(route)));
      if (addPath) rows.push(row(at, from, depth + 1, `path identifier ${readU32(bytes, at)}`));
      rows.push(...explainEvpnRoute(bytes, from, next, route, depth + 1));
    }
    at = next;
  }
  return rows;
}

/** Lengths of the routes as they are written, which are those as they were read if they add up; else undefined. */
function encodedSpans(
  family: FamilyId,
  routes: readonly Nlri[],
  start: number,
  end: number,
  addPath: boolean,
): [number, number][] | undefined {
  const spans: [number, number][] = [];
  let at = start;
  for (const route of routes) {
    const next = at + encodeNlri(family, [route], { addPath }).length;
    spans.push([at, next]);
    at = next;
  }
  return at === end ? spans : undefined;
}
