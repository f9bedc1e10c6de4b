/**
 * The ⟨length in bits, octets⟩ form of RFC 4271 §4.3 that all prefix families share. Bits behind the prefix are
 * irrelevant there, so they are cleared: two spellings of one prefix become the same route.
 */
import { EncodeError } from '../encode-error.ts';
import { formatIp, parseIp } from '../ip.ts';

/** Octets that `bits` need. */
export function octetsOf(bits: number): number {
  return (bits + 7) >> 3;
}

/** The octets of a prefix, bits behind its length cleared. The caller knows them to be there. */
export function maskedOctets(bytes: Uint8Array, at: number, bits: number): Uint8Array {
  const octets = bytes.slice(at, at + octetsOf(bits));
  const spare = octets.length * 8 - bits;
  if (spare > 0) octets[octets.length - 1] &= 0xff << spare;
  return octets;
}

/** The prefix of `bits` at `at` as `address/length`. */
export function readPrefix(bytes: Uint8Array, at: number, bits: number, addressLength: 4 | 16): string {
  const address = new Uint8Array(addressLength);
  address.set(maskedOctets(bytes, at, bits));
  return `${formatIp(address, 0, addressLength)}/${bits}`;
}

/** The length in bits and the octets of `address/length`. Throws an EncodeError when it is none of this family. */
export function writePrefix(prefix: string, addressLength: 4 | 16): { bits: number; octets: Uint8Array } {
  const { bits, address } = parsePrefix(prefix);
  if (address.length !== addressLength) {
    throw new EncodeError(`${JSON.stringify(prefix)} is no IPv${addressLength === 4 ? 4 : 6} prefix`);
  }
  return { bits, octets: maskedOctets(address, 0, bits) };
}

/** Address and length of `address/length`, host bits as they stand. Throws an EncodeError when it is no prefix. */
export function parsePrefix(prefix: string): { bits: number; address: Uint8Array } {
  const slash = prefix.indexOf('/');
  const address = slash < 0 ? undefined : parseIp(prefix.slice(0, slash));
  const length = prefix.slice(slash + 1);
  const bits = Number(length);
  if (address === undefined || !/^\d{1,3}$/.test(length) || bits > address.length * 8) {
    throw new EncodeError(`${JSON.stringify(prefix)} is no IP prefix`);
  }
  return { bits, address };
}
