/** The file of the audit log: lines are added at its end, in the file that its path names now. */
import { closeSync, fstatSync, openSync, readSync, statSync, writeSync } from 'node:fs';

export interface AuditFile {
  /** The last octets of what it held when it was opened. */
  readonly tail: string;
  /** Throws what the system says. */
  append(text: string): void;
  close(): void;
}

/** Octets of the tail: more than a line can have. */
const TAIL = 1024 * 1024;
/** Milliseconds between two looks whether the file was moved away, as logrotate does. */
const INTERVAL = 1000;
/** What is in it is for its owner and group. */
const MODE = 0o640;

/** Throws what the system says. `now` is milliseconds that never go back. */
export function openAuditFile(path: string, now: () => number): AuditFile {
  let descriptor = openSync(path, 'a+', MODE);
  let looked = now();
  const reopenIfMoved = () => {
    if (now() - looked < INTERVAL) return;
    looked = now();
    const inode = statSync(path, { throwIfNoEntry: false })?.ino;
    if (inode === fstatSync(descriptor).ino) return;
    const next = openSync(path, 'a+', MODE);
    closeSync(descriptor);
    descriptor = next;
  };
  return {
    tail: tailOf(descriptor),
    append: (text) => {
      reopenIfMoved();
      const octets = Buffer.from(text);
      for (let at = 0; at < octets.length; ) at += writeSync(descriptor, octets, at);
    },
    close: () => closeSync(descriptor),
  };
}

function tailOf(descriptor: number): string {
  const { size } = fstatSync(descriptor);
  const octets = Buffer.alloc(Math.min(size, TAIL));
  readSync(descriptor, octets, 0, octets.length, size - octets.length);
  return octets.toString();
}
