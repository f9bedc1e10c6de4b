/** What one test says about one other implementation: a row of docs/interop.md. */
export interface InteropRow {
  /** Name and version as the peer itself gives them: `FRR 8.4.4`. */
  readonly peer: string;
  /** One line, beginning with a capital, without a full stop. */
  readonly what: string;
  /** The section that asks for it: `RFC 7432 §15`. */
  readonly standard: string;
}

/**
 * - works: the test passed
 * - limit: the test passed, and shows what the peer cannot do or does differently
 * - fails: the test failed
 */
export type InteropOutcome = 'works' | 'limit' | 'fails';

export interface InteropResult extends InteropRow {
  readonly outcome: InteropOutcome;
  /** In the order in which the test gave them; the same at each run. */
  readonly notes: readonly string[];
}

/** All results of one test file, in its own order. */
export interface InteropFile {
  /** From the root of the repository. */
  readonly file: string;
  readonly results: readonly InteropResult[];
}
