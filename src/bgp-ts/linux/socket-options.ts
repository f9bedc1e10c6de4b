/** setsockopt(2), getsockopt(2) and socket(2) through the C library. The numbers are those of every architecture. */
import { getSystemErrorName } from 'node:util';
import type { SocketFamily } from '../session/tcp-security.ts';
import type { Libc } from './libc.ts';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM_CLOEXEC = 0o2000001;

/** Level and name. */
export type SocketOption = readonly [level: number, name: number];

const IPPROTO_IP = 0;
const IPPROTO_TCP = 6;
const IPPROTO_IPV6 = 41;

/** tcp(7) */
export const tcpMd5Signature: SocketOption = [IPPROTO_TCP, 14];
/** The same with flags, for a prefix; since Linux 4.13. */
export const tcpMd5SignatureExtended: SocketOption = [IPPROTO_TCP, 32];

/** ip(7) and ipv6(7): what GTSM needs, for segments of either family. */
export const hopOptions = {
  4: { sent: [IPPROTO_IP, 2], least: [IPPROTO_IP, 21], ofHandshake: [IPPROTO_IP, 33] },
  6: { sent: [IPPROTO_IPV6, 16], least: [IPPROTO_IPV6, 73], ofHandshake: [IPPROTO_IPV6, 18] },
} as const satisfies Record<SocketFamily, Record<string, SocketOption>>;

const setsockopt = 'int setsockopt(int fd, int level, int name, const void *value, unsigned int length)';
const getsockopt = 'int getsockopt(int fd, int level, int name, void *value, void *length)';

/** Calls answer the system's name of the error (`ENOMEM`), undefined for none. */
export class SocketOptions {
  readonly #libc: Libc;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** A descriptor, or the error. */
  open(family: SocketFamily): number | string {
    const prototype = 'int socket(int domain, int type, int protocol)';
    const { value, errno } = this.#libc.call(prototype, family === 4 ? AF_INET : AF_INET6, SOCK_STREAM_CLOEXEC, 0);
    return value < 0 ? errorName(errno) : value;
  }

  close(descriptor: number): void {
    this.#libc.call('int close(int fd)', descriptor);
  }

  set(descriptor: number, [level, name]: SocketOption, value: Uint8Array): string | undefined {
    const result = this.#libc.call(setsockopt, descriptor, level, name, value, value.length);
    return result.value < 0 ? errorName(result.errno) : undefined;
  }

  setInteger(descriptor: number, option: SocketOption, value: number): string | undefined {
    return this.set(descriptor, option, new Uint8Array(Int32Array.of(value).buffer));
  }

  /** The number, or the error. */
  getInteger(descriptor: number, [level, name]: SocketOption): number | string {
    const value = new Int32Array(1);
    const length = Uint32Array.of(4);
    const [into, size] = [new Uint8Array(value.buffer), new Uint8Array(length.buffer)];
    const result = this.#libc.call(getsockopt, descriptor, level, name, into, size);
    return result.value < 0 ? errorName(result.errno) : value[0];
  }
}

function errorName(errno: number): string {
  return errno === 0 ? 'ENOSYS' : getSystemErrorName(-errno);
}
