import { endianness } from 'node:os';
import type { LibcLoad } from 'bgp-ts/linux';
import type { DaemonClock } from './clock.ts';
import { messageOf } from './message-of.ts';

/*
 * The service manager's notification protocol (sd_notify(3)): datagrams of NAME=value lines to the unix socket
 * that $NOTIFY_SOCKET names. Without a service manager all of it does nothing; a failure is reported once and
 * never stops nvad.
 */

export interface ServiceNotifier {
  /** Start-up or a reload is complete; what is ready is told in `status`. */
  ready(status?: string): void;
  /** A reload began; {@link ready} ends it. */
  reloading(): void;
  stopping(): void;
  /** One line that `systemctl status` shows. */
  status(text: string): void;
  /** Tells the manager at half its interval that the event loop turns, if it asked to be told. */
  startWatchdog(): void;
  stopWatchdog(): void;
}

export interface NotifierModules {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly clock: DaemonClock;
  /** Asked only when there is a socket to send to. */
  readonly libc: () => LibcLoad;
  /** Told once why notifications do not arrive. */
  readonly warn: (reason: string) => void;
}

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 0o2000002;
const MSG_DONTWAIT_NOSIGNAL = 0x4040;
/** sockaddr_un: two octets of family, then at most 108 of path. */
const pathLimit = 108;

export function createNotifier(modules: NotifierModules): ServiceNotifier {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID }: NotifyEnvironment = modules.environment;
  const send = NOTIFY_SOCKET === undefined ? () => {} : sender(NOTIFY_SOCKET, modules);
  let cancelWatchdog: (() => void) | undefined;
  return {
    ready: (status) => send(['READY=1', ...(status === undefined ? [] : [statusLine(status)])]),
    reloading: () => send(['RELOADING=1', `MONOTONIC_USEC=${modules.clock.monotonicMicroseconds()}`]),
    stopping: () => send(['STOPPING=1']),
    status: (text) => send([statusLine(text)]),
    startWatchdog() {
      const microseconds = Number(WATCHDOG_USEC);
      const forUs = WATCHDOG_PID === undefined || WATCHDOG_PID === String(modules.pid);
      if (NOTIFY_SOCKET === undefined || !forUs || !(microseconds > 0) || cancelWatchdog !== undefined) return;
      cancelWatchdog = modules.clock.every(Math.max(1, microseconds / 2000), () => send(['WATCHDOG=1']));
    },
    stopWatchdog() {
      cancelWatchdog?.();
      cancelWatchdog = undefined;
    },
  };
}

interface NotifyEnvironment {
  readonly NOTIFY_SOCKET?: string | undefined;
  readonly WATCHDOG_USEC?: string | undefined;
  readonly WATCHDOG_PID?: string | undefined;
}

/** The kernel's form of a unix address; a leading `@` names the abstract namespace. Undefined: not one. */
export function unixSocketAddress(name: string): Uint8Array | undefined {
  const path = Buffer.from(name.startsWith('@') ? `\0${name.slice(1)}` : name);
  const valid = (name.startsWith('/') || name.startsWith('@')) && path.length > 1 && path.length < pathLimit;
  if (!valid || path.indexOf(0, 1) >= 0) return undefined;
  // A path ends with a zero octet; an abstract name is all octets up to the given length.
  const address = Buffer.alloc(2 + path.length + (path[0] === 0 ? 0 : 1));
  if (endianness() === 'LE') address.writeUInt16LE(AF_UNIX);
  else address.writeUInt16BE(AF_UNIX);
  path.copy(address, 2);
  return address;
}

function sender(name: string, modules: NotifierModules): (lines: readonly string[]) => void {
  let warned = false;
  const warn = (reason: string) => {
    if (!warned) modules.warn(`systemd is not notified: ${reason}`);
    warned = true;
  };
  const address = unixSocketAddress(name);
  if (address === undefined) {
    warn(`NOTIFY_SOCKET (${name}) is not a unix socket's address`);
    return () => {};
  }
  const loaded = modules.libc();
  if (!loaded.ok) {
    warn(loaded.reason);
    return () => {};
  }
  const { libc } = loaded;
  return (lines) => {
    try {
      const socket = libc.call('int socket(int domain, int type, int protocol)', AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
      if (socket.value < 0) return warn(`no socket (errno ${socket.errno})`);
      const message = Buffer.from(`${lines.join('\n')}\n`);
      const sent = libc.call(
        'long sendto(int fd, const void *data, size_t length, int flags, const void *address, uint32_t addressLength)',
        socket.value,
        message,
        message.length,
        MSG_DONTWAIT_NOSIGNAL,
        address,
        address.length,
      );
      libc.call('int close(int fd)', socket.value);
      if (sent.value < 0) warn(`${name} does not take the message (errno ${sent.errno})`);
    } catch (error) {
      warn(messageOf(error));
    }
  };
}

function statusLine(text: string): string {
  return `STATUS=${text.replace(/[\r\n]+/g, ' ')}`;
}
