/** Serves the tenants' side on a Unix socket, which only root can use. */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { formatPath } from '../config/error.ts';
import { explain } from '../config/explain.ts';
import { keysAt } from '../config/known-keys.ts';
import type { Nve } from '../nve/nve.ts';
import { MOST_REQUEST, requestSchema, type TenantAnswer } from './tenant-protocol.ts';

/** Connections at a time; more wait for the system to let them in. */
const MOST_CONNECTIONS = 64;

/** Milliseconds for a request to come. */
const PATIENCE = 10_000;

export interface TenantSocket {
  close(): Promise<void>;
}

/** Rejects when the socket cannot be made; one that nobody serves any more is taken over. */
export async function serveTenants(path: string, nve: Nve): Promise<TenantSocket> {
  mkdirSync(dirname(path), { recursive: true });
  if (await isServed(path)) throw new Error(`${path} is served by another process already`);
  rmSync(path, { force: true });
  const server = createServer((socket) => serve(socket, nve));
  server.maxConnections = MOST_CONNECTIONS;
  const before = process.umask(0o177);
  try {
    await listen(server, path);
    chmodSync(path, 0o600);
  } finally {
    process.umask(before);
  }
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}

function serve(socket: Socket, nve: Nve): void {
  let text = '';
  socket.setEncoding('utf8').setTimeout(PATIENCE, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  const take = (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\n');
    if (end < 0 && text.length <= MOST_REQUEST) return;
    socket.off('data', take).setTimeout(0);
    const reply = end < 0 ? Promise.resolve(tooLong) : answer(text.slice(0, end), nve);
    reply.then(
      (value) => socket.end(`${JSON.stringify(value)}\n`),
      () => socket.destroy(),
    );
  };
  socket.on('data', take);
}

const tooLong: TenantAnswer = { ok: false, field: '', reason: `a request has at most ${MOST_REQUEST} octets` };

async function answer(line: string, nve: Nve): Promise<TenantAnswer> {
  let written: unknown;
  try {
    written = JSON.parse(line);
  } catch {
    return { ok: false, field: '', reason: 'a request is a line of JSON' };
  }
  const parsed = requestSchema.safeParse(written);
  if (!parsed.success) {
    const [finding] = parsed.error.issues.flatMap((issue) =>
      explain(issue, written, (path) => keysAt(requestSchema, path)),
    );
    if (finding === undefined) return { ok: false, field: '', reason: 'it is not understood' };
    const { path, reason, suggestion } = finding;
    return {
      ok: false,
      field: formatPath(path),
      reason: suggestion === undefined ? reason : `${reason}; ${suggestion}`,
    };
  }
  const request = parsed.data;
  switch (request.request) {
    case 'attach': {
      const { request: _request, mac, ...rest } = request;
      const result = await nve.attach({ ...rest, ...(mac !== undefined && { mac }) });
      return { ok: true, answer: 'attach', result, troubles: nve.troubles };
    }
    case 'detach':
      return { ok: true, answer: 'detach', ...(await nve.detach(request.network, request.id)) };
    case 'show':
      return { ok: true, answer: 'show', view: nve.view() };
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const done = (served: boolean) => {
      socket.destroy();
      resolve(served);
    };
    socket.on('connect', () => done(true)).on('error', () => done(false));
  });
}
