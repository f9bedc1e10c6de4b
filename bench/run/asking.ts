/** Milliseconds; ten questions a second are next to nothing to answer. */
const EVERY = 100;
/** A step that is over sooner is not asked in. */
const FIRST = 20;
/** Questions that may be open at a time; one more is not asked. */
const MOST_OPEN = 50;

/** Seconds: from the beginning to the question, and from there to the answer. */
export interface Answer {
  readonly asked: number;
  readonly seconds: number;
}

/**
 * Asks again and again until `work` is done, and notes how long each answer took. Asks on time, whether or not earlier
 * questions were answered: otherwise the longer an answer took, the less would be asked meanwhile. Rejects when `work`
 * does, and when a question failed.
 */
export async function askDuring<T>(
  ask: () => Promise<unknown>,
  work: () => Promise<T>,
): Promise<{ readonly done: T; readonly answers: readonly Answer[] }> {
  const begun = performance.now();
  const answers: Answer[] = [];
  const failures: unknown[] = [];
  const open = new Set<Promise<void>>();
  const question = async () => {
    const asked = performance.now();
    try {
      await ask();
      answers.push({ asked: (asked - begun) / 1000, seconds: (performance.now() - asked) / 1000 });
    } catch (reason) {
      failures.push(reason);
    }
  };
  const next = (delay: number): NodeJS.Timeout =>
    setTimeout(() => {
      timer = next(EVERY);
      if (open.size >= MOST_OPEN) return;
      const one: Promise<void> = question().finally(() => open.delete(one));
      open.add(one);
    }, delay);
  let timer = next(FIRST);
  let done: T;
  try {
    done = await work();
  } finally {
    clearTimeout(timer);
  }
  await Promise.all(open);
  if (failures.length > 0) throw failures[0];
  return { done, answers };
}
