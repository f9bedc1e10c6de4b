/**
 * TCP-MD5 (RFC 2385) and GTSM (RFC 5082) with the socket options of Linux. None of them needs a privilege.
 *
 * A key is a property of a socket and of the other side's address. A connection that comes in takes the key of the
 * listener along, so the listener has to have the keys of everyone who may connect; that it did when the handshake was
 * made is looked at before the connection is used. GTSM cannot be asked of a listener, whose peers differ: there the
 * hops of the handshake are looked at. What the kernel throws away it throws away in silence, see `md5-drops.ts`.
 */
import type { Prefix } from '../session/prefix.ts';
import type {
  ListenerSecurity,
  OpenFailure,
  SecuredSocket,
  SocketFamily,
  TcpSecurity,
} from '../session/tcp-security.ts';
import type { ConnectOptions, ProtectedPeers, Protection, ProtectionFault } from '../session/transport.ts';
import { parseIp } from '../wire/ip.ts';
import { type PlannedKey, planKeys } from './key-plan.ts';
import type { Libc } from './libc.ts';
import { encodeMd5Signature } from './md5-signature.ts';
import { hopOptions, SocketOptions, tcpMd5Signature, tcpMd5SignatureExtended } from './socket-options.ts';

/** RFC 5082 §3: what is sent, so that what arrives tells how far it came. */
const MAX_HOPS = 255;
const SYSTEM_DEFAULT = -1;
const noKey = new Uint8Array(0);

/** TCP-MD5 and GTSM by the calls of the C library. */
export class LinuxTcpSecurity implements TcpSecurity {
  readonly #options: SocketOptions;

  constructor(modules: { readonly libc: Libc }) {
    this.#options = new SocketOptions(modules.libc);
  }

  /**
   * Whether this machine can do for a listener on `address` and for connections to its peers what `peers` ask for. It
   * tries, on sockets that are closed again.
   */
  check(address: string, peers: readonly ProtectedPeers[]): ProtectionFault | undefined {
    const family = familyOf(address);
    const probe = this.#open(family);
    if (typeof probe !== 'number') return probe.fault;
    try {
      const asking = peers.find(({ ttlSecurity }) => ttlSecurity !== undefined);
      const fault = asking?.ttlSecurity && this.#limitHops(probe, family, asking.ttlSecurity);
      return fault ? { ...fault, peers: asking.peers } : this.listener(probe, address).protect(peers);
    } finally {
      this.#options.close(probe);
    }
  }

