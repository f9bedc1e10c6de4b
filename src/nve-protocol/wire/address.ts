/** Addresses as the protocol writes them: canonical text, so that equal addresses are equal strings. */
import { canonicalIp, ipv4ToNumber, parseIp } from 'bgp-ts';

const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;

/** Six octets in lower case with colons. */
export function isMac(text: string): boolean {
  return text.length === 17 && MAC.test(text);
}

/** Dotted decimal, or IPv6 as RFC 5952 writes it. */
export function isIp(text: string): boolean {
  return ipv4ToNumber(text) !== undefined || (text.includes(':') && canonicalIp(text) === text);
}

/** A canonical address without host bits, a slash, and a length without leading zeros. */
export function isPrefix(text: string): boolean {
  return prefixBits(text) !== undefined;
}

function prefixBits(text: string): number | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = text.slice(0, slash);
  const digits = text.slice(slash + 1);
  if (!isIp(address) || !/^(?:0|[1-9]\d{0,2})$/.test(digits)) return undefined;
  const octets = parseIp(address)!;
  const length = Number(digits);
  if (length > 8 * octets.length) return undefined;
  for (let i = 0; i < octets.length; i++) if ((octets[i]! & ~maskOf(length, i) & 0xff) !== 0) return undefined;
  return length;
}

/** The octet at `index` of the mask of `length` bits. */
function maskOf(length: number, index: number): number {
  const bits = Math.min(Math.max(length - index * 8, 0), 8);
  return (0xff << (8 - bits)) & 0xff;
}
