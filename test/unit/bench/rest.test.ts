import { describe, expect, it } from 'vitest';
import { atRest } from '../../../bench/run/rest.ts';

/** How many times it waited, while memory was so much one reading after the other, and then stayed. */
async function waits(...readings: readonly number[]): Promise<number> {
  let read = 0;
  let waited = 0;
  await atRest(
    () => readings[read++] ?? readings.at(-1) ?? 0,
    async () => void waited++,
  );
  return waited;
}

describe('a process is at rest', () => {
  it('when its memory has stayed the same for half a second', async () => {
    expect(await waits(1000)).toBe(5);
    expect(await waits(1000, 1005, 998)).toBe(5);
  });

  it('only after that has shrunk or grown', async () => {
    expect(await waits(2000, 1500, 1000)).toBe(7);
    expect(await waits(1000, 1000, 1000, 1100)).toBe(8);
  });

  it('after a while, if it never rests', async () => {
    expect(await waits(...Array.from({ length: 1000 }, (_, i) => 1000 * 1.1 ** i))).toBe(29);
  });
});
