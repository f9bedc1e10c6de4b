/** On sockets of this machine, and on a C library that fails. */
import { type AddressInfo, connect, createServer, Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Libc, type LibcResult, loadLibc } from '../../../../src/bgp-ts/linux/libc.ts';
import { LinuxTcpSecurity } from '../../../../src/bgp-ts/linux/tcp-security.ts';
import { TcpTransport } from '../../../../src/bgp-ts/session/tcp.ts';
import type { Connection, Listener, Protection } from '../../../../src/bgp-ts/session/transport.ts';

/** Answers each call by its name and the option that it sets; 0 where nothing is said. */
function fakeLibc(answers: Readonly<Record<string, LibcResult | readonly LibcResult[]>> = {}) {
  const calls: string[] = [];
  const libc: Libc = {
    call(prototype, ...args) {
      const name = /(\w+)\(/.exec(prototype)?.[1] ?? '';
      const call = name === 'setsockopt' || name === 'getsockopt' ? `${name} ${args[1]}/${args[2]}` : name;
      calls.push(call);
      const answer = answers[call];
      const of =
        answer !== undefined && 'length' in answer ? answer[calls.filter((one) => one === call).length - 1] : answer;
      return of ?? { value: name === 'socket' ? 7 : 0, errno: 0 };
    },
    callOnPool: () => Promise.reject(new Error('not called')),
  };
  return { calls, security: new LinuxTcpSecurity({ libc }) };
}

const failure = (errno: number): LibcResult => ({ value: -1, errno });
const [ENOENT, ENOMEM, EINVAL, ENOPROTOOPT, EAFNOSUPPORT] = [2, 12, 22, 92, 97];
const MD5 = 'setsockopt 6/14';
const MD5_PREFIX = 'setsockopt 6/32';

describe('where the system refuses', () => {
  it.each([
    ['no socket', { socket: failure(EAFNOSUPPORT) }, { md5Key: 'k' }, 'EAFNOSUPPORT', []],
    ['no TCP-MD5', { [MD5]: failure(ENOPROTOOPT) }, { md5Key: 'k' }, 'ENOPROTOOPT', ['close']],
    ['no limit of hops', { 'setsockopt 0/21': failure(EINVAL) }, { ttlSecurity: 1 }, 'EINVAL', ['close']],
    [
      'a symbol that is not there',
      { 'setsockopt 0/2': { value: -1, errno: 0 } },
      { ttlSecurity: 1 },
      'ENOSYS',
      ['close'],
    ],
  ] as const)('%s: no descriptor is left', (_, answers, protection, errno, last) => {
    const { security, calls } = fakeLibc(answers);
    const opened = security.open({ address: '192.0.2.1', port: 179, ...protection });
    expect(opened).toMatchObject({ ok: false, fault: { code: 'unprotected', errno } });
    expect(calls.filter((call) => call === 'close')).toEqual(last);
  });

  it.each([
    ['TCP-MD5 at all', MD5, '192.0.2.1', ENOPROTOOPT, 'this kernel has no TCP-MD5'],
    ['keys for prefixes', MD5_PREFIX, '192.0.2.0/24', ENOPROTOOPT, 'this kernel has no TCP-MD5 for prefixes'],
    ['the first key', MD5, '192.0.2.1', ENOMEM, 'the kernel refuses TCP-MD5 keys, perhaps because of its FIPS mode'],
    ['something else', MD5, '192.0.2.1', EINVAL, 'the kernel does not take the TCP-MD5 key: EINVAL'],
  ])('%s: the entry and the reason are told', (_, call, peers, errno, reason) => {
    const { security, calls } = fakeLibc({ [call]: failure(errno) });
    const fault = security.check('0.0.0.0', [{ peers, md5Key: 'k' }]);
    expect(fault).toMatchObject({ code: 'unprotected', option: 'md5Key', peers, reason });
    expect(calls.at(-1)).toBe('close');
  });

  it('a key too many: how many there may be is told', () => {
    const { security } = fakeLibc({ [MD5]: [{ value: 0, errno: 0 }, { value: 0, errno: 0 }, failure(ENOMEM)] });
    const peers = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => ({ peers: address, md5Key: 'k' }));
    expect(security.check('::', peers)).toMatchObject({
      peers: '192.0.2.3',
      errno: 'ENOMEM',
      reason: 'the kernel takes no more than 2 TCP-MD5 keys for one listener',
    });
  });

  it('GTSM, with the entry that asks for it', () => {
    const { security } = fakeLibc({ 'setsockopt 41/73': failure(ENOPROTOOPT) });
    const peers = [{ peers: 'fd00::1' }, { peers: 'fd00::2', ttlSecurity: 3 }];
    expect(security.check('::', peers)).toMatchObject({
      option: 'ttlSecurity',
      peers: 'fd00::2',
      errno: 'ENOPROTOOPT',
    });
  });

  it('what is accepted: a key that was there and cannot be set again, hops that cannot be read', () => {
    const socket = { descriptor: 9, family: 4, address: '192.0.2.1' } as const;
    const lost = fakeLibc({ [MD5]: [{ value: 0, errno: 0 }, failure(ENOMEM)] });
    expect(lost.security.accepted(socket, { md5Key: 'k' })).toMatchObject({ code: 'unprotected', errno: 'ENOMEM' });
    const unsigned = fakeLibc({ [MD5]: failure(ENOENT) });
    expect(unsigned.security.accepted(socket, { md5Key: 'k' })).toMatchObject({ code: 'unsigned' });
    const blind = fakeLibc({ 'getsockopt 0/33': failure(ENOPROTOOPT) });
    expect(blind.security.accepted(socket, { ttlSecurity: 1 })).toMatchObject({ code: 'unprotected' });
  });
});

