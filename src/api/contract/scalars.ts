/**
 * The small values every resource is made of. Each is written one way only in responses (lower-case hexadecimal,
 * RFC 5952 for IPv6), and filters are brought to that form before they are compared.
 */
import { isIP, isIPv4, SocketAddress } from 'node:net';
import { z } from 'zod';

/** An IP address in its one canonical form: RFC 5952 for IPv6, IPv4-mapped as plain IPv4; other text unchanged. */
export function canonicalIp(text: string): string {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (isIP(bare) !== 6) return bare;
  const zoneAt = bare.indexOf('%');
  const address = zoneAt < 0 ? bare : bare.slice(0, zoneAt);
  const zone = zoneAt < 0 ? '' : bare.slice(zoneAt);
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address;
  const mapped = canonical.startsWith('::ffff:') ? canonical.slice(7) : '';
  return isIPv4(mapped) ? mapped : canonical + zone;
}

function isPrefix(text: string): boolean {
  const match = /^(.+)\/(\d{1,3})$/.exec(text);
  if (match === null) return false;
  const version = isIP(match[1]!);
  return version !== 0 && Number(match[2]) <= (version === 4 ? 32 : 128);
}

function canonicalPrefix(text: string): string {
  const slash = text.lastIndexOf('/');
  if (slash < 0) return text;
  return `${canonicalIp(text.slice(0, slash))}/${Number(text.slice(slash + 1))}`;
}

/** Six octets however they are separated, as `02:00:00:00:00:11`; other text unchanged. */
function canonicalMac(text: string): string {
  const digits = text.toLowerCase().replace(/[:.-]/g, '');
  return /^[0-9a-f]{12}$/.test(digits) ? digits.match(/../g)!.join(':') : text;
}

/** A moment, RFC 3339 in UTC with milliseconds. */
export const timestamp = z.iso.datetime().describe('RFC 3339, UTC');

/** A count of events or things; never negative. */
export const count = z.int().min(0);

/** IPv4 or IPv6 address. */
export const ipAddress = z
  .string()
  .overwrite(canonicalIp)
  .refine((text) => isIP(text) !== 0, {
    error: 'must be an IPv4 or IPv6 address, for example 10.0.0.1 or 2001:db8::1',
  });

/** IPv4 or IPv6 prefix. */
export const ipPrefix = z
  .string()
  .overwrite(canonicalPrefix)
  .refine(isPrefix, { error: 'must be a prefix, for example 10.1.0.0/16 or 2001:db8::/32' });

/** The octets of a canonical address. */
function octetsOf(address: string): readonly number[] {
  if (isIPv4(address)) return address.split('.').map(Number);
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return [...left, ...zeros, ...right].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

const isMulticast = (address: string) =>
  isIPv4(address) ? (octetsOf(address)[0]! & 0xf0) === 0xe0 : address.startsWith('ff');

/** An address that one machine can have: not multicast, not 0.0.0.0 or ::, without a zone. */
export const hostAddress = ipAddress.refine(
  (address) => isIP(address) === 0 || !(isMulticast(address) || /^(0\.0\.0\.0|::|.*%.*)$/.test(address)),
  { error: 'must be the address of one machine, not multicast, 0.0.0.0 or ::' },
);

/** A multicast group. */
export const groupAddress = ipAddress.refine((address) => isIP(address) === 0 || isMulticast(address), {
  error: 'must be a multicast group, for example 239.1.1.1 or ff05::1',
});

function hasNoHostBits(prefix: string): boolean {
  if (!isPrefix(prefix)) return true;
  const [address, bits] = prefix.split('/') as [string, string];
  return octetsOf(address).every((octet, index) => {
    const kept = Math.min(8, Math.max(0, Number(bits) - 8 * index));
    return (octet & (0xff >> kept)) === 0;
  });
}

/** A prefix of a network, without host bits. */
export const networkPrefix = ipPrefix.refine(hasNoHostBits, {
  error: 'must have no bits beyond its length, for example 10.1.0.0/16 rather than 10.1.2.3/16',
});

/** MAC address; read with colons, hyphens, dots or none. */
export const macAddress = z
  .string()
  .overwrite(canonicalMac)
  .regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/, {
    error: 'must be a MAC address, for example 02:00:00:00:00:11',
  });

/** A MAC address that one interface can have: not multicast, not zero. */
export const unicastMac = macAddress.refine(
  (mac) => mac.length !== 17 || ((Number.parseInt(mac[1]!, 16) & 1) === 0 && mac !== '00:00:00:00:00:00'),
  { error: 'must be the MAC address of one interface, not multicast or zero' },
);

/** Route distinguisher (RFC 4364 §4.2): `65000:1` or `192.0.2.1:1`; unknown types as eight octets in hexadecimal. */
export const routeDistinguisher = z
  .string()
  .overwrite((text) => text.toLowerCase())
  .regex(/^(\d{1,10}:\d{1,10}|\d{1,3}(\.\d{1,3}){3}:\d{1,5}|[0-9a-f]{16})$/, {
    error: 'must be a route distinguisher, for example 10.0.0.1:2 or 65000:1217',
  });

/** Route target (RFC 4360 §4), as {@link routeDistinguisher} without the unknown types; a leading `RT:` is dropped. */
export const routeTarget = z
  .string()
  .overwrite((text) => text.replace(/^rt:/i, ''))
  .regex(/^(\d{1,10}:\d{1,10}|\d{1,3}(\.\d{1,3}){3}:\d{1,5})$/, {
    error: 'must be a route target, for example 65000:1217 or 10.0.0.1:17',
  });

/** Ethernet segment identifier (RFC 7432 §5): ten octets with colons. */
export const esi = z
  .string()
  .overwrite((text) => text.toLowerCase())
  .regex(/^([0-9a-f]{2}:){9}[0-9a-f]{2}$/, {
    error: 'must be an Ethernet segment identifier of ten octets, for example 00:11:22:33:44:55:66:77:88:99',
  });

/** Name of an NVE: one that is found by its session has its address. */
export const nveName = z.string().regex(/^[A-Za-z0-9:][A-Za-z0-9._:-]{0,62}$/, {
  error:
    'must be a name of 1 to 63 letters, digits, dots, colons, hyphens or underscores that starts with a letter or digit',
});

/** Name of a virtual network, as in the configuration. */
export const objectName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, {
  error: 'must be a name of 1 to 63 letters, digits, dots, hyphens or underscores that starts with a letter or digit',
});

/** A whole number written in a URL; the text is refused unless it is decimal digits alone. */
export const integerText = (what: string, min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value),
    z
      .int({ error: `must be ${what}, a whole number from ${min} to ${max}` })
      .min(min, { error: `must be ${what}, a whole number from ${min} to ${max}` })
      .max(max, { error: `must be ${what}, a whole number from ${min} to ${max}` }),
  );
