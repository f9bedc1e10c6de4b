/** Small readers and writers over octets in network byte order. Bounds are the caller's to check. */

export function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

export function readU24(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
}

export function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

export function u16(value: number): [number, number] {
  return [(value >>> 8) & 255, value & 255];
}

export function u24(value: number): [number, number, number] {
  return [(value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

export function u32(value: number): [number, number, number, number] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

/** One array out of several. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Codes of the letters that an octet is written with, the first above the second. */
export const LETTERS: Uint16Array = Uint16Array.from({ length: 256 }, (_, i) => {
  const text = i.toString(16).padStart(2, '0');
  return text.charCodeAt(0) * 256 + text.charCodeAt(1);
});
/** As many octets as are written in one go: a route distinguisher, or a community. */
const AT_ONCE = 8;

/** Octets as lower-case hexadecimal. */
export function toHex(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = '';
  let at = start;
  for (; at + AT_ONCE <= end; at += AT_ONCE) text += eightToHex(bytes, at);
  for (; at < end; at++) text += String.fromCharCode(LETTERS[bytes[at]] >> 8, LETTERS[bytes[at]] & 0xff);
  return text;
}

/** In one go, since a text that grows octet by octet is made anew with each. */
function eightToHex(bytes: Uint8Array, at: number): string {
  const a = LETTERS[bytes[at]];
  const b = LETTERS[bytes[at + 1]];
  const c = LETTERS[bytes[at + 2]];
  const d = LETTERS[bytes[at + 3]];
  const e = LETTERS[bytes[at + 4]];
  const f = LETTERS[bytes[at + 5]];
  const g = LETTERS[bytes[at + 6]];
  const h = LETTERS[bytes[at + 7]];
  // biome-ignore format: two letters for each octet
  return String.fromCharCode(
    a >> 8, a & 0xff, b >> 8, b & 0xff, c >> 8, c & 0xff, d >> 8, d & 0xff,
    e >> 8, e & 0xff, f >> 8, f & 0xff, g >> 8, g & 0xff, h >> 8, h & 0xff,
  );
}

/** What a letter is as a hexadecimal digit, by its code; 255 for one that is none. */
const DIGITS = new Uint8Array(128).fill(255);
for (let digit = 0; digit < 16; digit++) {
  const letter = digit.toString(16);
  DIGITS[letter.charCodeAt(0)] = DIGITS[letter.toUpperCase().charCodeAt(0)] = digit;
}

/** Hexadecimal as octets; undefined for an odd count or anything that is no hexadecimal digit. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = DIGITS[text.charCodeAt(2 * i)] ?? 255;
    const low = DIGITS[text.charCodeAt(2 * i + 1)] ?? 255;
    if (high > 15 || low > 15) return undefined;
    bytes[i] = high * 16 + low;
  }
  return bytes;
}
