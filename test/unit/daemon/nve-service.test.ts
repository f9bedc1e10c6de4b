import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NveProtocolConfig } from '../../../src/config/config.ts';
import { Logging } from '../../../src/daemon/logging.ts';
import { NveService } from '../../../src/daemon/nve-service.ts';
import { NodeTransport, NveClient, systemClock } from '../../../src/nve-protocol/client/index.ts';
import { certificates } from '../nve-protocol/certificates.ts';
import { MemoryAuthority } from '../nve-protocol/memory-authority.ts';
import { collectLog, FakeClock } from './fakes.ts';

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
  const timers = new FakeClock();
  let now = 0;
  const nves = new NveService({
    authority: new MemoryAuthority(),
    logger: logging.logger('nva'),
    clock: timers,
    now: () => now,
  });
  closing.push(() => {
    nves.stop('The test is over.');
    expect(timers.timers).toEqual([]);
  });
  const look = () => {
    now += 1_000;
    timers.fire();
  };
  return { nves, lines, look };
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
function nve(port: number, token?: string, name = 'nve1', ca?: string) {
  const story: string[] = [];
  const client = new NveClient(
    {
      identity: { name, tunnelAddress: '192.0.2.1', encapsulations: ['vxlan'] },
      nvas: [{ host: '127.0.0.1', port }],
      ...(token !== undefined && { token }),
    },
    {
      transport: new NodeTransport(ca === undefined ? {} : { tls: { ca } }),
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

describe('files that change', () => {
  it('let in who is named from then on, and end who is not any more', async () => {
    const { nves, lines, look } = service();
    const port = await freePort();
    const path = tokens([{ token: first }, { token: second }]);
    expect(await nves.become(at(port, { tokens: path }))).toBeUndefined();
    const one = nve(port, first);
    const two = nve(port, second, 'nve2');
    await until(() => expect([one.story, two.story]).toEqual([['welcome'], ['welcome']]));
    tokens([{ token: first, nve: 'nve1' }]);
    look();
    await until(() => expect(two.story).toEqual(['welcome', 'unauthorized']));
    expect(one.story).toEqual(['welcome']);
    tokens([{ token: first, nve: 'nve1' }, { token: second }]);
    look();
    await until(() => expect(two.story).toEqual(['welcome', 'unauthorized', 'welcome']));
    expect(lines.filter(({ msg }) => msg.includes('read anew'))).toHaveLength(2);
  });

  it('let nobody in where there is no token left', async () => {
    const { nves, look } = service();
    const port = await freePort();
    const path = tokens([{ token: first }]);
    expect(await nves.become(at(port, { tokens: path }))).toBeUndefined();
    const one = nve(port, first);
    await until(() => expect(one.story).toEqual(['welcome']));
    tokens([]);
    look();
    const two = nve(port, undefined, 'nve2');
    await until(() => expect(two.story).toEqual(['unauthorized']));
    await until(() => expect(one.story).toEqual(['welcome', 'unauthorized']));
    expect(nves.connected).toEqual([]);
  });

  it('leave in force what they said before where they are not good, and say so once', async () => {
    const { nves, lines, look } = service();
    const port = await freePort();
    const path = tokens([{ token: first }]);
    expect(await nves.become(at(port, { tokens: path }))).toBeUndefined();
    writeFileSync(path, `- { token: ${second}`);
    look();
    look();
    const one = nve(port, first);
    await until(() => expect(one.story).toEqual(['welcome']));
    const errors = lines.filter(({ level }) => level === 'error');
    expect(errors.map(({ msg }) => msg)).toEqual([
      `which tokens let NVEs in goes on as it was: ${path}:1:3: not valid YAML`,
    ]);
  });

  it('of certificates are shown to who comes then, and nobody who is there goes', async () => {
    const [old, other] = [certificates(), certificates()];
    closing.push(old.remove, other.remove);
    const { nves, lines, look } = service();
    const port = await freePort();
    const files = { certificate: join(folder, 'nva.pem'), key: join(folder, 'nva.key') };
    const write = ({ certificate, key }: ReturnType<typeof old.issue>) => {
      writeFileSync(files.certificate, certificate);
      writeFileSync(files.key, key);
    };
    write(old.issue('nva', 'IP:127.0.0.1'));
    expect(await nves.become(at(port, { tls: files }))).toBeUndefined();
    const one = nve(port, undefined, 'nve1', old.ca);
    await until(() => expect(one.story).toEqual(['welcome']));
    // A certificate without its key is not taken.
    const next = other.issue('nva', 'IP:127.0.0.1');
    writeFileSync(files.certificate, next.certificate);
    look();
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    write(next);
    look();
    const two = nve(port, undefined, 'nve2', other.ca);
    await until(() => expect(two.story).toEqual(['welcome']));
    expect(one.story).toEqual(['welcome']);
  });
});

it('tells once a minute of an address that is refused for the same reason', async () => {
  const { nves, lines, look } = service();
  const port = await freePort();
  expect(await nves.become(at(port, { tokens: tokens([{ token: first }]) }))).toBeUndefined();
  const told = () => lines.filter(({ level, code }) => level === 'warn' && code === 'unauthorized').length;
  const attempts = async () => {
    for (let i = 0; i < 3; i++) {
      const { client, story } = nve(port, second);
      await until(() => expect(story).toEqual(['unauthorized']));
      client.stop();
    }
  };
  await attempts();
  expect(told()).toBe(1);
  for (let seconds = 0; seconds < 60; seconds++) look();
  await attempts();
  expect(told()).toBe(2);
});
