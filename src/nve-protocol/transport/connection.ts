/** What the protocol needs of a byte stream, as interfaces: sessions run on sockets, with TLS or without, and in tests on none. */

export interface Connection {
  /** Address and port of the other end, for people. */
  readonly remote: string;
  /** Octets that `write` was given and the system has not taken yet. */
  readonly buffered: number;
  /**
   * Who hears about this connection from now on. Nothing is delivered before one is set, and nothing from within a call
   * to the connection's own methods.
   */
  setHandler(handler: ConnectionHandler): void;
  /** Never refuses. The octets are the connection's from now on. */
  write(bytes: Uint8Array): void;
  /** Stops `data`, which `resume` lets come again. */
  pause(): void;
  resume(): void;
  /** Sends what was written, then ends; what still comes in is thrown away. The handler hears nothing of it but `closed`. */
  end(): void;
  /** Gives up at once. The handler hears no more. */
  destroy(): void;
}

export interface ConnectionHandler {
  /** An outgoing connection is there, with TLS where it was asked for. */
  connected?(): void;
  /** What one read gave, valid only during the call. */
  data(bytes: Uint8Array): void;
  /** The system has taken everything that was written. */
  drained(): void;
  /** The connection is gone, also when it never came up; `error` says why, where something was wrong. Last call. */
  closed(error?: string): void;
}

/** Where one of the NVA's replicas listens. */
export interface NvaAddress {
  readonly host: string;
  readonly port: number;
}

/** Makes outgoing connections; what fails, fails through the handler's `closed`. */
export interface Transport {
  connect(nva: NvaAddress): Connection;
}
