/** MAC addresses between octets and text: six lower-case octets with colons, so that equal addresses are equal strings. */
import { EncodeError } from './encode-error.ts';

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** The six octets at `at` as text. */
export function formatMac(bytes: Uint8Array, at = 0): string {
  let text = HEX[bytes[at]];
  for (let i = 1; i < 6; i++) text += `:${HEX[bytes[at + i]]}`;
  return text;
}

/** Six octets, or undefined when `text` is no MAC address; colons or hyphens, either case. */
export function parseMac(text: string): Uint8Array | undefined {
  if (!/^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}$/.test(text)) return undefined;
  return Uint8Array.from(text.split(/[:-]/), (octet) => Number.parseInt(octet, 16));
}

/** Six octets, or an {@link EncodeError} when `text` is no MAC address. */
export function encodeMac(text: string): Uint8Array {
  const bytes = parseMac(text);
  if (bytes === undefined) throw new EncodeError(`${JSON.stringify(text)} is no MAC address`);
  return bytes;
}
