/** Hexadecimal as people paste it. */
import { fromHex } from '../wire/bytes.ts';

/**
 * The octets of `text`, in which white space, colons, dots, commas, dashes and `0x` may stand between them; or a
 * sentence on what is no hexadecimal, and where (characters are counted from 1).
 */
export function parseOctets(text: string): Uint8Array | string {
  const digits = text.replace(/0x/gi, '').replace(/[\s:.,-]/g, '');
  if (digits === '') return 'no octets are given';
  const wrong = /[^\s:.,0-9a-f-]/i.exec(text.replace(/0x/gi, '  '));
  if (wrong !== null) return `${JSON.stringify(wrong[0])} at character ${wrong.index + 1} is no hexadecimal digit`;
  return fromHex(digits) ?? `${digits.length} hexadecimal digits are no whole number of octets`;
}
