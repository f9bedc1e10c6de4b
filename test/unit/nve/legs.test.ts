import { describe, expect, it, vi } from 'vitest';
import type { Batch } from '../../../src/nve/command.ts';
import type { Kernel } from '../../../src/nve/kernel.ts';
import type { KernelLink } from '../../../src/nve/kernel-state.ts';
import { Legs } from '../../../src/nve/legs.ts';
import { nothingWanted } from '../../../src/nve/wanted.ts';
import { freshKernel, ownAddress } from './arbitrary.ts';

const times = { lookEvery: 60_000, retryAfter: 2_000 };

function lab(legs: ConstructorParameters<typeof Legs>[0]) {
  const kernel = freshKernel();
  const isThere = new Map<string, boolean>();
  const waiting = new Set<() => void>();
  const done: Batch[] = [];
  const failed: string[] = [];
  const changed = vi.fn();
  const kernelOf = (namespace: string): Kernel => ({
    read: async () => {
      if (isThere.get(namespace) === false) throw new Error(`no ${namespace}`);
      return kernel;
    },
    run: async (batches) => {
      done.push(...batches);
      return [];
    },
    watch: () => () => {},
  });
  const made = new Legs(legs, times, {
    kernel: kernelOf,
    clock: {
      after: (_milliseconds, call) => {
        waiting.add(call);
        return () => waiting.delete(call);
      },
    },
    wanted: () => nothingWanted,
    changed,
    log: { changed: () => {}, failed: (what, reason) => failed.push(`${what}: ${reason}`) },
  });
  const later = () => {
    const calls = [...waiting];
    waiting.clear();
    for (const call of calls) call();
  };
  return { legs: made, kernel, isThere, later, done, failed, changed };
}

describe('the legs of a gateway', () => {
  const [there, here] = [
    { domain: 'dc2', namespace: 'wan', tunnelAddress: ownAddress },
    { domain: 'dc3', namespace: undefined, tunnelAddress: '10.0.0.99' },
  ];

  it('are looked for until they are there, and missed aloud once', async () => {
    const { legs, isThere, later, failed, changed } = lab([there]);
    isThere.set('wan', false);
    await legs.start();
    for (let i = 0; i < 3; i++) {
      later();
      await vi.waitFor(() => expect(legs.states(undefined)).toMatchObject([{ isThere: false }]));
    }
    expect(failed).toEqual(['reading the network namespace wan: no wan']);
    isThere.set('wan', true);
    await vi.waitFor(() => {
      later();
      expect(legs.states(undefined)).toEqual([{ leg: there, isThere: true, underlay: { device: 'eth0', mtu: 1500 } }]);
    });
    expect(changed).toHaveBeenCalledTimes(1);
    await legs.stop();
  });

  it('have the underlay of the namespace that they are in', async () => {
    const { legs, kernel } = lab([there, here]);
    await legs.start();
    expect(legs.states(kernel)).toMatchObject([
      { isThere: true, underlay: { device: 'eth0' } },
      { isThere: true, underlay: undefined },
    ]);
    await legs.stop();
  });

  it('work where the link of their address is up and leads somewhere', async () => {
    const { legs, kernel, changed, later } = lab([there]);
    await legs.start();
    expect(legs.working(undefined)).toEqual([there]);
    const told = changed.mock.calls.length;
    const eth0 = kernel.links.get('eth0') as KernelLink;
    kernel.links.set('eth0', { ...eth0, carrier: false });
    await vi.waitFor(() => {
      later();
      expect(changed.mock.calls.length).toBe(told + 1);
    });
    expect(legs.working(undefined)).toEqual([]);
    kernel.links.set('eth0', { ...eth0, up: false });
    expect(legs.working(undefined)).toEqual([]);
    await legs.stop();
  });

  it('lose in their namespaces what nobody wants', async () => {
    const { legs, kernel, done } = lab([there]);
    kernel.apply({ op: 'add-bridge', device: 'nved-br9', mac: '02:00:00:00:00:09' });
    await legs.start();
    await legs.settled();
    expect(done.map(({ text }) => text)).toEqual(['link delete nved-br9\n']);
    await legs.stop();
  });
});
