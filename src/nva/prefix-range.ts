/** Prefixes as text that tells them apart, so that the longest that holds an address is found by a look for each length. */
import { parseIp, toHex } from 'bgp-ts';
import { masked } from '../evpn/ip-prefix.ts';

export interface AddressRange {
  readonly family: 4 | 6;
  /** In bits. */
  readonly length: number;
  /** The address in hexadecimal, with the bits behind the prefix's length zero. */
  readonly bits: string;
}

/** Undefined for what is no prefix. */
export function parsePrefixRange(prefix: string): AddressRange | undefined {
  const [address = '', text = ''] = prefix.split('/');
  const octets = parseIp(address);
  const length = Number(text);
  if (octets === undefined || text === '' || !Number.isInteger(length) || length > octets.length * 8) return undefined;
  return { family: octets.length === 4 ? 4 : 6, length, bits: toHex(masked(octets, length)) };
}

/** The `bits` of the prefix of a family and length that holds an address; undefined where none does. */
export function rangeOf(address: string, family: number, length: number): string | undefined {
  const octets = parseIp(address);
  if (octets === undefined || (octets.length === 4 ? 4 : 6) !== family) return undefined;
  return toHex(masked(octets, length));
}
