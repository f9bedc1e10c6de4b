/**
 * A connection with a TCP-MD5 key or a TTL of its own, by system calls that share nothing with the library's.
 */
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { address } from './bytes.ts';
import type { ConnectTarget, Namespace } from './namespace.ts';

type Call = (...args: readonly unknown[]) => number;

export interface ProtectedTarget extends ConnectTarget {
  readonly key?: string;
  readonly ttl?: number;
}

export class ProtectedSocket {
  readonly socket: Socket;
  readonly #descriptor: number;
  readonly #peer: string;

  constructor({ key, ttl, ...target }: ProtectedTarget, namespace: Namespace) {
    const isIpv6 = target.host.includes(':');
    this.#peer = target.host;
    // AF_INET6 or AF_INET, SOCK_STREAM with SOCK_CLOEXEC
    this.#descriptor = namespace.inside(() => libc('int socket(int, int, int)')(isIpv6 ? 10 : 2, 0o2000001, 0));
    if (this.#descriptor < 0) throw new Error('no socket');
    if (key !== undefined) this.setKey(key);
    // IPV6_UNICAST_HOPS or IP_TTL
    if (ttl !== undefined) this.#set(isIpv6 ? 41 : 0, isIpv6 ? 16 : 2, [ttl, 0, 0, 0]);
    const options = { fd: this.#descriptor, manualStart: true };
    this.socket = new Socket(options);
    this.socket.connect({ ...target, autoSelectFamily: false });
  }

  /** Another key, or none; the connection goes on. */
  setKey(key: string | undefined): void {
    const octets = [...Buffer.from(key ?? '')];
    const ip = address(this.#peer);
    const family = ip.length === 16 ? [10, 0, 0, 0, 0, 0, 0, 0] : [2, 0, 0, 0];
    const owner = [...family, ...ip];
    const zeros = Array<number>(128 - owner.length).fill(0);
    const padding = Array<number>(80 - octets.length).fill(0);
    // TCP_MD5SIG
    this.#set(6, 14, [...owner, ...zeros, 0, 0, octets.length, 0, 0, 0, 0, 0, ...octets, ...padding]);
  }

  #set(level: number, name: number, value: readonly number[]): void {
    const setsockopt = libc('int setsockopt(int, int, int, const void *, unsigned int)');
    const result = setsockopt(this.#descriptor, level, name, Uint8Array.from(value), value.length);
    if (result !== 0) throw new Error(`setsockopt ${level} ${name} failed`);
  }
}

const calls = new Map<string, Call>();

function libc(prototype: string): Call {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  const found = calls.get(prototype) ?? (koffi.load(null).func(prototype) as unknown as Call);
  calls.set(prototype, found);
  return found;
}
