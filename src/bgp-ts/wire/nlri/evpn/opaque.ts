/**
 * An EVPN route of a type that this library does not know. RFC 7606 §5.4 has an endpoint discard it unless told
 * otherwise; a reflector that did so would keep new route types from those who know them, so it is kept and relayed as
 * it came, with all its octets as key.
 */
import { fromHex, toHex } from '../../bytes.ts';
import { checkUint, EncodeError } from '../../encode-error.ts';
import { EVPN, type EvpnBase } from './fields.ts';

export interface OpaqueEvpn extends EvpnBase {
  readonly kind: 'opaque-evpn';
  /** 0, or 12 to 255. */
  readonly type: number;
  /** The value in hexadecimal. */
  readonly octets: string;
}

export function decodeOpaqueEvpn(bytes: Uint8Array, type: number, start: number, end: number): OpaqueEvpn {
  return { kind: 'opaque-evpn', ...EVPN, type, octets: toHex(bytes, start, end) };
}

export function encodeOpaqueEvpn(route: OpaqueEvpn): Uint8Array {
  checkUint('EVPN route type', route.type, 0xff);
  // Types 1 to 11 have rules that opaque octets would go around.
  if (route.type >= 1 && route.type <= 11) throw new EncodeError(`EVPN route type ${route.type} is not opaque`);
  const octets = fromHex(route.octets);
  if (octets === undefined) throw new EncodeError(`${JSON.stringify(route.octets)} is no hexadecimal`);
  return octets;
}
