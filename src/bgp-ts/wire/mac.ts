/** MAC addresses between octets and text: six lower-case octets with colons, so that equal addresses are equal strings. */
import { LETTERS } from './bytes.ts';
import { EncodeError } from './encode-error.ts';

const COLON = 0x3a;

/** The six octets at `at` as text: made in one go, since many of them are kept, and a text that grows is kept in parts. */
export function formatMac(bytes: Uint8Array, at = 0): string {
  const a = LETTERS[bytes[at]];
  const b = LETTERS[bytes[at + 1]];
  const c = LETTERS[bytes[at + 2]];
  const d = LETTERS[bytes[at + 3]];
  const e = LETTERS[bytes[at + 4]];
  const f = LETTERS[bytes[at + 5]];
  // biome-ignore format: two letters and a colon for each octet
  return String.fromCharCode(
    a >> 8, a & 0xff, COLON, b >> 8, b & 0xff, COLON, c >> 8, c & 0xff, COLON,
    d >> 8, d & 0xff, COLON, e >> 8, e & 0xff, COLON, f >> 8, f & 0xff,
  );
}

const HYPHEN = 0x2d;

/** Six octets, or undefined when `text` is no MAC address; colons or hyphens, either case. */
export function parseMac(text: string): Uint8Array | undefined {
  if (text.length !== 17) return undefined;
  const bytes = new Uint8Array(6);
  for (let i = 0, at = 0; i < 6; i++, at += 3) {
    const octet = (digit(text.charCodeAt(at)) << 4) | digit(text.charCodeAt(at + 1));
    if (octet < 0) return undefined;
    const separator = text.charCodeAt(at + 2);
    if (i < 5 && separator !== COLON && separator !== HYPHEN) return undefined;
    bytes[i] = octet;
  }
  return bytes;
}

/** The value of a hexadecimal digit, or -1. */
function digit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** Six octets, or an {@link EncodeError} when `text` is no MAC address. */
export function encodeMac(text: string): Uint8Array {
  const bytes = parseMac(text);
  if (bytes === undefined) throw new EncodeError(`${JSON.stringify(text)} is no MAC address`);
  return bytes;
}
