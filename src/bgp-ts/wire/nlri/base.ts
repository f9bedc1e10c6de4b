import type { NlriFaultCode } from './fault.ts';

/** What every NLRI may carry besides itself. */
export interface NlriBase {
  /** Path identifier, where the session uses them for the family (RFC 7911 §3). */
  readonly pathId?: number;
}

/**
 * One NLRI read: the route and the offset behind it, or what is wrong and where. `next` is absent when the NLRI behind
 * the bad one cannot be found.
 */
export type ReadNlri<N> =
  | { readonly ok: true; readonly nlri: N; readonly next: number }
  | { readonly ok: false; readonly code: Exclude<NlriFaultCode, 0>; readonly at: number; readonly next?: number };

/** One address family's NLRI ⇄ octets, path identifier excluded. */
export interface NlriCodec<N> {
  /** Reads the NLRI whose first octet is at `at`; `at < end`, and `end` lies inside the buffer. */
  read(bytes: Uint8Array, at: number, end: number): ReadNlri<N>;
  /** Throws an EncodeError for a value that has no encoding. */
  write(nlri: N): Uint8Array;
}
