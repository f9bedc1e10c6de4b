/** What SQLite's result codes mean to those who are told of them. */
import { NvaStoreError, type NvaStoreTrouble } from '../nva/store-error.ts';

/** Primary result codes (sqlite.org/rescode.html). */
export const BUSY = 5;
const LOCKED = 6;
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;

/** Those of a store that has been opened. */
type Trouble = Exclude<NvaStoreTrouble, 'starting'>;

const troubles: Readonly<Record<number, Trouble>> = {
  [BUSY]: 'locked',
  [LOCKED]: 'locked',
  [CORRUPT]: 'corrupt',
  [FULL]: 'full',
  [NOT_A_DATABASE]: 'corrupt',
};

const words: Readonly<Record<Trouble, { readonly reason: string; readonly suggestion: string }>> = {
  full: { reason: 'is on a full disk', suggestion: 'make room: nothing can be changed until then' },
  locked: { reason: 'is locked by another process', suggestion: 'give every nvad a state file of its own' },
  corrupt: {
    reason: 'is damaged',
    suggestion: 'restore it from a backup, or move it away to start without what it held',
  },
  unwritable: { reason: 'cannot be written', suggestion: 'nvad must be able to write it and in its folder' },
};

/** The primary result code of an error of node:sqlite; 0 for any other error. */
export function resultCode(error: unknown): number {
  // The low octet is the primary code, what stands above it says more of the same.
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
}

/** What was thrown while the file at `path` was in use, as the error that users of the store know. */
export function storeError(path: string, error: unknown): NvaStoreError {
  if (error instanceof NvaStoreError) return error;
  const code = troubles[resultCode(error)] ?? 'unwritable';
  const { reason, suggestion } = words[code];
  const said = error instanceof Error ? error.message : String(error);
  return new NvaStoreError(code, `${path} ${reason} (${said})`, suggestion, error);
}

/** Does what uses the file at `path`; what that throws is thrown as {@link storeError} has it. */
export const tryingAt =
  (path: string) =>
  <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      throw storeError(path, error);
    }
  };

/** For rows that are there but are not what nvad writes. */
export function damaged(path: string, what: string): NvaStoreError {
  const { reason, suggestion } = words.corrupt;
  return new NvaStoreError('corrupt', `${path} ${reason} (${what})`, suggestion);
}
