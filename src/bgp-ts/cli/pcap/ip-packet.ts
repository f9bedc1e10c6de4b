/** IPv4 (RFC 791) and IPv6 (RFC 8200) headers, up to the TCP segment inside. */
import { readU16 } from '../../wire/bytes.ts';
import { formatIpv4, formatIpv6 } from '../../wire/ip.ts';

export interface TcpPayload {
  readonly source: string;
  readonly destination: string;
  /** The segment, as far as it was captured. */
  readonly start: number;
  readonly end: number;
  /** Where it would end had it been captured whole. */
  readonly wholeEnd: number;
}

const TCP = 6;
const MAX_EXTENSIONS = 8;
const Extension = {
  HopByHop: 0,
  Routing: 43,
  Fragment: 44,
  Authentication: 51,
  Destination: 60,
  Mobility: 135,
} as const;

/** The TCP segment of the IP packet at `at`, or a few words on why there is none. */
export function tcpPayload(bytes: Uint8Array, at: number): TcpPayload | string {
  return bytes[at] >> 4 === 4 ? inIpv4(bytes, at) : inIpv6(bytes, at);
}

function inIpv4(bytes: Uint8Array, at: number): TcpPayload | string {
  const headerLength = (bytes[at] & 15) * 4;
  if (headerLength < 20 || at + headerLength > bytes.length) return 'cut';
  // More Fragments, or an offset
  if ((readU16(bytes, at + 6) & 0x3fff) !== 0) return 'IP fragment';
  if (bytes[at + 9] !== TCP) return 'not TCP';
  // zero where the network card cuts the segments after the capture
  const total = readU16(bytes, at + 2) || bytes.length - at;
  const start = at + headerLength;
  const addresses = { source: formatIpv4(bytes, at + 12), destination: formatIpv4(bytes, at + 16) };
  return { ...addresses, ...span(bytes, start, at + total) };
}

function inIpv6(bytes: Uint8Array, at: number): TcpPayload | string {
  if (at + 40 > bytes.length) return 'cut';
  const length = readU16(bytes, at + 4);
  const wholeEnd = length === 0 ? bytes.length : at + 40 + length;
  let next = bytes[at + 6];
  let start = at + 40;
  for (let seen = 0; next !== TCP; seen++) {
    const size = seen < MAX_EXTENSIONS ? extensionLength(next, bytes, start) : 'not TCP';
    if (typeof size === 'string') return size;
    next = bytes[start];
    start += size;
  }
  const addresses = { source: formatIpv6(bytes, at + 8), destination: formatIpv6(bytes, at + 24) };
  return { ...addresses, ...span(bytes, start, wholeEnd) };
}

/** Octets of the extension header at `at`, of kind `type`. */
function extensionLength(type: number, bytes: Uint8Array, at: number): number | string {
  if (!Object.values(Extension).some((known) => known === type)) return 'not TCP';
  if (at + 8 > bytes.length) return 'cut';
  if (type === Extension.Authentication) return (bytes[at + 1] + 2) * 4;
  if (type !== Extension.Fragment) return (bytes[at + 1] + 1) * 8;
  // a fragment header around a packet that is whole (RFC 6946)
  return (readU16(bytes, at + 2) & 0xfff9) === 0 ? 8 : 'IP fragment';
}

function span(bytes: Uint8Array, start: number, wholeEnd: number) {
  return { start, end: Math.max(start, Math.min(wholeEnd, bytes.length)), wholeEnd: Math.max(start, wholeEnd) };
}
