import type { FamilyId, UpdateSubcode } from '../constants.ts';
import type { DecodeContext, EncodeContext } from '../context.ts';
import type { Outcome } from '../fault.ts';
import type { Result } from '../result.ts';

/**
 * Why an attribute's value is malformed. What it costs is said by the attribute's row in the registry, from which the
 * full fault is made; a codec sets `outcome` only where one attribute has faults of different cost.
 */
export interface Malformed {
  /** Stable name for programs, such as `as-path-segment-overrun`. */
  readonly code: string;
  /** Octet concerned, an index into the buffer the codec was given. */
  readonly offset: number;
  /** A sentence for people. */
  readonly reason: string;
  /** NOTIFICATION subcode under UPDATE Message Error; Attribute Length Error when absent. */
  readonly subcode?: (typeof UpdateSubcode)[keyof typeof UpdateSubcode];
  readonly outcome?: Outcome;
  readonly family?: FamilyId;
}

/** What {@link AttributeCodec.decode} gives. */
export type Decoded<T> = Result<T, Malformed>;

/** One path attribute's value ⇄ its octets, without the attribute header. */
export interface AttributeCodec<T> {
  /** Reads `bytes[start, end)`, which lies inside the buffer. Keeps no reference to `bytes`: opaque parts are copied. */
  decode(bytes: Uint8Array, start: number, end: number, ctx: DecodeContext): Decoded<T>;
  /** Throws an EncodeError for a value that has no encoding. */
  encode(value: T, ctx: EncodeContext): Uint8Array;
}
