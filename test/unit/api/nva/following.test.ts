import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChangeEvent } from '../../../../src/api/contract/events.ts';
import { EventReader, type ReadEvent } from '../../../../src/api/event-stream.ts';
import type { Change } from '../../../../src/nva/model.ts';
import { memoryNvaStore } from '../../../../src/store/nva-memory.ts';
import { alice, network, nve } from '../../store/nva-values.ts';
import { createMemoryNva, type MemoryNva } from '../memory-nva.ts';
import { type RunningServer, startServer } from '../running-server.ts';

let server: RunningServer;
let nva: MemoryNva;
const open: Reader[] = [];
beforeEach(async () => {
  nva = createMemoryNva(memoryNvaStore(100));
  server = await startServer({ heartbeatMs: 40, streams: 3 }, { nva });
});
afterEach(async () => {
  for (const reader of open.splice(0)) reader.close();
  await server.close();
});

const putNetwork = (vni: number): Change => ({ op: 'put', kind: 'virtual-network', value: network('web', vni) });
/** Makes `count` events. */
function happen(count: number): void {
  for (let i = 0; i < count; i++) nva.apply([putNetwork(1000 + ((nva.lastEvent() + i) % 1000))], alice);
}

class Reader {
  readonly events: ReadEvent[] = [];
  readonly status: Promise<number>;
  readonly ended: Promise<void>;
  text = '';
  readonly #request;

  constructor(query = '', headers: Record<string, string> = {}) {
    const reader = new EventReader((event) => this.events.push(event));
    this.#request = request(`${server.url}/v1/events${query}`, { headers });
    let end: () => void;
    this.ended = new Promise((resolve) => {
      end = resolve;
    });
    this.status = new Promise((resolve, reject) => {
      this.#request.on('error', reject);
      this.#request.on('response', (response) => {
        resolve(response.statusCode ?? 0);
        response.setEncoding('utf8').on('data', (chunk: string) => {
          this.text += chunk;
          reader.push(chunk);
        });
        response.on('close', () => end());
        response.on('error', () => undefined);
      });
    });
    this.#request.end();
    open.push(this);
  }

  get data(): ChangeEvent[] {
    return this.events.map(({ data }) => JSON.parse(data) as ChangeEvent);
  }

  get ids(): number[] {
    return this.events.map(({ id }) => Number(id));
  }

  close(): void {
    this.#request.on('error', () => undefined);
    this.#request.destroy();
  }
}

const becomes = (read: () => unknown, value: unknown) =>
  expect.poll(read, { timeout: 5000, interval: 5 }).toEqual(value);

