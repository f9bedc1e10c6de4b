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

/** MAC address; read with colons, hyphens, dots or none. */
export const macAddress = z
  .string()
  .overwrite(canonicalMac)
  .regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/, {
    error: 'must be a MAC address, for example 02:00:00:00:00:11',
  });

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

/** A whole number written in a URL; the text is refused unless it is decimal digits alone. */
export const integerText = (what: string, min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value),
    z
      .int({ error: `must be ${what}, a whole number from ${min} to ${max}` })
      .min(min, { error: `must be ${what}, a whole number from ${min} to ${max}` })
      .max(max, { error: `must be ${what}, a whole number from ${min} to ${max}` }),
  );
