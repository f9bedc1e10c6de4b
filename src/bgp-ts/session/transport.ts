/** What a session needs of TCP, as interfaces: the same session runs on sockets and, in tests, on none. */

/** One side's view of a TCP connection. Addresses are canonical text; IPv4 is never in its IPv6-mapped form. */
export interface Connection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Empty until an outgoing connection is there. */
  readonly localAddress: string;
  readonly localPort: number;
  /** Octets that `write` was given and the system has not taken yet. */
  readonly bufferedBytes: number;
  /**
   * Who hears about this connection from now on. Nothing is delivered before one is set, and one connection's
   * events never come from within a call to its own methods.
   */
  setHandler(handler: ConnectionHandler): void;
  /** Never refuses; false says that the buffer is full and that `drain` will follow. The bytes are not copied. */
  write(bytes: Uint8Array): boolean;
  /** Stops and restarts `data`. */
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

export interface ConnectionHandler {
  /** An outgoing connection is there. */
  connected?(): void;
  /** What one read gave, valid only during the call; never a Buffer, whose `slice` does not copy. */
  data(bytes: Uint8Array): void;
  /** The system has taken everything that was written, after a `write` that returned false. */
  drain(): void;
  /** The connection is gone, also when it never came up; `error` is the system's code (`ECONNREFUSED`). Last call. */
  close(error?: string): void;
}

export interface ConnectOptions {
  readonly address: string;
  readonly port: number;
  /** Source address. */
  readonly localAddress?: string;
}

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
  readonly address: string;
  readonly port: number;
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