describe('the keys of a listener', () => {
  const peer = (last: number, md5Key: string) => ({ peers: `192.0.2.${last}`, md5Key });

  it('are told to the kernel once, and again only where they differ', () => {
    const { security, calls } = fakeLibc();
    const listener = security.listener(5, '0.0.0.0');
    const take = () => calls.splice(0);
    expect(listener.protect([peer(1, 'a'), peer(2, 'b')])).toBeUndefined();
    expect(take()).toEqual([MD5, MD5]);
    listener.protect([peer(2, 'b'), peer(1, 'a')]);
    expect(take()).toEqual([]);
    listener.protect([peer(1, 'a'), peer(2, 'c')]);
    expect(take()).toEqual([MD5]);
    listener.protect([peer(1, 'a')]);
    expect(take()).toEqual([MD5]);
    listener.protect([]);
    expect(take()).toEqual([MD5]);
  });

  it('are kept to what it had when there is no room for one more, and tried again', () => {
    const { security, calls } = fakeLibc({ [MD5]: [{ value: 0, errno: 0 }, failure(ENOMEM)] });
    const listener = security.listener(5, '0.0.0.0');
    expect(listener.protect([peer(1, 'a'), peer(2, 'b')])).toMatchObject({ peers: '192.0.2.2' });
    calls.length = 0;
    listener.protect([peer(1, 'a'), peer(2, 'b')]);
    expect(calls).toEqual([MD5]);
  });

  it('are of empty or overlong text for nobody', () => {
    const { security, calls } = fakeLibc();
    for (const md5Key of ['', 'ä'.repeat(41)]) {
      expect(security.listener(5, '::').protect([{ peers: '192.0.2.1', md5Key }])).toMatchObject({ errno: 'EINVAL' });
    }
    expect(calls).toEqual([]);
  });

  it('come with a TTL of 255 while somebody asks for GTSM, on both families where it takes both', () => {
    const { security, calls } = fakeLibc();
    const listener = security.listener(5, '::');
    listener.protect([{ peers: '192.0.2.1', ttlSecurity: 1 }]);
    expect(calls.splice(0)).toEqual(['setsockopt 0/2', 'setsockopt 41/16']);
    listener.protect([{ peers: '192.0.2.1', ttlSecurity: 2 }]);
    expect(calls.splice(0)).toEqual([]);
    listener.protect([]);
    expect(calls.splice(0)).toEqual(['setsockopt 0/2', 'setsockopt 41/16']);
  });
});

