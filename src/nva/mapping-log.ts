/** What changed in mapping tables, remembered for readers that go at their own pace. */
import type { MappingChange, MappingTable } from './mapping.ts';

/** Changes remembered of all tables together, some 100 to 250 octets each. */
const MAX_CHANGES = 262_144;

/**
 * The logs of tables that may take each other's place, and share the room there is: when it is full the longest give way until
 * a quarter of it is free. Whose changes are forgotten begins with a snapshot.
 */
export class MappingLogs {
  readonly #maxChanges: number;
  /** Those with changes; a table that is gone takes its log with it. */
  readonly #logs = new Set<WeakRef<MappingLog>>();
  /** Changes remembered, with those of tables that went since they were last counted. */
  #changes = 0;
  /** Behind every version that any of them has ever had. */
  #next = 0;

  constructor(maxChanges = MAX_CHANGES) {
    this.#maxChanges = maxChanges;
  }

  /** The log of a new table: what readers know of one before it, of the same network even, is none of its versions. */
  open(): MappingLog {
    const log = new MappingLog(this, this.#next);
    this.reached(log.version);
    return log;
  }

  /** A log has this version now. */
  reached(version: number): void {
    if (version >= this.#next) this.#next = version + 1;
  }

  /** A log has one change more. */
  grown(log: MappingLog): void {
    this.reached(log.version);
    if (log.length === 1) this.#logs.add(new WeakRef(log));
    if (++this.#changes > this.#maxChanges) this.#makeRoom();
  }

  #makeRoom(): void {
    const logs = [...this.#logs].map((reference) => reference.deref()).filter((log) => log !== undefined);
    logs.sort((a, b) => a.length - b.length);
    this.#logs.clear();
    let room = Math.floor((this.#maxChanges * 3) / 4);
    this.#changes = 0;
    for (const [i, log] of logs.entries()) {
      // What shorter ones leave of their share is for the longer ones.
      log.keep(Math.floor(room / (logs.length - i)));
      room -= log.length;
      this.#changes += log.length;
      if (log.length > 0) this.#logs.add(new WeakRef(log));
    }
  }
}

/** Of all tables of a start of nvad. */
export const processLogs = new MappingLogs();

/** Remembers what changes from when somebody follows it: most tables are read by nobody. */
export class MappingLog {
  readonly #logs: MappingLogs;
  #isFollowed = false;
  #changes: MappingChange[] = [];
  /** The version before the first change that is remembered. */
  #start: number;

  constructor(logs: MappingLogs, start: number) {
    this.#logs = logs;
    this.#start = start;
  }

  get version(): number {
    return this.#start + this.#changes.length;
  }

  /** Changes remembered. */
  get length(): number {
    return this.#changes.length;
  }

  push(change: MappingChange): void {
    if (!this.#isFollowed) {
      this.#start++;
      this.#logs.reached(this.version);
      return;
    }
    this.#changes.push(change);
    this.#logs.grown(this);
  }

  /** Forgets all changes but the last `most`. */
  keep(most: number): void {
    const gone = this.#changes.length - most;
    if (gone <= 0) return;
    this.#changes = this.#changes.slice(gone);
    this.#start += gone;
  }

  /** Somebody reads the table now, and will ask what has changed since. */
  follow(): void {
    this.#isFollowed = true;
  }

  /** See {@link MappingTable.changesSince}. */
  since(version: number, limit: number): ReturnType<MappingTable['changesSince']> {
    this.follow();
    const from = version - this.#start;
    if (from < 0 || from > this.#changes.length) return undefined;
    const changes = this.#changes.slice(from, from + limit);
    return { changes, version: version + changes.length };
  }
}
