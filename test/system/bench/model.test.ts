/**
 * The benchmark's own comparison, at a small size: what clients of a real nvad hold after each step, route by route and
 * with attributes, is what a plain model says. The generator is the one that measures.
 */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Load } from '../../../bench/model/load.ts';
import { everywhere, scattered } from '../../../bench/model/population.ts';
import { prepare } from '../../../bench/model/scenario.ts';
import { nvad } from '../../../bench/reflector/nvad.ts';
import { measure, type Run } from '../../../bench/run/measure.ts';
import { isRoot } from '../support/namespace.ts';

const canRun = isRoot && existsSync('/usr/bin/cc');

const run = (load: Omit<Load, 'name' | 'title' | 'shown'>, clients: number): Promise<Run> =>
  measure(prepare({ name: 'test', title: `${clients} clients`, shown: [], ...load }), nvad, {
    bound: 20,
    quiet: 0.1,
    watch: 0,
    signal: new AbortController().signal,
    progress: () => {},
  });

/** Pairs of client and route that must have been looked at: all of them after every step. */
const all = (clients: number, routes: number, steps: number) => clients * routes * steps;

describe.skipIf(!canRun)('what nvad tells its clients is what the model says', () => {
  it('when each announces and withdraws its routes', async () => {
    const population = everywhere({ clients: 10, networks: 10, macs: 10 });
    const { comparison, steps } = await run({ population, steps: [{ kind: 'announce' }, { kind: 'withdraw' }] }, 10);
    expect(comparison).toEqual({ compared: all(10, 1000, 2), wrong: 0, examples: [], repeats: [0, 0], echoed: 0 });
    expect(steps.map(({ kind, adverts }) => [kind, adverts])).toEqual([
      ['announce', 9000],
      ['withdraw', 9000],
    ]);
  });

  it('with prefixes, and over IPv6', async () => {
    const steps = [{ kind: 'announce' }, { kind: 'withdraw' }] as const;
    const prefixes = everywhere({ clients: 5, networks: 10, macs: 20, type: 5, ip: 6 });
    const { comparison } = await run({ population: prefixes, steps }, 5);
    expect(comparison).toMatchObject({ compared: all(5, 1000, 2), wrong: 0, echoed: 0 });
  });

  it('when each is in a few of many networks, and says so by RT-Constrain', async () => {
    const population = scattered({ clients: 10, networks: 20, networksOfEach: 6, macs: 20 });
    const { comparison, steps } = await run({ population, steps: [{ kind: 'announce' }, { kind: 'withdraw' }] }, 10);
    expect(comparison).toMatchObject({ compared: all(10, 1200, 2), wrong: 0, repeats: [0, 0], echoed: 0 });
    // Two others are in each of its six networks.
    expect(steps[0]?.adverts).toBe(10 * 6 * 2 * 20);
  });

  it('when each is in a few of many networks, and shows it by what it announces', async () => {
    const population = scattered({ clients: 10, networks: 20, networksOfEach: 6, macs: 20 });
    const steps = [{ kind: 'announce' }, { kind: 'withdraw' }, { kind: 'announce' }] as const;
    const { comparison, steps: figures } = await run({ population, steps, silent: true }, 10);
    expect(comparison).toMatchObject({ compared: all(10, 1200, 3), wrong: 0, echoed: 0 });
    expect(figures[0]?.adverts).toBe(10 * 6 * 2 * 20);
  });

  it('when three announce the same routes, and all ask for them again', async () => {
    const population = everywhere({ clients: 12, networks: 10, macs: 10, paths: 3 });
    const steps = [{ kind: 'announce' }, { kind: 'refresh' }, { kind: 'withdraw' }] as const;
    const { comparison } = await run({ population, steps }, 12);
    expect(comparison).toMatchObject({ compared: all(12, 400, 3), wrong: 0, echoed: 0 });
  });

  it('when routes change, a client leaves and all others come at once', async () => {
    const population = everywhere({ clients: 10, networks: 10, macs: 10 });
    const steps = [
      { kind: 'announce', cold: true },
      { kind: 'churn', rate: 2000, changes: 1500 },
      { kind: 'leave', client: 3 },
    ] as const;
    const { comparison, steps: figures } = await run({ population, steps }, 10);
    expect(comparison).toMatchObject({ compared: all(10, 1000, 2) + all(9, 1000, 1), wrong: 0, echoed: 0 });
    expect(figures[1]).toMatchObject({ latency: { length: 1001 }, repeats: 0 });
    expect(figures[2]?.adverts).toBe(900);
  });

  it('when one reads slowly and catches up', async () => {
    const population = everywhere({ clients: 10, networks: 10, macs: 40 });
    const steps = [{ kind: 'announce' }, { kind: 'catch-up' }] as const;
    const slow = { client: 9, rate: 10_240 };
    const { comparison, steps: figures } = await run({ population, steps, slow }, 10);
    expect(comparison).toMatchObject({ compared: all(9, 4000, 1) + all(10, 4000, 1), wrong: 0, echoed: 0 });
    // The others' alone: they are told of 3,600 routes each.
    expect(figures[0]?.adverts).toBe(9 * 3600);
  });

  it('when one who is not waited for reads like all others', async () => {
    const population = everywhere({ clients: 10, networks: 10, macs: 40 });
    const { comparison } = await run({ population, steps: [{ kind: 'announce' }], slow: { client: 9, rate: 0 } }, 10);
    expect(comparison).toMatchObject({ compared: all(10, 4000, 1), wrong: 0, echoed: 0 });
  });
});
