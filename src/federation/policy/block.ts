/** IP prefixes as signed numbers of 32 bits, which the engine keeps as such, to be compared with many addresses. */
import { ipv4ToNumber, parseIp } from 'bgp-ts';

export interface Block {
  readonly family: 4 | 6;
  /** In bits. */
  readonly length: number;
  /** One word in IPv4, four in IPv6, network order; zero behind the length. */
  readonly words: readonly number[];
  readonly masks: readonly number[];
}

/** A canonical prefix, or an address as the prefix that holds it alone. It was checked before: throws for what is neither. */
export function blockOf(text: string): Block {
  const [address = '', lengthText] = text.split('/');
  const octets = parseIp(address);
  if (octets === undefined) throw new Error(`a policy was compiled that was not checked: ${text} is no prefix`);
  const bits = octets.length * 8;
  const length = lengthText === undefined ? bits : Number(lengthText);
  const masks = Array.from({ length: bits / 32 }, (_, i) => maskOf(length - 32 * i));
  const words = masks.map((mask, i) => wordAt(octets, 4 * i) & mask);
  return { family: bits === 32 ? 4 : 6, length, words, masks };
}

/** Whether all of `inner` lies in `outer`. */
export function blockCovers(outer: Block, inner: Block): boolean {
  return outer.length <= inner.length && blocksMeet(outer, inner);
}

/** Whether one lies in the other: prefixes never overlap in part. */
export function blocksMeet(a: Block, b: Block): boolean {
  if (a.family !== b.family) return false;
  return a.words.every((word, i) => ((word ^ b.words[i]!) & a.masks[i]! & b.masks[i]!) === 0);
}

/** An address or prefix that is read again and again, without anything being made but for IPv4-mapped IPv6. */
export class AddressReader {
  family: 4 | 6 = 4;
  /** In bits. */
  length = 0;
  readonly words = [0, 0, 0, 0];
  readonly #groups = new Uint16Array(8);

  /** Canonical: `10.0.0.1`, `10.0.0.0/8`. */
  read(text: string): void {
    const slash = text.indexOf('/');
    const address = slash < 0 ? text : text.slice(0, slash);
    const v4 = ipv4ToNumber(address);
    if (v4 !== undefined) {
      this.family = 4;
      this.words[0] = v4 | 0;
    } else {
      this.family = 6;
      if (address.includes('.')) this.#readMapped(address);
      else this.#readGroups(address);
    }
    this.length = slash < 0 ? (this.family === 4 ? 32 : 128) : Number(text.slice(slash + 1));
  }

  isIn({ family, length, words, masks }: Block): boolean {
    if (family !== this.family || length > this.length) return false;
    for (let i = 0; i < words.length; i++) if ((this.words[i]! & masks[i]!) !== words[i]) return false;
    return true;
  }

  #readMapped(address: string): void {
    const octets = parseIp(address) ?? new Uint8Array(16);
    for (let i = 0; i < 4; i++) this.words[i] = wordAt(octets, 4 * i);
  }

  /** Canonical, and so right: hexadecimal groups, of which `::` leaves some out (RFC 5952 §4). */
  #readGroups(address: string): void {
    const groups = this.#groups.fill(0);
    let at = 0;
    let gap = -1;
    for (let i = 0; i < address.length; i++) {
      const code = address.charCodeAt(i);
      if (code !== COLON) groups[at] = (groups[at]! << 4) | (code < 0x3a ? code - 0x30 : code - 0x57);
      else if (i + 1 < address.length && address.charCodeAt(i + 1) === COLON) {
        gap = i === 0 ? 0 : ++at;
        i++;
      } else at++;
    }
    if (gap >= 0) groups.copyWithin(gap + 7 - at, gap, at + 1).fill(0, gap, gap + 7 - at);
    for (let i = 0; i < 4; i++) this.words[i] = (groups[2 * i]! << 16) | groups[2 * i + 1]!;
  }
}

const COLON = 0x3a;

const maskOf = (bits: number): number => (bits <= 0 ? 0 : bits >= 32 ? -1 : -1 << (32 - bits));

function wordAt(octets: Uint8Array, at: number): number {
  return (octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!;
}
