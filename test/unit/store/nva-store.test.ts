import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NvaStore } from '../../../src/nva/nva-store.ts';
import { NvaStoreError } from '../../../src/nva/store-error.ts';
import { memoryNvaStore } from '../../../src/store/nva-memory.ts';
import { openSqlite, type SqliteOptions } from '../../../src/store/sqlite.ts';
import type { Store } from '../../../src/store/store.ts';
import { attachment, event, network, nve, stored, transaction } from './nva-values.ts';

let folder: string;
const opened: Store[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nvad-nva-store-'));
});
afterEach(() => {
  for (const store of opened.splice(0)) store.close();
  rmSync(folder, { recursive: true });
});
const file = () => join(folder, 'state.db');

function sqlite(options: SqliteOptions = {}): Store {
  const result = openSqlite(file(), options);
  if (!result.ok) throw new Error(result.fault.reason);
  opened.push(result.store);
  return result.store;
}

function close(store: Store): void {
  store.close();
  opened.splice(opened.indexOf(store), 1);
}

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** All that a store holds, in an order of its own. */
function contents(store: NvaStore) {
  const sorted = <T>(values: Iterable<T>) =>
    [...values].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return {
    networks: sorted(store.networks()),
    nves: sorted(store.nves()),
    attachments: sorted(store.attachments()),
    first: store.firstEvent(),
    last: store.lastEvent(),
    events: store.events(0, 1_000_000).map(({ id }) => id),
  };
}

const whole = network('web', 100, {
  l3: 'blue',
  mtu: 1450,
  qos: { dscp: 46, rateKbit: 100_000 },
  acl: [{ action: 'deny', protocol: 'tcp', source: '10.0.0.0/8', destinationPorts: { from: 22, to: 22 } }],
  flooding: { kind: 'multicast', group: '239.1.1.1' },
  trust: 'both',
});

describe.each([
  ['memory', (eventsKept?: number) => memoryNvaStore(eventsKept)],
  ['sqlite', (eventsKept?: number) => sqlite(eventsKept === undefined ? {} : { eventsKept }).nva],
])('what the NVA must not lose, kept by %s', (_, open) => {
  it('is nothing at first', () => {
    expect(contents(open())).toEqual({ networks: [], nves: [], attachments: [], first: 1, last: 0, events: [] });
  });

  it('is given back as it was put, all fields of it', () => {
    const store = open();
    const told = event(1, { before: attachment(1, { state: 'detached' }), at: 1_795_000_000_001 });
    const moved = stored(1, { sequence: 7, registered: false, attached: true });
    store.commit({
      networks: [{ put: whole }],
      nves: [{ put: nve(1) }],
      attachments: [{ put: moved }],
      events: [told],
    });
    expect([...store.networks()]).toEqual([whole]);
    expect([...store.nves()]).toEqual([nve(1)]);
    expect([...store.attachments()]).toEqual([moved]);
    expect(store.events(0, 10)).toEqual([told]);
    expect('before' in (store.events(0, 10)[0] ?? {})).toBe(true);
  });

  it('is replaced by a put of the same name, and gone after a delete, also within one transaction', () => {
    const store = open();
    const changed = network('web', 200);
    store.commit(
      transaction({ networks: [{ put: whole }, { put: changed }, { put: network('x', 5) }, { delete: 'x' }] }),
    );
    store.commit(transaction({ nves: [{ put: nve(1) }, { put: nve(2) }, { delete: 'nve1' }, { delete: 'nobody' }] }));
    store.commit(
      transaction({ attachments: [{ put: stored(1) }, { put: stored(2) }, { put: stored(1, { sequence: 3 }) }] }),
    );
    store.commit(transaction({ attachments: [{ delete: { network: 'web', id: 'port-2' } }] }));
    expect([...store.networks()]).toEqual([changed]);
    expect([...store.nves()]).toEqual([nve(2)]);
    expect([...store.attachments()]).toEqual([stored(1, { sequence: 3 })]);
  });

  it('tells attachments of one name in two networks apart, whatever their names are made of', () => {
    const store = open();
    const names = [
      ['a', 'b/c'],
      ['a/b', 'c'],
      ['a","b', 'c'],
    ] as const;
    const all = names.map(([net, id]) => stored(1, { attachment: attachment(1, { network: net, id }) }));
    store.commit(transaction({ attachments: all.map((put) => ({ put })) }));
    store.commit(transaction({ attachments: [{ delete: { network: 'a', id: 'b/c' } }] }));
    expect([...store.attachments()].map((one) => one.attachment.network).sort()).toEqual(['a","b', 'a/b']);
  });

  it('gives events after an id, oldest first, and no more than it is asked for', () => {
    const store = open();
    store.commit(transaction({ events: [1, 2, 3, 4, 5].map((id) => event(id)) }));
    const ids = (after: number, limit: number) => store.events(after, limit).map(({ id }) => id);
    expect([ids(0, 10), ids(2, 2), ids(5, 10), ids(99, 10), ids(0, 0)]).toEqual([[1, 2, 3, 4, 5], [3, 4], [], [], []]);
    expect([store.firstEvent(), store.lastEvent()]).toEqual([1, 5]);
  });

  it('forgets the oldest events beyond its bound, in the middle of a transaction too, and never gives an id again', () => {
    const store = open(3);
    store.commit(transaction({ events: [event(1), event(2)] }));
    expect(contents(store)).toMatchObject({ first: 1, last: 2, events: [1, 2] });
    store.commit(transaction({ events: [event(3), event(4)] }));
    expect(contents(store)).toMatchObject({ first: 2, last: 4, events: [2, 3, 4] });
    store.commit(transaction({ events: [5, 6, 7, 8, 9].map((id) => event(id)) }));
    expect(contents(store)).toMatchObject({ first: 7, last: 9, events: [7, 8, 9] });
    for (const wrong of [1, 9, 11])
      expect(() => store.commit(transaction({ events: [event(wrong)] }))).toThrow(/10 is the next/);
    store.commit(transaction({ events: [event(10)] }));
    expect(store.lastEvent()).toBe(10);
  });

  it('does nothing of a transaction whose events are out of order', () => {
    const store = open();
    store.commit(transaction({ networks: [{ put: whole }], events: [event(1)] }));
    const before = contents(store);
    const gap = transaction({ networks: [{ delete: 'web' }], nves: [{ put: nve(1) }], events: [event(2), event(4)] });
    expect(() => store.commit(gap)).toThrow(RangeError);
    expect(contents(store)).toEqual(before);
  });
});

