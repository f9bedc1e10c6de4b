/** Routes of the table as decoded values, for those who show them. */
import { writeJoined } from '../rib/key-arena.ts';
import type { Rider } from '../rib/rider-store.ts';
import type { RouteTable } from '../rib/route-table.ts';
import { Family } from '../wire/constants.ts';
import type { EvpnNlri } from '../wire/nlri/evpn/evpn.ts';
import { emptySplit } from '../wire/nlri/evpn/split.ts';
import { decodeNlri } from '../wire/nlri/registry.ts';

const NO_OCTETS = new Uint8Array(0);

/** A destination of the table by its key. */
export interface StoredRoute {
  /** Type octet and key octets: what names the route, whatever its labels. */
  readonly key: Uint8Array;
  /** Route type, the first octet of an EVPN NLRI. */
  readonly type: number;
}

/** The key of a destination. */
export function readRoute(table: RouteTable, destination: number): StoredRoute {
  const { arena } = table;
  const keyAt = table.keyAt(destination);
  const key = new Uint8Array(1 + arena.length(keyAt));
  key[0] = arena.type(keyAt);
  key.set(arena.bytes.subarray(arena.start(keyAt), arena.start(keyAt) + arena.length(keyAt)), 1);
  return { key, type: key[0] };
}

/** The NLRI that a key (type octet first) makes with a rider. */
export function joinRoute(key: Uint8Array, rider: Rider | undefined): EvpnNlri | undefined {
  const octets = rider?.bytes ?? NO_OCTETS;
  const length = key.length - 1 + octets.length;
  const nlri = new Uint8Array(2 + length);
  nlri[0] = key[0];
  nlri[1] = length;
  writeJoined(key, 1, key.length - 1, octets, rider?.mid ?? 0, nlri, 2);
  const { routes } = decodeNlri(Family.Evpn, nlri, 0, nlri.length, { addPath: false });
  return routes[0];
}

/** The destination with this key (type octet first), or -1. */
export function findRoute(table: RouteTable, key: Uint8Array): number {
  if (key.length < 1 || key.length > 256) return -1;
  const split = { ...emptySplit(), type: key[0], valueStart: 1, next: key.length, midStart: key.length };
  return table.find(key, { ...split, tailStart: key.length });
}
