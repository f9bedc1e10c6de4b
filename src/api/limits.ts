/** What one client, and all together, may take from the server. */
export interface ApiLimits {
  /** Octets of a request's body. */
  readonly bodyBytes: number;
  /** Octets of the request line's URL. */
  readonly urlBytes: number;
  /** Octets of all header lines together. */
  readonly headerBytes: number;
  /** Connections at a time; further ones are closed at once. */
  readonly connections: number;
  /** Milliseconds a request may take to arrive in full. */
  readonly requestMs: number;
  /** Milliseconds a connection may be silent, also one that does not read its answer. */
  readonly silentMs: number;
  /** Milliseconds a connection is kept for a next request. */
  readonly keepAliveMs: number;
}

export const defaultLimits: ApiLimits = {
  bodyBytes: 64 * 1024,
  urlBytes: 4096,
  headerBytes: 16 * 1024,
  connections: 256,
  requestMs: 10_000,
  silentMs: 30_000,
  keepAliveMs: 5_000,
};
