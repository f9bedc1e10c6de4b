/**
 * Prefixes of which one is asked whether any of them holds an address: a look-up for each length that occurs, not for each
 * prefix.
 */
import { parseIp } from 'bgp-ts';

export class PrefixSet {
  /** Family (4 or 16 octets), then length, then the prefixes' bits as {@link bitsOf} has them. */
  readonly #prefixes = new Map<number, Map<number, Set<string>>>();

  /** Distinct lengths of both families: what {@link hold} costs. */
  get size(): number {
    let size = 0;
    for (const lengths of this.#prefixes.values()) size += lengths.size;
    return size;
  }

  /** Canonical; anything else is left out. */
  add(prefix: string): void {
    const slash = prefix.indexOf('/');
    const octets = slash < 0 ? undefined : parseIp(prefix.slice(0, slash));
    if (octets === undefined) return;
    const length = Number(prefix.slice(slash + 1));
    const lengths = this.#prefixes.get(octets.length) ?? new Map<number, Set<string>>();
    this.#prefixes.set(octets.length, lengths);
    const bits = lengths.get(length) ?? new Set<string>();
    lengths.set(length, bits);
    bits.add(bitsOf(octets, length));
  }

  /** Whether one of them holds the IP address; never a MAC address, never across families. */
  hold(address: string): boolean {
    const octets = parseIp(address);
    const lengths = octets && this.#prefixes.get(octets.length);
    if (octets === undefined || lengths === undefined) return false;
    for (const [length, bits] of lengths) if (bits.has(bitsOf(octets, length))) return true;
    return false;
  }
}

/** The first `length` bits, as a text. */
function bitsOf(octets: Uint8Array, length: number): string {
  const whole = length >> 3;
  let bits = '';
  for (let i = 0; i < whole; i++) bits += String.fromCharCode(octets[i]!);
  const rest = length & 7;
  return rest === 0 ? bits : bits + String.fromCharCode(octets[whole]! & (0xff << (8 - rest)));
}
