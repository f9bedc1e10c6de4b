import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listAllRoutes } from '../../../src/api/all-routes.ts';
import { type Client, createClient, type TransportResponse } from '../../../src/api/client.ts';
import { createHttpTransport, parseApiLocation } from '../../../src/api/http-transport.ts';
import { createApiServer } from '../../../src/api/server.ts';
import { createMemorySource, samplePath, type2 } from './memory-source.ts';
import { modulesFor, type RunningServer, startServer } from './running-server.ts';

let server: RunningServer;
let client: Client;
beforeAll(async () => {
  server = await startServer();
  client = createClient(createHttpTransport(parseApiLocation(server.url)!));
});
afterAll(() => server.close());

const clientAt = (url: string, timeoutMs?: number) =>
  createClient(createHttpTransport(parseApiLocation(url)!, timeoutMs));

describe('every row of the route table, against the real server', () => {
  test('peers', async () => {
    const list = await client.call('listPeers', {});
    expect(list).toMatchObject({ ok: true, status: 200 });
    if (list.ok) expect(list.body.peers.map(({ address }) => address)).toEqual(['10.0.0.2', '10.0.0.11', '10.0.0.12']);
    const peer = await client.call('getPeer', { params: { address: '10.0.0.11' } });
    expect(peer).toEqual({ ok: true, status: 200, body: server.source.peerList[2] });
    const reset = await client.call('resetPeer', { params: { address: '10.0.0.11' }, body: { kind: 'soft' } });
    expect(reset).toEqual({ ok: true, status: 202, body: { address: '10.0.0.11', kind: 'soft', forgotten: false } });
  });
  test('routes', async () => {
    const page = await client.call('listRoutes', { query: { type: 5, prefix: '10.20.0.0/16' } });
    expect(page.ok && page.body.routes.map(({ text }) => text)).toEqual(['[5]:[10.0.0.12:3]:[0]:[16]:[10.20.0.0]']);
    const [route] = server.source.routeList;
    const detail = await client.call('getRoute', { params: { key: route!.key } });
    expect(detail).toEqual({ ok: true, status: 200, body: route });
  });
  test('health', async () => {
    expect(await client.call('getLiveness', {})).toMatchObject({ ok: true, body: { status: 'alive' } });
    expect(await client.call('getReadiness', {})).toEqual({
      ok: true,
      status: 200,
      body: { ready: true, reasons: [] },
    });
    server.source.notReady = ['listening'];
    expect(await client.call('getReadiness', {})).toMatchObject({ ok: true, status: 503, body: { ready: false } });
    server.source.notReady = [];
    expect(await client.call('getHealth', {})).toMatchObject({
      ok: true,
      body: { domain: 'dc1', uptimeSeconds: 90061 },
    });
  });
  test('log levels', async () => {
    expect(await client.call('setLogLevels', { body: { levels: { api: 'debug' } } })).toMatchObject({
      body: { levels: { api: 'debug' } },
    });
    expect(await client.call('getLogLevels', {})).toMatchObject({ body: { levels: { api: 'debug' } } });
  });
  test('texts and the document', async () => {
    const metrics = await client.call('getMetrics', {});
    expect(metrics.ok && metrics.body).toContain('\nnvad_routes 4\n');
    const index = await client.call('getIndex', {});
    expect(index.ok && index.body).toContain('GET    /v1/peers');
    expect(await client.call('getOpenApi', {})).toMatchObject({ ok: true, body: { openapi: '3.1.0' } });
  });
});

describe('failures', () => {
  test('problems come as the server wrote them', async () => {
    expect(await client.call('getPeer', { params: { address: '10.0.0.99' } })).toEqual({
      ok: false,
      kind: 'problem',
      problem: {
        type: 'about:blank',
        title: 'Not Found',
        status: 404,
        code: 'no-such-peer',
        detail: 'nvad has no peer 10.0.0.99',
      },
    });
  });
  test('nobody listening', async () => {
    const closed = await startServer();
    await closed.close();
    expect(await clientAt(closed.url).call('listPeers', {})).toEqual({
      ok: false,
      kind: 'unreachable',
      code: 'ECONNREFUSED',
      reason: 'connection refused',
    });
    expect(await clientAt('unix:/nonexistent/api.sock').call('listPeers', {})).toEqual({
      ok: false,
      kind: 'unreachable',
      code: 'ENOENT',
      reason: 'no such socket',
    });
  });
  test('somebody who accepts and stays silent', async () => {
    const silent = createTcpServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    expect(await clientAt(`http://127.0.0.1:${port}`, 100).call('listPeers', {})).toEqual({
      ok: false,
      kind: 'unreachable',
      code: 'ETIMEDOUT',
      reason: 'no answer in time',
    });
    silent.close();
  });
  test('somebody else who speaks HTTP', async () => {
    const other = createServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    );
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    expect(await clientAt(`http://127.0.0.1:${port}`).call('listPeers', {})).toEqual({
      ok: false,
      kind: 'unexpected',
      reason: 'status 200 with text/html, not JSON',
    });
    other.close();
  });
  test('an answer that does not fit, and an error that is no problem document', async () => {
    const answering = (response: Partial<TransportResponse>) =>
      createClient(async () => ({ status: 200, contentType: 'application/json', body: '{}', ...response }));
    expect(await answering({ body: '{"peers":[{}]}' }).call('listPeers', {})).toMatchObject({
      kind: 'unexpected',
      reason: expect.stringMatching(/^the answer to \/v1\/peers does not fit: peers\.0\.address: /),
    });
    expect(await answering({ status: 502 }).call('listPeers', {})).toEqual({
      ok: false,
      kind: 'unexpected',
      reason: 'status 502 without a problem document',
    });
  });
});

