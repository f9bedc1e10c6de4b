import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type ClientTls,
  type LinkEnd,
  NodeTransport,
  NveClient,
  type NveClientOptions,
  systemClock,
} from '../../../src/nve-protocol/client/index.ts';
import type { NveServerEvent } from '../../../src/nve-protocol/server/events.ts';
import { NveServer, type NveServerOptions } from '../../../src/nve-protocol/server/server.ts';
import { encodeMessage } from '../../../src/nve-protocol/wire/codec.ts';
import { type Certificates, certificates } from './certificates.ts';
import { MemoryAuthority, network } from './memory-authority.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 5 });

async function serve(options: NveServerOptions = {}) {
  const authority = new MemoryAuthority();
  authority.add(network('web', 100));
  const events: NveServerEvent[] = [];
  const server = new NveServer(options, { authority, clock: systemClock, log: (event) => events.push(event) });
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  closing.push(() => server.close());
  return { server, address, events, authority };
}

/** Whether an NVE was welcomed, or how it was refused. */
async function attempt(
  nva: NveClientOptions['nvas'][number],
  more: Partial<NveClientOptions> & { readonly tls?: ClientTls } = {},
): Promise<string> {
  const { tls, ...options } = more;
  const { promise, resolve } = Promise.withResolvers<string>();
  const client = new NveClient(
    { identity: { name: 'nve1', tunnelAddress: '192.0.2.1', encapsulations: ['vxlan'] }, nvas: [nva], ...options },
    {
      transport: new NodeTransport(tls === undefined ? {} : { tls }),
      clock: systemClock,
      handler: {
        connected: () => resolve('welcome'),
        disconnected: ({ code, reason }: LinkEnd) => resolve(code === 'closed' ? reason : code),
      },
    },
  );
  closing.push(() => client.stop());
  client.start();
  return await promise;
}

function socketTo(port: number, from?: string): Promise<{ readonly socket: Socket; readonly closed: () => boolean }> {
  const { promise, resolve } = Promise.withResolvers<{ readonly socket: Socket; readonly closed: () => boolean }>();
  let closed = false;
  const socket = connect({ host: '127.0.0.1', port, ...(from && { localAddress: from }) }, () =>
    resolve({ socket, closed: () => closed }),
  );
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  socket.resume();
  closing.push(() => socket.destroy());
  return promise;
}

describe('who may listen, and connect', () => {
  it('does not listen for everybody while it asks nothing of them', async () => {
    const modules = { authority: new MemoryAuthority(), clock: systemClock, log: () => {} };
    await expect(new NveServer({}, modules).listen({ host: '0.0.0.0', port: 0 })).rejects.toThrow('neither tokens');
    const server = new NveServer({ tokens: [{ token: 'x' }] }, modules);
    closing.push(() => server.close());
    expect((await server.listen({ host: '0.0.0.0', port: 0 })).port).toBeGreaterThan(0);
  });

  it('says that a port is taken', async () => {
    const { address } = await serve();
    const other = new NveServer({}, { authority: new MemoryAuthority(), clock: systemClock, log: () => {} });
    await expect(other.listen(address)).rejects.toThrow('EADDRINUSE');
  });

  it('lets in whoever has a token, for its name alone where it has one', async () => {
    const tokens = [{ token: 'any' }, { token: 'of2', nve: 'nve2' }];
    const { address, server } = await serve({ tokens });
    expect(await attempt(address)).toBe('unauthorized');
    expect(await attempt(address, { token: 'else' })).toBe('unauthorized');
    expect(await attempt(address, { token: 'of2' })).toBe('unauthorized');
    expect(await attempt(address, { token: 'any' })).toBe('welcome');
    server.setTokens([{ token: 'new' }]);
    expect(await attempt(address, { token: 'any' })).toBe('unauthorized');
    expect(await attempt(address, { token: 'new' })).toBe('welcome');
  });
});

describe('TLS', () => {
  let authority: Certificates;
  let tls: { readonly certificate: string; readonly key: string };
  beforeAll(() => {
    authority = certificates();
    tls = authority.issue('nva', 'IP:127.0.0.1');
  });
  afterAll(() => authority.remove());

  it('lets in whoever has a certificate of its name', async () => {
    const { address, server } = await serve({ tls: { ...tls, clientCa: authority.ca } });
    const { ca } = authority;
    expect(await attempt(address, { tls: { ca, ...authority.issue('nve1') } })).toBe('welcome');
    expect(server.nves).toMatchObject([{ nve: 'nve1' }]);
    expect(await attempt(address, { tls: { ca, ...authority.issue('rack 7', 'DNS:nve0,DNS:nve1') } })).toBe('welcome');
    expect(await attempt(address, { tls: { ca, ...authority.issue('nve2') } })).toBe('unauthorized');
    expect(await attempt(address, { tls: { ca } })).toBe('unauthorized');
  });

  it('believes no certificate of another CA', async () => {
    const other = certificates();
    try {
      const { address } = await serve({ tls: { ...tls, clientCa: authority.ca } });
      expect(await attempt(address, { tls: { ca: authority.ca, ...other.issue('nve1') } })).toBe('unauthorized');
      expect(await attempt(address, { tls: { ca: other.ca } })).toMatch(/CERT|SELF_SIGNED|UNABLE/);
    } finally {
      other.remove();
    }
  });

  it('takes a token in place of a certificate', async () => {
    const { address } = await serve({ tls: { ...tls, clientCa: authority.ca }, tokens: [{ token: 's3cret' }] });
    expect(await attempt(address, { tls: { ca: authority.ca }, token: 's3cret' })).toBe('welcome');
  });

  it('shows another certificate after a change, to those who come then', async () => {
    const { address, server } = await serve({ tls });
    const serial = () => {
      const { promise, resolve } = Promise.withResolvers<string>();
      const socket = connectTls({ ...address, ca: authority.ca }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      });
      return promise;
    };
    const before = await serial();
    server.setTls(authority.issue('nva', 'IP:127.0.0.1'));
    expect(await serial()).not.toBe(before);
  });

  it('that is never spoken locks nobody out', async () => {
    const { address, server } = await serve({ tls, limits: { unauthenticatedOfOne: 2 } });
    const silent: Awaited<ReturnType<typeof socketTo>>[] = [];
    for (let i = 0; i < 5; i++) silent.push(await socketTo(address.port));
    await until(() => expect(silent.map(({ closed }) => closed())).toEqual([true, true, true, false, false]));
    expect(server.counts.refused).toBe(3);
    expect(await attempt(address, { tls: { ca: authority.ca } })).toBe('welcome');
    expect(server.nves).toHaveLength(1);
  });

  it('costs who does not speak it its own connection', async () => {
    const { address, events } = await serve({ tls });
    const { socket, closed } = await socketTo(address.port);
    socket.write(encodeMessage({ type: 'ping', id: 1 }));
    await until(() => expect(closed()).toBe(true));
    expect(events).toMatchObject([{ kind: 'refused', code: 'tls' }]);
    expect(await attempt(address, { tls: { ca: authority.ca } })).toBe('welcome');
  });
});

