/** What a parser of one value answers: the value, or why there is none and what to write instead. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string; readonly suggestion?: string };

export function accept<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function refuse<T>(reason: string, suggestion?: string): Parsed<T> {
  return suggestion === undefined ? { ok: false, reason } : { ok: false, reason, suggestion };
}
