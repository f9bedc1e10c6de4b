/** Policies that were applied, in the SQLite file: one row for each neighbour domain, all its versions as JSON. */
import type { PolicyStore, PolicyVersion } from '../federation/policy/history.ts';
import type { SqliteNvaModules } from './nva-sqlite.ts';
import { damaged, tryingAt } from './sqlite-trouble.ts';

export const policyTable =
  'CREATE TABLE policy (domain TEXT PRIMARY KEY, versions TEXT NOT NULL) STRICT, WITHOUT ROWID';

/** `path` is the file's, for what is said of it. Throws an NvaStoreError where the file cannot be read or written. */
export function sqlitePolicyStore(path: string, { database, wrote }: SqliteNvaModules): PolicyStore {
  const select = database.prepare('SELECT versions FROM policy WHERE domain = ?');
  const upsert = database.prepare(
    'INSERT INTO policy (domain, versions) VALUES (?, ?) ON CONFLICT (domain) DO UPDATE SET versions = excluded.versions',
  );
  const tried = tryingAt(path);
  return {
    load: (domain) => {
      const row = tried(() => select.get(domain));
      if (row === undefined) return [];
      try {
        return JSON.parse(String(row['versions'])) as readonly PolicyVersion[];
      } catch {
        throw damaged(path, `the policies of ${domain} are no JSON`);
      }
    },
    save: (domain, versions) => {
      tried(() => upsert.run(domain, JSON.stringify(versions)));
      wrote();
    },
  };
}
