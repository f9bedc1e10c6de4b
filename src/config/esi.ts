import { quote } from './address.ts';
import { accept, type Parsed, refuse } from './parsed.ts';

/** An Ethernet segment identifier (RFC 7432 §5) as 20 hexadecimal digits, of the ten octets that people write with colons. */
export function parseEsi(text: string): Parsed<string> {
  if (!/^([0-9a-f]{2}:){9}[0-9a-f]{2}$/i.test(text)) {
    return refuse(
      `${quote(text)} is not an Ethernet segment identifier`,
      'write ten octets, "00:01:02:03:04:05:06:07:08:09"',
    );
  }
  const digits = text.replaceAll(':', '').toLowerCase();
  return /^(0{20}|f{20})$/.test(digits)
    ? refuse(`${quote(text)} is reserved and identifies no segment (RFC 7432 §5)`, 'write another one')
    : accept(digits);
}
