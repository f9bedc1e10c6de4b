import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { endpoints } from '../../../src/api/contract/endpoints.ts';
import type { Problem } from '../../../src/api/contract/problem.ts';
import type { RoutePage } from '../../../src/api/contract/routes.ts';
import { type RunningServer, startServer } from './running-server.ts';

let server: RunningServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.close());

const get = (path: string) => fetch(server.url + path);
const send = (method: string, path: string, body: unknown) =>
  fetch(server.url + path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const problem = (await response.json()) as Problem;
  expect(problem.status).toBe(response.status);
  expect(problem.type).toBe('about:blank');
  return problem;
}

describe('GET /v1/peers', () => {
  test('gives all peers as the source has them, in the order of their addresses', async () => {
    const response = await get('/v1/peers');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const [far, replica, near] = server.source.peerList;
    expect(await response.json()).toEqual({ peers: [replica, near, far] });
  });

  test('refuses parameters it does not know', async () => {
    const problem = await problemOf(await get('/v1/peers?state=Idle'));
    expect(problem.status).toBe(400);
    expect(problem.errors).toEqual([{ in: 'query', field: 'state', reason: 'is not known; nothing is accepted here' }]);
  });
});

describe('GET /v1/peers/{address}', () => {
  test('gives one peer, by any form of its address', async () => {
    expect(await (await get('/v1/peers/10.0.0.11')).json()).toEqual(server.source.peerList[2]);
    expect(await (await get('/v1/peers/::ffff:10.0.0.11')).json()).toEqual(server.source.peerList[2]);
  });
  test('404 for an address that is no peer', async () => {
    expect(await problemOf(await get('/v1/peers/10.0.0.99'))).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      code: 'no-such-peer',
      detail: 'nvad has no peer 10.0.0.99',
    });
  });
  test('400 for what is no address', async () => {
    const reason = 'must be an IPv4 or IPv6 address, for example 10.0.0.1 or 2001:db8::1';
    expect(await problemOf(await get('/v1/peers/nve1'))).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      code: 'invalid-request',
      detail: `address ${reason}`,
      errors: [{ in: 'path', field: 'address', reason }],
    });
  });
});

describe('POST /v1/peers/{address}/reset', () => {
  test('begins a hard reset with a text, or a soft one', async () => {
    const hard = await send('POST', '/v1/peers/10.0.0.11/reset', { kind: 'hard', communication: 'maintenance' });
    expect(hard.status).toBe(202);
    expect(await hard.json()).toEqual({ address: '10.0.0.11', kind: 'hard', forgotten: false });
    await send('POST', '/v1/peers/10.0.0.12/reset', { kind: 'soft' });
    expect(server.source.resets).toEqual([
      { address: '10.0.0.11', reset: { kind: 'hard', communication: 'maintenance' } },
      { address: '10.0.0.12', reset: { kind: 'soft' } },
    ]);
  });
  test('404 for an address that is no peer', async () => {
    const problem = await problemOf(await send('POST', '/v1/peers/10.0.0.99/reset', { kind: 'hard' }));
    expect([problem.status, problem.code]).toEqual([404, 'no-such-peer']);
  });
  test.each([
    ['peer-not-established', 'peer 10.0.0.11 has no established session; there is nothing to reset'],
    ['no-route-refresh', 'peer 10.0.0.11 did not offer route refresh (RFC 2918); only a hard reset works'],
  ] as const)('409 %s', async (refusal, detail) => {
    server.source.resetRefusal = refusal;
    const problem = await problemOf(await send('POST', '/v1/peers/10.0.0.11/reset', { kind: 'soft' }));
    expect(problem).toMatchObject({ status: 409, code: refusal, detail });
  });
  test.each([
    [{ kind: 'warm' }, 'kind', "must be 'hard' or 'soft'"],
    [{}, 'kind', "must be 'hard' or 'soft'"],
    [{ kind: 'hard', communication: 'é'.repeat(128) }, 'communication', 'must be at most 255 octets of UTF-8'],
    [
      { kind: 'soft', communication: 'x' },
      'communication',
      'goes with a hard reset only; a soft one sends no NOTIFICATION',
    ],
    [{ kind: 'hard', comunication: 'x' }, 'comunication', 'is not known; did you mean communication?'],
    ['hard', '', 'must be a JSON object'],
  ])('400 for %j', async (body, field, reason) => {
    const problem = await problemOf(await send('POST', '/v1/peers/10.0.0.11/reset', body));
    expect(problem.status).toBe(400);
    expect(problem.errors).toEqual([{ in: 'body', field, reason }]);
    expect(server.source.resets).toEqual([]);
  });
  test('400 for no JSON, 415 for what a web page could send unasked', async () => {
    const headers = { 'content-type': 'application/json' };
    const url = `${server.url}/v1/peers/10.0.0.11/reset`;
    expect(await problemOf(await fetch(url, { method: 'POST', headers, body: '{' }))).toMatchObject({
      status: 400,
      code: 'invalid-json',
    });
    expect(await problemOf(await fetch(url, { method: 'POST', body: '{"kind":"hard"}' }))).toMatchObject({
      status: 415,
      code: 'unsupported-media-type',
    });
    expect(server.source.resets).toEqual([]);
  });
});

