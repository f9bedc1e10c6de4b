import { isIPv4 } from 'node:net';

/** An IP address as a number, with the width of its family. */
function toNumber(address: string): bigint {
  if (isIPv4(address)) return address.split('.').reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  if (tail) {
    const low = toNumber(tail[2] as string);
    return toNumber(`${tail[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`);
  }
  const [head = '', rest] = address.split('::');
  const words = (part: string) => (part === '' ? [] : part.split(':').map((word) => BigInt(`0x${word}`)));
  const before = words(head);
  const after = words(rest ?? '');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0n);
  return [...before, ...zeros, ...after].reduce((sum, word) => (sum << 16n) | word, 0n);
}

function toIpv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero words as `::`. */
function toIpv6(value: bigint): string {
  const words = Array.from({ length: 8 }, (_, i) => (value >> BigInt(112 - 16 * i)) & 0xffffn);
  let best = { start: 0, length: 1 };
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && words[i + length] === 0n) length++;
    if (length > best.length) best = { start: i, length };
  }
  const hex = words.map((word) => word.toString(16));
  if (best.length < 2) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`;
}

/** The subnet of a management network, which gives out its addresses in order. */
export class Subnet {
  readonly prefixLength: number;
  readonly #bits: number;
  readonly #first: bigint;

  /** `prefix` is an address with a prefix length that was checked before; host bits are ignored. */
  constructor(prefix: string) {
    const [address = '', length = ''] = prefix.split('/');
    this.#bits = isIPv4(address) ? 32 : 128;
    this.prefixLength = Number(length);
    const hostBits = BigInt(this.#bits - this.prefixLength);
    this.#first = (toNumber(address) >> hostBits) << hostBits;
  }

  /** The address at an offset from the network address, or undefined when the subnet has no such host. */
  at(offset: bigint): string | undefined {
    const size = 1n << BigInt(this.#bits - this.prefixLength);
    // The last IPv4 address of a subnet is its broadcast address.
    const end = this.#bits === 32 ? size - 1n : size;
    if (offset < 1n || offset >= end) return undefined;
    const value = this.#first + offset;
    return this.#bits === 32 ? toIpv4(value) : toIpv6(value);
  }

  /** The offset of an address, or undefined when it is not a host of this subnet. */
  offsetOf(address: string): bigint | undefined {
    if (isIPv4(address) !== (this.#bits === 32)) return undefined;
    const offset = toNumber(address) - this.#first;
    return this.at(offset) === undefined ? undefined : offset;
  }

  get gateway(): string | undefined {
    return this.at(1n);
  }
}

/**
 * Gives every node an address: the wanted one where one was written, otherwise the lowest that is free, in the order
 * of the nodes. The first address of the subnet is the bridge's.
 */
export function allocate(
  subnet: Subnet,
  nodes: readonly { readonly name: string; readonly wanted: string | undefined }[],
): { readonly addresses: ReadonlyMap<string, string>; readonly faults: readonly { node: string; reason: string }[] } {
  const faults: { node: string; reason: string }[] = [];
  const addresses = new Map<string, string>();
  const taken = new Map<bigint, string>([[1n, 'the bridge']]);
  for (const { name, wanted } of nodes) {
    if (wanted === undefined) continue;
    const offset = subnet.offsetOf(wanted);
    const holder = offset === undefined ? undefined : taken.get(offset);
    if (offset === undefined) faults.push({ node: name, reason: `${wanted} is no host of the management subnet` });
    else if (holder) faults.push({ node: name, reason: `${wanted} is taken by ${holder} already` });
    else {
      taken.set(offset, name);
      addresses.set(name, subnet.at(offset) as string);
    }
  }
  let next = 2n;
  for (const { name, wanted } of nodes) {
    if (wanted !== undefined) continue;
    while (taken.has(next)) next++;
    const address = subnet.at(next);
    if (address === undefined) {
      faults.push({ node: name, reason: 'the management subnet has no address left' });
      break;
    }
    taken.set(next, name);
    addresses.set(name, address);
  }
  return { addresses, faults };
}
