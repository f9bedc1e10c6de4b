import { type IpAddress, ipAddress, isMulticast, parseAddress, quote } from './address.ts';
import { accept, type Parsed, refuse } from './parsed.ts';

/** An IP prefix without host bits. `text` is canonical: `10.0.0.0/16`, `2001:db8::/32`. */
export interface IpPrefix {
  readonly address: IpAddress;
  readonly length: number;
  readonly text: string;
}

/** A prefix in which peers can have their addresses, as {@link parseAnyPrefix} reads it. */
export function parsePrefix(text: string): Parsed<IpPrefix> {
  const parsed = parseAnyPrefix(text, ', or use address instead');
  if (!parsed.ok || parsed.value.length === 0 || !isMulticast(parsed.value.address)) return parsed;
  return refuse(`${quote(text)} is multicast, where no peer can have its address`);
}

/**
 * A prefix as people write it; one with host bits is refused and the one it lies in is suggested. `instead`: what else
 * may be written for one address, as the end of a sentence.
 */
export function parseAnyPrefix(text: string, instead = ''): Parsed<IpPrefix> {
  const slash = text.indexOf('/');
  if (slash < 0) {
    const address = parseAddress(text);
    if (!address.ok) return refuse(`${quote(text)} is not an IP prefix`, 'write it as in 10.0.0.0/16 or 2001:db8::/32');
    const host = `${address.value.text}/${address.value.family === 4 ? 32 : 128}`;
    return refuse(`${quote(text)} has no prefix length`, `write ${host} for this one address${instead}`);
  }
  const parsed = parseAddress(text.slice(0, slash));
  if (!parsed.ok) return parsed;
  const address = parsed.value;
  const most = address.octets.length * 8;
  const lengthText = text.slice(slash + 1);
  if (!/^(0|[1-9]\d{0,2})$/.test(lengthText) || Number(lengthText) > most) {
    return refuse(`${quote(text)} has an impossible prefix length`, `an IPv${address.family} length is 0 to ${most}`);
  }
  const length = Number(lengthText);
  const network = ipAddress(masked(address.octets, length));
  if (network.text !== address.text) {
    return refuse(`${quote(text)} has host bits set`, `did you mean ${network.text}/${length}?`);
  }
  return accept({ address: network, length, text: `${network.text}/${length}` });
}

/** An address, or a prefix that addresses lie in, as canonical text. */
export function parseIpPattern(text: string): Parsed<string> {
  const parsed = text.includes('/') ? parseAnyPrefix(text) : parseAddress(text);
  return parsed.ok ? accept(parsed.value.text) : parsed;
}

/** Whether the address lies in the prefix; never across families. */
export function contains(prefix: IpPrefix, address: IpAddress): boolean {
  if (prefix.address.family !== address.family) return false;
  return masked(address.octets, prefix.length).every((octet, i) => octet === prefix.address.octets[i]);
}

function masked(octets: Uint8Array, length: number): Uint8Array {
  return octets.map((octet, i) => octet & (0xff00 >> Math.min(8, Math.max(0, length - 8 * i))) & 0xff);
}
