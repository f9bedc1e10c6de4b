import { inspect } from 'node:util';

/** A value on one line, for the reason of a find. */
export function show(value: unknown): string {
  return inspect(value, { depth: 8, breakLength: Infinity, maxArrayLength: 60, maxStringLength: 400 });
}
