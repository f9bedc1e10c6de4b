import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ImportLimitEvent,
  ImportLimits,
  type ImportLimitsOptions,
} from '../../../src/federation/import-limits.ts';

function limited(options: ImportLimitsOptions) {
  const events: ImportLimitEvent[] = [];
  const limits = new ImportLimits(options, (event) => events.push(event));
  const add = (network: string, times: number) => Array.from({ length: times }, () => limits.add(network)).at(-1);
  const remove = (network: string, times: number) => {
    for (let i = 0; i < times; i++) limits.remove(network);
  };
  return { limits, events, add, remove };
}

describe('routes taken over from a neighbour domain', () => {
  it('are not limited where nothing is said', () => {
    const { limits, events, add } = limited({});
    expect(add('web', 10_000)).toBe('taken');
    expect([limits.routes(), limits.routes('web'), limits.routes('db'), events]).toEqual([10_000, 10_000, 0, []]);
  });

  it('are limited in each network, at no cost to the others', () => {
    const { limits, events, add } = limited({ perNetwork: 100 });
    expect(add('web', 100)).toBe('taken');
    expect(add('web', 1)).toBe('over-network');
    expect(add('db', 100)).toBe('taken');
    expect([limits.routes('web'), limits.routes()]).toEqual([100, 200]);
    expect(events).toEqual([{ type: 'exceeded', network: 'web', routes: 100, limit: 100 }]);
  });

  it('are limited in all', () => {
    const { limits, events, add } = limited({ routes: 100, perNetwork: 80 });
    expect([add('web', 80), add('web', 1), add('db', 20), add('db', 1)]).toEqual([
      'taken',
      'over-network',
      'taken',
      'over-all',
    ]);
    expect([limits.routes(), limits.routes('db')]).toEqual([100, 20]);
    expect(events.at(-1)).toEqual({ type: 'exceeded', routes: 100, limit: 100 });
  });

  it('have other limits in place: what was taken stays, and is told of', () => {
    const { limits, events, add } = limited({ routes: 100, perNetwork: 50, warning: 80 });
    add('web', 30);
    add('db', 10);
    limits.become({ routes: 35, perNetwork: 30, warning: 90 });
    expect(events.splice(0)).toEqual([
      { type: 'near-limit', network: 'web', routes: 30, limit: 30 },
      { type: 'exceeded', routes: 40, limit: 35 },
      { type: 'near-limit', routes: 40, limit: 35 },
    ]);
    expect([add('web', 1), add('db', 1), limits.routes()]).toEqual(['over-network', 'over-all', 40]);
    expect(events.splice(0)).toEqual([{ type: 'exceeded', network: 'web', routes: 30, limit: 30 }]);
    limits.become({ routes: 41, perNetwork: 30, warning: 100 });
    expect(events.splice(0)).toEqual([
      { type: 'exceeded', network: 'web', routes: 30, limit: 30 },
      { type: 'well-below', network: 'web', routes: 30, limit: 30 },
      { type: 'has-room', routes: 40, limit: 41 },
      { type: 'well-below', routes: 40, limit: 41 },
    ]);
    expect([add('db', 1), add('db', 1), add('web', 1)]).toEqual(['taken', 'over-all', 'over-network']);
    limits.become({});
    expect([add('db', 100), add('web', 100)]).toEqual(['taken', 'taken']);
  });

  it('have room again as soon as one goes, and are asked about again when there are clearly fewer', () => {
    const { events, add, remove } = limited({ perNetwork: 100 });
    expect(add('web', 102)).toBe('over-network');
    for (let i = 0; i < 50; i++) {
      remove('web', 1);
      expect(add('web', 1)).toBe('taken');
    }
    expect(add('web', 1)).toBe('over-network');
    expect(events).toHaveLength(1);
    remove('web', 5);
    expect(events).toHaveLength(1);
    remove('web', 1);
    expect(events.slice(1)).toEqual([{ type: 'has-room', network: 'web', routes: 94, limit: 100 }]);
    add('web', 7);
    expect(events.slice(2)).toEqual([{ type: 'exceeded', network: 'web', routes: 100, limit: 100 }]);
  });

  it('are warned of, once until there are clearly fewer', () => {
    const { events, add, remove } = limited({ routes: 100, warning: 80 });
    add('web', 80);
    expect(events).toEqual([]);
    add('web', 10);
    remove('web', 14);
    add('web', 14);
    expect(events).toEqual([{ type: 'near-limit', routes: 81, limit: 100 }]);
    remove('web', 15);
    expect(events.slice(1)).toEqual([{ type: 'well-below', routes: 75, limit: 100 }]);
  });

  it('are taken beyond a limit where that is only to be warned of', () => {
    const { events, limits, add, remove } = limited({ routes: 100, perNetwork: 50, exceeded: 'warn' });
    expect([add('web', 60), add('db', 50), limits.routes()]).toEqual(['taken', 'taken', 110]);
    expect(events).toEqual([
      { type: 'exceeded', network: 'web', routes: 50, limit: 50, isTaken: true },
      { type: 'exceeded', routes: 100, limit: 100, isTaken: true },
    ]);
    remove('web', 20);
    expect(events.slice(2)).toEqual([
      { type: 'has-room', network: 'web', routes: 47, limit: 50, isTaken: true },
      { type: 'has-room', routes: 94, limit: 100, isTaken: true },
    ]);
  });

  it('are none with a limit of zero', () => {
    const { limits, add } = limited({ routes: 0 });
    expect([add('web', 3), limits.routes()]).toEqual(['over-all', 0]);
    expect(limited({ perNetwork: 0 }).add('web', 1)).toBe('over-network');
  });

  it('that were never taken cannot be taken away', () => {
    const { limits, remove, add } = limited({ routes: 1 });
    remove('web', 3);
    expect([add('web', 1), limits.routes()]).toEqual(['taken', 1]);
  });

  it('keep within the limits whatever comes, and events come in turns', () => {
    const anyLimits = fc.record({ routes: fc.nat(12), perNetwork: fc.nat(8), warning: fc.constantFrom(50, 80, 100) });
    const steps = fc.array(fc.tuple(fc.boolean(), fc.constantFrom('web', 'db', 'lab')), { maxLength: 120 });
    fc.assert(
      fc.property(anyLimits, steps, (options, changes) => {
        const { limits, events, add, remove } = limited(options);
        const held = new Map<string, number>();
        for (const [isNew, network] of changes) {
          const own = held.get(network) ?? 0;
          const all = [...held.values()].reduce((sum, each) => sum + each, 0);
          if (isNew) {
            const expected = own >= options.perNetwork ? 'over-network' : all >= options.routes ? 'over-all' : 'taken';
            expect(add(network, 1)).toBe(expected);
            if (expected === 'taken') held.set(network, own + 1);
          } else {
            remove(network, 1);
            held.set(network, Math.max(0, own - 1));
          }
          for (const [name, routes] of held) expect(limits.routes(name)).toBe(routes);
        }
        for (const about of ['web', 'db', 'lab', undefined]) {
          const types = events.filter(({ network }) => network === about).map(({ type }) => type);
          for (const pair of [
            ['near-limit', 'well-below'],
            ['exceeded', 'has-room'],
          ]) {
            const told = types.filter((type) => pair.includes(type));
            expect(told).toEqual(told.map((_, i) => pair[i % 2]));
          }
        }
      }),
    );
  });
});