describe('what the NVA must not lose, in a file', () => {
  it('is there when it is opened again, and event ids go on', () => {
    const store = sqlite({ eventsKept: 2 });
    store.nva.commit({
      networks: [{ put: whole }],
      nves: [{ put: nve(1) }],
      attachments: [{ put: stored(1, { sequence: 9 }) }],
      events: [event(1), event(2), event(3)],
    });
    const before = contents(store.nva);
    close(store);
    const again = sqlite({ eventsKept: 2 });
    expect(contents(again.nva)).toEqual(before);
    expect(before).toMatchObject({ first: 2, last: 3 });
    close(again);
    // Whatever became of the events themselves.
    const database = new DatabaseSync(file());
    database.exec('DELETE FROM event');
    database.close();
    const emptied = sqlite();
    expect(contents(emptied.nva)).toMatchObject({ first: 4, last: 3, events: [] });
  });

  it('comes to a file of an nvad that knew nothing of it', () => {
    const database = new DatabaseSync(file());
    database.exec(`
      CREATE TABLE known_nve (address TEXT PRIMARY KEY, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      INSERT INTO known_nve VALUES ('10.0.0.1', 5);
      CREATE TABLE session_up (address TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
      CREATE TABLE life (id INTEGER PRIMARY KEY CHECK (id = 1), alive INTEGER NOT NULL) STRICT;
      PRAGMA application_id = ${0x4e564144};
      PRAGMA user_version = 2`);
    database.close();
    const store = sqlite();
    store.nva.commit(transaction({ networks: [{ put: whole }] }));
    expect(store.knownNves(10)).toEqual([{ address: '10.0.0.1', seen: 5 }]);
    expect([...store.nva.networks()]).toEqual([whole]);
  });

  it('is unchanged by a transaction for which there is no room, and goes on when there is', () => {
    const store = sqlite({ maxPages: 60 });
    store.nva.commit(transaction({ networks: [{ put: whole }], events: [event(1)] }));
    const before = contents(store.nva);
    const large = transaction({
      networks: [{ delete: 'web' }],
      attachments: Array.from({ length: 5000 }, (_, i) => ({ put: stored(i) })),
      events: [event(2)],
    });
    const error = thrown(() => store.nva.commit(large));
    expect(error).toBeInstanceOf(NvaStoreError);
    expect(error).toMatchObject({
      code: 'full',
      message: `${file()} is on a full disk (database or disk is full)`,
      suggestion: 'make room: nothing can be changed until then',
    });
    expect(contents(store.nva)).toEqual(before);
    store.nva.commit(transaction({ attachments: [{ put: stored(1) }], events: [event(2)] }));
    expect(contents(store.nva)).toMatchObject({ last: 2, attachments: [stored(1)] });
  });

  it('says who is in the way while another process writes, and does nothing', () => {
    const store = sqlite();
    const other = new DatabaseSync(file());
    other.exec('BEGIN IMMEDIATE');
    const error = thrown(() => store.nva.commit(transaction({ networks: [{ put: whole }] })));
    other.exec('ROLLBACK');
    other.close();
    expect(error).toMatchObject({ code: 'locked', suggestion: 'give every nvad a state file of its own' });
    expect(contents(store.nva).networks).toEqual([]);
  });

  it('says what is damaged where a row is not what nvad wrote', () => {
    const store = sqlite();
    const put = Array.from({ length: 2000 }, (_, i) => ({ put: stored(i) }));
    store.nva.commit(transaction({ networks: [{ put: whole }], attachments: put }));
    close(store);
    const database = new DatabaseSync(file());
    database.exec("UPDATE virtual_network SET value = '{'");
    database.close();
    const read = sqlite();
    expect(thrown(() => [...read.nva.networks()])).toMatchObject({
      code: 'corrupt',
      message: `${file()} is damaged (a row does not hold what nvad wrote)`,
    });
    close(read);
  });

  it('refuses a file in which a page is damaged, and leaves it as it is', () => {
    const store = sqlite();
    const put = Array.from({ length: 2000 }, (_, i) => ({ put: stored(i) }));
    store.nva.commit(transaction({ attachments: put }));
    close(store);
    const octets = readFileSync(file());
    expect(octets.length).toBeGreaterThan(60 * 4096);
    octets.fill(0xa5, 40 * 4096, 41 * 4096);
    writeFileSync(file(), octets);
    const result = openSqlite(file());
    expect(result).toMatchObject({ ok: false, fault: { code: 'corrupt' } });
    expect(readFileSync(file())).toEqual(octets);
  });
});
