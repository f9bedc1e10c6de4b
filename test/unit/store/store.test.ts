import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { memoryStore } from '../../../src/store/memory.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import type { Store } from '../../../src/store/store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nvad-store-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});
const file = () => join(folder, 'state.db');

function sqlite(path = file()): Store {
  const opened = openSqlite(path);
  if (!opened.ok) throw new Error(opened.fault.reason);
  return opened.store;
}

function refusal(path = file()) {
  const opened = openSqlite(path);
  if (opened.ok) throw new Error(`${path} was opened`);
  return opened.fault;
}

const addresses = (store: Store, limit = 100) => store.knownNves(limit).map(({ address }) => address);

describe.each([
  ['memory', memoryStore],
  ['sqlite', () => sqlite()],
])('the %s store', (_, open) => {
  it('is empty at first', () => {
    const store = open();
    expect(store.knownNves(10)).toEqual([]);
    store.close();
  });

  it('keeps which domains are frozen or drained, and since when', () => {
    const store = open();
    expect(store.maintenance.load('dc2')).toBeUndefined();
    store.maintenance.save('dc2', { state: 'frozen', since: 5.5 });
    store.maintenance.save('dc3', { state: 'frozen', since: 6 });
    store.maintenance.save('dc2', { state: 'drained', since: 7 });
    store.maintenance.save('dc3', undefined);
    store.maintenance.save('dc4', undefined);
    expect(store.maintenance.load('dc2')).toEqual({ state: 'drained', since: 7 });
    store.maintenance.save('dc2', { state: 'frozen', since: 8.9 });
    expect(store.maintenance.load('dc2')).toEqual({ state: 'frozen', since: 8 });
    expect([store.maintenance.load('dc3'), store.maintenance.load('dc4')]).toEqual([undefined, undefined]);
    store.close();
  });

  it('keeps the policies of each domain, in the place of those before', () => {
    const store = open();
    const version = (text: string) => [
      { version: 1, appliedAt: 5, texts: { export: { file: 'P', text } }, configured: '' },
    ];
    expect(store.policies.load('dc2')).toEqual([]);
    store.policies.save('dc2', version('a'));
    store.policies.save('dc3', version('b'));
    store.policies.save('dc2', version("it's c"));
    expect(store.policies.load('dc2')).toEqual(version("it's c"));
    expect(store.policies.load('dc3')).toEqual(version('b'));
    store.close();
  });

  it('gives those seen last first, and no more than it is asked for', () => {
    const store = open();
    for (const [address, seen] of [
      ['10.0.0.1', 200],
      ['10.0.0.2', 300],
      ['2001:db8::3', 100],
    ] as const) {
      store.rememberNve({ address, seen });
    }
    expect(store.knownNves(10)).toEqual([
      { address: '10.0.0.2', seen: 300 },
      { address: '10.0.0.1', seen: 200 },
      { address: '2001:db8::3', seen: 100 },
    ]);
    expect(addresses(store, 2)).toEqual(['10.0.0.2', '10.0.0.1']);
    expect(addresses(store, 0)).toEqual([]);
    store.close();
  });

  it('renews what it knows, in whole milliseconds', () => {
    const store = open();
    store.rememberNve({ address: '10.0.0.1', seen: 1 });
    store.rememberNve({ address: '10.0.0.2', seen: 2 });
    store.rememberNve({ address: '10.0.0.1', seen: 1_795_000_000_000.75 });
    expect(store.knownNves(10)).toEqual([
      { address: '10.0.0.1', seen: 1_795_000_000_000 },
      { address: '10.0.0.2', seen: 2 },
    ]);
    store.close();
  });

  it('knows which sessions are up, and when it was last told that all is well', () => {
    const store = open();
    expect([store.sessionsUp(), store.lastAlive()]).toEqual([[], undefined]);
    for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.1']) store.sessionUp(address);
    expect([...store.sessionsUp()].sort()).toEqual(['10.0.0.1', '10.0.0.2']);
    for (const address of ['10.0.0.1', '10.0.0.9']) store.sessionDown(address);
    expect(store.sessionsUp()).toEqual(['10.0.0.2']);
    store.alive(1);
    store.alive(1_795_000_000_000.75);
    expect(store.lastAlive()).toBe(1_795_000_000_000);
    store.close();
  });

  it('forgets, also what it never knew', () => {
    const store = open();
    store.rememberNve({ address: '10.0.0.1', seen: 1 });
    store.forgetNve('10.0.0.1');
    store.forgetNve('10.0.0.9');
    expect(store.knownNves(10)).toEqual([]);
    store.close();
  });
});

