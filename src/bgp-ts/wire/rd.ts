/**
 * Route distinguishers (RFC 4364 §4.2): eight octets, of which the first two say how the other six are divided. Types
 * that nobody has defined are kept as they are; two distinguishers are equal when their octets are.
 */
import { fromHex, readU16, readU32, toHex, u16, u32 } from './bytes.ts';
import { checkUint, EncodeError } from './encode-error.ts';
import { formatIpv4, parseIpv4 } from './ip.ts';

/** Octets of a route distinguisher. */
export const RD_LENGTH = 8;

/** A route distinguisher (RFC 4364 §4.2), by its type; 2 is the one to choose where the AS number needs four octets. */
export type RouteDistinguisher =
  /** Two-octet AS number, four-octet assigned number. */
  | { readonly type: 0; readonly asn: number; readonly assigned: number }
  /** IPv4 address, two-octet assigned number. */
  | { readonly type: 1; readonly address: string; readonly assigned: number }
  /** Four-octet AS number, two-octet assigned number. */
  | { readonly type: 2; readonly asn: number; readonly assigned: number }
  /** Any other type: its number and its six octets in hexadecimal. */
  | { readonly type: 'unknown'; readonly code: number; readonly value: string };

/** Reads the eight octets at `at`, which the caller knows to be there. */
export function decodeRd(bytes: Uint8Array, at = 0): RouteDistinguisher {
  const type = readU16(bytes, at);
  switch (type) {
    case 0:
      return { type, asn: readU16(bytes, at + 2), assigned: readU32(bytes, at + 4) };
    case 1:
      return { type, address: formatIpv4(bytes, at + 2), assigned: readU16(bytes, at + 6) };
    case 2:
      return { type, asn: readU32(bytes, at + 2), assigned: readU16(bytes, at + 6) };
    default:
      return { type: 'unknown', code: type, value: toHex(bytes, at + 2, at + 8) };
  }
}

/** Eight octets. Throws an EncodeError for a number outside its field. */
export function encodeRd(rd: RouteDistinguisher): Uint8Array {
  switch (rd.type) {
    case 0:
      checkUint('two-octet AS number of the RD', rd.asn, 0xffff);
      checkUint('assigned number of the RD', rd.assigned, 0xffffffff);
      return Uint8Array.of(0, 0, ...u16(rd.asn), ...u32(rd.assigned));
    case 1: {
      const address = parseIpv4(rd.address);
      if (address === undefined) throw new EncodeError(`${JSON.stringify(rd.address)} in an RD is no IPv4 address`);
      checkUint('assigned number of the RD', rd.assigned, 0xffff);
      return Uint8Array.of(0, 1, ...address, ...u16(rd.assigned));
    }
    case 2:
      checkUint('AS number of the RD', rd.asn, 0xffffffff);
      checkUint('assigned number of the RD', rd.assigned, 0xffff);
      return Uint8Array.of(0, 2, ...u32(rd.asn), ...u16(rd.assigned));
    case 'unknown': {
      checkUint('RD type', rd.code, 0xffff);
      const value = fromHex(rd.value);
      if (value?.length !== 6) throw new EncodeError(`${JSON.stringify(rd.value)} in an RD is not six octets`);
      return Uint8Array.of(...u16(rd.code), ...value);
    }
  }
}

/** `65000:1`, `192.0.2.1:3`; an unknown type as `type:hex`, `0xffff:0102…`. Types 0 and 2 look alike. */
export function formatRd(rd: RouteDistinguisher): string {
  switch (rd.type) {
    case 1:
      return `${rd.address}:${rd.assigned}`;
    case 'unknown':
      return `0x${rd.code.toString(16).padStart(4, '0')}:${rd.value}`;
    default:
      return `${rd.asn}:${rd.assigned}`;
  }
}

/**
 * Reads what {@link formatRd} writes. An AS number below 65536 makes type 0, a larger one type 2. Undefined when
 * `text` is no distinguisher.
 */
export function parseRd(text: string): RouteDistinguisher | undefined {
  const parts = /^([^:]+):([0-9a-fA-F]+)$/.exec(text);
  if (parts === null) return undefined;
  const [, left, right] = parts;
  if (/^0x[0-9a-fA-F]{4}$/.test(left)) {
    const code = Number.parseInt(left.slice(2), 16);
    return right.length === 12 && code > 2 ? { type: 'unknown', code, value: right.toLowerCase() } : undefined;
  }
  if (!/^\d{1,10}$/.test(right)) return undefined;
  const assigned = Number(right);
  if (left.includes('.')) {
    const address = parseIpv4(left);
    if (address === undefined || assigned > 0xffff) return undefined;
    return { type: 1, address: formatIpv4(address), assigned };
  }
  if (!/^\d{1,10}$/.test(left)) return undefined;
  const asn = Number(left);
  if (asn <= 0xffff) return assigned <= 0xffffffff ? { type: 0, asn, assigned } : undefined;
  return asn <= 0xffffffff && assigned <= 0xffff ? { type: 2, asn, assigned } : undefined;
}
