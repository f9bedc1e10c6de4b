import { toHex } from '../wire/bytes.ts';
import { familyText } from './names.ts';

/** One line of an explanation: some octets and what they say. */
export interface Row {
  readonly start: number;
  readonly end: number;
  readonly depth: number;
  readonly text: string;
}

export const row = (start: number, end: number, depth: number, text: string): Row => ({ start, end, depth, text });

const SHOWN = 10;

/** Offset, octets (the first few), meaning. */
export function formatRow(bytes: Uint8Array, { start, end, depth, text }: Row): string {
  const shown = toHex(bytes, start, Math.min(end, start + SHOWN));
  const hex = end - start > SHOWN ? `${shown}…` : shown;
  return `${String(start).padStart(6)}  ${hex.padEnd(2 * SHOWN + 1)}  ${'  '.repeat(depth)}${text}`;
}

/** A decoded value in one line. */
export function formatValue(value: unknown): string {
  if (value instanceof Uint8Array) return value.length === 0 ? '(empty)' : toHex(value);
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(nested).join(' ');
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return fields
      .map(([name, field]) => `${name} ${name === 'family' ? familyText(Number(field)) : nested(field)}`)
      .join(', ');
  }
  return String(value);
}

function nested(value: unknown): string {
  const isPlain = typeof value !== 'object' || value === null || value instanceof Uint8Array;
  if (isPlain || (Array.isArray(value) && value.length === 0)) return formatValue(value);
  return `(${formatValue(value)})`;
}
