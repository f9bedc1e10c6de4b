import { describe, expect, it } from 'vitest';
import type { Libc, LibcLoad } from '../../../src/bgp-ts/linux/libc.ts';
import { resolveAccount } from '../../../src/daemon/account.ts';
import { dropPrivileges } from '../../../src/daemon/privileges.ts';
import { FakeSystem } from './fakes.ts';

/** A C library that writes its calls down; `errno` says which of them fail. */
function fakeLibc(errno: (call: string) => number = () => 0, onPool: () => void = () => {}) {
  const calls: string[] = [];
  const libc: Libc = {
    call(prototype, ...args) {
      const name = /(\w+)\(/.exec(prototype)?.[1] ?? '';
      const shown = args.map((arg) => (arg instanceof Uint8Array ? Buffer.from(arg).toString('hex') : String(arg)));
      const call = `${name} ${shown.join(' ')}`;
      calls.push(call);
      const failed = errno(call);
      return failed === 0 ? { value: 0, errno: 0 } : { value: -1, errno: failed };
    },
    callOnPool(prototype) {
      calls.push(`pool ${/(\w+)\(/.exec(prototype)?.[1]}`);
      onPool();
      return Promise.resolve({ value: 0, errno: 0 });
    },
  };
  return { calls, load: (): LibcLoad => ({ ok: true, libc }) };
}

const none = `2205082000000000 ${'00'.repeat(24)}`;
const emptied = ['prctl 47 4 0 0 0', `capset ${none}`, 'prctl 38 1 0 0 0'];
const poolRound = Array(8).fill('pool capset');

describe('giving up privileges', () => {
  it('becomes the user after its groups, and leaves no thread anything', async () => {
    const system = new FakeSystem(0, [
      { name: 'node', permitted: 0x1ffn },
      { name: 'node-V8Worker', permitted: 0x1ffn },
    ]);
    const libc = fakeLibc((call) => (call.startsWith('prctl 24 3 ') ? 22 : 0));
    const result = await dropPrivileges({ uid: 65534, gid: 65533, name: 'nobody' }, { system, libc: libc.load });
    expect(system.calls).toEqual(['initgroups nobody 65533', 'setgid 65533', 'setuid 65534']);
    expect(libc.calls).toEqual([
      'prctl 24 0 0 0 0',
      'prctl 24 1 0 0 0',
      'prctl 24 2 0 0 0',
      'prctl 24 3 0 0 0',
      ...emptied,
      ...poolRound,
    ]);
    expect(result).toEqual({ ok: true, report: { uid: 65534, threads: 2, threadsWithCapabilities: [], warnings: [] } });
  });

  it('sets the one group of a user that has only a number', async () => {
    const system = new FakeSystem(0);
    await dropPrivileges({ uid: 1234, gid: 5678 }, { system, libc: fakeLibc(() => 22).load });
    expect(system.calls).toEqual(['setgroups 5678', 'setgid 5678', 'setuid 1234']);
  });

  it('without root empties what it can reach, and says which threads it cannot', async () => {
    const system = new FakeSystem(1000, [
      { name: 'node', permitted: 0n },
      { name: 'libuv-worker', permitted: 0x400n },
      { name: 'node-V8Worker', permitted: 0x400n },
    ]);
    let onPool = 0;
    const libc = fakeLibc(undefined, () => {
      // The pool's thread is reached in the second round.
      if (++onPool === 9) system.threadList[1] = { name: 'libuv-worker', permitted: 0n };
    });
    const result = await dropPrivileges(undefined, { system, libc: libc.load });
    expect(system.calls).toEqual([]);
    expect(libc.calls).toEqual([...emptied, ...poolRound, ...poolRound]);
    expect(result).toEqual({
      ok: true,
      report: { uid: 1000, threads: 3, threadsWithCapabilities: ['node-V8Worker'], warnings: [] },
    });
  });

  it('gives up on a pool that keeps its capabilities, and warns', async () => {
    const system = new FakeSystem(1000, [{ name: 'libuv-worker', permitted: 1n }]);
    const libc = fakeLibc();
    const result = await dropPrivileges(undefined, { system, libc: libc.load });
    expect(libc.calls.filter((call) => call === 'pool capset')).toHaveLength(16 * 8);
    expect(result).toMatchObject({ report: { warnings: ["some of the pool's threads keep their capabilities"] } });
  });

  it('goes on with a warning for each call that the kernel refuses', async () => {
    const result = await dropPrivileges(undefined, { system: new FakeSystem(0), libc: fakeLibc(() => 1).load });
    expect(result).toMatchObject({
      ok: true,
      report: {
        uid: 0,
        warnings: [
          'the bounding set stays as it is (errno 1)',
          'the ambient set stays as it is (errno 1)',
          'capabilities stay as they are (errno 1)',
          'no_new_privs is not set (errno 1)',
        ],
      },
    });
  });

  it('goes on without koffi, and still becomes the user', async () => {
    const system = new FakeSystem(0);
    const result = await dropPrivileges(
      { uid: 1, gid: 1 },
      { system, libc: () => ({ ok: false, reason: 'no koffi' }) },
    );
    expect(system.uid).toBe(1);
    expect(result).toMatchObject({
      ok: true,
      report: { warnings: ['capabilities cannot be given up one by one: no koffi'] },
    });
  });

  it('goes on when the C library lacks a call', async () => {
    const libc: Libc = {
      call: () => {
        throw new Error("Cannot find function 'capset'");
      },
      callOnPool: () => Promise.reject(new Error("Cannot find function 'capset'")),
    };
    const result = await dropPrivileges(undefined, { system: new FakeSystem(7), libc: () => ({ ok: true, libc }) });
    expect(result).toMatchObject({
      ok: true,
      report: {
        warnings: [
          'the ambient set stays as it is (the C library has no such call)',
          'capabilities stay as they are (the C library has no such call)',
          'no_new_privs is not set (the C library has no such call)',
          "the pool's threads keep their capabilities: Cannot find function 'capset'",
        ],
      },
    });
  });

  it('does not go on as root when the user cannot be taken', async () => {
    const system = new FakeSystem(0);
    system.setuidError = new Error('EPERM');
    const result = await dropPrivileges({ uid: 1, gid: 1, name: 'nvad' }, { system, libc: fakeLibc(() => 22).load });
    expect(result).toEqual({ ok: false, reason: 'nvad cannot become user nvad: EPERM' });
  });
});

describe('the account to become', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/sh\nnvad:x:997:996::/var/lib/nvad:/usr/sbin/nologin\n';
  const group = 'root:x:0:\nnvad:x:996:\nfrr:x:92:nvad\n';
  const asRoot = { uid: 0, passwd, group };

  it.each([
    [{ user: 'nvad' }, { uid: 997, gid: 996, name: 'nvad' }],
    [{ user: '997' }, { uid: 997, gid: 996, name: 'nvad' }],
    [
      { user: 'nvad', group: 'frr' },
      { uid: 997, gid: 92, name: 'nvad' },
    ],
    [
      { user: '5000', group: '5001' },
      { uid: 5000, gid: 5001 },
    ],
    [{}, undefined],
  ])('%j', (config, account) => {
    expect(resolveAccount(config, asRoot)).toEqual({ ok: true, account });
  });

  it('is none when nvad runs as that user already', () => {
    expect(resolveAccount({ user: 'nvad' }, { ...asRoot, uid: 997 })).toEqual({ ok: true, account: undefined });
  });

  it.each([
    [{ user: 'nvda' }, 0, 'user', 'there is no user nvda on this machine'],
    [{ user: '4294967295' }, 0, 'user', 'there is no user 4294967295 on this machine'],
    [{ user: 'nvad', group: 'nvda' }, 0, 'group', 'there is no group nvda on this machine'],
    [{ user: '5000' }, 0, 'user', 'user 5000 has no entry in /etc/passwd'],
    [{ user: 'nvad' }, 1000, 'user', 'only root can become nvad, and nvad was started by user 1000'],
  ])('%j as user %i is refused', (config, uid, key, reason) => {
    expect(resolveAccount(config, { ...asRoot, uid })).toMatchObject({
      ok: false,
      finding: { code: 'system', path: [key], reason },
    });
  });
});
