/** What kind of fault a configuration has; stable, for programs and tests. */
export type ConfigErrorCode =
  | 'file'
  | 'yaml'
  | 'duplicate-key'
  | 'unknown-key'
  | 'missing'
  | 'type'
  | 'value'
  | 'contradiction'
  | 'not-implemented'
  | 'needs-restart'
  | 'note'
  | 'system';

/** A place in a configuration's text. Both count from 1; `line` 0 means the file as a whole. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Where a value stands in the document: keys and list indices from the root. */
export type ConfigPath = readonly (string | number)[];

/** One thing that is wrong with a configuration. A value, never thrown. */
export interface ConfigError extends Place {
  readonly code: ConfigErrorCode;
  /** The file as the operator named it. */
  readonly file: string;
  /** For example `nves[1].address`; empty for the document itself. */
  readonly path: string;
  /** A sentence without a full stop. */
  readonly reason: string;
  /** What to write instead, as the continuation of the sentence. */
  readonly suggestion?: string;
}

/** Which place is asked for. */
export interface PlaceQuery {
  readonly path: ConfigPath;
  /** The place of the key at the end of the path, rather than of its value. */
  readonly atKey?: boolean;
}

/** A fault before its place in the text was looked up. */
export interface Finding extends PlaceQuery {
  readonly code: ConfigErrorCode;
  readonly reason: string;
  readonly suggestion?: string;
  /** The known key that an unknown one was probably meant to be. */
  readonly meant?: string;
}

/** `nves[1].address`, the form in which messages name a value. */
export function formatPath(path: ConfigPath): string {
  let text = '';
  for (const part of path) text += typeof part === 'number' ? `[${part}]` : `${text === '' ? '' : '.'}${part}`;
  return text;
}

/** `file:line:column: reason; suggestion`, or `file: reason` when the fault is the file's as a whole. */
export function formatConfigError(error: ConfigError): string {
  const place = error.line > 0 ? `${error.file}:${error.line}:${error.column}` : error.file;
  return `${place}: ${error.reason}${error.suggestion === undefined ? '' : `; ${error.suggestion}`}`;
}

/** Reading order: by line, then column. */
export function byPlace(a: ConfigError, b: ConfigError): number {
  return a.line - b.line || a.column - b.column;
}
