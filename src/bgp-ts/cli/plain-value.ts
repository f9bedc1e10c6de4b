import { toHex } from '../wire/bytes.ts';

/** A decoded value as JSON can hold it: octets in hexadecimal, everything else as it is. */
export function plainValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plainValue(field)]));
}
