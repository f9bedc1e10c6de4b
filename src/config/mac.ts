import { quote } from './address.ts';
import { accept, type Parsed, refuse } from './parsed.ts';

/** The MAC address of one interface, as people write it; lower case with colons. */
export function parseMac(text: string): Parsed<string> {
  const digits = /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$|^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/i.test(text)
    ? text.replace(/[:.-]/g, '').toLowerCase()
    : undefined;
  if (digits === undefined) return refuse(`${quote(text)} is not a MAC address`, 'write it as in 02:00:00:00:00:01');
  if (/^0+$/.test(digits)) return refuse(`${quote(text)} is all zero, which no interface has`);
  if ((Number.parseInt(digits.slice(0, 2), 16) & 1) === 1) {
    return refuse(`${quote(text)} is a group address, which no interface has`, 'the first octet of one is even');
  }
  return accept((digits.match(/../g) ?? []).join(':'));
}
