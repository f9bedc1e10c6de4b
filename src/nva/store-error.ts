/** What of a store's troubles its user can tell apart. */
export type NvaStoreTrouble =
  /** The disk, or the room that the store may take, is full. */
  | 'full'
  /** It has not been opened yet. */
  | 'starting'
  /** Another process holds it. */
  | 'locked'
  /** What is in it is not what was written. */
  | 'corrupt'
  /** Anything else that the system says, such as a read-only file. */
  | 'unwritable';

/**
 * Thrown by an `NvaStore` that cannot read or write: nothing of the transaction was done, and the next one may be tried.
 * The message is a sentence for people.
 */
export class NvaStoreError extends Error {
  readonly code: NvaStoreTrouble;
  /** What would help, as the continuation of the sentence. */
  readonly suggestion: string;

  constructor(code: NvaStoreTrouble, message: string, suggestion: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'NvaStoreError';
    this.code = code;
    this.suggestion = suggestion;
  }
}
