/** What one client, and all together, may take from the server. */
export interface ApiLimits {
  /** Octets of a request's body, where its row says nothing else. */
  readonly bodyBytes: number;
  /** Octets of the request line's URL. */
  readonly urlBytes: number;
  /** Octets of all header lines together. */
  readonly headerBytes: number;
  /** Connections at a time; further ones are closed at once. */
  readonly connections: number;
  /** Connections at a time from one address of another machine; further ones are closed at once. */
  readonly connectionsOfOne: number;
  /** Streams at a time. */
  readonly streams: number;
  /** Requests a second of one caller, and how many at once after a rest. */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  /** Failed attempts to show who one is, a minute from one address. */
  readonly strangersPerMinute: number;
  /** Milliseconds a request may take to arrive in full. */
  readonly requestMs: number;
  /** Milliseconds a connection may be silent, also one that does not read its answer. */
  readonly silentMs: number;
  /** Milliseconds a connection is kept for a next request. */
  readonly keepAliveMs: number;
  /** Milliseconds between two signs of life in a stream. */
  readonly heartbeatMs: number;
}

export const defaultLimits: ApiLimits = {
  bodyBytes: 64 * 1024,
  urlBytes: 4096,
  headerBytes: 16 * 1024,
  connections: 256,
  connectionsOfOne: 64,
  streams: 64,
  requestsPerSecond: 4000,
  requestBurst: 8000,
  strangersPerMinute: 60,
  requestMs: 10_000,
  silentMs: 30_000,
  keepAliveMs: 5_000,
  heartbeatMs: 10_000,
};
