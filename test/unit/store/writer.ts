/** Remembers NVEs in the store at argv[2] until it is stopped, and says each when it is remembered; `full` when it cannot. */
import { writeSync } from 'node:fs';
import { openSqlite } from '../../../src/store/sqlite.ts';

const opened = openSqlite(process.argv[2] ?? '');
if (!opened.ok) throw new Error(opened.fault.reason);
for (let i = 0; i < 1_000_000; i++) {
  const address = `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
  try {
    opened.store.rememberNve({ address, seen: i });
  } catch {
    writeSync(1, 'full\n');
    break;
  }
  writeSync(1, `${address}\n`);
}
