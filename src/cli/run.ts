import { CommanderError } from 'commander';
import { ExitCode } from './exit-codes.ts';
import { createProgram } from './program.ts';
import type { Surroundings } from './surroundings.ts';

/** Runs one command line (without node and script) and gives the exit code. */
export async function run(argv: readonly string[], version: string, surroundings: Surroundings): Promise<ExitCode> {
  let code: ExitCode = ExitCode.Ok;
  const program = createProgram(surroundings, version, (finished) => {
    code = finished;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help that was asked for ends with 0; help in place of a missing command, and every complaint, with another.
    return error.exitCode === 0 ? ExitCode.Ok : ExitCode.Usage;
  }
  return code;
}
