/** Exit code of a benchmark that was interrupted. */
export const INTERRUPTED = 130;

/** Aborts when the process is told to end: what is under way is taken down first, with its namespaces and programs. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => controller.abort());
  return controller.signal;
}