test('members that this client does not know are given as they came', async () => {
  const body = { ready: true, reasons: [], since: 'yesterday' };
  const newer = createClient(async () => ({ status: 200, contentType: 'x', body: JSON.stringify(body) }));
  expect(await newer.call('getReadiness', {})).toEqual({ ok: true, status: 200, body });
});

test('parameters are written so that they arrive as they were', async () => {
  const targets: string[] = [];
  const writing = createClient(async ({ method, target }) => {
    targets.push(`${method} ${target}`);
    return { unreachable: 'not asked', code: 'NONE' };
  });
  await writing.call('getPeer', { params: { address: 'fe80::1%eth0' } });
  await writing.call('listRoutes', { query: { prefix: '2001:db8::/32', vni: 10 } });
  await writing.call('listRoutes', {});
  expect(targets).toEqual([
    'GET /v1/peers/fe80%3A%3A1%25eth0',
    'GET /v1/routes?prefix=2001%3Adb8%3A%3A%2F32&vni=10',
    'GET /v1/routes',
  ]);
});

describe('listAllRoutes', () => {
  test('fetches page after page, each once', async () => {
    const many = await startServer();
    many.source.routeList = Array.from({ length: 2500 }, (_, index) => {
      const mac = `02:00:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`;
      return type2('10.0.0.11:2', mac, null, [samplePath('10.0.0.11')]);
    });
    const asking = clientAt(many.url);
    const all = await listAllRoutes(asking, { type: 2 });
    expect(all.ok && [all.page.routes.length, all.page.next, all.page.total]).toEqual([2500, null, 2500]);
    expect(all.ok && new Set(all.page.routes.map(({ key }) => key)).size).toBe(2500);
    const some = await listAllRoutes(asking, {}, 1200);
    expect(some.ok && [some.page.routes.length, typeof some.page.next]).toEqual([1200, 'string']);
    await many.close();
  });
  test('goes on after an empty page that has a next', async () => {
    const sparse = await startServer();
    const { routes } = sparse.source;
    sparse.source.routes = (slice) =>
      slice.after === undefined ? { routes: [], next: '[', total: undefined } : routes(slice);
    const all = await listAllRoutes(clientAt(sparse.url), {});
    expect(all.ok && all.page.routes.length).toBe(4);
    await sparse.close();
  });
});

describe('listening', () => {
  const modules = () => modulesFor(createMemorySource());

  test('on a Unix socket, also where a killed process left its own behind', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'api-'));
    const path = join(directory, 'api.sock');
    // node:net removes its socket on close, so what a killed process leaves behind takes a process to make.
    const { spawnSync } = await import('node:child_process');
    const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    expect(spawnSync(process.execPath, ['-e', script]).signal).toBe('SIGKILL');

    const first = createApiServer(modules());
    expect(await first.listen({ kind: 'unix', path })).toEqual({ ok: true, address: { kind: 'unix', path } });
    expect(await clientAt(`unix://${path}`).call('getReadiness', {})).toMatchObject({ ok: true });

    const second = createApiServer(modules());
    expect(await second.listen({ kind: 'unix', path })).toEqual({
      ok: false,
      code: 'EADDRINUSE',
      reason: `unix:${path} is in use by another program`,
    });
    expect(await clientAt(`unix://${path}`).call('getReadiness', {})).toMatchObject({ ok: true });
    await second.close();
    await first.close();
    await rm(directory, { recursive: true });
  });

  test('errors of the system come as values', async () => {
    const refused = createApiServer(modules());
    expect(await refused.listen({ kind: 'tcp', host: '127.0.0.1', port: server.port })).toEqual({
      ok: false,
      code: 'EADDRINUSE',
      reason: `127.0.0.1:${server.port} is in use by another program`,
    });
    expect(await refused.listen({ kind: 'tcp', host: '192.0.2.1', port: 0 })).toEqual({
      ok: false,
      code: 'EADDRNOTAVAIL',
      reason: '192.0.2.1:0 is no address of this machine',
    });
    await refused.close();
  });
});
