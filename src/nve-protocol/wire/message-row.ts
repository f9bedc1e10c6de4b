import type { FieldReader } from './field-reader.ts';

/** What the registry knows of one message. */
export interface MessageRow<M extends { readonly type: string }> {
  readonly type: M['type'];
  /** Who may send it. */
  readonly from: 'nve' | 'nva' | 'both';
  /** Reads all fields; where the reader has a fault afterwards, what this gave is worth nothing. */
  decode(read: FieldReader): M;
  /** The fields in the order in which they are sent, `type` first; those that are undefined are not. */
  encode(message: M): Readonly<Record<string, unknown>>;
}
