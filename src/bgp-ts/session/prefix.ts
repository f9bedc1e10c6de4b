/** Address prefixes as the key of dynamic peers. Pure. */
import { parseIp } from '../wire/ip.ts';

export interface Prefix {
  /** 4 or 16 octets; those past `length` bits are zero. */
  readonly octets: Uint8Array;
  /** Bits. */
  readonly length: number;
}

/** `10.0.0.0/16`, `2001:db8::/64`, or an address alone; undefined for anything else, host bits included. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  const octets = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (octets === undefined) return undefined;
  const bits = octets.length * 8;
  if (slash < 0) return { octets, length: bits };
  const digits = text.slice(slash + 1);
  if (!/^(0|[1-9]\d{0,2})$/.test(digits)) return undefined;
  const length = Number(digits);
  if (length > bits) return undefined;
  for (let i = 0; i < octets.length; i++) if ((octets[i] & ~maskOf(length, i) & 0xff) !== 0) return undefined;
  return { octets, length };
}

/** Whether the address in `octets` lies in `prefix`; never across families. */
export function prefixContains(prefix: Prefix, octets: Uint8Array): boolean {
  if (octets.length !== prefix.octets.length) return false;
  for (let i = 0; i * 8 < prefix.length; i++) {
    if (((octets[i] ^ prefix.octets[i]) & maskOf(prefix.length, i)) !== 0) return false;
  }
  return true;
}

/** The value of the longest prefix that holds `address`, of equal ones the first; undefined when none does. */
export function matchPrefix<T>(
  entries: readonly { readonly prefix: Prefix; readonly value: T }[],
  address: string,
): T | undefined {
  const octets = parseIp(address);
  if (octets === undefined) return undefined;
  let best: { readonly prefix: Prefix; readonly value: T } | undefined;
  for (const entry of entries) {
    if (best !== undefined && entry.prefix.length <= best.prefix.length) continue;
    if (prefixContains(entry.prefix, octets)) best = entry;
  }
  return best?.value;
}

/** The octet at `index` of the mask of `length` bits. */
function maskOf(length: number, index: number): number {
  const bits = Math.min(Math.max(length - index * 8, 0), 8);
  return (0xff << (8 - bits)) & 0xff;
}
