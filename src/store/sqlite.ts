/**
 * The embedded store: one SQLite file. Written in WAL mode, one transaction a change, so that kill -9 at any instant
 * leaves the last whole state. The schema has a version; a file from a newer nvad, or one that is not nvad's, is refused
 * and left as it is.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { MaintenanceStore } from '../federation/maintenance.ts';
import type { PolicyStore } from '../federation/policy/history.ts';
import type { NvaStore } from '../nva/nva-store.ts';
import { Checkpointer, MOST_PAGES } from './checkpointer.ts';
import { EVENTS_KEPT } from './event-order.ts';
import { maintenanceTable, sqliteMaintenanceStore } from './maintenance-sqlite.ts';
import { nvaTables, SqliteNvaStore } from './nva-sqlite.ts';
import { policyTable, sqlitePolicyStore } from './policy-sqlite.ts';
import { resultCode } from './sqlite-trouble.ts';
import type { KnownNve, OpenedStore, Store, StoreFault } from './store.ts';
import { lockStore, type StoreLock } from './store-lock.ts';

/** "NVAD" in the file's header tells our files from others (SQLite file format §1.3.14). */
const APPLICATION_ID = 0x4e564144;

/** One step for each version; the step at index n leads from version n to n + 1. */
const migrations = [
  'CREATE TABLE known_nve (address TEXT PRIMARY KEY, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID',
  `CREATE TABLE session_up (address TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
   CREATE TABLE life (id INTEGER PRIMARY KEY CHECK (id = 1), alive INTEGER NOT NULL) STRICT`,
  nvaTables,
  policyTable,
  maintenanceTable,
];

export interface SqliteOptions {
  /** Events that are kept, the newest. */
  readonly eventsKept?: number;
  /** Most pages of 4,096 octets that the file may have; as many as there is room for when absent. */
  readonly maxPages?: number;
  /** `full`: a commit waits for the disk, and outlives a loss of power too; `normal` when absent. */
  readonly synchronous?: 'normal' | 'full';
}

export function openSqlite(path: string, options: SqliteOptions = {}): OpenedStore {
  let database: DatabaseSync;
  try {
    makeFolder(dirname(path));
    database = new DatabaseSync(path, { timeout: 2000 });
  } catch (error) {
    return { ok: false, fault: explain(path, error) };
  }
  let lock: StoreLock | undefined;
  const refuse = (fault: StoreFault): OpenedStore => {
    database.close();
    if (lock?.ok === true) lock.release();
    return { ok: false, fault };
  };
  try {
    lock = lockStore(path);
    if (!lock.ok) return refuse(inUse(path, lock.holder));
    const fault = migrate(database, path) ?? damage(database, path);
    if (fault !== undefined) return refuse(fault);
    database.exec(`PRAGMA synchronous = ${options.synchronous ?? 'normal'}`);
    if (options.maxPages !== undefined) database.exec(`PRAGMA max_page_count = ${options.maxPages}`);
    const checkpointer = new Checkpointer(path);
    const wrote = () => checkpointer.wrote();
    const nva = new SqliteNvaStore({ path, eventsKept: options.eventsKept ?? EVENTS_KEPT }, { database, wrote });
    const policies = sqlitePolicyStore(path, { database, wrote });
    const maintenance = sqliteMaintenanceStore(path, { database, wrote });
    const parts = { nva, policies, maintenance };
    return { ok: true, store: new SqliteStore(parts, { database, checkpointer, release: lock.release }) };
  } catch (error) {
    return refuse(explain(path, error));
  }
}

/** The file's own folder, as in /var/lib/nvad; what lies above it must be there, or the path is likely mistyped. */
function makeFolder(folder: string): void {
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o750 });
}

/** Result codes that speak of the file's contents: SQLITE_ERROR (a table is missing), SQLITE_CORRUPT, SQLITE_NOTADB. */
const CONTENTS = [1, 11, 26];

/** What the system says of a folder that cannot be made, in words. */
const folderProblems: Readonly<Record<string, string>> = {
  ENOENT: 'what lies above its folder is not there',
  EACCES: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of its path is not a folder',
};

function explain(path: string, error: unknown): StoreFault {
  const { code = '' } = error as NodeJS.ErrnoException;
  const reason = folderProblems[code] ?? (error instanceof Error ? error.message : String(error));
  if (CONTENTS.includes(resultCode(error))) return corrupt(path, reason);
  const suggestion = 'its folder must have room, nvad must be able to write in it, and what lies above it must exist';
  return { code: 'cannot-open', reason: `cannot open ${path}: ${reason}`, suggestion };
}

