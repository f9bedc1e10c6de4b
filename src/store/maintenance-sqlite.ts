/** Neighbour domains that an operator has frozen or drained, in the SQLite file: one row for each. */
import type { KeptMaintenance, MaintenanceStore } from '../federation/maintenance.ts';
import type { SqliteNvaModules } from './nva-sqlite.ts';
import { tryingAt } from './sqlite-trouble.ts';

export const maintenanceTable = `CREATE TABLE maintenance (
  domain TEXT PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ('frozen', 'drained')), since INTEGER NOT NULL
) STRICT, WITHOUT ROWID`;

/** `path` is the file's, for what is said of it. Throws an NvaStoreError where the file cannot be read or written. */
export function sqliteMaintenanceStore(path: string, { database, wrote }: SqliteNvaModules): MaintenanceStore {
  const select = database.prepare('SELECT state, since FROM maintenance WHERE domain = ?');
  const upsert = database.prepare(
    `INSERT INTO maintenance (domain, state, since) VALUES (?, ?, ?)
     ON CONFLICT (domain) DO UPDATE SET state = excluded.state, since = excluded.since`,
  );
  const remove = database.prepare('DELETE FROM maintenance WHERE domain = ?');
  const tried = tryingAt(path);
  return {
    load: (domain) => {
      const row = tried(() => select.get(domain));
      return row && { state: row['state'] as KeptMaintenance['state'], since: Number(row['since']) };
    },
    save: (domain, kept) => {
      if (kept === undefined) tried(() => remove.run(domain));
      else tried(() => upsert.run(domain, kept.state, Math.floor(kept.since)));
      wrote();
    },
  };
}
