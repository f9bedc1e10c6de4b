/** Fields that EVPN route types share. */
import { Family } from '../../constants.ts';
import { EncodeError } from '../../encode-error.ts';
import { formatIp, parseIp } from '../../ip.ts';
import type { NlriBase } from '../base.ts';

/** What every EVPN route has. */
export interface EvpnBase extends NlriBase {
  readonly family: typeof Family.Evpn;
}

export const EVPN = { family: Family.Evpn } as const;

/** Octets of an RD, and so where an ESI begins. */
export const RD = 8;
export const ESI = 10;
export const TAG = 4;
export const LABEL = 3;

/** Octets of an address of 0, 32 or 128 bits; -1 for any other number of bits. */
export function addressOctets(bits: number): number {
  if (bits === 32) return 4;
  if (bits === 128) return 16;
  return bits === 0 ? 0 : -1;
}

/** The address behind the length octet at `at`, or undefined when that is 0. */
export function readAddress(bytes: Uint8Array, at: number): string | undefined {
  const octets = addressOctets(bytes[at]);
  return octets === 4 || octets === 16 ? formatIp(bytes, at + 1, octets) : undefined;
}

/** Length in bits and octets of `address`; a single 0 when there is none. Throws an EncodeError for no address. */
export function writeAddress(field: string, address: string | undefined): Uint8Array {
  if (address === undefined) return Uint8Array.of(0);
  const octets = parseIp(address);
  if (octets === undefined) throw new EncodeError(`${field} ${JSON.stringify(address)} is no IP address`);
  return Uint8Array.of(octets.length * 8, ...octets);
}
