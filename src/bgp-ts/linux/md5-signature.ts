/**
 * `struct tcp_md5sig` of linux/tcp.h, by which the kernel is told a TCP-MD5 key (RFC 2385) and whose it is. Numbers are
 * in the machine's own order, addresses in that of the network.
 */
import type { SocketFamily } from '../session/tcp-security.ts';

const AF_INET = 2;
const AF_INET6 = 10;
/** Octets of `struct sockaddr_storage`, with which the structure begins. */
const ADDRESS_SIZE = 128;
const KEY_SIZE = 80;
const SIZE = ADDRESS_SIZE + 8 + KEY_SIZE;
/** TCP_MD5SIG_FLAG_PREFIX */
const FLAG_PREFIX = 1;

/** One peer's address, or with a `length` in bits all of a prefix. */
export interface KeyOwner {
  /** 4 or 16. */
  readonly octets: Uint8Array;
  readonly length?: number;
}

/**
 * The structure, for a socket of `family`. No key, or an empty one, takes the owner's key away. A socket for IPv6 knows
 * an IPv4 owner by its mapped address, whose prefix lengths are IPv4's all the same.
 */
export function encodeMd5Signature(owner: KeyOwner, key: Uint8Array, family: SocketFamily): Uint8Array {
  if (key.length > KEY_SIZE) throw new RangeError(`a TCP-MD5 key of ${key.length} octets, which may have ${KEY_SIZE}`);
  const bytes = new Uint8Array(SIZE);
  const { octets, length } = owner;
  new Uint16Array(bytes.buffer, 0, 1)[0] = family === 4 ? AF_INET : AF_INET6;
  if (family === 4) {
    // sockaddr_in: family, port, address
    bytes.set(octets, 4);
  } else if (octets.length === 16) {
    // sockaddr_in6: family, port, flow information, address
    bytes.set(octets, 8);
  } else {
    bytes.set([0xff, 0xff], 18);
    bytes.set(octets, 20);
  }
  bytes[ADDRESS_SIZE] = length === undefined ? 0 : FLAG_PREFIX;
  bytes[ADDRESS_SIZE + 1] = length ?? 0;
  new Uint16Array(bytes.buffer, ADDRESS_SIZE + 2, 1)[0] = key.length;
  bytes.set(key, ADDRESS_SIZE + 8);
  return bytes;
}
