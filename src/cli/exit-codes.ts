/** What nvactl's exit status tells scripts. */
export const ExitCode = {
  Ok: 0,
  /** The API refused or failed; for `show health`, nvad is not ready. */
  Failure: 1,
  /** The command line is wrong. */
  Usage: 2,
  /** No answer from nvad. */
  Unreachable: 3,
  /** The question was understood, and nothing matches. */
  NothingMatched: 4,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
