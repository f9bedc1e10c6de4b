import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NveProtocolConfig } from '../../../src/config/config.ts';
import { Logging } from '../../../src/daemon/logging.ts';
import { NveService } from '../../../src/daemon/nve-service.ts';
import { NodeTransport, NveClient, systemClock } from '../../../src/nve-protocol/client/index.ts';
import { MemoryAuthority } from '../nve-protocol/memory-authority.ts';
import { collectLog } from './fakes.ts';

const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 5 });
const closing: (() => void)[] = [];
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nve-service-'));
});
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
  rmSync(folder, { recursive: true, force: true });
});

function service() {
  const { lines, destination } = collectLog();
  const logging = new Logging({ level: 'info', levels: {}, format: 'json', colour: false }, { destination });
  const nves = new NveService({ authority: new MemoryAuthority(), logger: logging.logger('nva') });
  closing.push(() => nves.stop('The test is over.'));
  return { nves, lines };
}

function listening(port = 0, host = '127.0.0.1'): Promise<{ readonly server: Server; readonly port: number }> {
  const { promise, resolve } = Promise.withResolvers<{ readonly server: Server; readonly port: number }>();
  const server = createServer().listen({ port, host }, () => {
    const address = server.address();
    resolve({ server, port: typeof address === 'object' ? (address?.port ?? 0) : 0 });
  });
  closing.push(() => server.close());
  return promise;
}

async function freePort(): Promise<number> {
  const { server, port } = await listening();
  server.close();
  return port;
}

const at = (port: number, more: Partial<NveProtocolConfig> = {}, host = '127.0.0.1'): NveProtocolConfig => ({
  listen: { kind: 'tcp', family: 4, host, port, text: `${host}:${port}` },
  limits: {},
  ...more,
});

function tokens(list: readonly { readonly token: string; readonly nve?: string }[], name = 'tokens.yaml'): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(list));
  return path;
}

/** An NVE that is connected as long as it may be; what befalls it, in order. */
function nve(port: number, token?: string, name = 'nve1') {
  const story: string[] = [];
  const client = new NveClient(
    {
      identity: { name, tunnelAddress: '192.0.2.1', encapsulations: ['vxlan'] },
      nvas: [{ host: '127.0.0.1', port }],
      ...(token !== undefined && { token }),
    },
    {
      transport: new NodeTransport(),
      clock: systemClock,
      handler: {
        connected: () => void story.push('welcome'),
        disconnected: ({ code }) => {
          if (story.at(-1) !== code) story.push(code);
        },
      },
    },
  );
  closing.push(() => client.stop());
  client.start();
  return { client, story };
}

function isOpen(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: '127.0.0.1', port }, () => {
    socket.destroy();
    resolve(true);
  });
  socket.on('error', () => resolve(false));
  return promise;
}

const [first, second] = ['the first of the tokens', 'the second of the tokens'];

describe('a service that is to be another', () => {
  it('goes on as it was where the other port is taken', async () => {
    const { nves } = service();
    const [port, taken] = [await freePort(), (await listening()).port];
    expect(await nves.become(at(port))).toBeUndefined();
    const one = nve(port);
    await until(() => expect(one.story).toEqual(['welcome']));
    expect(await nves.become(at(taken))).toContain('EADDRINUSE');
    expect(await isOpen(port)).toBe(true);
    expect(nves.connected).toMatchObject([{ nve: 'nve1' }]);
    expect(one.story).toEqual(['welcome']);
    // And it can still be changed.
    const other = await freePort();
    expect(await nves.become(at(other))).toBeUndefined();
    expect([await isOpen(port), await isOpen(other)]).toEqual([false, true]);
  });

  it('goes on as it was where the files are not good', async () => {
    const { nves } = service();
    const port = await freePort();
    const good = tokens([{ token: first }]);
    expect(await nves.become(at(port, { tokens: good }))).toBeUndefined();
    const bad = join(folder, 'bad.pem');
    writeFileSync(bad, 'no certificate');
    for (const more of [
      { tokens: join(folder, 'none') },
      { tokens: good, tls: { certificate: bad, key: bad } },
      { tokens: good, tls: { certificate: join(folder, 'none'), key: bad } },
    ]) {
      expect(await nves.become(at(port, more))).toBeTypeOf('string');
    }
    const one = nve(port, first);
    await until(() => expect(one.story).toEqual(['welcome']));
  });

  it('keeps its listener and its NVEs where only secrets and bounds are others', async () => {
    const { nves } = service();
    const port = await freePort();
    expect(await nves.become(at(port, { tokens: tokens([{ token: first }]) }))).toBeUndefined();
    const one = nve(port, first);
    await until(() => expect(one.story).toEqual(['welcome']));
    const both = tokens([{ token: first }, { token: second }], 'both.yaml');
    expect(await nves.become(at(port, { tokens: both, limits: { connections: 1 } }))).toBeUndefined();
    const two = nve(port, second, 'nve2');
    await until(() => expect(two.story).toEqual(['too-many-connections']));
    expect(await nves.become(at(port, { tokens: both, limits: { connections: 2 } }))).toBeUndefined();
    await until(() => expect(two.story).toEqual(['too-many-connections', 'welcome']));
    expect(one.story).toEqual(['welcome']);
  });

  it('takes the port of the old one where it is the same, and gives it back when it is undone', async () => {
    const { nves } = service();
    const port = await freePort();
    expect(await nves.become(at(port))).toBeUndefined();
    const one = nve(port);
    await until(() => expect(one.story).toEqual(['welcome']));
    const everywhere = at(port, { tokens: tokens([{ token: first }]) }, '0.0.0.0');
    const prepared = await nves.prepare(everywhere);
    expect(prepared.ok).toBe(true);
    if (prepared.ok) await prepared.undo();
    const two = nve(port, undefined, 'nve2');
    await until(() => expect(two.story).toEqual(['welcome']));
    expect(one.story).toEqual(['welcome']);
    // Another, not nvad, is in the way of the new listener alone.
    const elsewhere = await listening(port, '127.0.0.9');
    expect(await nves.become(everywhere)).toContain('EADDRINUSE');
    expect(await isOpen(port)).toBe(true);
    expect(one.story).toEqual(['welcome']);
    elsewhere.server.close();
    await until(async () => expect(await nves.become(everywhere)).toBeUndefined());
    await until(() => expect(one.story[1]).toBe('goodbye'));
  });
});
