import { ExitCode } from './exit-codes.ts';

/** What one run of a command has to say: nothing is written before it is known whole. */
export interface Outcome {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

export const said = (out: string, code: ExitCode = ExitCode.Ok): Outcome => ({ code, out, err: '' });

/** `reason` is a sentence without the program's name. */
export const failed = (code: ExitCode, reason: string): Outcome => ({ code, out: '', err: `nvactl: ${reason}\n` });
