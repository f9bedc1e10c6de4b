/**
 * The opaque cursor of a list: where the source goes on, bound to the filter it was made for, so that a cursor that
 * is used with another filter is refused instead of giving rows of neither.
 */
import { createHash } from 'node:crypto';

const VERSION = 1;

function digest(filter: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(filter)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('base64url').slice(0, 12);
}

export function encodeCursor(position: string, filter: Readonly<Record<string, unknown>>): string {
  return Buffer.from(JSON.stringify([VERSION, digest(filter), position])).toString('base64url');
}

/** The position within `cursor`, or why there is none. */
export function decodeCursor(
  cursor: string,
  filter: Readonly<Record<string, unknown>>,
): { readonly position: string } | { readonly reason: string } {
  const unknown = { reason: "must be 'next' of an earlier page, unchanged" };
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return unknown;
  }
  if (!Array.isArray(value) || value.length !== 3 || value[0] !== VERSION || typeof value[2] !== 'string') {
    return unknown;
  }
  if (value[1] !== digest(filter)) return { reason: 'was given for other filters; use the same filters on every page' };
  return { position: value[2] };
}
