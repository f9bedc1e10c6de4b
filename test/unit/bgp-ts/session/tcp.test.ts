/** Sessions over real sockets on loopback. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Acceptor } from '../../../../src/bgp-ts/session/acceptor.ts';
import { systemClock } from '../../../../src/bgp-ts/session/clock.ts';
import { Peer } from '../../../../src/bgp-ts/session/peer.ts';
import type { PeerOptions } from '../../../../src/bgp-ts/session/peer-options.ts';
import { TcpTransport } from '../../../../src/bgp-ts/session/tcp.ts';
import type { Connection, Listener } from '../../../../src/bgp-ts/session/transport.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { bytes, endOfRibHex, keepaliveHex, notificationHex, openOf } from './hand-peer.ts';
import { Recorder } from './recorder.ts';

const transport = new TcpTransport();
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

async function listen(address: string, accept: (connection: Connection) => void): Promise<Listener> {
  const listener = await transport.listen({ address, port: 0, accept });
  cleanups.push(() => listener.close());
  return listener;
}

function makePeer(patch: Partial<PeerOptions>, routerId = '10.0.0.1') {
  const recorder = new Recorder();
  const peer = new Peer(
    {
      local: { asn: 65000, routerId, capabilities: [{ kind: 'multiprotocol', value: Family.Evpn }] },
      address: '127.0.0.1',
      asn: 65000,
      connectRetryTime: 0.1,
      closeTime: 200,
      ...patch,
    },
    { clock: systemClock, transport, random: Math.random, handler: recorder },
  );
  cleanups.push(() => peer.stop());
  return { peer, recorder };
}

/** A passive peer behind a listener. */
async function passivePeer(patch: Partial<PeerOptions> = {}, address = '127.0.0.1') {
  const made = makePeer({ passive: true, ...patch });
  const listener = await listen(address, (connection) => made.peer.accept(connection));
  made.peer.start();
  return { ...made, listener };
}

/** A plain socket as the neighbour. */
class RawPeer {
  readonly socket: Socket;
  hex = '';
  closed = false;
  error: string | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.hex += chunk.toString('hex');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code;
    });
    socket.on('close', () => {
      this.closed = true;
    });
    cleanups.push(() => socket.destroy());
  }

  static dial(port: number, host = '127.0.0.1'): RawPeer {
    return new RawPeer(connect({ port, host }));
  }

  send(message: Uint8Array | string): void {
    this.socket.write(typeof message === 'string' ? bytes(message) : message);
  }
}

const until = (condition: () => unknown, timeout = 8000) =>
  vi.waitFor(
    () => {
      if (!condition()) throw new Error(`not yet: ${condition}`);
    },
    { timeout, interval: 5 },
  );