describe('GET /v1/routes', () => {
  const texts = async (query: string) => {
    const response = await get(`/v1/routes${query}`);
    expect(response.status).toBe(200);
    return ((await response.json()) as RoutePage).routes.map(({ text }) => text);
  };
  const mac11 = '[2]:[10.0.0.11:2]:[0]:[48]:[02:00:00:00:00:11]:[32]:[172.16.10.11]';
  const mac12 = '[2]:[10.0.0.12:2]:[0]:[48]:[02:00:00:00:00:12]';
  const imet = '[3]:[10.0.0.11:2]:[0]:[32]:[10.0.0.11]';
  const prefix = '[5]:[10.0.0.12:3]:[0]:[16]:[10.20.0.0]';

  test.each([
    ['', [mac11, mac12, imet, prefix]],
    ['?family=evpn', [mac11, mac12, imet, prefix]],
    ['?type=2', [mac11, mac12]],
    ['?rd=10.0.0.11:2', [mac11, imet]],
    ['?vni=20', [mac12]],
    ['?mac=02-00-00-00-00-12', [mac12]],
    ['?ip=172.16.10.11', [mac11]],
    ['?ip=10.0.0.11', [imet]],
    ['?prefix=10.20.0.0/16', [prefix]],
    ['?nextHop=10.0.0.11', [mac11, imet]],
    ['?peer=10.0.0.12', [mac11, mac12, prefix]],
    ['?routeTarget=RT:65000:500', [prefix]],
    ['?esi=00:11:22:33:44:55:66:77:88:99', []],
    ['?type=2&vni=10&peer=10.0.0.11', [mac11]],
    ['?type=4', []],
  ])('%s', async (query, expected) => {
    expect(await texts(query)).toEqual(expected);
  });

  test('pages lead through all routes, also when some go and come meanwhile', async () => {
    const first = (await (await get('/v1/routes?limit=2')).json()) as RoutePage;
    expect(first.routes.map(({ text }) => text)).toEqual([mac11, mac12]);
    expect(first.total).toBe(4);
    server.source.routeList = server.source.routeList.filter(({ text }) => text !== mac12);
    const second = (await (await get(`/v1/routes?limit=2&cursor=${first.next}`)).json()) as RoutePage;
    expect(second.routes.map(({ text }) => text)).toEqual([imet, prefix]);
    expect(second.next).toBeNull();
  });

  test('100 rows when the request does not say', async () => {
    const asked = vi.spyOn(server.source, 'routes');
    await get('/v1/routes?type=2');
    expect(asked).toHaveBeenCalledWith({ filter: { family: 'evpn', type: 2 }, limit: 100, after: undefined });
  });

  test('total is null when the source does not know', async () => {
    server.source.routes = async () => ({ routes: [], next: 'p', total: undefined });
    expect(await (await get('/v1/routes')).json()).toEqual({ routes: [], next: expect.any(String), total: null });
  });

  test.each([
    ['type=x', 'type', 'must be an EVPN route type, a whole number from 0 to 255'],
    ['type=256', 'type', 'must be an EVPN route type, a whole number from 0 to 255'],
    ['vni=16777216', 'vni', 'must be a VNI, a whole number from 0 to 16777215'],
    ['limit=0', 'limit', 'must be the number of rows, a whole number from 1 to 1000'],
    ['limit=1001', 'limit', 'must be the number of rows, a whole number from 1 to 1000'],
    ['family=ipv4', 'family', "must be 'evpn', the only family held"],
    ['mac=zz', 'mac', 'must be a MAC address, for example 02:00:00:00:00:11'],
    ['macc=02:00:00:00:00:11', 'macc', 'is not known; did you mean mac?'],
    ['cursor=abc', 'cursor', "must be 'next' of an earlier page, unchanged"],
  ])('400 for %s', async (query, field, reason) => {
    const problem = await problemOf(await get(`/v1/routes?${query}`));
    expect(problem).toMatchObject({ status: 400, code: 'invalid-request', detail: `${field} ${reason}` });
    expect(problem.errors).toEqual([{ in: 'query', field, reason }]);
  });

  test('400 for a cursor of other filters, and for one the source no longer understands', async () => {
    const { next } = (await (await get('/v1/routes?limit=1')).json()) as RoutePage;
    const other = await problemOf(await get(`/v1/routes?type=2&cursor=${next}`));
    expect(other.errors?.[0]?.reason).toBe('was given for other filters; use the same filters on every page');
    server.source.routes = () => 'bad-position';
    const stale = await problemOf(await get(`/v1/routes?cursor=${next}`));
    expect(stale.errors).toEqual([
      { in: 'query', field: 'cursor', reason: 'is no longer valid; begin again without one' },
    ]);
  });

  test('all errors of a request are told at once', async () => {
    const problem = await problemOf(await get('/v1/routes?type=x&mac=y&foo=1'));
    expect(problem.errors?.map(({ field }) => field)).toEqual(['type', 'mac', 'foo']);
  });
});

