/**
 * Ethernet segment identifiers (RFC 7432 §5): ten octets, the first of which says how the other nine were made. An
 * identifier is compared as a whole, so the decoded forms hold all ten octets as 20 hexadecimal digits, and
 * {@link describeEsi} takes them apart for people. Nothing in an ESI can be malformed.
 */
import { fromHex, readU16, readU32, toHex } from './bytes.ts';
import { EncodeError } from './encode-error.ts';
import { formatIpv4 } from './ip.ts';
import { formatMac } from './mac.ts';

/** Octets of an ESI. */
export const ESI_LENGTH = 10;

/** Ten octets as 20 lower-case hexadecimal digits. */
export type Esi = string;

/** A single-homed site. */
export const ZERO_ESI: Esi = '00'.repeat(ESI_LENGTH);
/** MAX-ESI, reserved. */
export const MAX_ESI: Esi = 'ff'.repeat(ESI_LENGTH);

/** The structure of an ESI by its type. */
export type EsiView =
  | { readonly kind: 'single-homed' }
  | { readonly kind: 'max-esi' }
  /** Type 0: configured by the operator. */
  | { readonly kind: 'arbitrary'; readonly value: string }
  /** Type 1: the CE's LACP system MAC address and port key. */
  | { readonly kind: 'lacp'; readonly systemMac: string; readonly portKey: number }
  /** Type 2: the root bridge of a bridged LAN. */
  | { readonly kind: 'bridge'; readonly rootMac: string; readonly rootPriority: number }
  /** Type 3: system MAC address and 24-bit discriminator. */
  | { readonly kind: 'mac'; readonly systemMac: string; readonly discriminator: number }
  /** Type 4: router id and 32-bit discriminator. */
  | { readonly kind: 'router-id'; readonly routerId: string; readonly discriminator: number }
  /** Type 5: AS number and 32-bit discriminator. */
  | { readonly kind: 'as'; readonly asn: number; readonly discriminator: number }
  /** A type from 6 to 255. */
  | { readonly kind: 'unknown'; readonly type: number; readonly value: string };

/** Reads the ten octets at `at`, which the caller knows to be there. */
export function decodeEsi(bytes: Uint8Array, at = 0): Esi {
  return toHex(bytes, at, at + ESI_LENGTH);
}

/** Ten octets; colons between the octets are allowed. Throws an EncodeError for anything else. */
export function encodeEsi(esi: Esi): Uint8Array {
  const bytes = fromHex(esi.replaceAll(':', ''));
  if (bytes?.length !== ESI_LENGTH) throw new EncodeError(`${JSON.stringify(esi)} is no Ethernet segment identifier`);
  return bytes;
}

/** Ten octets with colons between them. */
export function formatEsi(esi: Esi): string {
  return esi.replace(/..(?=.)/g, '$&:');
}

/** Takes an ESI apart by its type (RFC 7432 §5). Octets that a type sets to zero are not looked at. */
export function describeEsi(esi: Esi): EsiView {
  if (esi === ZERO_ESI) return { kind: 'single-homed' };
  if (esi === MAX_ESI) return { kind: 'max-esi' };
  const bytes = encodeEsi(esi);
  switch (bytes[0]) {
    case 0:
      return { kind: 'arbitrary', value: toHex(bytes, 1) };
    case 1:
      return { kind: 'lacp', systemMac: formatMac(bytes, 1), portKey: readU16(bytes, 7) };
    case 2:
      return { kind: 'bridge', rootMac: formatMac(bytes, 1), rootPriority: readU16(bytes, 7) };
    case 3:
      return { kind: 'mac', systemMac: formatMac(bytes, 1), discriminator: readU32(bytes, 6) & 0xffffff };
    case 4:
      return { kind: 'router-id', routerId: formatIpv4(bytes, 1), discriminator: readU32(bytes, 5) };
    case 5:
      return { kind: 'as', asn: readU32(bytes, 1), discriminator: readU32(bytes, 5) };
    default:
      return { kind: 'unknown', type: bytes[0], value: toHex(bytes, 1) };
  }
}
