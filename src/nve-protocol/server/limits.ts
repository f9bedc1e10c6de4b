/** What one NVA grants; every one of them is a bound with a decision (docs/nve-protocol.md, Limits). */
export interface NveServerLimits {
  /** Connections at a time. One more gets `too-many-connections`. */
  readonly connections: number;
  /**
   * Of these, without a `welcome` yet; counted from the TCP handshake on. For one more, the oldest of the address that has
   * most of them is closed without a word.
   */
  readonly unauthenticated: number;
  /** Of these, from one address (IPv6: /64). For one more, the oldest of them is closed without a word. */
  readonly unauthenticatedOfOne: number;
  /** Milliseconds to the `hello`, a TLS handshake included. */
  readonly helloTime: number;
  /** Octets of a payload that is taken. */
  readonly payload: number;
  /** Messages a second that one connection is read for, after a burst of as many; beyond, it is not read. */
  readonly rate: number;
  /** Networks that one NVE may have joined. */
  readonly subscriptions: number;
  /** Pulls of one NVE without an answer. */
  readonly pulls: number;
  /** Answers of one subscription whose changes are told; beyond, answers have a lease of 0. */
  readonly leases: number;
  /** Octets that one connection may leave unread before it is not read either, and told nothing. */
  readonly unread: number;
  /** Milliseconds for which it may do so without taking anything, before it is ended. */
  readonly unreadTime: number;
}

export const defaultLimits: NveServerLimits = {
  connections: 10_000,
  unauthenticated: 256,
  unauthenticatedOfOne: 8,
  helloTime: 10_000,
  payload: 65_536,
  rate: 20_000,
  subscriptions: 4_096,
  pulls: 4_096,
  leases: 65_536,
  unread: 262_144,
  unreadTime: 30_000,
};

/** How long what is said may be relied on; milliseconds. */
export interface NveServerTimes {
  /** Silence after which a side asks whether the other is there; after three times as much it ends the connection. */
  readonly keepalive: number;
  /** Of an answer that was found. */
  readonly lease: number;
  /** Of "no such address". */
  readonly negativeLease: number;
  /** After which "cannot say yet" is worth asking again. */
  readonly retryAfter: number;
}

export const defaultTimes: NveServerTimes = {
  keepalive: 10_000,
  lease: 300_000,
  negativeLease: 30_000,
  retryAfter: 1_000,
};
