import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { NvaModel, stateOf } from '../support/nva-history.ts';

/** How often the writer is killed; 200 before a release. */
const KILLS = Number(process.env['NVA_KILLS'] ?? 30);
const writer = fileURLToPath(new URL('../fixtures/nva-writer.ts', import.meta.url));

/** Lets a writer go on from where the one before was, kills it at `after` ms from its first word, and says its last one. */
async function killed(path: string, after: number): Promise<number> {
  const child = spawn(process.execPath, [writer, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-4096);
  });
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), closed]);
  await delay(after);
  child.kill('SIGKILL');
  await closed;
  // What stands before the last line break was written whole.
  return Number(text.split('\n').at(-2));
}

it(`finds all that was acknowledged, and nothing in part, after kill -9 at ${KILLS} instants`, {
  timeout: 20_000 + KILLS * 4_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nvad-kill-'));
  const path = join(folder, 'state.db');
  try {
    const model = new NvaModel();
    let begun = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const acknowledged = await killed(path, Math.random() * 60);
      const opened = openSqlite(path, { eventsKept: 1000 });
      if (!opened.ok) throw new Error(opened.fault.reason);
      const { nva } = opened.store;
      const last = nva.lastEvent();
      const found = { state: stateOf(nva), events: nva.events(last - 10, 100).map(({ id }) => id) };
      opened.store.close();
      expect(acknowledged).toBeGreaterThan(begun);
      // One more may have been written whose acknowledgement was not heard.
      expect([acknowledged, acknowledged + 1]).toContain(last);
      expect(found.state).toBe(model.stateAfter(last));
      const from = Math.max(1, last - 9);
      expect(found.events).toEqual(Array.from({ length: last - from + 1 }, (_, i) => from + i));
      begun = last;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
