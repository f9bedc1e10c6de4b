/** MAC addresses between octets and text: six lower-case octets with colons, so that equal addresses are equal strings. */
import { EncodeError } from './encode-error.ts';

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** The six octets at `at` as text. */
export function formatMac(bytes: Uint8Array, at = 0): string {
  let text = HEX[bytes[at]];
  for (let i = 1; i < 6; i++) text += `:${HEX[bytes[at + i]]}`;
  return text;
}

const COLON = 0x3a;
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