describe('connections', () => {
  it('without a hello are bounded, and who comes takes the place of the oldest', async () => {
    const { address, server, events } = await serve({ limits: { unauthenticated: 3 } });
    const idle: Awaited<ReturnType<typeof socketTo>>[] = [];
    for (let i = 1; i <= 3; i++) {
      idle.push(await socketTo(address.port));
      await until(() => expect(server.counts.connections).toBe(i));
    }
    const one = await socketTo(address.port);
    await until(() => expect(idle.map(({ closed }) => closed())).toEqual([true, false, false]));
    expect(events).toMatchObject([{ kind: 'refused', code: 'crowded-out' }]);
    // The second makes room for it; those that were welcomed do not count among them.
    expect(await attempt(address)).toBe('welcome');
    await until(() => expect(idle.map(({ closed }) => closed())).toEqual([true, true, false]));
    const next = await socketTo(address.port);
    await until(() => expect(server.counts.connections).toBe(6));
    expect([idle[2], one, next].map((other) => other?.closed())).toEqual([false, false, false]);
    expect(server.nves).toMatchObject([{ nve: 'nve1' }]);
  });

  it('of one address without a hello are bounded, and cost other addresses nothing', async () => {
    const { address, server } = await serve({ limits: { unauthenticated: 3, unauthenticatedOfOne: 2 } });
    const other = await socketTo(address.port, '127.0.0.2');
    await until(() => expect(server.counts.connections).toBe(1));
    const hostile: Awaited<ReturnType<typeof socketTo>>[] = [];
    for (let i = 2; i <= 8; i++) {
      hostile.push(await socketTo(address.port));
      await until(() => expect(server.counts.connections).toBe(i));
    }
    await until(() => expect(hostile.filter(({ closed }) => !closed())).toHaveLength(2));
    expect(other.closed()).toBe(false);
    // A third address takes a place of the one that has most.
    const third = await socketTo(address.port, '127.0.0.3');
    await until(() => expect(hostile.filter(({ closed }) => !closed())).toHaveLength(1));
    expect([other.closed(), third.closed()]).toEqual([false, false]);
    expect(await attempt(address)).toBe('welcome');
  });

  it('are bounded in all', async () => {
    const { address } = await serve({ limits: { connections: 1 } });
    expect(await attempt(address)).toBe('welcome');
    const identity = { name: 'nve2', tunnelAddress: '192.0.2.2', encapsulations: ['vxlan'] } as const;
    expect(await attempt(address, { identity })).toBe('too-many-connections');
  });

  it('without a hello end', async () => {
    const { address, events } = await serve({ limits: { helloTime: 50 } });
    const { closed } = await socketTo(address.port);
    await until(() => expect(closed()).toBe(true));
    expect(events).toMatchObject([{ kind: 'refused', code: 'hello-timeout' }]);
  });

  it('that are hostile cost nobody else', async () => {
    const { address, server } = await serve();
    expect(await attempt(address)).toBe('welcome');
    const [good] = server.nves;
    const garbage = Array.from({ length: 200 }, (_, i) =>
      Uint8Array.from({ length: 1 + (i % 90) }, (_, j) => (i * 31 + j * 17) & 255),
    );
    for (const bytes of garbage) {
      const { socket, closed } = await socketTo(address.port);
      socket.write(bytes);
      socket.end();
      await until(() => expect(closed()).toBe(true));
    }
    expect(server.nves).toEqual([good]);
  });

  it('are all taken leave of when it closes', async () => {
    const { address, server, authority } = await serve();
    const { promise, resolve } = Promise.withResolvers<LinkEnd>();
    const client = new NveClient(
      { identity: { name: 'nve1', tunnelAddress: '192.0.2.1', encapsulations: ['vxlan'] }, nvas: [address] },
      { transport: new NodeTransport(), clock: systemClock, handler: { disconnected: resolve } },
    );
    closing.push(() => client.stop());
    client.start();
    await until(() => expect(client.connected).toBe(true));
    server.close('The machine is switched off.', 4_000);
    expect(await promise).toMatchObject({ code: 'goodbye', reason: 'The machine is switched off.', wait: 4_000 });
    expect(authority.calls.at(-1)).toBe('goodbye nve1');
  });
});
