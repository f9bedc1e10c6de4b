import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { until } from '../../system/support/until.ts';
import { event, stored, transaction } from './nva-values.ts';

it('commits reach the database by themselves, and are there when it is opened again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nvad-checkpoint-'));
  const path = join(folder, 'state.db');
  try {
    const opened = openSqlite(path);
    if (!opened.ok) throw new Error(opened.fault.reason);
    const { store } = opened;
    const before = statSync(path).size;
    for (let n = 1; n <= 200; n++) {
      store.nva.commit(transaction({ attachments: [{ put: stored(n) }], events: [event(n)] }));
    }
    // Far less than what SQLite would take over within a commit.
    expect(statSync(path).size).toBeLessThan(before + 100_000);
    await until(() => statSync(path).size > before + 50_000, { within: 20_000, what: 'a larger database' });
    store.nva.commit(transaction({ attachments: [{ put: stored(201) }], events: [event(201)] }));
    store.close();
    const again = openSqlite(path);
    if (!again.ok) throw new Error(again.fault.reason);
    expect([...again.store.nva.attachments()]).toHaveLength(201);
    expect(again.store.nva.lastEvent()).toBe(201);
    again.store.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