describe('GET /v1/events', () => {
  test('tells what happens from now on, with who, what, before and after', async () => {
    happen(2);
    const reader = new Reader();
    expect(await reader.status).toBe(200);
    nva.apply([{ op: 'put', kind: 'nve', value: nve(1) }], alice);
    nva.apply([{ op: 'delete', kind: 'nve', name: 'nve1' }], alice);
    await becomes(() => reader.ids, [3, 4]);
    expect(reader.data).toEqual([
      {
        id: 3,
        at: '2026-11-18T11:06:40.003Z',
        by: alice,
        op: 'put',
        kind: 'nve',
        name: 'nve1',
        before: null,
        after: nve(1),
      },
      {
        id: 4,
        at: '2026-11-18T11:06:40.004Z',
        by: alice,
        op: 'delete',
        kind: 'nve',
        name: 'nve1',
        before: nve(1),
        after: null,
      },
    ]);
  });

  test('resumes behind an event, by the query or the header, which comes first', async () => {
    happen(5);
    const [query, header, both] = [
      new Reader('?after=3'),
      new Reader('', { 'last-event-id': '4' }),
      new Reader('?after=1', { 'last-event-id': '2' }),
    ];
    await becomes(() => [query.ids, header.ids, both.ids], [[4, 5], [5], [3, 4, 5]]);
  });

  test('tells of one network or one kind alone, and moves the place of who hears nothing', async () => {
    const [others, nves] = [new Reader('?after=0&network=db'), new Reader('?after=0&kind=nve')];
    happen(2);
    nva.apply([{ op: 'put', kind: 'nve', value: nve(1) }], alice);
    happen(1);
    await becomes(() => [others.text.includes('id: 4\n\n'), nves.ids], [true, [3]]);
    await becomes(() => nves.text.endsWith('id: 4\n\n') || nves.text.includes('id: 4\n\n'), true);
    expect(others.events).toEqual([]);
  });

  test('says that it is alive while nothing happens', async () => {
    const reader = new Reader();
    await becomes(() => (reader.text.match(/^:$/gm) ?? []).length >= 2, true);
    expect(reader.text.startsWith('retry: 1000\n\n')).toBe(true);
    expect(reader.events).toEqual([]);
  });

  test('refuses to begin where events are not kept any more, or do not exist yet', async () => {
    happen(150);
    const answer = async (after: number) => {
      const response = await fetch(`${server.url}/v1/events?after=${after}`);
      return { status: response.status, ...((await response.json()) as { code: string; detail: string }) };
    };
    expect(await answer(49)).toMatchObject({
      status: 410,
      code: 'events-gone',
      detail: expect.stringContaining('up to 50'),
    });
    expect(await answer(151)).toMatchObject({ status: 410, code: 'no-such-event' });
    const first = new Reader('?after=50');
    await becomes(() => first.ids.length, 100);
  });

  test('a reader that does not read costs a place and no queue, and is told when it is too late', async () => {
    happen(1);
    const socket = connect(server.port, '127.0.0.1');
    socket.pause();
    socket.write('GET /v1/events?after=0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await becomes(() => streams(), 1);
    // Events of 300 KiB: the socket takes some, and the rest is forgotten before it is read.
    const acl = Array.from(
      { length: 3000 },
      () => ({ action: 'deny', source: '10.0.0.0/8', destination: '192.0.2.0/24' }) as const,
    );
    for (let i = 0; i < 250; i++) {
      nva.apply([{ op: 'put', kind: 'virtual-network', value: network('web', 1 + i, { acl }) }], alice);
      if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-2000);
    });
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.resume();
    await closed;
    expect(text).toMatch(/\nevent: gone\ndata: {"oldest":152,"last":251}\n\n\r\n(3\r\n:\n\n\r\n)*0\r\n\r\n$/);
    await becomes(() => streams(), 0);
  });

  test('serves so many and no more, and counts those that are gone', async () => {
    const readers = [new Reader(), new Reader(), new Reader()];
    expect(await Promise.all(readers.map(({ status }) => status))).toEqual([200, 200, 200]);
    const fourth = new Reader();
    expect(await fourth.status).toBe(429);
    readers[0]?.close();
    await becomes(() => streams(), 2);
    expect(await new Reader().status).toBe(200);
  });

  test('answers HEAD without beginning a stream', async () => {
    const response = await fetch(`${server.url}/v1/events`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    await becomes(() => streams(), 0);
  });

  async function streams(): Promise<number> {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    return Number(/^nvad_api_streams (\d+)$/m.exec(text)?.[1]);
  }
});

