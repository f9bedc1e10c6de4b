import { toHex } from 'bgp-ts';
import type { Attribute } from '../contract/attributes.ts';

/** A decoded attribute as JSON: octets become hexadecimal text; everything else is JSON already. */
export function attributeJson(value: unknown): Attribute['value'] {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(attributeJson);
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return Object.fromEntries(fields.map(([name, field]) => [name, attributeJson(field)]));
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
