import { isIPv4, isIPv6 } from 'node:net';
import { accept, type Parsed, refuse } from './parsed.ts';

/** An IP address: 4 or 16 octets in network order, and its canonical text (RFC 5952 for IPv6). */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly octets: Uint8Array;
  readonly text: string;
}

/**
 * An IPv4 or IPv6 address as people write it. IPv4-mapped IPv6 (`::ffff:10.0.0.1`) is refused, so that one
 * peer cannot be named in two ways; so are zone ids, since a link-local peer has no stable name.
 */
export function parseAddress(text: string): Parsed<IpAddress> {
  if (isIPv4(text)) return accept(ipAddress(Uint8Array.from(text.split('.'), Number)));
  if (text.includes('%')) return refuse(`${quote(text)} has a zone, which is not supported`, 'use a routable address');
  if (!isIPv6(text)) return refuse(`${quote(text)} is not an IP address`, hintFor(text));
  const octets = ipv6Octets(text);
  if (isMapped(octets)) {
    const plain = ipAddress(octets.subarray(12)).text;
    return refuse(`${quote(text)} is an IPv4 address in IPv6 form`, `write ${plain}`);
  }
  return accept(ipAddress(octets));
}

/** An address that a BGP peer can have: not unspecified, multicast, broadcast, reserved or link-local. */
export function parsePeerAddress(text: string): Parsed<IpAddress> {
  return unicastAddress(text, 'peer');
}

/** An address at which the tunnels of an NVE can end: as with {@link parsePeerAddress}. */
export function parseTunnelAddress(text: string): Parsed<IpAddress> {
  return unicastAddress(text, 'NVE');
}

function unicastAddress(text: string, whose: string): Parsed<IpAddress> {
  const parsed = parseAddress(text);
  if (!parsed.ok) return parsed;
  const impossible = whyNotUnicast(parsed.value, whose);
  return impossible === undefined ? parsed : refuse(`${quote(text)} ${impossible}`);
}

/** Builds the value from 4 or 16 octets. */
export function ipAddress(octets: Uint8Array): IpAddress {
  return octets.length === 4
    ? { family: 4, octets, text: octets.join('.') }
    : { family: 6, octets, text: formatIpv6(octets) };
}

export function isUnspecified(address: IpAddress): boolean {
  return address.octets.every((octet) => octet === 0);
}

export function isMulticast(address: IpAddress): boolean {
  return address.family === 4 ? (address.octets[0]! & 0xf0) === 0xe0 : address.octets[0] === 0xff;
}

/** Whether only this machine reaches it; of canonical text. */
export function isLoopback(host: string): boolean {
  return host === '::1' || host.startsWith('127.');
}

function whyNotUnicast(address: IpAddress, whose: string): string | undefined {
  const first = address.octets[0]!;
  if (isUnspecified(address)) return `is the unspecified address, which no ${whose} can have`;
  if (isMulticast(address)) return `is a multicast address, which no ${whose} can have`;
  if (address.text === '255.255.255.255') return `is the broadcast address, which no ${whose} can have`;
  if (address.family === 4 && first === 0)
    return `lies in 0.0.0.0/8, from which no ${whose} can have its address (RFC 1122)`;
  if (address.family === 4 && first >= 240) return 'lies in 240.0.0.0/4, which is reserved (RFC 1112)';
  if (address.family === 6 && first === 0xfe && (address.octets[1]! & 0xc0) === 0x80) {
    return 'is link-local, which says nothing without an interface';
  }
  return undefined;
}

function hintFor(text: string): string | undefined {
  if (text.includes('/')) return 'leave the prefix length out, or use prefix instead of address';
  if (/^\d+(\.\d+){3}$/.test(text)) return 'each of the four numbers is 0 to 255, without leading zeros';
  if (/^\d+(\.\d+){1,4}$/.test(text)) return 'an IPv4 address has four numbers, as in 192.0.2.1';
  if (/^\[.*\](:\d+)?$|^\d+\.\d+\.\d+\.\d+:\d+$/.test(text)) return 'write the address alone, without brackets or port';
  if (/^[A-Za-z][A-Za-z0-9.-]*$/.test(text)) return 'names are not looked up';
  return undefined;
}

function ipv6Octets(text: string): Uint8Array {
  let head = text;
  const tail: number[] = [];
  const lastColon = text.lastIndexOf(':');
  if (text.includes('.')) {
    head = text.slice(0, lastColon + 1);
    for (const part of text.slice(lastColon + 1).split('.')) tail.push(Number(part));
    if (!head.endsWith('::')) head = head.slice(0, -1);
  }
  const [left = '', right] = head.split('::');
  const front = groupOctets(left);
  const back = [...groupOctets(right ?? ''), ...tail];
  const octets = new Uint8Array(16);
  if (right === undefined) {
    octets.set([...front, ...tail]);
    return octets;
  }
  octets.set(front);
  octets.set(back, 16 - back.length);
  return octets;
}

function groupOctets(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

function isMapped(octets: Uint8Array): boolean {
  return octets.subarray(0, 10).every((octet) => octet === 0) && octets[10] === 0xff && octets[11] === 0xff;
}

/** RFC 5952 §4: lower case, no leading zeros, the first longest run of two or more zero groups as `::`. */
function formatIpv6(octets: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (octets[2 * i]! << 8) | octets[2 * i + 1]!);
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && groups[i + run] === 0) run++;
    if (run > length) {
      start = i;
      length = run;
    }
  }
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  return start < 0 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

/** A text in the double quotes that messages use; long ones are cut. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text);
}
