import { canonicalRouteTarget } from '../nva/route-target.ts';
import { quote } from './address.ts';
import { accept, type Parsed, refuse } from './parsed.ts';

/** A route target as people write it, with an AS number or an IPv4 address before the colon (RFC 4360 §4, RFC 5668). */
export function parseRouteTarget(text: string): Parsed<string> {
  const canonical = canonicalRouteTarget(text);
  if (canonical !== undefined) return accept(canonical);
  const [, administrator] = /^(\d{1,10}|[\d.]+):\d+$/.exec(text) ?? [];
  if (administrator === undefined) {
    return refuse(`${quote(text)} is not a route target`, 'write it as in "65000:100" or "192.0.2.1:100"');
  }
  const most = !administrator.includes('.') && Number(administrator) <= 0xffff ? 4294967295 : 65535;
  return refuse(
    `${quote(text)} does not fit a route target`,
    `behind ${administrator} a number of at most ${most} has room`,
  );
}
