import type { FamilyId } from './constants.ts';

/**
 * What a fault in received bytes costs, from the mildest to the hardest (RFC 7606 §2). `ignore` is not the RFC's: what is
 * concerned is well-formed, has no place in this session, and is passed over, which is worth a line in a log. `none` is
 * not among them: bytes without a fault have no {@link Fault}.
 */
export const outcomes = ['ignore', 'attribute-discard', 'treat-as-withdraw', 'afi-disable', 'session-reset'] as const;
/** One of {@link outcomes}: what a fault costs its sender. */
export type Outcome = (typeof outcomes)[number];

/** The NOTIFICATION a fault maps to (RFC 4271 §4.5); sent only when the outcome is `session-reset`. */
export interface NotificationParts {
  /** RFC 4271 §4.5: which kind of message was wrong, or what came to an end. */
  readonly code: number;
  /** Of this code; 0 is Unspecific. */
  readonly subcode: number;
  /** What the code's section asks for, mostly the octets that were wrong. */
  readonly data: Uint8Array;
}

/** One thing wrong with received bytes: what, where, what it costs the sender. A value, never thrown. */
export interface Fault {
  /** Stable name for programs, for example `origin-value` or `evpn-mac-length`. */
  readonly code: string;
  /** What it costs the sender, by RFC 7606 where that applies. */
  readonly outcome: Outcome;
  /** Octets from the start of the bytes that were given to the decoder. */
  readonly offset: number;
  /** A sentence for people. */
  readonly reason: string;
  /** What ends the session where the outcome says so, and is shown to people where it does not. */
  readonly notification: NotificationParts;
  /** Path attribute type code, where the fault lies in one. */
  readonly attribute?: number;
  /** Address family concerned, for `afi-disable`. */
  readonly family?: FamilyId;
}

/** What whoever reads messages is told of them: the hardest outcome, or that nothing in them was refused. */
export function verdict(faults: readonly Fault[]): Exclude<Outcome, 'ignore'> | 'accept' {
  const outcome = hardest(faults);
  return outcome === undefined || outcome === 'ignore' ? 'accept' : outcome;
}

/** The hardest outcome among several faults (RFC 7606 §3 h), or undefined when there is none. */
export function hardest(faults: readonly Fault[]): Outcome | undefined {
  let rank = -1;
  for (const fault of faults) rank = Math.max(rank, outcomes.indexOf(fault.outcome));
  return rank < 0 ? undefined : outcomes[rank];
}

const noData = new Uint8Array(0);

/** A fault that ends the session with NOTIFICATION `code`/`subcode` (RFC 4271 §6.1, §6.2). */
export function sessionReset(
  name: string,
  offset: number,
  reason: string,
  code: number,
  subcode: number,
  data: Uint8Array = noData,
): Fault {
  return { code: name, outcome: 'session-reset', offset, reason, notification: { code, subcode, data } };
}