const loaded = loadLibc();
const security = loaded.ok ? new LinuxTcpSecurity(loaded) : undefined;
const hasMd5 = security?.check('127.0.0.1', [{ peers: '127.0.0.0/8', md5Key: 'k' }]) === undefined;
const hasIpv6 = security?.check('::', [{ peers: '::1', md5Key: 'k', ttlSecurity: 1 }]) === undefined;

describe.runIf(security !== undefined && hasMd5 && hasIpv6)('real sockets', () => {
  const transport = new TcpTransport({ security: security as LinuxTcpSecurity });
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0)) await cleanup();
  });

  const listen = async (address: string, accept: (connection: Connection) => void): Promise<Listener> => {
    const listener = await transport.listen({ address, port: 0, accept });
    cleanups.push(() => listener.close());
    return listener;
  };
  /** What a connection was told since. */
  const watch = (connection: Connection) => {
    const heard = { text: '', connected: false, closed: undefined as string | undefined };
    cleanups.push(() => connection.destroy());
    connection.setHandler({
      connected: () => {
        heard.connected = true;
      },
      data: (bytes) => {
        heard.text += Buffer.from(bytes).toString();
      },
      drain() {},
      close: (error) => {
        heard.closed = error ?? 'FIN';
      },
    });
    return heard;
  };
  const say = (connection: Connection, text: string) => connection.write(new TextEncoder().encode(text));

  it.each([
    ['TCP-MD5', { md5Key: 'secret' }],
    ['GTSM', { ttlSecurity: 1 }],
    ['both', { md5Key: 'ein Schlüssel', ttlSecurity: 254 }],
  ] as const)('%s on both sides, over IPv4, IPv6 and both at once', async (_, protection) => {
    for (const [at, address] of [
      ['127.0.0.1', '127.0.0.1'],
      ['::1', '::1'],
      ['::', '127.0.0.1'],
      ['::', '::1'],
    ] as const) {
      const accepted: Connection[] = [];
      const faults: unknown[] = [];
      const listener = await listen(at, (connection) => {
        faults.push(connection.protect(protection));
        accepted.push(connection);
      });
      expect(listener.protect([{ peers: address, ...protection }])).toBeUndefined();
      const near = transport.connect({ address, port: listener.port, ...protection });
      const heard = watch(near);
      await vi.waitFor(() => expect(accepted).toHaveLength(1));
      expect(faults).toEqual([undefined]);
      const far = accepted[0] as Connection;
      const other = watch(far);
      say(near, 'there');
      say(far, 'back');
      await vi.waitFor(() => expect([heard.text, other.text]).toEqual(['back', 'there']));
    }
  });

  it('a key that changes on both sides of a connection, which goes on', async () => {
    const accepted: Connection[] = [];
    const listener = await listen('127.0.0.1', (connection) => {
      expect(connection.protect({ md5Key: 'old' })).toBeUndefined();
      accepted.push(connection);
    });
    listener.protect([{ peers: '127.0.0.1', md5Key: 'old' }]);
    const near = transport.connect({ address: '127.0.0.1', port: listener.port, md5Key: 'old' });
    const heard = watch(near);
    await vi.waitFor(() => expect(accepted).toHaveLength(1));
    const far = accepted[0] as Connection;
    const other = watch(far);
    for (const key of ['new', undefined, 'newest']) {
      expect(near.setMd5Key(key)).toBeUndefined();
      expect(far.setMd5Key(key)).toBeUndefined();
      say(near, `${key}.`);
      say(far, `${key}.`);
    }
    await vi.waitFor(() => expect([heard.text, other.text]).toEqual(Array(2).fill('new.undefined.newest.')));
  });

  /** Something of this machine that the transport has not made. */
  const raw = (port: number): Socket => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => {});
    cleanups.push(() => socket.destroy());
    return socket;
  };

  it('a connection that came up before the listener had the key is not let in', async () => {
    const faults: unknown[] = [];
    const protection: Protection = { md5Key: 'secret' };
    const listener = await listen('127.0.0.1', (connection) => {
      faults.push(connection.protect(protection));
      connection.destroy();
    });
    raw(listener.port);
    await vi.waitFor(() => expect(faults).toHaveLength(1));
    expect(faults).toMatchObject([{ code: 'unsigned', option: 'md5Key' }]);
  });

  it('a connection with the usual TTL of 64 is let in by nobody who asks for less than 192 hops', async () => {
    const faults: unknown[] = [];
    let hops = 191;
    const listener = await listen('127.0.0.1', (connection) => {
      faults.push(connection.protect({ ttlSecurity: hops }));
      connection.destroy();
    });
    raw(listener.port);
    await vi.waitFor(() => expect(faults).toHaveLength(1));
    hops = 192;
    raw(listener.port);
    await vi.waitFor(() => expect(faults).toHaveLength(2));
    expect(faults).toEqual([
      { code: 'too-far', option: 'ttlSecurity', reason: expect.stringContaining('a TTL of 64, less than 65') },
      undefined,
    ]);
  });

  it('a call to a server without the key, and one whose answer comes with the usual TTL, stay calls', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    cleanups.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const plain = transport.connect({ address: '127.0.0.1', port });
    const unsigned = watch(transport.connect({ address: '127.0.0.1', port, md5Key: 'secret' }));
    const near = watch(transport.connect({ address: '127.0.0.1', port, ttlSecurity: 1 }));
    const heard = watch(plain);
    await vi.waitFor(() => expect(heard.connected).toBe(true));
    expect([unsigned, near]).toEqual(Array(2).fill({ text: '', connected: false, closed: undefined }));
  });

  it('leaves a connection and a listener alone of which nothing is asked', async () => {
    const spy = vi.spyOn(loaded.ok ? loaded.libc : ({} as Libc), 'call');
    cleanups.push(() => spy.mockRestore());
    const accepted: Connection[] = [];
    const listener = await listen('127.0.0.1', (connection) => {
      expect(connection.protect({})).toBeUndefined();
      accepted.push(connection);
    });
    expect(listener.protect([{ peers: '127.0.0.0/8' }])).toBeUndefined();
    const heard = watch(transport.connect({ address: '127.0.0.1', port: listener.port }));
    await vi.waitFor(() => expect(heard.connected && accepted.length === 1).toBe(true));
    accepted[0]?.destroy();
    expect(spy).not.toHaveBeenCalled();
  });

  it('connects from the address that is asked for', async () => {
    const remotes: string[] = [];
    const listener = await listen('127.0.0.1', (connection) => {
      remotes.push(connection.remoteAddress);
      connection.destroy();
    });
    listener.protect([{ peers: '127.0.0.9', md5Key: 'k' }]);
    watch(transport.connect({ address: '127.0.0.1', port: listener.port, localAddress: '127.0.0.9', md5Key: 'k' }));
    await vi.waitFor(() => expect(remotes).toEqual(['127.0.0.9']));
  });
});

