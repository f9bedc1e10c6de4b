/**
 * What RFC 7606 §6 asks for: of an UPDATE in which something was wrong, the routes concerned and the whole message. A
 * peer that sends many gets one line for each kind of fault, and after that one a minute with the number of those that are
 * not shown.
 */
import {
  announcedRoutes,
  decodeUpdate,
  formatNlri,
  hardest,
  MAX_MESSAGE_LENGTH,
  type MalformedUpdate,
  type Neighbour,
  type Outcome,
  toHex,
  withdrawnRoutes,
} from 'bgp-ts';
import type { Logger } from './logging.ts';

const INTERVAL = 60_000;
/** Kinds of faults of one peer that have a line of their own however soon they come. */
const MAX_KINDS = 64;
const ROUTES_SHOWN = 5;
/** Characters of one route: one of an unknown type or family is shown in hexadecimal, and may be as long as a message. */
const ROUTE_LENGTH = 200;

interface Shown {
  readonly kinds: Set<string>;
  at: number;
  notShown: number;
}

const consequences: Readonly<Record<Outcome, string>> = {
  ignore: 'is taken without what has no place in it',
  'attribute-discard': 'is taken without an attribute',
  'treat-as-withdraw': 'withdraws its routes',
  'afi-disable': 'ends its session',
  'session-reset': 'ends its session',
};

/** What writes a malformed UPDATE to `logger`, and says whether it did; `now` in milliseconds. */
export function malformedLog(
  logger: Logger,
  now: () => number,
): (neighbour: Neighbour, update: MalformedUpdate) => boolean {
  const ofPeer = new WeakMap<Neighbour, Shown>();
  return (neighbour, { faults, outcome, octets }) => {
    const worst = hardest(faults);
    const fault = faults.find((candidate) => candidate.outcome === worst);
    if (fault === undefined) return false;
    const shown = ofPeer.get(neighbour) ?? { kinds: new Set(), at: Number.NEGATIVE_INFINITY, notShown: 0 };
    ofPeer.set(neighbour, shown);
    const isNew = !shown.kinds.has(fault.code) && shown.kinds.size < MAX_KINDS;
    if (!isNew && now() - shown.at < INTERVAL) {
      shown.notShown++;
      return false;
    }
    shown.kinds.add(fault.code);
    shown.at = now();
    const { notShown } = shown;
    shown.notShown = 0;
    const { address, source } = neighbour;
    const { code, subcode } = fault.notification;
    const { count, routes } = routesOf(octets, source?.decode);
    logger[outcome === 'ignore' ? 'info' : 'warn'](
      {
        peer: address,
        fault: fault.code,
        outcome,
        code,
        subcode,
        routes,
        routeCount: count,
        octets: toHex(octets, 0, Math.min(octets.length, MAX_MESSAGE_LENGTH)),
        ...(octets.length > MAX_MESSAGE_LENGTH && { octetsCut: octets.length - MAX_MESSAGE_LENGTH }),
        ...(notShown > 0 && { notShown }),
      },
      sentence(address, outcome, fault.reason, count, notShown),
    );
    return true;
  };
}

function routesOf(octets: Uint8Array, context: Parameters<typeof decodeUpdate>[1] | undefined) {
  if (context === undefined) return { count: 0, routes: [] };
  const { update } = decodeUpdate(octets, context);
  const all = [...announcedRoutes(update), ...withdrawnRoutes(update)];
  return { count: all.length, routes: all.slice(0, ROUTES_SHOWN).map((nlri) => cut(formatNlri(nlri))) };
}

function cut(text: string): string {
  return text.length > ROUTE_LENGTH ? `${text.slice(0, ROUTE_LENGTH)}…` : text;
}

function sentence(address: string, outcome: Outcome, reason: string, routes: number, notShown: number): string {
  const what = `UPDATE from ${address} ${consequences[outcome]}: ${reason} (${routes} ${routes === 1 ? 'route' : 'routes'})`;
  return notShown === 0 ? what : `${what}; ${notShown} more malformed ones were not shown since the last`;
}
