/**
 * What a tenant's frame asks for, when the kernel does not know where it is to go: a MAC address, or by ARP (RFC 826) and
 * neighbour discovery (RFC 4861 §7.2) the one of an IP address; and the answers to these two. Pure.
 */

export type Question =
  /** A frame for a host of which no MAC entry is there. */
  | { readonly kind: 'unicast'; readonly address: string }
  /** Who has an IP address: `from` is to be answered. */
  | { readonly kind: 'arp'; readonly address: string; readonly from: Asker }
  | { readonly kind: 'nd'; readonly address: string; readonly from: Asker };

export interface Asker {
  readonly mac: string;
  /** All zero in a probe whether the address is free. */
  readonly ip: string;
}

const ETHERNET = 14;
const ARP = 0x0806;
const IPV6 = 0x86dd;
const ICMPV6 = 58;
const NEIGHBOR_SOLICITATION = 135;
const NEIGHBOR_ADVERTISEMENT = 136;

/** What a frame asks for; undefined for what is for all, or says nothing. */
export function questionOf(frame: Uint8Array): Question | undefined {
  if (frame.length < ETHERNET) return undefined;
  const type = word(frame, 12);
  if (type === ARP) {
    const asked = arpQuestion(frame);
    if (asked !== undefined) return asked;
  }
  if (type === IPV6) {
    const asked = ndQuestion(frame);
    if (asked !== undefined) return asked;
  }
  if ((frame[0]! & 1) === 1) return undefined;
  return { kind: 'unicast', address: mac(frame, 0) };
}

function arpQuestion(frame: Uint8Array): Question | undefined {
  // Ethernet, IPv4, lengths 6 and 4, a request.
  if (frame.length < 42 || word(frame, 14) !== 1 || word(frame, 16) !== 0x0800) return undefined;
  if (frame[18] !== 6 || frame[19] !== 4 || word(frame, 20) !== 1) return undefined;
  const from = { mac: mac(frame, 22), ip: ipv4(frame, 28) };
  const address = ipv4(frame, 38);
  // An announcement of one's own.
  return from.ip === address ? undefined : { kind: 'arp', address, from };
}

function ndQuestion(frame: Uint8Array): Question | undefined {
  if (frame.length < 78 || frame[20] !== ICMPV6 || frame[54] !== NEIGHBOR_SOLICITATION) return undefined;
  return { kind: 'nd', address: ipv6(frame, 62), from: { mac: mac(frame, 6), ip: ipv6(frame, 22) } };
}

/** The frame by which the host with this MAC address would answer. */
export function answerTo(question: Exclude<Question, { kind: 'unicast' }>, owner: string): Uint8Array {
  return question.kind === 'arp' ? arpReply(question, owner) : advertisement(question, owner);
}

function arpReply({ address, from }: Extract<Question, { kind: 'arp' }>, owner: string): Uint8Array {
  const frame = new Uint8Array(60);
  frame.set(macOctets(from.mac), 0);
  frame.set(macOctets(owner), 6);
  frame.set([ARP >> 8, ARP & 0xff, 0, 1, 8, 0, 6, 4, 0, 2], 12);
  frame.set(macOctets(owner), 22);
  frame.set(ipv4Octets(address), 28);
  frame.set(macOctets(from.mac), 32);
  frame.set(ipv4Octets(from.ip), 38);
  return frame;
}

const ALL_NODES = 'ff02::1';

function advertisement({ address, from }: Extract<Question, { kind: 'nd' }>, owner: string): Uint8Array {
  // RFC 4861 §7.2.4: whoever has no address yet is answered as everybody, and not as having asked.
  const probe = from.ip === '::';
  const frame = new Uint8Array(ETHERNET + 40 + 32);
  frame.set(probe ? [0x33, 0x33, 0, 0, 0, 1] : macOctets(from.mac), 0);
  frame.set(macOctets(owner), 6);
  frame.set([IPV6 >> 8, IPV6 & 0xff, 0x60, 0, 0, 0, 0, 32, ICMPV6, 255], 12);
  frame.set(ipv6Octets(address), 22);
  frame.set(ipv6Octets(probe ? ALL_NODES : from.ip), 38);
  // Override, and solicited where it was.
  frame.set([NEIGHBOR_ADVERTISEMENT, 0, 0, 0, probe ? 0x20 : 0x60], 54);
  frame.set(ipv6Octets(address), 62);
  // Target link-layer address.
  frame.set([2, 1, ...macOctets(owner)], 78);
  const sum = checksum(frame);
  frame.set([sum >> 8, sum & 0xff], 56);
  return frame;
}

/** RFC 8200 §8.1, of the ICMPv6 message with the header that stands before it. */
function checksum(frame: Uint8Array): number {
  let sum = 32 + ICMPV6;
  for (let at = 22; at < frame.length; at += 2) sum += word(frame, at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

const word = (octets: Uint8Array, at: number) => (octets[at]! << 8) | octets[at + 1]!;

function mac(octets: Uint8Array, at: number): string {
  return Array.from(octets.subarray(at, at + 6), (octet) => octet.toString(16).padStart(2, '0')).join(':');
}

const macOctets = (text: string) => text.split(':').map((part) => Number.parseInt(part, 16));

const ipv4 = (octets: Uint8Array, at: number) => octets.subarray(at, at + 4).join('.');

const ipv4Octets = (text: string) => text.split('.').map(Number);

/** RFC 5952 §4. */
function ipv6(octets: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, group) => word(octets, at + 2 * group));
  let start = -1;
  let length = 1;
  for (let first = 0; first < 8; first++) {
    let run = 0;
    while (first + run < 8 && groups[first + run] === 0) run++;
    if (run > length) [start, length] = [first, run];
  }
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  return start < 0 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

function ipv6Octets(text: string): number[] {
  const [left = '', right] = text.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const front = groups(left);
  const back = groups(right ?? '');
  const all = right === undefined ? front : [...front, ...Array(8 - front.length - back.length).fill(0), ...back];
  return all.flatMap((group: number) => [group >> 8, group & 0xff]);
}
