/** What a session needs of TCP, as interfaces: the same session runs on sockets and, in tests, on none. */

/**
 * What every segment of a connection must carry to be believed; both sides have to ask for it. Without either it is
 * plain TCP.
 */
export interface Protection {
  /** TCP-MD5 key (RFC 2385): 1 to 80 octets of UTF-8. */
  readonly md5Key?: string;
  /** Most hops away that the other side may be, 1 = directly connected (GTSM, RFC 5082). */
  readonly ttlSecurity?: number;
}

/** What is asked of those who connect from somewhere. */
export interface ProtectedPeers extends Protection {
  /** An address or a prefix; of several that hold an address the longest is the one that counts. */
  readonly peers: string;
}

/**
 * Why a connection is not protected as it should be, and so must not be used.
 *
 * - `unsigned`: it came up without the key; `too-far`: it came from further away than the peer may be
 * - `unprotected`: the system could not do what was asked
 */
export interface ProtectionFault {
  /** For programs; the meanings stand above. */
  readonly code: 'unsigned' | 'too-far' | 'unprotected';
  /** The half of {@link Protection} that it is about. */
  readonly option: keyof Protection;
  /** A sentence without a full stop. */
  readonly reason: string;
  /** The system's error (`ENOMEM`), where there was one. */
  readonly errno?: string;
  /** The entry of {@link ProtectedPeers} that it is about. */
  readonly peers?: string;
}

/** One side's view of a TCP connection. Addresses are canonical text; IPv4 is never in its IPv6-mapped form. */
export interface Connection {
  /** Of the other end, in canonical text. */
  readonly remoteAddress: string;
  /** TCP port of the other end. */
  readonly remotePort: number;
  /** Empty until an outgoing connection is there. */
  readonly localAddress: string;
  /** TCP port of our end, 0 until an outgoing connection is there. */
  readonly localPort: number;
  /** Octets that `write` was given and the system has not taken yet. */
  readonly bufferedBytes: number;
  /**
   * Who hears about this connection from now on. Nothing is delivered before one is set, and one connection's
   * events never come from within a call to its own methods.
   */
  setHandler(handler: ConnectionHandler): void;
  /**
   * Of a connection that came in, before anything of it is read: whether it came up as `protection` asks, which holds
   * for its segments from then on. A fault says why it must not be used.
   */
  protect(protection: Protection): ProtectionFault | undefined;
  /** Another TCP-MD5 key, or none, from the next segment on. After a fault the connection has the key it had. */
  setMd5Key(key: string | undefined): ProtectionFault | undefined;
  /** Never refuses; false says that the buffer is full and that `drain` will follow. The bytes are not copied. */
  write(bytes: Uint8Array): boolean;
  /** Stops `data`, which `resume` lets come again. */
  pause(): void;
  resume(): void;
  /**
   * Sends what was written, then FIN; what still comes in is thrown away. The handler hears nothing of it but
   * `close`.
   */
  end(): void;
  /** Gives up the connection at once, with whatever was not sent. The handler hears no more. */
  destroy(): void;
}

/** What a connection tells whoever uses it. */
export interface ConnectionHandler {
  /** An outgoing connection is there. */
  connected?(): void;
  /** What one read gave, into which nobody writes any more; never a Buffer, whose `slice` does not copy. */
  data(bytes: Uint8Array): void;
  /** The system has taken everything that was written, after a `write` that returned false. */
  drain(): void;
  /** The connection is gone, also when it never came up; `error` is the system's code (`ECONNREFUSED`). Last call. */
  close(error?: string): void;
}

/** With a protection that cannot be had, the connection fails. */
export interface ConnectOptions extends Protection {
  readonly address: string;
  readonly port: number;
  /** Source address. */
  readonly localAddress?: string;
}

/** Where to wait for connections, and who takes them. */
export interface ListenOptions {
  /** `::` takes IPv4 as well. */
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** A connection came in. It must be given a handler, or be destroyed, before the call returns. */
  readonly accept: (connection: Connection) => void;
}

/** A place where connections come in. */
export interface Listener {
  /** Where it listens, as the system says. */
  readonly address: string;
  /** The port it got, also where 0 was asked for. */
  readonly port: number;
  /**
   * What is asked of those who connect from now on, in place of what was asked before. It keeps segments away that
   * cannot be meant; whether a connection may be used, {@link Connection.protect} says.
   */
  protect(peers: readonly ProtectedPeers[]): ProtectionFault | undefined;
  /** Stops listening; connections stay. */
  close(): Promise<void>;
}

/** Where connections come from: TCP, or the memory of a test. */
export interface Transport {
  /** Never throws: what fails, fails through the handler's `close`. */
  connect(options: ConnectOptions): Connection;
  /** Rejects with the system's error (`EADDRINUSE`, `EACCES`). */
  listen(options: ListenOptions): Promise<Listener>;
}