  /** See {@link TcpSecurity}. A fault is a value; nothing is left open then. */
  open({
    address,
    md5Key,
    ttlSecurity,
  }: ConnectOptions): { readonly ok: true; readonly descriptor: number } | OpenFailure {
    const family = familyOf(address);
    const descriptor = this.#open(family);
    if (typeof descriptor !== 'number') return descriptor;
    const fault =
      (md5Key === undefined ? undefined : this.setMd5Key({ descriptor, family, address }, md5Key)) ??
      (ttlSecurity === undefined ? undefined : this.#limitHops(descriptor, family, ttlSecurity));
    if (fault === undefined) return { ok: true, descriptor };
    this.#options.close(descriptor);
    return { ok: false, fault };
  }

  /** See {@link TcpSecurity}. Keys are put on the socket behind `descriptor`. */
  listener(descriptor: number, address: string): ListenerSecurity {
    return new LinuxListenerSecurity(descriptor, address, this.#options);
  }

  /** See {@link TcpSecurity}. A fault says why the connection must not be used. */
  accepted(socket: SecuredSocket, { md5Key, ttlSecurity }: Protection): ProtectionFault | undefined {
    return (
      (md5Key === undefined ? undefined : this.#acceptedWithKey(socket, md5Key)) ??
      (ttlSecurity === undefined ? undefined : this.#acceptedFrom(socket, ttlSecurity))
    );
  }

  /** See {@link TcpSecurity}. After a fault the connection has the key it had. */
  setMd5Key({ descriptor, family, address }: SecuredSocket, key: string | undefined): ProtectionFault | undefined {
    const octets = parseIp(address) ?? new Uint8Array(4);
    const error = setKey(this.#options, descriptor, family, { octets, length: octets.length * 8 }, key);
    return key === undefined && error === 'ENOENT' ? undefined : md5Fault(error, {});
  }

  /**
   * Whether a connection came up with a key the kernel does not tell, but it refuses to take away what is not there. It
   * has none when its handshake was made before the listener was given the key. A key for everybody stands in for the
   * one that is taken away, so that no segment finds the socket without.
   */
  #acceptedWithKey(socket: SecuredSocket, key: string): ProtectionFault | undefined {
    const { descriptor, family, address } = socket;
    const octets = parseIp(address) ?? new Uint8Array(4);
    const set = (prefix: Prefix, to?: string) => setKey(this.#options, descriptor, family, prefix, to);
    const everybody = { octets: new Uint8Array(octets.length), length: 0 };
    set(everybody, key);
    const error = set({ octets, length: octets.length * 8 });
    if (error === 'ENOENT') {
      return { code: 'unsigned', option: 'md5Key', reason: 'the connection came up without the TCP-MD5 key' };
    }
    const fault = md5Fault(error, {}) ?? this.setMd5Key(socket, key);
    set(everybody);
    return fault;
  }

  /** Linux keeps the hop limit of the segment that ended the handshake where a socket's own multicast limit is. */
  #acceptedFrom({ descriptor, address }: SecuredSocket, hops: number): ProtectionFault | undefined {
    const family = familyOf(address);
    const arrived = this.#options.getInteger(descriptor, hopOptions[family].ofHandshake);
    if (typeof arrived === 'string') return hopsFault(arrived);
    if (arrived < leastHops(hops)) {
      const reason = `the connection came in with a TTL of ${arrived}, less than ${leastHops(hops)} (GTSM, RFC 5082)`;
      return { code: 'too-far', option: 'ttlSecurity', reason };
    }
    return this.#limitHops(descriptor, family, hops);
  }

  /** `family` of the segments, which on a socket for IPv6 may be IPv4's. */
  #limitHops(descriptor: number, family: SocketFamily, hops: number): ProtectionFault | undefined {
    const { sent, least } = hopOptions[family];
    return hopsFault(
      this.#options.setInteger(descriptor, sent, MAX_HOPS) ??
        this.#options.setInteger(descriptor, least, leastHops(hops)),
    );
  }

  #open(family: SocketFamily): number | OpenFailure {
    const opened = this.#options.open(family);
    if (typeof opened === 'number') return opened;
    const reason = `no socket can be made: ${opened}`;
    return { ok: false, fault: { code: 'unprotected', option: 'md5Key', errno: opened, reason } };
  }
}

class LinuxListenerSecurity implements ListenerSecurity {
  readonly #descriptor: number;
  readonly #address: string;
  readonly #family: SocketFamily;
  readonly #options: SocketOptions;
  /** What the socket has, by prefix. */
  readonly #keys = new Map<string, PlannedKey>();
  #hopsSent = SYSTEM_DEFAULT;

  constructor(descriptor: number, address: string, options: SocketOptions) {
    this.#descriptor = descriptor;
    this.#address = address;
    this.#family = familyOf(address);
    this.#options = options;
  }

  protect(peers: readonly ProtectedPeers[]): ProtectionFault | undefined {
    return this.#sendHops(peers) ?? this.#setKeys(peers);
  }

  /** Our half of the handshake is the listener's: the TTL that a peer with GTSM looks for, and nobody else minds. */
  #sendHops(peers: readonly ProtectedPeers[]): ProtectionFault | undefined {
    const asking = peers.find(({ ttlSecurity }) => ttlSecurity !== undefined);
    const hops = asking === undefined ? SYSTEM_DEFAULT : MAX_HOPS;
    if (hops === this.#hopsSent) return undefined;
    for (const family of familiesOf(this.#address)) {
      const fault = hopsFault(this.#options.setInteger(this.#descriptor, hopOptions[family].sent, hops));
      if (fault !== undefined) return { ...fault, ...(asking !== undefined && { peers: asking.peers }) };
    }
    this.#hopsSent = hops;
    return undefined;
  }

  #setKeys(peers: readonly ProtectedPeers[]): ProtectionFault | undefined {
    const wanted = new Map(planKeys(peers, familiesOf(this.#address)).map((key) => [prefixText(key.prefix), key]));
    // The room for keys is limited: those that go make room for those that come.
    for (const [text, { prefix }] of this.#keys) {
      if (wanted.has(text)) continue;
      setKey(this.#options, this.#descriptor, this.#family, prefix, undefined);
      this.#keys.delete(text);
    }
    for (const [text, planned] of wanted) {
      if (this.#keys.get(text)?.key === planned.key) continue;
      const error = setKey(this.#options, this.#descriptor, this.#family, planned.prefix, planned.key);
      const { peers: entry, prefix } = planned;
      const fault = md5Fault(error, { peers: entry, keys: this.#keys.size, isPrefix: !isHost(prefix) });
      if (fault !== undefined) return fault;
      this.#keys.set(text, planned);
    }
    return undefined;
  }
}

/** The system's error; ENOENT when a key is to be taken away that is not there. */
function setKey(
  options: SocketOptions,
  descriptor: number,
  family: SocketFamily,
  prefix: Prefix,
  key: string | undefined,
): string | undefined {
  const octets = key === undefined ? noKey : new TextEncoder().encode(key);
  // An empty key would take the one away that is there.
  if (key !== undefined && (octets.length === 0 || octets.length > 80)) return 'EINVAL';
  const host = isHost(prefix);
  const owner = host ? { octets: prefix.octets } : prefix;
  const value = encodeMd5Signature(owner, octets, family);
  return options.set(descriptor, host ? tcpMd5Signature : tcpMd5SignatureExtended, value);
}

function md5Fault(
  errno: string | undefined,
  about: { readonly peers?: string; readonly keys?: number; readonly isPrefix?: boolean },
): ProtectionFault | undefined {
  if (errno === undefined) return undefined;
  const { peers, keys = 0, isPrefix = false } = about;
  const fault = { code: 'unprotected', option: 'md5Key', errno, ...(peers !== undefined && { peers }) } as const;
  switch (errno) {
    case 'ENOPROTOOPT':
      return { ...fault, reason: `this kernel has no TCP-MD5${isPrefix ? ' for prefixes' : ''}` };
    case 'ENOMEM':
      return keys === 0
        ? { ...fault, reason: 'the kernel refuses TCP-MD5 keys, perhaps because of its FIPS mode' }
        : { ...fault, reason: `the kernel takes no more than ${keys} TCP-MD5 keys for one listener` };
    default:
      return { ...fault, reason: `the kernel does not take the TCP-MD5 key: ${errno}` };
  }
}

function hopsFault(errno: string | undefined): ProtectionFault | undefined {
  if (errno === undefined) return undefined;
  return {
    code: 'unprotected',
    option: 'ttlSecurity',
    errno,
    reason: `the kernel does not take a limit of hops (GTSM): ${errno}`,
  };
}

/** RFC 5082 §3: a directly connected peer's segments arrive as they were sent, each hop takes one away. */
function leastHops(hops: number): number {
  return MAX_HOPS + 1 - hops;
}

function familyOf(address: string): SocketFamily {
  return address.includes(':') ? 6 : 4;
}

function familiesOf(address: string): readonly SocketFamily[] {
  return address === '::' ? [4, 6] : [familyOf(address)];
}

function isHost({ octets, length }: Prefix): boolean {
  return length === octets.length * 8;
}

function prefixText({ octets, length }: Prefix): string {
  return `${octets.join('.')}/${length}`;
}
