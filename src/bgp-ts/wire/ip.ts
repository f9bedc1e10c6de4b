/**
 * IPv4 and IPv6 addresses between octets and canonical text (RFC 5952 §4; the mixed form of §5 for IPv4-mapped
 * addresses). Text is what the decoded forms hold: equal addresses are equal strings.
 */

/** The four octets at `at` in dotted decimal. */
export function formatIpv4(bytes: Uint8Array, at = 0): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

/** The sixteen octets at `at` in the form of RFC 5952. */
export function formatIpv6(bytes: Uint8Array, at = 0): string {
  const group = (i: number) => (bytes[at + 2 * i] << 8) | bytes[at + 2 * i + 1];
  let bestStart = -1;
  let bestLength = 1; // RFC 5952 §4.2.2: a single zero group is not shortened
  let run = 0;
  for (let i = 0; i < 8; i++) {
    run = group(i) === 0 ? run + 1 : 0;
    // strictly longer: of equal runs the first is shortened (RFC 5952 §4.2.3)
    if (run > bestLength) {
      bestLength = run;
      bestStart = i - run + 1;
    }
  }
  if (bestStart === 0 && bestLength === 5 && group(5) === 0xffff) return `::ffff:${formatIpv4(bytes, at + 12)}`;
  let text = '';
  for (let i = 0; i < 8; i++) {
    if (i === bestStart) {
      text += '::';
      i += bestLength - 1;
    } else {
      text += (i === 0 || text.endsWith('::') ? '' : ':') + group(i).toString(16);
    }
  }
  return text;
}

/** `length` 4 or 16 octets at `at` as text. */
export function formatIp(bytes: Uint8Array, at: number, length: 4 | 16): string {
  return length === 4 ? formatIpv4(bytes, at) : formatIpv6(bytes, at);
}

/** Dotted decimal, four parts without leading zeros, to an unsigned 32-bit number; undefined when it is not that. */
export function ipv4ToNumber(text: string): number | undefined {
  let value = 0;
  let part = -1;
  let parts = 0;
  for (let i = 0; i <= text.length; i++) {
    const c = i < text.length ? text.charCodeAt(i) : 0x2e;
    if (c === 0x2e) {
      if (part < 0 || parts === 4) return undefined;
      value = value * 256 + part;
      parts++;
      part = -1;
    } else if (c >= 0x30 && c <= 0x39) {
      // a zero already read makes this a leading zero, which some readers take for octal
      if (part === 0) return undefined;
      part = (part < 0 ? 0 : part * 10) + (c - 0x30);
      if (part > 255) return undefined;
    } else {
      return undefined;
    }
  }
  return parts === 4 ? value : undefined;
}

/** An unsigned 32-bit number as dotted decimal: BGP identifiers, ORIGINATOR_ID, cluster ids. */
export function ipv4FromNumber(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** Four octets, or undefined when `text` is no IPv4 address. */
export function parseIpv4(text: string): Uint8Array | undefined {
  const value = ipv4ToNumber(text);
  if (value === undefined) return undefined;
  return Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

/** Sixteen octets, or undefined when `text` is no IPv6 address (RFC 4291 §2.2); zone identifiers are refused. */
export function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0], halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1], true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head, 0);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** Colon-separated groups as octets; `last` says that dotted decimal may end them. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  const octets: number[] = [];
  if (text === '') return octets;
  const groups = text.split(':');
  if (groups.length > 8) return undefined;
  for (let i = 0; i < groups.length; i++) {
    const group = groups[i];
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      octets.push(value >> 8, value & 255);
    } else {
      const v4 = last && i === groups.length - 1 ? parseIpv4(group) : undefined;
      if (v4 === undefined) return undefined;
      octets.push(...v4);
    }
  }
  return octets;
}

/** Four or sixteen octets, or undefined when `text` is no IP address. */
export function parseIp(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** `text` in canonical form, or undefined when it is no IP address. */
export function canonicalIp(text: string): string | undefined {
  const bytes = parseIp(text);
  return bytes === undefined ? undefined : formatIp(bytes, 0, bytes.length === 4 ? 4 : 16);
}

/** Of a canonical address, the IPv4 address where it is one in its mapped form (RFC 4291 §2.5.5.2). */
export function unmappedIp(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}

/** 16 octets, IPv4 in its mapped form; zero for what is no address. */
export function mappedIp(address: string): Uint8Array {
  const octets = parseIp(address) ?? new Uint8Array(16);
  if (octets.length === 16) return octets;
  const out = new Uint8Array(16);
  out.set([0xff, 0xff], 10);
  out.set(octets, 12);
  return out;
}

/**
 * Whether the address of `length` octets at `at` is syntactically a host's (RFC 4271 §6.3, RFC 4291 §2.5, §2.7), which
 * "this network", the unspecified address, multicast and class E are not. Whether the host is one that can be reached
 * (loopback, ourselves, a foreign subnet) is for the route's user to say.
 */
export function isHostAddress(bytes: Uint8Array, at: number, length: 4 | 16): boolean {
  if (length === 4) return bytes[at] !== 0 && bytes[at] < 224;
  if (bytes[at] === 0xff) return false;
  let lead = 0;
  while (lead < 16 && bytes[at + lead] === 0) lead++;
  const isMapped = lead === 10 && bytes[at + 10] === 0xff && bytes[at + 11] === 0xff;
  return isMapped ? isHostAddress(bytes, at + 12, 4) : lead < 16;
}
