/**
 * At most one nvad on a state file: each goes by what it has read at its start, and two would write over each other. The lock
 * is SQLite's own on an empty file beside it, so that it holds across network namespaces and containers, and the kernel
 * takes it back however the process ends. The state file itself stays readable, for backups.
 */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { BUSY, resultCode } from './sqlite-trouble.ts';

/** The first octet that SQLite locks of a file, whether it is there or not (SQLite file format §1.4). */
const LOCK_BYTE = 0x4000_0000;

/** Milliseconds for the nvad before this one to end. */
const PATIENCE = 2_000;

export type StoreLock =
  | { readonly ok: true; readonly release: () => void }
  /** `holder` is the other's process id, where this one can see it. */
  | { readonly ok: false; readonly holder: number | undefined };

/** The file at `path` is there. Throws what the system says where the one beside it cannot be opened or written. */
export function lockStore(path: string): StoreLock {
  // Who comes by another name comes to the same file.
  const file = `${realpathSync(path)}-lock`;
  const database = new DatabaseSync(file, { timeout: PATIENCE });
  try {
    // Nothing is ever written, and so there is nothing to restore.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return { ok: true, release: () => database.close() };
  } catch (error) {
    database.close();
    if (resultCode(error) !== BUSY) throw error;
    return { ok: false, holder: holderOf(file) };
  }
}

/** proc_locks(5): `9: POSIX  ADVISORY  WRITE 15805 fe:00:10103054 1073741824 1073742335`. */
function holderOf(file: string): number | undefined {
  try {
    const lock = new RegExp(`^\\d+: POSIX +ADVISORY +WRITE (\\d+) \\S+:${statSync(file).ino} ${LOCK_BYTE} `, 'm');
    const pid = Number(lock.exec(readFileSync('/proc/locks', 'utf8'))?.[1] ?? 0);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
