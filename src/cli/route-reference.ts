/** How people point at routes on the command line, and the filters that find them. */
import { isIP } from 'node:net';
import { RouteFilter } from '../api/contract/routes.ts';

export interface RouteReference {
  readonly filter: Partial<RouteFilter>;
  /** Only the route whose text is this, when the filter alone may find more. */
  readonly text?: string;
  /** The route's key in the API, which needs no search. */
  readonly key?: string;
}

/**
 * Reads a route as `show routes` and other EVPN routers print it (`[2]:[RD]:…`), a MAC address, an IP address, a
 * prefix, or a key as the API gives it. Undefined when the text is none of these.
 */
export function parseRouteReference(text: string): RouteReference | undefined {
  const bracketed = /^\[(\d{1,3})\]:\[([^\]]+)\](:\[[^\]]*\])*$/.exec(text);
  if (bracketed !== null) {
    const rd = RouteFilter.shape.rd.safeParse(bracketed[2]);
    const filter = { type: Number(bracketed[1]), ...(rd.success && rd.data !== undefined ? { rd: rd.data } : {}) };
    return { filter, text: text.toLowerCase() };
  }
  const mac = RouteFilter.shape.mac.safeParse(text);
  if (mac.success && mac.data !== undefined) return { filter: { mac: mac.data } };
  const ip = RouteFilter.shape.ip.safeParse(text);
  if (isIP(text) !== 0 && ip.success && ip.data !== undefined) return { filter: { ip: ip.data } };
  const prefix = RouteFilter.shape.prefix.safeParse(text);
  if (prefix.success && prefix.data !== undefined) return { filter: { prefix: prefix.data } };
  return /^[A-Za-z0-9_-]{8,700}$/.test(text) ? { filter: {}, key: text } : undefined;
}
