import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { afterEach, describe, expect, it } from 'vitest';
import { type LibcLoad, loadLibc } from '../../../src/bgp-ts/linux/libc.ts';
import { createNotifier, unixSocketAddress } from '../../../src/daemon/systemd.ts';
import { FakeClock } from './fakes.ts';

const library = koffi.load(null);
const socket = library.func('int socket(int domain, int type, int protocol)');
const bind = library.func('int bind(int fd, const void *address, uint32_t length)');
const recv = library.func('long recv(int fd, void *data, size_t length, int flags)');
const close = library.func('int close(int fd)');

/** The service manager's end: a unix datagram socket under the name, and all datagrams that wait in it. */
function manager(name: string) {
  const fd: number = socket(1, 2, 0);
  const address = unixSocketAddress(name);
  expect(bind(fd, address, address?.length)).toBe(0);
  return {
    received() {
      const messages: string[] = [];
      const buffer = Buffer.alloc(4096);
      for (;;) {
        const length = Number(recv(fd, buffer, buffer.length, 0x40));
        if (length < 0) return messages;
        messages.push(buffer.toString('utf8', 0, length));
      }
    },
    close: () => void close(fd),
  };
}

function notifier(environment: Record<string, string>, libc: () => LibcLoad = loadLibc) {
  const warnings: string[] = [];
  const clock = new FakeClock();
  const made = createNotifier({ environment, pid: 42, clock, libc, warn: (reason) => void warnings.push(reason) });
  return { warnings, clock, notifier: made };
}

describe('notifications to the service manager', () => {
  const open: (() => void)[] = [];
  afterEach(() => {
    for (const end of open.splice(0)) end();
  });

  function listening(name: string) {
    const made = manager(name);
    open.push(made.close);
    return made;
  }

  function folder(): string {
    const path = mkdtempSync(join(tmpdir(), 'notify-'));
    open.push(() => rmSync(path, { recursive: true }));
    return path;
  }

  it.each([
    ['a path', () => join(folder(), 'notify')],
    ['an abstract name', () => `@nvad-test-${randomUUID()}`],
  ])('arrive at %s', (_, makeName) => {
    const name = makeName();
    const systemd = listening(name);
    const { notifier: notify, clock, warnings } = notifier({ NOTIFY_SOCKET: name });
    clock.now = 123456789n;
    notify.status('reading\nthe store');
    notify.ready('2 peers');
    notify.reloading();
    notify.ready();
    notify.stopping();
    expect(systemd.received()).toEqual([
      'STATUS=reading the store\n',
      'READY=1\nSTATUS=2 peers\n',
      'RELOADING=1\nMONOTONIC_USEC=123456789\n',
      'READY=1\n',
      'STOPPING=1\n',
    ]);
    expect(warnings).toEqual([]);
  });

  it('include the watchdog at half its interval until it is stopped', () => {
    const name = `@nvad-test-${randomUUID()}`;
    const systemd = listening(name);
    const { notifier: notify, clock } = notifier({
      NOTIFY_SOCKET: name,
      WATCHDOG_USEC: '30000000',
      WATCHDOG_PID: '42',
    });
    notify.startWatchdog();
    notify.startWatchdog();
    expect(clock.timers.map(({ milliseconds, repeats }) => [milliseconds, repeats])).toEqual([[15000, true]]);
    clock.fire();
    clock.fire();
    expect(systemd.received()).toEqual(['WATCHDOG=1\n', 'WATCHDOG=1\n']);
    notify.stopWatchdog();
    expect(clock.timers).toEqual([]);
  });

  it.each([
    ['no interval', { NOTIFY_SOCKET: '@x' }],
    ['an interval for another process', { NOTIFY_SOCKET: '@x', WATCHDOG_USEC: '30000000', WATCHDOG_PID: '43' }],
    ['an interval that is no number', { NOTIFY_SOCKET: '@x', WATCHDOG_USEC: 'soon' }],
    ['no socket', { WATCHDOG_USEC: '30000000' }],
  ])('leave the watchdog alone with %s', (_, environment) => {
    const { notifier: notify, clock } = notifier(environment);
    notify.startWatchdog();
    expect(clock.timers).toEqual([]);
  });

  it('need nothing at all without a service manager', () => {
    const { notifier: notify, warnings } = notifier({}, () => {
      throw new Error('not to be asked for');
    });
    notify.ready();
    notify.stopping();
    expect(warnings).toEqual([]);
  });

  it.each([
    [
      'nobody listens',
      '@nvad-test-nobody',
      loadLibc,
      'systemd is not notified: @nvad-test-nobody does not take the message (errno 111)',
    ],
    [
      'koffi cannot be loaded',
      '@x',
      () => ({ ok: false, reason: 'no koffi' }) as const,
      'systemd is not notified: no koffi',
    ],
    [
      'the name is none',
      'vsock:2:1',
      loadLibc,
      "systemd is not notified: NOTIFY_SOCKET (vsock:2:1) is not a unix socket's address",
    ],
  ])('warn once and go on when %s', (_, name, libc, warning) => {
    const { notifier: notify, warnings } = notifier({ NOTIFY_SOCKET: name }, libc);
    notify.ready();
    notify.status('still here');
    expect(warnings).toEqual([warning]);
  });

  it('leave no descriptor behind', () => {
    const name = `@nvad-test-${randomUUID()}`;
    const systemd = listening(name);
    const { notifier: notify } = notifier({ NOTIFY_SOCKET: name });
    const next = (): number => {
      const fd: number = socket(1, 2, 0);
      close(fd);
      return fd;
    };
    notify.status('first');
    const before = next();
    for (let i = 0; i < 5; i++) notify.status(String(i));
    expect(next()).toBe(before);
    expect(systemd.received()).toHaveLength(6);
  });
});

describe('unix socket addresses', () => {
  it('end a path with a zero octet and an abstract name with its last', () => {
    expect(Buffer.from(unixSocketAddress('/run/n') ?? []).toString('latin1')).toBe('\x01\x00/run/n\0');
    expect(Buffer.from(unixSocketAddress('@n') ?? []).toString('latin1')).toBe('\x01\x00\0n');
  });

  it.each(['', '@', 'relative', 'vsock:2:1', `/${'a'.repeat(107)}`, '/a\0b'])('%j is none', (name) => {
    expect(unixSocketAddress(name)).toBeUndefined();
  });
});
