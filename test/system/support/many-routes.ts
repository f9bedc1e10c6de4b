/** Tables of many routes, as UPDATEs of at most 4,096 octets. */
import { macIp, macOf, rd } from './evpn-routes.ts';
import { type Announcement, announce } from './messages.ts';

/** So many type 2 routes of 35 octets fit beside the attributes of a test. */
const ROUTES_IN_MESSAGE = 100;

/** MAC routes `from` to `to - 1` of one RD. */
export function macRoutes(from: number, to: number, label = 100): number[][] {
  const distinguisher = rd('10.9.9.9', 9);
  return Array.from({ length: to - from }, (_, i) =>
    macIp({ rd: distinguisher, mac: macOf(from + i), labels: [label] }),
  );
}

/** The UPDATEs that announce them, one buffer. */
export function announceMany(routes: readonly (readonly number[])[], announcement: Announcement): Uint8Array {
  const messages: Uint8Array[] = [];
  for (let at = 0; at < routes.length; at += ROUTES_IN_MESSAGE) {
    messages.push(announce(routes.slice(at, at + ROUTES_IN_MESSAGE), announcement));
  }
  return Buffer.concat(messages);
}
