import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { askDuring } from '../../../bench/run/asking.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const elapse = (ms: number) => new Promise<void>((resume) => setTimeout(resume, ms));

describe('asking while something is going on', () => {
  it('is done ten times a second, and stops with the work', async () => {
    const ask = vi.fn(() => elapse(5));
    const asked = askDuring(ask, async () => {
      await elapse(350);
      return 'done';
    });
    await vi.advanceTimersByTimeAsync(2000);
    const { done, answers } = await asked;
    expect(done).toBe('done');
    expect(answers).toEqual([0.02, 0.12, 0.22, 0.32].map((at) => ({ asked: at, seconds: 0.005 })));
    expect(ask).toHaveBeenCalledTimes(4);
  });

  it('waits for no answer before the next question, but for all in the end', async () => {
    const asked = askDuring(
      () => elapse(1000),
      () => elapse(250),
    );
    await vi.advanceTimersByTimeAsync(2000);
    expect((await asked).answers.map(({ seconds }) => seconds)).toEqual([1, 1, 1]);
  });

  it('keeps no more than fifty questions open', async () => {
    const ask = vi.fn(() => elapse(60_000));
    const asked = askDuring(ask, () => elapse(30_000));
    await vi.advanceTimersByTimeAsync(100_000);
    await asked;
    expect(ask).toHaveBeenCalledTimes(50);
  });

  it('fails when a question does, once the work is done, and when the work does', async () => {
    const failing = askDuring(
      () => Promise.reject(new Error('no answer')),
      () => elapse(250),
    );
    const worked = expect(failing).rejects.toThrow('no answer');
    await vi.advanceTimersByTimeAsync(2000);
    await worked;
    const idle = askDuring(
      () => elapse(1),
      () => Promise.reject(new Error('no work')),
    );
    await expect(idle).rejects.toThrow('no work');
  });
});
