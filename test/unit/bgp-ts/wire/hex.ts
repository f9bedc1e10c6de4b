import { fromHex, toHex } from '../../../../src/bgp-ts/wire/bytes.ts';

/** Octets from annotated hexadecimal: white space and `;` comments up to the line's end are left out. */
export function hex(text: string): Uint8Array {
  const bytes = fromHex(text.replace(/;.*$/gm, '').replace(/\s+/g, ''));
  if (bytes === undefined) throw new Error(`no hexadecimal: ${text}`);
  return bytes;
}

export { toHex };
