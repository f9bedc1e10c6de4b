import { describe, expect, it } from 'vitest';
import { warmUp } from '../../../../src/bgp-ts/speaker/warm-up.ts';

describe('the practice', () => {
  it('reflects routes for as long as it is told', async () => {
    const begun = performance.now();
    // Every round writes 16 clients the routes of the others, twice.
    expect(await warmUp({ duration: 50 })).toBeGreaterThan(100_000);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(50);
  });

  it('lets others have their turn', async () => {
    let turns = 0;
    let ended = false;
    const next = (): void => {
      turns++;
      if (!ended) setImmediate(next);
    };
    next();
    let slices = 0;
    await warmUp({ duration: 60_000, slice: 1, enough: () => ++slices > 5 });
    ended = true;
    expect(turns).toBeGreaterThanOrEqual(5);
  });

  it('ends when it is enough', async () => {
    const asked: number[] = [];
    await warmUp({ duration: 60_000, slice: 1, enough: () => asked.push(0) > 3 });
    expect(asked).toHaveLength(4);
  });

  it('leaves nothing behind that would keep a process alive', async () => {
    const before = process.getActiveResourcesInfo().length;
    await warmUp({ duration: 5 });
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
  });
});
