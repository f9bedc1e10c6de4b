/** What an input broke: which promise, and how. Thrown by the checks, which stop at the first. */
export class Broken extends Error {
  override readonly name = 'Broken';
  /** Short, stable, fit for a file's name. */
  readonly check: string;

  constructor(check: string, reason: string) {
    super(reason);
    this.check = check;
  }
}

/** Runs `run`, and makes whatever it throws, unless `allowed`, a broken promise called `check`. */
export function mayNotThrow<T>(check: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Broken) throw error;
    throw new Broken(check, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}
