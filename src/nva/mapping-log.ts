/** What changed in mapping tables, remembered for readers that go at their own pace. */
import type { MappingChange, MappingTable } from './mapping.ts';

/** Changes remembered of one table; who is further behind begins with a snapshot. */
const MAX_CHANGES = 65_536;

/** The logs of tables that may take each other's place. */
export class MappingLogs {
  /** Behind every version that any of them has ever had. */
  #next = 0;

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
}

/** Of all tables of a start of nvad. */
export const processLogs = new MappingLogs();

export class MappingLog {
  readonly #logs: MappingLogs;
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

  push(change: MappingChange): void {
    this.#changes.push(change);
    if (this.#changes.length > 2 * MAX_CHANGES) {
      this.#changes = this.#changes.slice(-MAX_CHANGES);
      this.#start += MAX_CHANGES + 1;
    }
    this.#logs.reached(this.version);
  }

  /** See {@link MappingTable.changesSince}. */
  since(version: number, limit: number): ReturnType<MappingTable['changesSince']> {
    const from = version - this.#start;
    if (from < 0 || from > this.#changes.length) return undefined;
    const changes = this.#changes.slice(from, from + limit);
    return { changes, version: version + changes.length };
  }
}