test('no query, whatever is in it, is more than a 200 or a 400 that names a field', async () => {
  const name = fc.oneof(
    fc.constantFrom('type', 'rd', 'vni', 'mac', 'ip', 'prefix', 'esi', 'limit', 'cursor'),
    fc.string(),
  );
  const value = fc.oneof(fc.string(), fc.integer().map(String), fc.ipV4(), fc.ipV6(), fc.string({ unit: 'binary' }));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 4 }), async (pairs) => {
      const response = await get(`/v1/routes?${new URLSearchParams(pairs)}`);
      if (response.status === 200)
        expect(Object.keys((await response.json()) as object)).toEqual(['routes', 'next', 'total']);
      else expect((await problemOf(response)).errors?.length).toBeGreaterThan(0);
    }),
    { numRuns: 150 },
  );
  expect(server.logged).toEqual([]);
});

describe('GET /v1/routes/{key}', () => {
  test('gives one route with all paths, reasons and peers that are told', async () => {
    const [route] = server.source.routeList;
    const response = await get(`/v1/routes/${route!.key}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(route);
  });
  test('404 when there is none, 400 for what cannot be a key', async () => {
    expect(await problemOf(await get('/v1/routes/AAAA'))).toMatchObject({ status: 404, code: 'no-such-route' });
    expect(await problemOf(await get('/v1/routes/a%20b'))).toMatchObject({
      status: 400,
      errors: [{ in: 'path', field: 'key', reason: "must be a route's key as the route list gives it" }],
    });
  });
});

describe('health', () => {
  test('GET /healthz answers whether ready or not', async () => {
    server.source.notReady = ['convergence'];
    const response = await get('/healthz?verbose=1');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'alive',
      eventLoopDelay: { meanMs: 0.1, p99Ms: 1.5, maxMs: 2 },
    });
  });
  test('GET /readyz is 200 when ready, 503 with the reasons when not', async () => {
    const ready = await get('/readyz');
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, reasons: [] }]);
    server.source.notReady = ['convergence'];
    const not = await get('/readyz');
    expect([not.status, await not.json()]).toEqual([
      503,
      { ready: false, reasons: [{ code: 'convergence', text: 'waiting for convergence' }] },
    ]);
  });
  test('GET /v1/health joins what the daemon and the process know', async () => {
    server.source.notReady = ['convergence'];
    const response = await get('/v1/health');
    expect(response.status).toBe(200);
    const health = (await response.json()) as { memory: { rssBytes: number; heapUsedBytes: number } };
    expect(health).toEqual({
      ...server.source.health(),
      readiness: server.source.readiness(),
      eventLoopDelay: { meanMs: 0.1, p99Ms: 1.5, maxMs: 2 },
      memory: { rssBytes: expect.any(Number), heapUsedBytes: expect.any(Number) },
    });
    expect(health.memory.rssBytes).toBeGreaterThan(health.memory.heapUsedBytes);
  });
});

describe('/v1/log-levels', () => {
  test('GET gives them, PUT changes those that are named', async () => {
    expect(await (await get('/v1/log-levels')).json()).toEqual({ levels: { bgp: 'info', rib: 'info', api: 'warn' } });
    const changed = await send('PUT', '/v1/log-levels', { levels: { bgp: 'debug' } });
    expect(changed.status).toBe(200);
    expect(await changed.json()).toEqual({ levels: { bgp: 'debug', rib: 'info', api: 'warn' } });
  });
  test('* sets all, before those that are named', async () => {
    const changed = await send('PUT', '/v1/log-levels', { levels: { rib: 'trace', '*': 'error' } });
    expect(await changed.json()).toEqual({ levels: { bgp: 'error', rib: 'trace', api: 'error' } });
  });
  test('400 for a component there is not; nothing is changed', async () => {
    const problem = await problemOf(await send('PUT', '/v1/log-levels', { levels: { bgp: 'debug', rip: 'debug' } }));
    expect(problem).toMatchObject({ status: 400, code: 'unknown-component' });
    expect(problem.errors).toEqual([
      { in: 'body', field: 'levels.rip', reason: 'must be * or one of bgp, rib, api; did you mean rib?' },
    ]);
    expect(server.source.levels).toEqual({ bgp: 'info', rib: 'info', api: 'warn' });
  });
  test.each([
    [{ levels: { bgp: 'loud' } }, 'levels.bgp', 'must be one of trace, debug, info, warn, error, fatal, silent'],
    [{ levels: {} }, 'levels', 'must name at least one component, or *'],
    [{}, 'levels', 'must be a JSON object'],
  ])('400 for %j', async (body, field, reason) => {
    const problem = await problemOf(await send('PUT', '/v1/log-levels', body));
    expect(problem.errors).toEqual([{ in: 'body', field, reason }]);
  });
});

describe('about', () => {
  test('GET / names every route in plain text', async () => {
    const response = await get('/');
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const text = await response.text();
    expect(text).toContain('GET    /v1/routes/{key}                             One route with all its paths');
    expect(text.match(/^(GET|POST|PUT|DELETE)/gm)).toHaveLength(Object.keys(endpoints).length);
  });
  test('GET /v1/openapi.json is the document, with the version of the daemon', async () => {
    const document = (await (await get('/v1/openapi.json')).json()) as { openapi: string; info: { version: string } };
    expect([document.openapi, document.info.version]).toEqual(['3.1.0', '0.1.0']);
  });
});

describe('what no route answers', () => {
  test.each([
    ['/v1/peer', 'there is nothing at /v1/peer; did you mean /v1/peers?'],
    ['/favicon.ico', 'there is nothing at /favicon.ico; GET / lists what there is'],
  ])('404 for %s', async (path, detail) => {
    expect(await problemOf(await get(path))).toMatchObject({ status: 404, code: 'no-such-path', detail });
  });
  test('405 with the methods that are', async () => {
    const response = await fetch(`${server.url}/v1/peers/10.0.0.11/reset`);
    expect(response.headers.get('allow')).toBe('POST');
    expect(await problemOf(response)).toMatchObject({
      status: 405,
      code: 'method-not-allowed',
      detail: '/v1/peers/10.0.0.11/reset answers POST, not GET',
    });
  });
});

describe('faults of the daemon', () => {
  test('what a source throws is a 500 that tells nothing, and a line in the log', async () => {
    server.source.peers = () => {
      throw new Error('a secret');
    };
    const problem = await problemOf(await get('/v1/peers'));
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      code: 'internal-error',
      detail: 'nvad could not answer; its log says why',
    });
    expect(server.logged).toMatchObject([{ message: 'request failed', fields: { url: '/v1/peers' } }]);
  });
  test('what does not fit the contract is a 500, and the log says where', async () => {
    server.source.peerList[0]!.since = 'yesterday';
    expect((await problemOf(await get('/v1/peers'))).status).toBe(500);
    expect(server.logged).toMatchObject([{ fields: { issues: [{ path: ['peers', 2, 'since'] }] } }]);
  });
});

/** Sends raw bytes and resolves to everything that came back until the server closed, and how long that took. */
function raw(port: number, text: string): Promise<{ answer: string; ms: number }> {
  return new Promise((resolve) => {
    const began = performance.now();
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ answer, ms: performance.now() - began }));
  });
}

describe('limits', () => {
  test('413 for a long body, 414 for a long URL', async () => {
    const body = { levels: { bgp: 'x'.repeat(70_000) } };
    expect(await problemOf(await send('PUT', '/v1/log-levels', body))).toMatchObject({
      status: 413,
      code: 'body-too-large',
      detail: 'a body may have 65536 octets at most',
    });
    expect(await problemOf(await get(`/v1/routes?mac=${'a'.repeat(5000)}`))).toMatchObject({
      status: 414,
      code: 'url-too-long',
    });
    expect((await problemOf(await get(`/${'a'.repeat(5000)}`))).status).toBe(414);
  });

  test('what is not HTTP gets a problem document and is closed', async () => {
    const { answer } = await raw(server.port, 'garbage\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json\r\n/);
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ status: 400, code: 'malformed-http' });
  });

  test('a client that never finishes its request is closed, and others are served meanwhile', async () => {
    const strict = await startServer({ silentMs: 200 });
    const slow = raw(strict.port, 'GET /v1/peers HTTP/1.1\r\nHost: x\r\n');
    expect((await fetch(`${strict.url}/healthz`)).status).toBe(200);
    const { answer, ms } = await slow;
    expect(answer).not.toContain('200 OK');
    expect(ms).toBeGreaterThan(150);
    await strict.close();
  });

  test.each(['evil.example', 'evil.example:8080', 'x'])(
    'is not asked under a name that somebody else gave it: %s',
    async (host) => {
      const { answer } = await raw(server.port, `GET /v1/peers HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 421 /);
      expect(answer).toContain('"wrong-host"');
    },
  );

  test.each(['localhost', 'localhost:8080', '127.0.0.1:1', '[::1]:8080', '10.0.0.1'])(
    'is asked as %s',
    async (host) => {
      const { answer } = await raw(server.port, `GET /v1/peers HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    },
  );

  test('more connections than allowed are closed at once', async () => {
    const strict = await startServer({ connections: 1 });
    const held = connect(strict.port, '127.0.0.1');
    await new Promise((resolve) => held.once('connect', resolve));
    // The one above counts once the server has accepted it, which it does in the order of arrival.
    const { answer } = await raw(strict.port, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(answer).toBe('');
    held.destroy();
    await strict.close();
  });
});
