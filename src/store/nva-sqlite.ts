/**
 * What the NVA must not lose, in the SQLite file: one row for each object, its value as JSON, so that a field more needs no
 * migration. A commit is one transaction of the WAL: it has reached the system before the call returns, so that it outlives
 * the process; what the machine had not yet written may be lost with its power, whole transactions from the end, unless the
 * store is `synchronous: full`.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Actor, Attachment, Change, NvaEvent, Nve, VirtualNetwork } from '../nva/model.ts';
import type { NvaStore, NvaTransaction, StoredAttachment } from '../nva/nva-store.ts';
import { checkOrder } from './event-order.ts';
import { damaged, storeError } from './sqlite-trouble.ts';

/** `last_event` has the last id that was ever given, whatever became of the event. */
export const nvaTables = `
  CREATE TABLE virtual_network (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE nve (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE attachment (
    network TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL,
    sequence INTEGER NOT NULL, registered INTEGER NOT NULL, attached INTEGER NOT NULL,
    PRIMARY KEY (network, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE event (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, value TEXT NOT NULL) STRICT;
  CREATE TABLE last_event (one INTEGER PRIMARY KEY CHECK (one = 1), id INTEGER NOT NULL) STRICT`;

export interface SqliteNvaOptions {
  /** Of the file, for what is said of it. */
  readonly path: string;
  readonly eventsKept: number;
}

export interface SqliteNvaModules {
  readonly database: DatabaseSync;
  /** Called after each commit. */
  readonly wrote: () => void;
}

/** The part of an event that is its row's JSON. */
interface EventValue {
  readonly by: Actor;
  readonly change: Change;
  readonly before?: VirtualNetwork | Nve | Attachment;
}

export class SqliteNvaStore implements NvaStore {
  readonly #database: DatabaseSync;
  readonly #options: SqliteNvaOptions;
  readonly #wrote: () => void;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #putNetwork: StatementSync;
  readonly #deleteNetwork: StatementSync;
  readonly #putNve: StatementSync;
  readonly #deleteNve: StatementSync;
  readonly #putAttachment: StatementSync;
  readonly #deleteAttachment: StatementSync;
  readonly #addEvent: StatementSync;
  readonly #forgetEvents: StatementSync;
  readonly #setLastEvent: StatementSync;
  readonly #readEvents: StatementSync;
  #lastEvent: number;
  #firstEvent: number;

  constructor(options: SqliteNvaOptions, { database, wrote }: SqliteNvaModules) {
    this.#options = options;
    this.#database = database;
    this.#wrote = wrote;
    const put = (table: string) =>
      `INSERT INTO ${table} (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`;
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#putNetwork = database.prepare(put('virtual_network'));
    this.#deleteNetwork = database.prepare('DELETE FROM virtual_network WHERE name = ?');
    this.#putNve = database.prepare(put('nve'));
    this.#deleteNve = database.prepare('DELETE FROM nve WHERE name = ?');
    this.#putAttachment = database.prepare(
      `INSERT INTO attachment (network, id, value, sequence, registered, attached) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (network, id) DO UPDATE SET value = excluded.value, sequence = excluded.sequence,
       registered = excluded.registered, attached = excluded.attached`,
    );
    this.#deleteAttachment = database.prepare('DELETE FROM attachment WHERE network = ? AND id = ?');
    this.#addEvent = database.prepare('INSERT INTO event (id, at, value) VALUES (?, ?, ?)');
    this.#forgetEvents = database.prepare('DELETE FROM event WHERE id < ?');
    this.#setLastEvent = database.prepare(
      'INSERT INTO last_event (one, id) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET id = excluded.id',
    );
    this.#readEvents = database.prepare('SELECT id, at, value FROM event WHERE id > ? ORDER BY id LIMIT ?');
    this.#lastEvent = Number(database.prepare('SELECT id FROM last_event').get()?.['id'] ?? 0);
    this.#firstEvent = Number(database.prepare('SELECT min(id) AS id FROM event').get()?.['id'] ?? this.#lastEvent + 1);
  }

  networks(): Iterable<VirtualNetwork> {
    return this.#all('SELECT value FROM virtual_network', ([value]) => this.#parsed<VirtualNetwork>(value));
  }

  nves(): Iterable<Nve> {
    return this.#all('SELECT value FROM nve', ([value]) => this.#parsed<Nve>(value));
  }

  attachments(): Iterable<StoredAttachment> {
    return this.#all('SELECT value, sequence, registered, attached FROM attachment', (row) => {
      const [value, sequence, registered, attached] = row;
      return {
        attachment: this.#parsed<Attachment>(value),
        sequence: Number(sequence),
        registered: registered === 1,
        attached: attached === 1,
      };
    });
  }

  lastEvent(): number {
    return this.#lastEvent;
  }

  firstEvent(): number {
    return this.#firstEvent;
  }

  events(after: number, limit: number): readonly NvaEvent[] {
    return this.#guarded(() =>
      this.#readEvents.all(after, limit).map((row) => {
        const { by, change, before } = this.#parsed<EventValue>(row['value']);
        return { id: Number(row['id']), at: Number(row['at']), by, change, ...(before !== undefined && { before }) };
      }),
    );
  }

  commit(transaction: NvaTransaction): void {
    const { events } = transaction;
    checkOrder(events, this.#lastEvent);
    const last = events.at(-1)?.id ?? this.#lastEvent;
    const first = Math.max(Math.min(this.#firstEvent, last + 1), last + 1 - this.#options.eventsKept);
    this.#guarded(() => {
      this.#begin.run();
      this.#write(transaction);
      if (last !== this.#lastEvent) this.#setLastEvent.run(last);
      if (first !== this.#firstEvent) this.#forgetEvents.run(first);
      this.#commit.run();
    });
    this.#lastEvent = last;
    this.#firstEvent = first;
    this.#wrote();
  }

  #write({ networks, nves, attachments, events }: NvaTransaction): void {
    for (const change of networks) {
      if ('put' in change) this.#putNetwork.run(change.put.name, JSON.stringify(change.put));
      else this.#deleteNetwork.run(change.delete);
    }
    for (const change of nves) {
      if ('put' in change) this.#putNve.run(change.put.name, JSON.stringify(change.put));
      else this.#deleteNve.run(change.delete);
    }
    for (const change of attachments) {
      if ('put' in change) {
        const { attachment, sequence, registered, attached } = change.put;
        const { network, id } = attachment;
        this.#putAttachment.run(
          network,
          id,
          JSON.stringify(attachment),
          sequence,
          Number(registered),
          Number(attached),
        );
      } else this.#deleteAttachment.run(change.delete.network, change.delete.id);
    }
    for (const { id, at, by, change, before } of events) {
      this.#addEvent.run(id, Math.floor(at), JSON.stringify({ by, change, before }));
    }
  }

  /** What goes wrong in between leaves no transaction open, and comes out in the words of the store's users. */
  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      // SQLite itself rolls back after some faults and not after others.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw storeError(this.#options.path, error);
    }
  }

  *#all<T>(query: string, read: (columns: readonly unknown[]) => T): Generator<T> {
    try {
      // A statement of its own: two readers of one would step each other's rows. An object for each row takes twice the time.
      const statement = this.#database.prepare(query);
      statement.setReturnArrays(true);
      for (const row of statement.iterate()) yield read(row as unknown as readonly unknown[]);
    } catch (error) {
      throw storeError(this.#options.path, error);
    }
  }

  #parsed<T>(value: unknown): T {
    try {
      return JSON.parse(String(value)) as T;
    } catch {
      throw damaged(this.#options.path, 'a row does not hold what nvad wrote');
    }
  }
}