describe('GET /v1/virtual-networks/{vn}/mappings', () => {
  const host = (n: number, sequence = 0) => ({
    kind: 'host' as const,
    nve: '10.0.0.1',
    encapsulation: 'vxlan' as const,
    vni: 100,
    mac: `02:00:00:00:00:0${n}`,
    ip: `172.16.0.${n}`,
    sequence,
    sticky: false,
  });
  const decision = { step: 'mobility-sequence', text: 'higher (1 > 0)', reference: 'RFC 7432 §15' };

  beforeEach(() => {
    nva.apply([putNetwork(100), { op: 'put', kind: 'nve', value: nve(1, { tunnelAddress: '10.0.0.1' }) }], alice);
    const row = { source: '10.0.0.1', since: 1_795_000_000_000, decisions: [decision] };
    nva.mappingList.set('web', [
      { ...row, mapping: host(2, 1), others: [{ ...row, mapping: { ...host(2), nve: '10.0.0.2' }, lost: decision }] },
      { ...row, mapping: host(1), others: [] },
      { ...row, mapping: { kind: 'flood', nve: '10.0.0.9', encapsulation: 'vxlan', vni: 100 }, others: [] },
    ]);
  });
  const get = async (query: string) => {
    const response = await fetch(`${server.url}/v1/virtual-networks/web/mappings${query}`);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  test('tells of an address where it is, who says so, and why it is there and not elsewhere', async () => {
    const since = '2026-11-18T11:06:40.000Z';
    const lost = { nve: '10.0.0.2', source: '10.0.0.1', sequence: 0, sticky: false, since, lost: decision };
    expect(await get('?mac=0200.0000.0002')).toEqual({
      status: 200,
      body: {
        mappings: [
          {
            kind: 'host',
            mac: '02:00:00:00:00:02',
            ip: '172.16.0.2',
            prefix: null,
            nve: '10.0.0.1',
            nveName: 'nve1',
            encapsulation: 'vxlan',
            vni: 100,
            sequence: 1,
            sticky: false,
            l3: null,
            source: '10.0.0.1',
            since,
            decisions: [decision],
            others: [lost],
          },
        ],
        next: null,
        total: 1,
        unheeded: [],
      },
    });
    nva.unheededList = [{ by: '10.0.0.2', nve: '10.0.0.2', reason: 'why', remedy: 'what to do' }];
    expect((await get('?ip=172.16.0.77')).body).toEqual({
      mappings: [],
      next: null,
      total: 0,
      unheeded: [{ by: '10.0.0.2', nve: '10.0.0.2', reason: 'why', remedy: 'what to do' }],
    });
  });

  test('lists all in pages, without the reasons', async () => {
    const first = await get('?limit=2');
    expect(first.body).toMatchObject({
      total: 3,
      mappings: [
        { kind: 'flood', nveName: null },
        { ip: '172.16.0.1', decisions: [] },
      ],
    });
    expect((await get(`?limit=2&cursor=${first.body['next']}`)).body).toMatchObject({
      next: null,
      mappings: [{ ip: '172.16.0.2' }],
    });
  });

  test('refuses to be asked for two addresses, and for a network that is not there', async () => {
    expect(await get('?mac=02:00:00:00:00:01&ip=10.0.0.1')).toMatchObject({
      status: 400,
      body: { errors: [{ in: 'query', field: 'mac' }] },
    });
    expect((await fetch(`${server.url}/v1/virtual-networks/db/mappings`)).status).toBe(404);
  });
});

describe('conflicts', () => {
  const frozen = {
    id: 'duplicate-mac web 02:00:00:00:00:01',
    code: 'duplicate-mac',
    network: 'web',
    reason: 'it moves too often',
    claims: [
      { by: '10.0.0.1', nve: '10.0.0.1', mac: '02:00:00:00:00:01', sequence: 9, encapsulations: ['vxlan'] as const },
    ],
    done: 'it stays where it is',
    remedy: 'find out who has it twice',
    releasable: true,
    since: 1_795_000_000_000,
  };
  const refused = { ...frozen, id: 'wrong-vni - 10.0.0.1 2 a/b', code: 'wrong-vni', releasable: false, claims: [] };

  test('are listed with both claims, what was done and what to do, and let go where they can be', async () => {
    const { network: _network, since: _since, ...bare } = refused;
    nva.conflictList = [frozen, bare];
    const list = (await (await fetch(`${server.url}/v1/conflicts`)).json()) as { conflicts: unknown[] };
    expect(list.conflicts).toEqual([
      { ...bare, network: null, since: null },
      { ...frozen, since: '2026-11-18T11:06:40.000Z' },
    ]);
    const release = (id: string) =>
      fetch(`${server.url}/v1/conflicts/${encodeURIComponent(id)}/release`, { method: 'POST' });
    const done = await release(frozen.id);
    expect([done.status, await done.json()]).toEqual([200, { id: frozen.id, released: true }]);
    expect(nva.released).toEqual([{ id: frozen.id, by: { name: 'local', via: 'api' } }]);
    expect(server.audited).toMatchObject([
      { what: 'release conflict', subject: frozen.id, after: null, before: { code: 'duplicate-mac' } },
    ]);
    expect((await release(frozen.id)).status).toBe(404);
    expect((await release(bare.id)).status).toBe(409);
  });
});
