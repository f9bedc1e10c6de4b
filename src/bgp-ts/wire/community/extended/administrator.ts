/**
 * The ⟨global, local administrator⟩ value of six octets in its three encodings: two-octet AS (RFC 4360 §3.1), IPv4
 * address (RFC 4360 §3.2), four-octet AS (RFC 5668 §2). Route targets, route origins and EVI-RTs hold one.
 */
import { readU16, readU32, u16, u32 } from '../../bytes.ts';
import { checkUint, EncodeError } from '../../encode-error.ts';
import { formatIpv4, parseIpv4 } from '../../ip.ts';

export type Administrator =
  /** 16 bits of AS number, 32 of local administrator. */
  | { readonly encoding: 'as2'; readonly asn: number; readonly local: number }
  /** An IPv4 address, 16 bits of local administrator. */
  | { readonly encoding: 'ipv4'; readonly address: string; readonly local: number }
  /** 32 bits of AS number, 16 of local administrator. */
  | { readonly encoding: 'as4'; readonly asn: number; readonly local: number };

/** The encodings in the order of their type numbers: 0, 1, 2. */
export const encodings = ['as2', 'ipv4', 'as4'] as const;

/** Reads the six octets at `at`. */
export function decodeAdministrator(bytes: Uint8Array, at: number, encoding: Administrator['encoding']): Administrator {
  switch (encoding) {
    case 'as2':
      return { encoding, asn: readU16(bytes, at), local: readU32(bytes, at + 2) };
    case 'ipv4':
      return { encoding, address: formatIpv4(bytes, at), local: readU16(bytes, at + 4) };
    case 'as4':
      return { encoding, asn: readU32(bytes, at), local: readU16(bytes, at + 4) };
  }
}

/** Six octets. Throws an EncodeError for a value outside its field. */
export function encodeAdministrator(value: Administrator): number[] {
  if (value.encoding === 'as2') {
    checkUint('two-octet AS number', value.asn, 0xffff);
    return [...u16(value.asn), ...u32(checkUint('local administrator', value.local, 0xffffffff))];
  }
  const local = u16(checkUint('local administrator', value.local, 0xffff));
  if (value.encoding === 'as4') return [...u32(checkUint('AS number', value.asn, 0xffffffff)), ...local];
  const address = parseIpv4(value.address);
  if (address === undefined) throw new EncodeError(`${JSON.stringify(value.address)} is no IPv4 address`);
  return [...address, ...local];
}

/** `65000:10`, `192.0.2.1:10`. The two AS encodings look alike. */
export function formatAdministrator(value: Administrator): string {
  return `${value.encoding === 'ipv4' ? value.address : value.asn}:${value.local}`;
}

/**
 * Reads `65000:10` as two-octet AS, `4200000000:10` as four-octet AS, `192.0.2.1:10` as IPv4; undefined for anything
 * that fits none.
 */
export function parseAdministrator(text: string): Administrator | undefined {
  const parts = /^([\d.]+):(\d{1,10})$/.exec(text);
  if (parts === null) return undefined;
  const local = Number(parts[2]);
  if (parts[1].includes('.')) {
    const address = parseIpv4(parts[1]);
    if (address === undefined || local > 0xffff) return undefined;
    return { encoding: 'ipv4', address: formatIpv4(address), local };
  }
  const asn = Number(parts[1]);
  if (asn <= 0xffff) return local <= 0xffffffff ? { encoding: 'as2', asn, local } : undefined;
  return asn <= 0xffffffff && local <= 0xffff ? { encoding: 'as4', asn, local } : undefined;
}
