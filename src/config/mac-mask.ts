import { formatMacMask, parseMacMask } from '../federation/policy/mac-mask.ts';
import { quote } from './address.ts';
import { accept, type Parsed, refuse } from './parsed.ts';

/** MAC addresses: one, or those under a prefix length or mask; canonical. */
export function parseMacPattern(text: string): Parsed<string> {
  const mask = parseMacMask(text.toLowerCase());
  if (mask !== undefined) return accept(formatMacMask(mask));
  const parts = text.split('/');
  const bare =
    parts.length === 2 && parseMacMask(parts[0]!) !== undefined && parseMacMask(`00:00:00:00:00:00/${parts[1]}`);
  if (bare) return refuse(`${quote(text)} has bits set behind its mask`, 'set them to zero');
  return refuse(
    `${quote(text)} is not a MAC address, nor one with a prefix length of 0 to 48 or a mask`,
    'write it as in 02:00:00:00:00:01, 02:00:5e:00:00:00/24 or 02:00:00:00:00:00/ff:ff:00:00:00:00',
  );
}

/** The three octets that a vendor's MAC addresses begin with; canonical. */
export function parseOui(text: string): Parsed<string> {
  return /^[0-9a-f]{2}([:-][0-9a-f]{2}){2}$/i.test(text)
    ? accept(text.replaceAll('-', ':').toLowerCase())
    : refuse(`${quote(text)} is not an OUI`, 'write the first three octets of a MAC address, as in 00:16:3e');
}