describe('a transport without the means', () => {
  const transport = new TcpTransport();

  it.each([{ md5Key: 'secret' }, { ttlSecurity: 1 }])('does not connect with %o', async (protection) => {
    let closed: string | undefined = 'not yet';
    transport.connect({ address: '127.0.0.1', port: 1, ...protection }).setHandler({
      connected: () => expect.unreachable(),
      data() {},
      drain() {},
      close: (error) => {
        closed = error;
      },
    });
    await vi.waitFor(() => expect(closed).toBe('ENOTSUP'));
  });

  it('lets nobody in of whom something is asked, and says so', async () => {
    const faults: unknown[] = [];
    const listener = await transport.listen({
      address: '127.0.0.1',
      port: 0,
      accept: (connection) => {
        faults.push(connection.protect({}), connection.protect({ ttlSecurity: 1 }), connection.setMd5Key('k'));
        connection.destroy();
      },
    });
    expect(listener.protect([])).toBeUndefined();
    expect(listener.protect([{ peers: '127.0.0.1', md5Key: 'k' }])).toMatchObject({
      code: 'unprotected',
      errno: 'ENOTSUP',
    });
    const socket = new Socket().connect(listener.port, '127.0.0.1').on('error', () => {});
    await vi.waitFor(() => expect(faults).toHaveLength(3));
    expect(faults[0]).toBeUndefined();
    expect(faults.slice(1)).toMatchObject([{ option: 'ttlSecurity' }, { option: 'md5Key' }]);
    socket.destroy();
    await listener.close();
  });
});
