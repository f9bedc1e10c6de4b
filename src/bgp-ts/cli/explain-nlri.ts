import { Family, type FamilyId } from '../wire/constants.ts';
import type { EvpnNlri } from '../wire/nlri/evpn/evpn.ts';
import { formatNlri } from '../wire/nlri/format.ts';
import type { Nlri } from '../wire/nlri/nlri.ts';
import { decodeNlri, encodeNlri } from '../wire/nlri/registry.ts';
import { describeEvpn } from './describe-evpn.ts';
import { formatValue, type Row, row } from './row.ts';

/** Rows for the NLRI field `bytes[start, end)`: one a route, and for EVPN one with its fields below it. */
export function explainNlri(
  family: FamilyId,
  bytes: Uint8Array,
  start: number,
  end: number,
  addPath: boolean,
  depth: number,
): Row[] {
  const { routes } = decodeNlri(family, bytes, start, end, { addPath });
  const spans =
    family === Family.Evpn ? evpnSpans(bytes, start, end, addPath) : encodedSpans(family, routes, start, end, addPath);
  if (spans.length !== routes.length) {
    // some are malformed: which octets belong to which route is then not said
    return [row(start, end, depth, 'NLRI'), ...routes.map((route) => row(start, start, depth + 1, formatNlri(route)))];
  }
  return routes.flatMap((route, i) => {
    const [from, to] = spans[i];
    const line = row(from, to, depth, formatNlri(route));
    return family === Family.Evpn ? [line, row(from, from, depth + 1, evpnFields(route as EvpnNlri))] : [line];
  });
}

function evpnFields(route: EvpnNlri): string {
  const { type, ...fields } = describeEvpn(route);
  return `type ${type} ${route.kind}: ${formatValue(fields)}`;
}

/** EVPN NLRI say their own length, behind path identifier and type (RFC 7432 §7). */
function evpnSpans(bytes: Uint8Array, start: number, end: number, addPath: boolean): [number, number][] {
  const spans: [number, number][] = [];
  const lengthAt = addPath ? 5 : 1;
  for (let at = start; at + lengthAt < end; ) {
    const next = at + lengthAt + 1 + bytes[at + lengthAt];
    spans.push([at, next]);
    at = next;
  }
  return spans;
}

/** Lengths of the routes as they are written, which are those as they were read if they add up. */
function encodedSpans(
  family: FamilyId,
  routes: readonly Nlri[],
  start: number,
  end: number,
  addPath: boolean,
): [number, number][] {
  const spans: [number, number][] = [];
  let at = start;
  for (const route of routes) {
    const next = at + encodeNlri(family, [route], { addPath }).length;
    spans.push([at, next]);
    at = next;
  }
  return at === end ? spans : [];
}
