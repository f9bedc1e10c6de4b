import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type AccessList, digestOf } from '../../../../src/api/access/access-list.ts';
import { createRateLimit } from '../../../../src/api/access/rate-limit.ts';
import type { Endpoint } from '../../../../src/api/contract/endpoint.ts';
import { endpoints } from '../../../../src/api/contract/endpoints.ts';
import type { Problem } from '../../../../src/api/contract/problem.ts';
import { allows, roles } from '../../../../src/api/contract/roles.ts';
import { type RunningServer, type ServerSetting, startServer } from '../running-server.ts';

let server: RunningServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const tokens = {
  reader: 'the-token-of-a-reader',
  writer: 'the-token-of-a-writer',
  operator: 'the-token-of-an-operator',
};
const list: AccessList = {
  tokens: [
    { name: 'reader', roles: ['read'], digest: digestOf(tokens.reader) },
    { name: 'writer', roles: ['orchestrate'], digest: digestOf(tokens.writer) },
    { name: 'operator', roles: ['operate'], digest: digestOf(tokens.operator) },
  ],
  users: new Map([
    ['alice', ['read']],
    ['1002', ['orchestrate']],
  ]),
  certificates: new Map([['portal', ['orchestrate']]]),
  anybody: [],
};

async function start(setting: ServerSetting): Promise<RunningServer> {
  server = await startServer({}, setting);
  return server;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Problem;
}

