import { ExitCode } from './exit-codes.ts';
import type { Outcome } from './outcome.ts';
import type { Surroundings } from './surroundings.ts';

const CLEAR = '\u001b[H\u001b[2J\u001b[3J';

/**
 * Asks again every `seconds` until the user interrupts. On a terminal each answer replaces the one before; elsewhere
 * answers follow each other, tables with an empty line between. What fails at the first time ends it with that
 * failure; what fails later is shown and tried again.
 */
export async function watch(
  ask: () => Promise<Outcome>,
  options: { readonly seconds: number; readonly title: string; readonly lines: boolean },
  surroundings: Surroundings,
): Promise<ExitCode> {
  for (let first = true; ; first = false) {
    const outcome = await ask();
    const failedAtFirst =
      first && (outcome.code === ExitCode.Unreachable || outcome.code === ExitCode.Usage || outcome.out === '');
    if (failedAtFirst && outcome.code !== ExitCode.NothingMatched) {
      surroundings.err(outcome.err);
      return outcome.code;
    }
    if (surroundings.terminal && !options.lines) {
      const heading = `Every ${options.seconds}s: ${options.title}   ${new Date(surroundings.now()).toISOString()}`;
      surroundings.out(`${CLEAR}${heading}\n\n${outcome.out}${outcome.err}`);
    } else {
      surroundings.out(options.lines || first || outcome.out === '' ? outcome.out : `\n${outcome.out}`);
      surroundings.err(outcome.err);
    }
    await surroundings.sleep(options.seconds * 1000);
    if (surroundings.interrupted()) return ExitCode.Ok;
  }
}