describe('two peers', () => {
  it.each([
    ['IPv4', '127.0.0.1', '127.0.0.1'],
    ['IPv6', '::1', '::1'],
    ['IPv4 on a listener for both', '::', '127.0.0.1'],
    ['IPv6 on a listener for both', '::', '::1'],
  ])('one passive, one active, over %s', async (_, listenAddress, address) => {
    const { peer: passive, recorder, listener } = await passivePeer({ address }, listenAddress);
    const remotes: string[] = [];
    const active = makePeer({ address, port: listener.port }, '10.0.0.2');
    active.peer.start();
    await until(() => passive.state === 'Established' && active.peer.state === 'Established');
    expect(recorder.negotiated).toMatchObject({ remoteAsn: 65000, remoteId: 0x0a000002, kind: 'ibgp' });
    expect(active.recorder.negotiated?.remoteId).toBe(0x0a000001);
    remotes.push(passive.connection?.localAddress ?? '');
    expect(remotes).toEqual([address]);

    active.peer.send(bytes(endOfRibHex));
    await until(() => recorder.updates === 1);
    const stopped = active.peer.stop('enough');
    await until(() => passive.state !== 'Established');
    await stopped;
    expect(passive.lastErrorReceived).toMatchObject({ code: 6, subcode: 2, communication: 'enough' });
    expect(active.peer.lastErrorSent).toMatchObject({ code: 6, subcode: 2 });
  });

  it.each([
    ['10.0.0.1', '10.0.0.2'],
    ['10.0.0.2', '10.0.0.1'],
  ])('both active at once, identifiers %s and %s: one session, by the higher identifier', async (idA, idB) => {
    let a: Peer | undefined;
    let b: Peer | undefined;
    const listenerA = await listen('127.0.0.1', (connection) => a?.accept(connection));
    const listenerB = await listen('127.0.0.2', (connection) => b?.accept(connection));
    // DelayOpen on neither, a long retry on both: the first dials are the ones that collide
    const common = { connectRetryTime: 60 };
    const madeA = makePeer({ ...common, address: '127.0.0.2', port: listenerB.port, localAddress: '127.0.0.1' }, idA);
    const madeB = makePeer({ ...common, address: '127.0.0.1', port: listenerA.port, localAddress: '127.0.0.2' }, idB);
    a = madeA.peer;
    b = madeB.peer;
    a.start();
    b.start();
    await until(() => a?.state === 'Established' && b?.state === 'Established');
    await until(() => a?.sent.notifications === 1 || b?.sent.notifications === 1);
    const dialledByA = a.connection?.remotePort === listenerB.port;
    expect(dialledByA).toBe(idA === '10.0.0.2');
    expect(b.connection?.remotePort === listenerA.port).toBe(!dialledByA);
    for (const { recorder } of [madeA, madeB]) {
      expect(recorder.downs).toEqual([]);
      expect(recorder.lines.filter((line) => line === 'established')).toHaveLength(1);
    }
  });

  it('an active peer keeps dialling until somebody listens', async () => {
    const probe = await transport.listen({ address: '127.0.0.1', port: 0, accept: (c) => c.destroy() });
    await probe.close();
    const active = makePeer({ port: probe.port }, '10.0.0.2');
    active.peer.start();
    await until(() => active.peer.lastDown?.detail === 'ECONNREFUSED');
    const late = makePeer({ passive: true });
    const listener = await transport.listen({
      address: '127.0.0.1',
      port: probe.port,
      accept: (connection) => late.peer.accept(connection),
    });
    cleanups.push(() => listener.close());
    late.peer.start();
    await until(() => active.peer.state === 'Established');
  });

  it('moves a megabyte of UPDATEs through a full socket, in order and whole', async () => {
    const { recorder, peer: passive, listener } = await passivePeer();
    const active = makePeer({ port: listener.port }, '10.0.0.2');
    active.peer.start();
    await until(() => active.peer.state === 'Established' && passive.state === 'Established');
    const count = 50_000;
    const batch = bytes(endOfRibHex.repeat(500));
    let sent = 0;
    const pump = () => {
      while (sent < count) {
        sent += 500;
        if (!active.peer.send(batch, 500)) return;
      }
    };
    active.recorder.writable = pump;
    pump();
    await until(() => recorder.updates === count);
    expect(passive.received).toMatchObject({ updates: count, bytes: 43 + 19 + count * 23 });
    expect(active.peer.sent.updates).toBe(count);
  });
});

