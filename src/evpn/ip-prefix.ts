/** Prefixes and the hosts in them, as text and as octets. */

/** The prefix that an address is all of: `192.0.2.1/32`. */
export const hostPrefix = (ip: string): string => `${ip}/${ip.includes(':') ? 128 : 32}`;

/** The address that is all of a prefix; undefined for a prefix of more than one. */
export function hostOf(prefix: string): string | undefined {
  const [address = ''] = prefix.split('/');
  return prefix === hostPrefix(address) ? address : undefined;
}

/** An address without the bits behind a prefix's length, so that one prefix has one form. */
export function masked(address: Uint8Array, bits: number): Uint8Array {
  return address.map((octet, i) => octet & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i))));
}
