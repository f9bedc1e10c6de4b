/** The thread of checkpointer.ts: asked by a message, it gathers for a moment, takes over what there is, and answers. */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/** Milliseconds in which commits gather. */
const PAUSE = 50;

const database = new DatabaseSync(String(workerData), { timeout: 0 });

parentPort?.on('message', () => {
  setTimeout(() => {
    try {
      // It waits for nobody, and nobody waits for it (sqlite.org/wal.html §3.3).
      database.exec('PRAGMA wal_checkpoint(PASSIVE)');
    } catch {
      // A full disk shows where something is to be committed.
    }
    parentPort?.postMessage(undefined);
  }, PAUSE);
});
