import { setTimeout as pause } from 'node:timers/promises';

const EVERY = 100;
/** Readings in a row that tell that nothing changes any more. */
const STEADY = 5;
/** How much they may differ: pages come and go. */
const STEADY_WITHIN = 0.01;
const MOST_READINGS = 30;

/**
 * Waits until a process has come to rest, which is when its memory has stayed the same for half a second, or for 3 s when
 * it never does. `read` answers octets.
 */
export async function atRest(read: () => number, wait: (ms: number) => Promise<unknown> = pause): Promise<void> {
  const readings = [read()];
  while (!isSteady(readings) && readings.length < MOST_READINGS) {
    await wait(EVERY);
    readings.push(read());
  }
}

function isSteady(readings: readonly number[]): boolean {
  const last = readings.slice(-STEADY - 1);
  return last.length > STEADY && Math.max(...last) <= Math.min(...last) * (1 + STEADY_WITHIN);
}