describe('what comes in over a socket', () => {
  it.each([
    ['noise', '16030100c8010000c40303aabbccddeeff001122', notificationHex(1, 1)],
    ['a length of 4097', `${'ff'.repeat(16)}100102`, notificationHex(1, 2, '1001')],
    ['message type 7', `${'ff'.repeat(16)}001307`, notificationHex(1, 3, '07')],
    ['BGP version 5', `${'ff'.repeat(16)}001d0105fde8005a0a00000200`, notificationHex(2, 1, '0004')],
    ['another AS', openOf({ myAs: 64999, capabilities: [] }), notificationHex(2, 2)],
    ['a KEEPALIVE for an OPEN', keepaliveHex, notificationHex(5, 1, '04')],
  ])('%s gets its NOTIFICATION and FIN', async (_, message, answer) => {
    const { listener } = await passivePeer();
    const raw = RawPeer.dial(listener.port);
    raw.send(message);
    await until(() => raw.closed);
    expect(raw.error).toBeUndefined();
    expect(raw.hex.slice(-answer.length)).toBe(answer);
    expect(raw.hex.length).toBe(2 * 43 + answer.length);
  });

  it('may be cut anywhere', async () => {
    const { peer, recorder, listener } = await passivePeer();
    const raw = RawPeer.dial(listener.port);
    raw.socket.setNoDelay(true);
    const stream = Buffer.concat([openOf(), bytes(keepaliveHex), bytes(endOfRibHex)]);
    for (const octet of stream) {
      raw.socket.write(Buffer.of(octet));
      await new Promise(setImmediate);
    }
    await until(() => recorder.updates === 1);
    expect(peer.state).toBe('Established');
  });

  it('a peer that never sends OPEN, and one that sends half a message, are dropped at the timer', async () => {
    for (const start of ['', `${'ff'.repeat(16)}00`]) {
      const { peer, listener } = await passivePeer({ openHoldTime: 0.3 });
      const raw = RawPeer.dial(listener.port);
      raw.send(start);
      await until(() => raw.closed);
      expect(raw.hex.slice(-42)).toBe(notificationHex(4, 0));
      expect(peer.lastDown?.cause).toBe('hold-timer-expired');
    }
  });

  it('a silent peer is dropped when the hold time is over; one that drops us says 4/0', async () => {
    const { peer, recorder, listener } = await passivePeer();
    const silent = RawPeer.dial(listener.port);
    silent.send(Buffer.concat([openOf({ holdTime: 3 }), bytes(keepaliveHex)]));
    await until(() => peer.state === 'Established');
    const start = performance.now();
    await until(() => silent.closed);
    expect(performance.now() - start).toBeGreaterThan(2900);
    expect(silent.hex.slice(-42)).toBe(notificationHex(4, 0));
    expect(silent.hex.slice(86)).toMatch(new RegExp(`^(${keepaliveHex}){3,5}${notificationHex(4, 0)}$`));

    const strict = RawPeer.dial(listener.port);
    strict.send(Buffer.concat([openOf(), bytes(keepaliveHex)]));
    await until(() => peer.state === 'Established');
    strict.send(notificationHex(4, 0));
    await until(() => recorder.downs.length === 2);
    expect(recorder.downs[1]).toMatchObject({ cause: 'notification-received', received: { code: 4, subcode: 0 } });
  });

  it('nothing while paused; everything afterwards', async () => {
    const { peer, recorder, listener } = await passivePeer();
    const raw = RawPeer.dial(listener.port);
    raw.send(Buffer.concat([openOf(), bytes(keepaliveHex)]));
    await until(() => peer.state === 'Established');
    peer.pauseReading();
    raw.send(endOfRibHex.repeat(3));
    await new Promise((done) => raw.socket.write('', done));
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(recorder.updates).toBe(0);
    peer.resumeReading();
    await until(() => recorder.updates === 3);
  });
});

describe('a connection that is reset', () => {
  it.each(['OpenSent', 'OpenConfirm', 'Established'] as const)(
    'in %s: back to Active, and the next one works',
    async (state) => {
      const { peer, listener } = await passivePeer();
      const raw = RawPeer.dial(listener.port);
      if (state !== 'OpenSent') raw.send(openOf());
      if (state === 'Established') raw.send(keepaliveHex);
      await until(() => peer.state === state && raw.hex.length >= (state === 'OpenSent' ? 86 : 124));
      raw.socket.resetAndDestroy();
      await until(() => peer.state === 'Active');
      expect(peer.lastDown).toMatchObject({ cause: 'connection-failed', detail: 'ECONNRESET' });
      const again = RawPeer.dial(listener.port);
      again.send(Buffer.concat([openOf(), bytes(keepaliveHex)]));
      await until(() => peer.state === 'Established');
    },
  );

  it('in Connect: dials again', async () => {
    const sockets: Socket[] = [];
    const server: Server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      if (sockets.length === 1) socket.resetAndDestroy();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    cleanups.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((closed) => server.close(closed));
    });
    const { peer } = makePeer({ port: (server.address() as AddressInfo).port });
    peer.start();
    await until(() => sockets.length === 2 && peer.state === 'OpenSent');
  });

  it('by FIN, while our own data is stuck: gone at once', async () => {
    const { peer, listener } = await passivePeer();
    const raw = RawPeer.dial(listener.port);
    raw.send(Buffer.concat([openOf(), bytes(keepaliveHex)]));
    await until(() => peer.state === 'Established');
    raw.socket.pause();
    while (peer.send(new Uint8Array(1 << 20))) await new Promise(setImmediate);
    raw.socket.end();
    await until(() => peer.state === 'Active');
    expect(peer.lastDown?.cause).toBe('connection-failed');
  });
});

