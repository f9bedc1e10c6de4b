/**
 * EVPN route type 11, Leaf A-D (RFC 9572 §3.3): the NLRI of the route that it answers (the *route key*), then the
 * originator's address with its length. Key: all of it. The format does not say where the route key ends. As it is an
 * NLRI itself, its own length octet does; where that leads nowhere, the end of the value is tried for an address, IPv6
 * first.
 */
import { concat, fromHex, toHex } from '../../bytes.ts';
import { EncodeError } from '../../encode-error.ts';
import { NlriFaultCode } from '../fault.ts';
import { addressOctets, EVPN, type EvpnBase, readAddress, writeAddress } from './fields.ts';
import type { NlriSplit } from './split.ts';

export interface Leaf extends EvpnBase {
  readonly kind: 'leaf';
  readonly type: 11;
  /** The NLRI answered, in hexadecimal: at least its type and length octets. */
  readonly routeKey: string;
  readonly originator: string;
}

/** Octets of an NLRI's type and length, the least that a route key can have. */
const SHORTEST_KEY = 2;
const NOWHERE = -1;

/** Offset of the originator's length octet, or -1. */
function originatorAt(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < SHORTEST_KEY) return NOWHERE;
  const behindKey = start + SHORTEST_KEY + bytes[start + 1];
  if (endsWithAddress(bytes, behindKey, end)) return behindKey;
  for (const octets of [16, 4]) {
    const at = end - 1 - octets;
    if (at >= start + SHORTEST_KEY && endsWithAddress(bytes, at, end)) return at;
  }
  return NOWHERE;
}

function endsWithAddress(bytes: Uint8Array, at: number, end: number): boolean {
  if (at >= end) return false;
  const octets = addressOctets(bytes[at]);
  return octets > 0 && at + 1 + octets === end;
}

export function splitLeaf(bytes: Uint8Array, start: number, end: number): NlriFaultCode {
  return originatorAt(bytes, start, end) === NOWHERE ? NlriFaultCode.EvpnRouteKey : NlriFaultCode.None;
}

/** Reads a value that {@link splitLeaf} accepted. */
export function decodeLeaf(bytes: Uint8Array, start: number, split: NlriSplit): Leaf {
  const at = originatorAt(bytes, start, split.next);
  return {
    kind: 'leaf',
    ...EVPN,
    type: 11,
    routeKey: toHex(bytes, start, at),
    originator: readAddress(bytes, at) as string,
  };
}

export function encodeLeaf(route: Leaf): Uint8Array {
  const key = fromHex(route.routeKey);
  if (key === undefined || key.length < SHORTEST_KEY) {
    throw new EncodeError(`${JSON.stringify(route.routeKey)} is no route key`);
  }
  return concat([key, writeAddress('originator', route.originator)]);
}