function ask(
  options: RequestOptions & { readonly ca?: string; readonly cert?: string; readonly key?: string },
  body?: unknown,
) {
  const secure = options.ca !== undefined;
  return new Promise<Answer>((resolve, reject) => {
    const headers = { ...options.headers, ...(body !== undefined && { 'content-type': 'application/json' }) };
    const outgoing = (secure ? httpsRequest : httpRequest)({ ...options, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: JSON.parse(text || '{}') as Problem,
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const get = (path: string, headers = {}) => ask({ port: server?.port, path, headers });

describe('each row of the route table', () => {
  const known = Object.entries(endpoints) as [string, Endpoint][];

  test('takes a role: to look is to read, and only what says nothing of the domain is for anyone', () => {
    const forAnyone = known.filter(([, { role }]) => role === 'anyone').map(([name]) => name);
    expect(forAnyone).toEqual(['getOpenApi', 'getLiveness', 'getReadiness', 'getIndex']);
    for (const [name, { method, role }] of known)
      if (role !== 'anyone') expect([name, role === 'read' || role === 'federation']).toEqual([name, method === 'GET']);
  });

  test.each(known.filter(([, { role }]) => role !== 'anyone'))('%s is refused without a token', async (_, endpoint) => {
    const { port } = await start({ list: () => list });
    const path = endpoint.path.replaceAll(/\{\w+\}/g, 'x');
    const answer = await ask({ port, path, method: endpoint.method }, endpoint.body && {});
    expect(answer).toMatchObject({ status: 401, body: { code: 'not-authenticated', title: 'Unauthorized' } });
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="nvad"');
  });

  test('whoever may change something may read, who may read may answer a neighbour, and nothing else follows', () => {
    const able = roles.map((held) => roles.filter((needed) => allows([held], needed)));
    expect(able).toEqual([
      ['read', 'federation'],
      ['read', 'orchestrate', 'federation'],
      ['read', 'operate', 'federation'],
      ['federation'],
    ]);
    expect(allows([], 'read')).toBe(false);
  });
});

describe('tokens', () => {
  test('name who asks, with the roles of the token', async () => {
    const { port, nva } = await start({ list: () => list });
    const put = (token: string) =>
      ask({ port, path: '/v1/virtual-networks/web', method: 'PUT', headers: bearer(token) }, { vni: 100 });
    expect(await put(tokens.reader)).toMatchObject({
      status: 403,
      body: {
        code: 'not-allowed',
        detail: 'reader does not have the role orchestrate, which this takes; its roles: read',
      },
    });
    expect((await put(tokens.operator)).status).toBe(403);
    expect((await put(tokens.writer)).status).toBe(201);
    expect(nva.events(0, 10).map(({ by }) => by)).toEqual([{ name: 'writer', via: 'api' }]);
    expect((await get('/v1/nves', bearer(tokens.reader))).status).toBe(200);
    const level = { path: '/v1/log-levels', method: 'PUT', headers: bearer(tokens.operator) };
    expect((await ask({ port, ...level }, { levels: { api: 'debug' } })).status).toBe(200);
    expect(server?.audited).toMatchObject([
      { by: { name: 'operator' }, what: 'set log levels', before: { api: 'warn' }, after: { api: 'debug' } },
    ]);
  });

  test('that are not known, or are not shown as they should be, let in nobody', async () => {
    await start({ list: () => ({ ...list, anybody: ['read'] }) });
    for (const authorization of [
      'Bearer nonsense',
      `Bearer ${tokens.reader} x`,
      `Basic ${tokens.reader}`,
      tokens.reader,
      'Bearer',
      '',
    ]) {
      const answer = await get('/v1/nves', { authorization });
      expect([authorization, answer.status]).toEqual([authorization, 401]);
    }
    // Who does not say who it is may do what anybody may.
    expect((await get('/v1/nves')).status).toBe(200);
  });

  test('are those of the file as it is now', async () => {
    let now: AccessList | undefined = list;
    await start({ list: () => now });
    expect((await get('/v1/nves', bearer(tokens.reader))).status).toBe(200);
    now = { ...list, tokens: [] };
    expect((await get('/v1/nves', bearer(tokens.reader))).status).toBe(401);
  });

  test('are not guessed at: too many wrong ones from one address have to wait', async () => {
    server = await startServer({ strangersPerMinute: 5 }, { list: () => list });
    const wrong = [];
    for (let i = 0; i < 6; i++) wrong.push((await get('/v1/nves', bearer('nonsense'))).status);
    expect(wrong).toEqual([401, 401, 401, 401, 401, 429]);
    const answer = await get('/v1/nves', bearer('nonsense'));
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    // Whoever shows a right one is none of them.
    expect((await get('/v1/nves', bearer(tokens.reader))).status).toBe(200);
  });
});

describe('Unix sockets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'api-access-'));
  const socketPath = join(folder, 'api.sock');
  afterAll(() => rmSync(folder, { recursive: true }));
  let uid = 0;
  const setting = (held: AccessList | undefined): ServerSetting => ({
    address: { kind: 'unix', path: socketPath },
    list: () => held,
    peerUser: () => (uid < 0 ? undefined : { uid, ...(uid === 1001 && { name: 'alice' }) }),
  });
  const asked = async (as: number, method = 'GET', headers = {}) => {
    uid = as;
    const path = method === 'GET' ? '/v1/nves' : '/v1/virtual-networks/web';
    return (await ask({ socketPath, path, method, headers }, method === 'GET' ? undefined : { vni: 1 })).status;
  };

  test('let in root, nvad itself, and the users of the list with their roles', async () => {
    await start(setting(list));
    expect([await asked(0, 'PUT'), await asked(4711, 'PUT')]).toEqual([201, 200]);
    expect([await asked(1001), await asked(1001, 'PUT')]).toEqual([200, 403]);
    expect([await asked(1002), await asked(1002, 'PUT')]).toEqual([200, 200]);
    expect([await asked(1003), await asked(-1)]).toEqual([401, 401]);
    expect(await asked(1003, 'GET', bearer(tokens.reader))).toBe(200);
  });

  test('let in whom their file lets in, where there is no list', async () => {
    const { nva } = await start(setting(undefined));
    expect([await asked(1001, 'PUT'), await asked(-1, 'PUT')]).toEqual([201, 200]);
    expect(nva.events(0, 10).map(({ by }) => by.name)).toEqual(['alice']);
  });
});

describe('TLS', () => {
  let folder: string;
  const pem = (name: string) => readFileSync(join(folder, name), 'utf8');
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'api-tls-'));
    const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
    const key = (name: string) => [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      `${name}.key`,
    ];
    for (const name of ['ca', 'other'])
      openssl('req', '-x509', ...key(name), '-out', `${name}.crt`, '-subj', `/CN=${name}`, '-days', '2');
    for (const [name, ca] of [
      ['server', 'ca'],
      ['portal', 'ca'],
      ['stranger', 'ca'],
      ['impostor', 'other'],
    ] as const) {
      const subject = name === 'impostor' ? 'portal' : name;
      openssl(
        'req',
        ...key(name),
        '-out',
        `${name}.csr`,
        '-subj',
        `/CN=${subject}`,
        '-addext',
        'subjectAltName=IP:127.0.0.1',
      );
      openssl(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        '-CA',
        `${ca}.crt`,
        '-CAkey',
        `${ca}.key`,
        '-out',
        `${name}.crt`,
        '-days',
        '2',
        '-copy_extensions',
        'copy',
      );
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const own = () => ({ certificate: pem('server.crt'), key: pem('server.key') });
  const asked = async (client?: string, headers = {}, path = '/v1/nves') => {
    const shown = client === undefined ? {} : { cert: pem(`${client}.crt`), key: pem(`${client}.key`) };
    return (await ask({ host: '127.0.0.1', port: server?.port, path, headers, ca: pem('ca.crt'), ...shown })).status;
  };

  test('answers with the certificate, and takes tokens', async () => {
    await start({ tls: own(), list: () => list });
    expect([await asked(), await asked(undefined, bearer(tokens.reader))]).toEqual([401, 200]);
    await expect(ask({ port: server?.port, path: '/' })).rejects.toThrow();
  });

  test('knows clients by certificates that its authority has signed, and by no others', async () => {
    await start({ tls: { ...own(), clientCa: pem('ca.crt') }, list: () => list });
    expect([await asked('portal'), await asked('stranger'), await asked('impostor'), await asked()]).toEqual([
      200, 401, 401, 401,
    ]);
    expect(await asked('impostor', bearer(tokens.reader))).toBe(200);
    expect(await asked(undefined, {}, '/readyz')).toBe(200);
  });

  test('lets in every client of its authority where there is no list, and nobody else', async () => {
    await start({ tls: { ...own(), clientCa: pem('ca.crt') } });
    expect([await asked('stranger'), await asked('impostor'), await asked()]).toEqual([200, 401, 401]);
  });
});

describe('limits', () => {
  test('requests of one caller: so many at once, then as many as a second has room for', async () => {
    server = await startServer({ requestBurst: 3, requestsPerSecond: 50 }, { list: () => list });
    const statuses = async (token: string, count: number) => {
      const all = [];
      for (let i = 0; i < count; i++) all.push((await get('/v1/nves', bearer(token))).status);
      return all;
    };
    const first = await statuses(tokens.reader, 40);
    expect(first.slice(0, 3)).toEqual([200, 200, 200]);
    expect(first).toContain(429);
    expect(await statuses(tokens.writer, 3)).toEqual([200, 200, 200]);
  });

  test('a bucket fills up again, and clients that asked longest ago are forgotten', () => {
    let now = 0;
    const limit = createRateLimit({ perSecond: 2, burst: 2, capacity: 2 }, () => now);
    expect([limit.take('a'), limit.take('a'), limit.take('a')]).toEqual([undefined, undefined, 1]);
    now = 500;
    expect([limit.take('a'), limit.take('a')]).toEqual([undefined, 1]);
    limit.take('b');
    limit.take('c');
    expect(limit.take('a')).toBeUndefined();
  });

  test('connections: those beyond are closed at once', async () => {
    server = await startServer({ connections: 3 });
    const open = Array.from({ length: 3 }, () => connect(server?.port ?? 0, '127.0.0.1'));
    await Promise.all(open.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    const fourth = connect(server.port, '127.0.0.1');
    await new Promise((resolve) => fourth.once('close', resolve));
    for (const socket of open) socket.destroy();
  });

  test('nothing is answered of what should be before it is loaded', async () => {
    const { nva } = await start({});
    nva.isLoaded = false;
    const answer = await get('/v1/virtual-networks');
    expect(answer).toMatchObject({ status: 503, body: { code: 'starting' } });
    expect(answer.headers['retry-after']).toBe('1');
    expect((await get('/v1/peers')).status).toBe(200);
    nva.isLoaded = true;
    expect((await get('/v1/virtual-networks')).status).toBe(200);
  });
});
