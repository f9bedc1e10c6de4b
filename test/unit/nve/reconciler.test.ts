import { describe, expect, it, vi } from 'vitest';
import type { KernelModel } from '../../../src/nve/kernel-model.ts';
import { Reconciler } from '../../../src/nve/reconciler.ts';
import { nothingWanted } from '../../../src/nve/wanted.ts';
import { freshKernel } from './arbitrary.ts';

/** A kernel that is read when the test says so. */
function lab() {
  const reads: ((state: KernelModel) => void)[] = [];
  const reconciler = new Reconciler(
    { lookEvery: 60_000, retryAfter: 2000 },
    {
      kernel: {
        read: () => new Promise<KernelModel>((resolve) => reads.push(resolve)),
        run: async () => [],
        watch: () => () => {},
      },
      clock: { after: () => () => {} },
      wanted: () => nothingWanted,
      log: { changed: () => {}, failed: () => {} },
    },
  );
  const begun = async (count: number) => {
    await vi.waitFor(() => expect(reads.length).toBe(count));
    return reads[count - 1];
  };
  return { reconciler, reads, begun };
}

describe('a reconciler', () => {
  it('reads the kernel once more after what has changed while it was read', async () => {
    const { reconciler, reads, begun } = lab();
    const started = reconciler.start();
    (await begun(1))?.(freshKernel());
    await started;
    reconciler.refresh();
    const second = await begun(2);
    reconciler.refresh();
    second?.(freshKernel());
    (await begun(3))?.(freshKernel());
    await reconciler.settled();
    reconciler.touch();
    await reconciler.settled();
    expect(reads.length).toBe(3);
    await reconciler.stop();
  });
});