describe('the sqlite store', () => {
  it('holds what it held when it is opened again', () => {
    const store = sqlite();
    store.rememberNve({ address: '10.0.0.1', seen: 1 });
    store.close();
    const again = sqlite();
    expect(again.knownNves(10)).toEqual([{ address: '10.0.0.1', seen: 1 }]);
    again.close();
  });

  it('takes over a file of an nvad that knew nothing of sessions', () => {
    const database = new DatabaseSync(file());
    database.exec(`
      CREATE TABLE known_nve (address TEXT PRIMARY KEY, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      INSERT INTO known_nve VALUES ('10.0.0.1', 5);
      PRAGMA application_id = ${0x4e564144};
      PRAGMA user_version = 1`);
    database.close();
    const store = sqlite();
    store.sessionUp('10.0.0.1');
    expect([addresses(store), store.lastAlive()]).toEqual([['10.0.0.1'], undefined]);
    store.close();
    const again = sqlite();
    expect(again.sessionsUp()).toEqual(['10.0.0.1']);
    again.close();
  });

  it('takes an empty file for a new one', () => {
    writeFileSync(file(), '');
    const store = sqlite();
    store.rememberNve({ address: '10.0.0.1', seen: 1 });
    expect(addresses(store)).toEqual(['10.0.0.1']);
    store.close();
  });

  it('refuses a file of a newer nvad and leaves it as it is', () => {
    sqlite().close();
    const database = new DatabaseSync(file());
    database.exec('PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
    const before = readFileSync(file());
    expect(refusal()).toEqual({
      code: 'newer-version',
      reason: `${file()} was written by a newer nvad (schema 99, this one knows 5)`,
      suggestion: 'run the newer nvad, or give store.path another file',
    });
    expect(readFileSync(file())).toEqual(before);
  });

  it.each([
    ['with tables', 'CREATE TABLE invoice (total)'],
    ['that only says whose it is', 'PRAGMA application_id = 7'],
  ])("refuses somebody else's database %s and leaves it as it is", (_, sql) => {
    const database = new DatabaseSync(file());
    database.exec(sql);
    database.close();
    const before = readFileSync(file());
    expect(refusal()).toMatchObject({
      code: 'not-ours',
      reason: `${file()} is a database, but not one of nvad`,
      suggestion: 'give store.path a file of its own',
    });
    expect(readFileSync(file())).toEqual(before);
  });

  it('refuses what is no database', () => {
    writeFileSync(file(), 'These are notes, of more than a hundred octets, so that they are no mistake. '.repeat(3));
    expect(refusal()).toMatchObject({
      code: 'corrupt',
      reason: `cannot use ${file()}: file is not a database`,
      suggestion: 'restore it from a backup, or move the file away to start without what was remembered',
    });
  });

  it('refuses a database of ours whose table is gone', () => {
    sqlite().close();
    const database = new DatabaseSync(file());
    database.exec('DROP TABLE known_nve');
    database.close();
    expect(refusal()).toMatchObject({ code: 'corrupt', reason: `cannot use ${file()}: no such table: known_nve` });
  });

  it('refuses a path where no file can be', () => {
    const path = join(folder, 'missing', 'deeper', 'state.db');
    expect(refusal(path)).toEqual({
      code: 'cannot-open',
      reason: `cannot open ${path}: what lies above its folder is not there`,
      suggestion: 'its folder must have room, nvad must be able to write in it, and what lies above it must exist',
    });
    expect(refusal(folder).code).toBe('cannot-open');
  });

  it('makes the folder of its file, and no other', () => {
    const opened = openSqlite(join(folder, 'nvad', 'state.db'));
    expect(opened.ok).toBe(true);
    if (opened.ok) opened.store.close();
    expect(readdirSync(folder)).toEqual(['nvad']);
    expect(readdirSync(join(folder, 'nvad'))).toEqual(['state.db', 'state.db-lock']);
  });

  it.runIf(process.getuid?.() !== 0)('refuses a folder in which it may not write', () => {
    mkdirSync(join(folder, 'closed'));
    chmodSync(join(folder, 'closed'), 0o500);
    expect(refusal(join(folder, 'closed', 'state.db')).code).toBe('cannot-open');
  });

  it('says of a file that is locked that it cannot be opened, not that it is broken', () => {
    const other = new DatabaseSync(file());
    other.exec('BEGIN EXCLUSIVE');
    expect(refusal()).toMatchObject({ code: 'cannot-open', reason: `cannot open ${file()}: database is locked` });
    other.close();
  });

  const writer = fileURLToPath(new URL('./writer.ts', import.meta.url));

  it('refuses a file that another nvad uses, by whatever name, until that one is closed', () => {
    const first = sqlite();
    first.rememberNve({ address: '10.0.0.1', seen: 1 });
    const link = join(folder, 'link.db');
    symlinkSync(file(), link);
    const reason = (path: string) => `${path} is in use by another nvad (pid ${process.pid})`;
    const suggestion = 'stop it, or give this one a state file of its own';
    expect(refusal()).toEqual({ code: 'in-use', reason: reason(file()), suggestion });
    expect(refusal(link)).toEqual({ code: 'in-use', reason: reason(link), suggestion });
    first.rememberNve({ address: '10.0.0.2', seen: 2 });
    first.close();
    const second = sqlite(link);
    expect(addresses(second)).toEqual(['10.0.0.2', '10.0.0.1']);
    second.close();
  });

  it('can be read by others while it is in use', () => {
    const store = sqlite();
    store.rememberNve({ address: '10.0.0.1', seen: 1 });
    const reader = new DatabaseSync(file(), { readOnly: true });
    expect(reader.prepare('SELECT address FROM known_nve').all()).toEqual([{ address: '10.0.0.1' }]);
    reader.close();
    store.close();
  });

  it('holds everything it said it did when it is killed', async () => {
    const child = spawn(process.execPath, [writer, file()], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    const gone = new Promise((resolve) => child.once('close', resolve));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.length > 4000) child.kill('SIGKILL');
    });
    await gone;
    const lines = said.split('\n').slice(0, -1);
    expect(lines.length).toBeGreaterThan(300);
    const store = sqlite();
    const held = new Set(addresses(store, 1_000_000));
    expect(lines.filter((address) => !held.has(address))).toEqual([]);
    // At most the one that was being written.
    expect(held.size - lines.length).toBeLessThanOrEqual(1);
    store.close();
  });

  it('holds everything it said it did when there is no more room', () => {
    // A limit on the size of files stands for a full disk: writing beyond it fails.
    const limited = `trap '' XFSZ; ulimit -f 256; exec "$0" "$@"`;
    const { stdout, status } = spawnSync('bash', ['-c', limited, process.execPath, writer, file()], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    expect(status).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines.at(-1)).toBe('full');
    const store = sqlite();
    const held = new Set(addresses(store, 1_000_000));
    expect(lines.slice(0, -1).filter((address) => !held.has(address))).toEqual([]);
    expect(held.size).toBe(lines.length - 1);
    store.rememberNve({ address: '2001:db8::1', seen: 5 });
    store.close();
  });
});

describe('what a commit waits for', () => {
  it.each([
    ['the system, where nothing is said', {}, 'PRAGMA synchronous = normal'],
    ['the disk, with synchronous: full', { synchronous: 'full' }, 'PRAGMA synchronous = full'],
  ] as const)('is %s', (_, options, pragma) => {
    const exec = vi.spyOn(DatabaseSync.prototype, 'exec');
    const opened = openSqlite(file(), options);
    if (opened.ok) opened.store.close();
    const said = exec.mock.calls.map(([text]) => text).filter((text) => text.includes('synchronous'));
    exec.mockRestore();
    expect(said).toEqual([pragma]);
  });
});
