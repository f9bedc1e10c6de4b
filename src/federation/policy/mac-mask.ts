/** MAC addresses under a mask, as two numbers of 24 bits each: what fits one no bitwise operation of JavaScript can hold. */
import { formatMac, parseMac } from 'bgp-ts';

export interface MacMask {
  readonly high: number;
  readonly low: number;
  readonly maskHigh: number;
  readonly maskLow: number;
}

const ALL = 0xffffff;

/** `address`, `address/length` or `address/mask`; undefined for anything else, and where the address has bits behind the mask. */
export function parseMacMask(text: string): MacMask | undefined {
  const [address = '', mask, more] = text.split('/');
  const octets = parseMac(address);
  const maskOctets = mask === undefined ? prefixMask(48) : maskOf(mask);
  if (octets === undefined || maskOctets === undefined || more !== undefined) return undefined;
  const value = { ...halves(octets), maskHigh: u24(maskOctets, 0), maskLow: u24(maskOctets, 3) };
  return (value.high & ~value.maskHigh) === 0 && (value.low & ~value.maskLow) === 0 ? value : undefined;
}

/** The one text of what {@link parseMacMask} reads: a mask of leading ones as a length, and none where it is all of them. */
export function formatMacMask({ high, low, maskHigh, maskLow }: MacMask): string {
  const address = formatMac(octetsOf(high, low));
  const mask = octetsOf(maskHigh, maskLow);
  const length = [...mask].reduce((sum, octet) => sum + Math.clz32(~(octet << 24)), 0);
  if (length === 48) return address;
  const contiguous = formatMac(prefixMask(length)) === formatMac(mask);
  return `${address}/${contiguous ? length : formatMac(mask)}`;
}

/** Whether every address of `inner` is one of `outer`. */
export function maskCovers(outer: MacMask, inner: MacMask): boolean {
  const sameHigh = ((outer.high ^ inner.high) & outer.maskHigh) === 0;
  const sameLow = ((outer.low ^ inner.low) & outer.maskLow) === 0;
  return sameHigh && sameLow && (outer.maskHigh & ~inner.maskHigh) === 0 && (outer.maskLow & ~inner.maskLow) === 0;
}

/** Whether an address is one of both. */
export function masksMeet(a: MacMask, b: MacMask): boolean {
  return ((a.high ^ b.high) & a.maskHigh & b.maskHigh) === 0 && ((a.low ^ b.low) & a.maskLow & b.maskLow) === 0;
}

export function isWholeAddress({ maskHigh, maskLow }: MacMask): boolean {
  return maskHigh === ALL && maskLow === ALL;
}

export function isAnyAddress({ maskHigh, maskLow }: MacMask): boolean {
  return maskHigh === 0 && maskLow === 0;
}

/** The 24 bits of three octets of a canonical MAC address, the first at `at` of its text. */
export function macHalf(text: string, at: number): number {
  return (octet(text, at) << 16) | (octet(text, at + 3) << 8) | octet(text, at + 6);
}

const octet = (text: string, at: number): number => (digit(text.charCodeAt(at)) << 4) | digit(text.charCodeAt(at + 1));
const digit = (code: number): number => (code < 0x3a ? code - 0x30 : code - 0x57);

function maskOf(text: string): Uint8Array | undefined {
  if (!/^(0|[1-9]\d?)$/.test(text)) return parseMac(text);
  return Number(text) <= 48 ? prefixMask(Number(text)) : undefined;
}

function prefixMask(length: number): Uint8Array {
  return Uint8Array.from({ length: 6 }, (_, i) => 0xff00 >> Math.min(8, Math.max(0, length - 8 * i)));
}

function halves(octets: Uint8Array): { readonly high: number; readonly low: number } {
  return { high: u24(octets, 0), low: u24(octets, 3) };
}

const u24 = (octets: Uint8Array, at: number): number => (octets[at]! << 16) | (octets[at + 1]! << 8) | octets[at + 2]!;

function octetsOf(high: number, low: number): Uint8Array {
  return Uint8Array.of(high >> 16, high >> 8, high, low >> 16, low >> 8, low);
}
