import type { Result } from '../result.ts';

/** Why a capability's value is malformed: a sentence for people. What it costs is said where OPEN is decoded. */
export interface MalformedCapability {
  readonly reason: string;
}

/** One capability's value ⇄ its octets, without code and length. */
export interface CapabilityCodec<T> {
  /** Reads `bytes[start, end)`, which lies inside the buffer; opaque parts are copied. */
  decode(bytes: Uint8Array, start: number, end: number): Result<T, MalformedCapability>;
  encode(value: T): Uint8Array;
}

export function malformed(reason: string): { readonly ok: false; readonly fault: MalformedCapability } {
  return { ok: false, fault: { reason } };
}
