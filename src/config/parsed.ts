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

/** The value of a text that was validated before. */
export function valid<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw new Error(`a value that was validated does not parse: ${parsed.reason}`);
}

/** The canonical text, where there is a value. */
export function textOf(parsed: Parsed<{ readonly text: string }>): string | undefined {
  return parsed.ok ? parsed.value.text : undefined;
}
