/**
 * What is wrong with received octets, or with asking now for what they ask: values, never thrown. The codes go over the
 * wire in an `error`, so that they are the protocol's and not this program's (docs/nve-protocol.md, Errors).
 */

/** What a receiver finds in octets alone. */
export const wireFaultCodes = [
  'too-long',
  'not-msgpack',
  'not-a-message',
  'unknown-message',
  'missing-field',
  'wrong-type',
  'bad-value',
  'too-many-items',
] as const;
export type WireFaultCode = (typeof wireFaultCodes)[number];

/**
 * After these the octets that follow cannot be believed to be messages, or their sender cannot be believed to mean them:
 * the connection ends.
 */
const fatalWireFaults: ReadonlySet<WireFaultCode> = new Set(['too-long', 'not-msgpack', 'not-a-message']);

export interface WireFault {
  readonly code: WireFaultCode;
  /** A sentence for people. */
  readonly reason: string;
  /** Of the message, where one could be read. */
  readonly type?: string;
  /** Of the request, where one could be read. */
  readonly id?: number;
  /** Where in the message: `attachment.mac`, `changes[3].set.vni`. */
  readonly field?: string;
}

export function isFatal(fault: WireFault): boolean {
  return fatalWireFaults.has(fault.code);
}

/** Every code that an `error` may carry: those of received octets, and those of what was asked. */
export const errorCodes = [
  ...wireFaultCodes,
  'version',
  'unauthorized',
  'unknown-nve',
  'identity-mismatch',
  'already-connected',
  'no-common-encapsulation',
  'not-allowed',
  'no-such-network',
  'unexpected-message',
  'already-joined',
  'not-joined',
  'too-many-subscriptions',
  'too-many-requests',
  'too-many-connections',
  'replaced',
  'hello-timeout',
  'silent',
  'slow-reader',
  'internal',
] as const;
export type ErrorCode = (typeof errorCodes)[number];