function inUse(path: string, holder: number | undefined): StoreFault {
  const reason = `${path} is in use by another nvad${holder === undefined ? '' : ` (pid ${holder})`}`;
  return { code: 'in-use', reason, suggestion: 'stop it, or give this one a state file of its own' };
}

function corrupt(path: string, reason: string): StoreFault {
  const suggestion = 'restore it from a backup, or move the file away to start without what was remembered';
  return { code: 'corrupt', reason: `cannot use ${path}: ${reason}`, suggestion };
}

/** What a look at every page says: a page that is read for the first time after hours would be told of too late. */
function damage(database: DatabaseSync, path: string): StoreFault | undefined {
  const found = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
  return found === 'ok' ? undefined : corrupt(path, String(found));
}

function migrate(database: DatabaseSync, path: string): StoreFault | undefined {
  const read = (pragma: string) => Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
  const version = read('user_version');
  const tables = Number(Object.values(database.prepare('SELECT count(*) FROM sqlite_schema').get() ?? {})[0]);
  const application = read('application_id');
  if ((tables > 0 || application !== 0) && application !== APPLICATION_ID) {
    const suggestion = 'give store.path a file of its own';
    return { code: 'not-ours', reason: `${path} is a database, but not one of nvad`, suggestion };
  }
  if (version > migrations.length) {
    const reason = `${path} was written by a newer nvad (schema ${version}, this one knows ${migrations.length})`;
    return { code: 'newer-version', reason, suggestion: 'run the newer nvad, or give store.path another file' };
  }
  database.exec('PRAGMA journal_mode = WAL');
  database.exec(`PRAGMA wal_autocheckpoint = ${MOST_PAGES}`);
  for (let step = version; step < migrations.length; step++) {
    database.exec(
      `BEGIN; ${migrations[step]}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${step + 1}; COMMIT`,
    );
  }
  return undefined;
}

interface SqliteStoreModules {
  readonly database: DatabaseSync;
  readonly checkpointer: Checkpointer;
  /** Gives the lock back, when the file is closed. */
  readonly release: () => void;
}

class SqliteStore implements Store {
  readonly nva: NvaStore;
  readonly policies: PolicyStore;
  readonly maintenance: MaintenanceStore;
  readonly #database: DatabaseSync;
  readonly #checkpointer: Checkpointer;
  readonly #release: () => void;
  readonly #select;
  readonly #upsert;
  readonly #delete;
  readonly #sessions;
  readonly #addSession;
  readonly #deleteSession;
  readonly #readLife;
  readonly #writeLife;

  constructor(
    parts: Pick<Store, 'nva' | 'policies' | 'maintenance'>,
    { database, checkpointer, release }: SqliteStoreModules,
  ) {
    this.#database = database;
    this.#checkpointer = checkpointer;
    this.#release = release;
    this.nva = parts.nva;
    this.policies = parts.policies;
    this.maintenance = parts.maintenance;
    this.#select = database.prepare('SELECT address, seen FROM known_nve ORDER BY seen DESC LIMIT ?');
    this.#upsert = database.prepare(
      'INSERT INTO known_nve (address, seen) VALUES (?, ?) ON CONFLICT (address) DO UPDATE SET seen = excluded.seen',
    );
    this.#delete = database.prepare('DELETE FROM known_nve WHERE address = ?');
    this.#sessions = database.prepare('SELECT address FROM session_up');
    this.#addSession = database.prepare('INSERT OR IGNORE INTO session_up (address) VALUES (?)');
    this.#deleteSession = database.prepare('DELETE FROM session_up WHERE address = ?');
    this.#readLife = database.prepare('SELECT alive FROM life');
    this.#writeLife = database.prepare(
      'INSERT INTO life (id, alive) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET alive = excluded.alive',
    );
  }

  knownNves(limit: number): readonly KnownNve[] {
    return this.#select.all(limit).map(({ address, seen }) => ({ address: String(address), seen: Number(seen) }));
  }

  rememberNve({ address, seen }: KnownNve): void {
    this.#upsert.run(address, Math.floor(seen));
  }

  forgetNve(address: string): void {
    this.#delete.run(address);
  }

  sessionsUp(): readonly string[] {
    return this.#sessions.all().map(({ address }) => String(address));
  }

  sessionUp(address: string): void {
    this.#addSession.run(address);
  }

  sessionDown(address: string): void {
    this.#deleteSession.run(address);
  }

  lastAlive(): number | undefined {
    const row = this.#readLife.get();
    return row === undefined ? undefined : Number(row['alive']);
  }

  alive(at: number): void {
    this.#writeLife.run(Math.floor(at));
  }

  close(): void {
    this.#checkpointer.end();
    this.#database.close();
    this.#release();
  }
}