describe('strangers', () => {
  it('a thousand at once do not disturb a peer', async () => {
    const acceptor = new Acceptor({ rejectionsPerSecond: 20 }, { clock: systemClock });
    const made = makePeer({ passive: true, address: '127.0.0.9' });
    made.peer.start();
    const listener = await listen('0.0.0.0', (connection) => {
      if (connection.remoteAddress === '127.0.0.9') made.peer.accept(connection);
      else acceptor.refuse(connection, 'unknown-peer');
    });
    const good = new RawPeer(connect({ port: listener.port, host: '127.0.0.1', localAddress: '127.0.0.9' }));
    good.send(Buffer.concat([openOf(), bytes(keepaliveHex)]));
    await until(() => made.peer.state === 'Established');

    const strangers: RawPeer[] = [];
    for (let i = 0; i < 1000; i++) {
      strangers.push(RawPeer.dial(listener.port));
      if (i % 50 === 0) await new Promise(setImmediate);
    }
    good.send(endOfRibHex);
    await until(() => made.recorder.updates === 1);
    await until(() => strangers.every(({ closed }) => closed));
    const told = strangers.filter(({ hex }) => hex === notificationHex(6, 5)).length;
    expect(told).toBeGreaterThanOrEqual(1);
    expect(strangers.filter(({ hex }) => hex !== '').length).toBe(told);
    expect(acceptor.counts.refused['unknown-peer']).toBe(1000);
    expect(made.peer.state).toBe('Established');
  });
});

describe('TcpTransport', () => {
  it('stops listening at once, while the connections it accepted stay', async () => {
    const accepted: Connection[] = [];
    let heard = '';
    const listener = await listen('127.0.0.1', (connection) => {
      accepted.push(connection);
      connection.setHandler({ data: (octets) => (heard += Buffer.from(octets).toString()), drain() {}, close() {} });
    });
    const raw = new RawPeer(connect({ host: '127.0.0.1', port: listener.port }));
    await vi.waitFor(() => expect(accepted).toHaveLength(1));
    cleanups.push(() => accepted[0]?.destroy());
    await listener.close();
    const late = new RawPeer(connect({ host: '127.0.0.1', port: listener.port }));
    await vi.waitFor(() => expect(late.error).toBe('ECONNREFUSED'));
    raw.socket.write('still here');
    await vi.waitFor(() => expect(heard).toBe('still here'));
    expect(raw.closed).toBe(false);
  });

  it('rejects a listener on a port in use', async () => {
    const { port } = await listen('127.0.0.1', (connection) => connection.destroy());
    await expect(
      transport.listen({ address: '127.0.0.1', port, accept: (connection) => connection.destroy() }),
    ).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it.each([
    ['a port out of range', { address: '127.0.0.1', port: 70000 }, 'ERR_SOCKET_BAD_PORT'],
    [
      'a source address that is not ours',
      { address: '127.0.0.1', port: 1, localAddress: '192.0.2.1' },
      'EADDRNOTAVAIL',
    ],
    ['nobody there', { address: '127.0.0.1', port: 1 }, 'ECONNREFUSED'],
  ])('reports %s through close', async (_, options, code) => {
    let error: string | undefined = 'none';
    transport.connect(options).setHandler({
      data() {},
      drain() {},
      close: (reason) => {
        error = reason;
      },
    });
    await until(() => error !== 'none');
    expect(error).toBe(code);
  });

  it('names an IPv4 peer of a listener for both families by its plain address', async () => {
    const remotes: [string, number][] = [];
    const { port } = await listen('::', (connection) => {
      remotes.push([connection.remoteAddress, connection.remotePort]);
      connection.destroy();
    });
    const raw = RawPeer.dial(port);
    await until(() => raw.closed);
    expect(remotes).toEqual([['127.0.0.1', expect.any(Number)]]);
  });
});
