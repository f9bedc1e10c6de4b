import type { Malformed } from './codec.ts';

type Refusal = { readonly ok: false; readonly fault: Malformed };

/** A decoder's refusal of an attribute's value. */
export function malformed(
  code: string,
  offset: number,
  reason: string,
  more: Pick<Malformed, 'subcode' | 'outcome' | 'family'> = {},
): Refusal {
  return { ok: false, fault: { code, offset, reason, ...more } };
}

/** Refusal of a value whose length is wrong; `expected` completes "length 3 instead of …". */
export function wrongLength(name: string, start: number, end: number, expected: number | string): Refusal {
  return malformed(`${name}-length`, start, `length ${end - start} instead of ${expected}`);
}
