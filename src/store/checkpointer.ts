/**
 * Takes over into the database what commits have written ahead of it (WAL), in a thread of its own: that waits for the disk,
 * 10 ms for 1,000 pages, for which nobody would be told of anything otherwise. What it does not get to, as while it cannot
 * write or has failed, SQLite does within a commit when the log has grown to {@link MOST_PAGES}.
 */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** Pages of the log, 4,096 octets each, beyond which a commit does not leave them to the thread. */
export const MOST_PAGES = 8_000;

export class Checkpointer {
  readonly #path: string;
  #thread: Worker | undefined;
  /** It has been asked, and has not answered. */
  #asked = false;
  #ended = false;

  /** @param path of the database */
  constructor(path: string) {
    this.#path = path;
  }

  /** Something was written; never throws. The first call starts the thread. */
  wrote(): void {
    if (this.#asked || this.#ended) return;
    this.#asked = true;
    this.#thread ??= this.#start();
    this.#thread.postMessage(undefined);
  }

  end(): void {
    this.#ended = true;
    void this.#thread?.terminate();
  }

  #start(): Worker {
    // The same file beside this one, as it was written or as it was built.
    const file = new URL(`./checkpoint-thread${extname(import.meta.filename)}`, import.meta.url);
    const thread = new Worker(file, { workerData: this.#path });
    thread.unref();
    thread.on('message', () => {
      this.#asked = false;
    });
    thread.on('error', () => {
      this.#ended = true;
    });
    return thread;
  }
}
