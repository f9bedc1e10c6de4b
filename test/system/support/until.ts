export interface UntilOptions {
  /** Milliseconds. */
  readonly within: number;
  /** Milliseconds between two looks; default 20. */
  readonly every?: number;
  /** What is waited for, as the end of "waited in vain for …", asked when the time is over. */
  readonly what?: string | (() => string);
}

/**
 * Looks again and again until `condition` gives something other than false, null and undefined, and answers that.
 * Rejects when the time is over.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { within, every = 20, what = condition.toString() }: UntilOptions,
): Promise<Exclude<T, false | null | undefined>> {
  const end = performance.now() + within;
  for (;;) {
    const found = await condition();
    if (found !== false && found !== null && found !== undefined) {
      return found as Exclude<T, false | null | undefined>;
    }
    if (performance.now() >= end) {
      throw new Error(`waited ${within} ms in vain for ${typeof what === 'string' ? what : what()}`);
    }
    await new Promise((resume) => setTimeout(resume, every));
  }
}
