import type { WireAttributes } from './registry.ts';

/** An attribute whose type code is not recognised. */
export interface UnknownAttribute {
  /** Optional, Transitive and Partial bits as received. */
  readonly flags: number;
  /** Type code, one octet. */
  readonly code: number;
  /** A copy of what stands behind the attribute's length. */
  readonly value: Uint8Array;
}

/**
 * The path attributes of an UPDATE. AS4_PATH and AS4_AGGREGATOR are not among them: they are merged into `asPath` and
 * `aggregator` when read, and made from them when written to a speaker that has two-octet AS numbers.
 */
export interface PathAttributes extends Omit<WireAttributes, 'as4Path' | 'as4Aggregator'> {
  /** In ascending type code order; absent when there is none. */
  readonly unknown?: readonly UnknownAttribute[];
  /** Type codes of the recognised attributes that came with the Partial bit (RFC 4271 §4.3); absent when there is none. */
  readonly partial?: readonly number[];
}
