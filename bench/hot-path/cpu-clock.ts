/** CPU time of the calling thread, which others on the machine do not stretch; Node's own reading of it counts in ticks. */
import { createRequire } from 'node:module';

const CLOCK_THREAD_CPUTIME_ID = 3;
const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
const clockGettime = koffi.load(null).func('int clock_gettime(int clock, void *time)') as unknown as (
  clock: number,
  time: BigInt64Array,
) => number;
const time = new BigInt64Array(2);

export function threadSeconds(): number {
  if (clockGettime(CLOCK_THREAD_CPUTIME_ID, time) !== 0) throw new Error('clock_gettime failed');
  return Number(time[0]) + Number(time[1]) / 1e9;
}
