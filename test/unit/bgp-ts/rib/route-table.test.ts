import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeJoined } from '../../../../src/bgp-ts/rib/key-arena.ts';
import { RiderStore } from '../../../../src/bgp-ts/rib/rider-store.ts';
import { type Changes, type PathOrder, RouteTable } from '../../../../src/bgp-ts/rib/route-table.ts';
import { splitEvpn } from '../../../../src/bgp-ts/wire/nlri/evpn/key.ts';
import { emptySplit } from '../../../../src/bgp-ts/wire/nlri/evpn/split.ts';

/** Sets are numbers source × 100 + n; the lower number wins, numbers ending in 99 may not be used. */
class Order implements PathOrder {
  readonly refs = new Map<number, number>();
  retain(set: number): void {
    this.refs.set(set, (this.refs.get(set) ?? 0) + 1);
  }
  release(set: number): void {
    const left = (this.refs.get(set) as number) - 1;
    if (left === 0) this.refs.delete(set);
    else this.refs.set(set, left);
  }
  eligible(set: number): boolean {
    return set % 100 !== 99;
  }
  source(set: number): number {
    return Math.floor(set / 100);
  }
  compare(_type: number, a: number, b: number): number {
    return a - b;
  }
  excludes(): boolean {
    return false;
  }
}

/** MAC/IP advertisement number `key` with ESI octet and label `label` (RFC 7432 §7.2). */
function macIp(key: number, label: number): Uint8Array {
  const nlri = new Uint8Array(35);
  nlri.set([2, 33, 0, 0, 0, 0, 0, 1, 0, 7]);
  nlri[19] = label;
  nlri[24] = 48;
  nlri.set([2, 0, 0, 0, key >> 8, key], 25);
  nlri[31] = 0;
  nlri[34] = label;
  return nlri;
}

function setUp() {
  const order = new Order();
  const riders = new RiderStore({ hashSeed: 42 });
  const table = new RouteTable({ capacity: 16, hashSeed: 42 }, { order, riders, seconds: () => 1000 });
  const split = emptySplit();
  const at = (nlri: Uint8Array) => {
    expect(splitEvpn(nlri, 0, nlri.length, split)).toBe(0);
    return split;
  };
  const changes: Changes = { destinations: new Int32Array(4096), oldSets: new Int32Array(4096), length: 0 };
  const nlriOf = (destination: number) => {
    const { arena } = table;
    const keyAt = table.keyAt(destination);
    const rider = table.sentRider(destination);
    const length = arena.length(keyAt) + (rider?.bytes.length ?? 0);
    const out = new Uint8Array(2 + length);
    out[0] = arena.type(keyAt);
    out[1] = length;
    const bytes = rider?.bytes ?? new Uint8Array(0);
    writeJoined(arena.bytes, arena.start(keyAt), arena.length(keyAt), bytes, rider?.mid ?? 0, out, 2);
    return out;
  };
  return {
    table,
    order,
    riders,
    announce(source: number, set: number, key: number, label = 1) {
      const nlri = macIp(key, label);
      const s = at(nlri);
      const rider = riders.intern(nlri, s.midStart, s.midLength, s.tailStart, s.tailLength);
      return table.announce(source, set, rider, nlri, s);
    },
    withdraw: (source: number, key: number, label = 0) => {
      const nlri = macIp(key, label);
      return table.withdraw(source, nlri, at(nlri));
    },
    /** Decides everything; what changed as [key, set now, set before]. */
    decide() {
      const seen: [number, number, number][] = [];
      while (table.pendingDecisions > 0) {
        table.decide(4096, changes);
        for (let i = 0; i < changes.length; i++) {
          const destination = changes.destinations[i];
          const nlri = nlriOf(destination);
          seen.push([(nlri[29] << 8) | nlri[30], table.sentSet(destination), changes.oldSets[i]]);
          if (changes.oldSets[i] >= 0) order.release(changes.oldSets[i]);
        }
      }
      return seen;
    },
    nlriOf,
    find: (key: number) => {
      const nlri = macIp(key, 9);
      return table.find(nlri, at(nlri));
    },
  };
}

describe('RouteTable', () => {
  it('knows a route by its key, whatever its ESI and label', () => {
    const t = setUp();
    expect(t.announce(1, 101, 5, 1)).toBe(true);
    expect(t.announce(1, 101, 5, 2)).toBe(false);
    expect(t.decide()).toEqual([[5, 101, -1]]);
    expect(t.nlriOf(t.find(5))).toEqual(macIp(5, 2));
    expect(t.table.routes).toBe(1);
    expect(t.withdraw(1, 5, 77)).toBe(true);
    expect(t.decide()).toEqual([[5, -1, 101]]);
  });

  it('makes announce, withdraw, announce between two decisions one change, or none', () => {
    const t = setUp();
    t.announce(1, 101, 5);
    t.decide();
    t.withdraw(1, 5);
    t.announce(1, 101, 5);
    expect(t.decide()).toEqual([]);
    t.announce(1, 102, 5);
    t.announce(1, 103, 5);
    expect(t.decide()).toEqual([[5, 103, 101]]);
    t.announce(2, 200, 6);
    t.withdraw(2, 6);
    expect(t.decide()).toEqual([]);
    expect(t.find(6)).toBe(-1);
  });

  it('puts the best path first and never one that may not be used', () => {
    const t = setUp();
    t.announce(3, 301, 5);
    t.announce(1, 199, 5);
    t.announce(2, 201, 5);
    expect(t.decide()).toEqual([[5, 201, -1]]);
    expect(t.table.pathsTo(t.find(5)).map((path) => path.set)).toEqual([201, 199, 301]);
    expect([t.table.pathsOf(1), t.table.unusableOf(1), t.table.bestOf(1)]).toEqual([1, 1, 0]);
    expect([t.table.pathsOf(2), t.table.unusableOf(2), t.table.bestOf(2)]).toEqual([1, 0, 1]);
    t.withdraw(2, 5);
    t.withdraw(3, 5);
    expect(t.decide()).toEqual([[5, -1, 201]]);
  });

  it('keeps a withdrawn route until everyone has heard, then forgets it', () => {
    const t = setUp();
    t.announce(1, 101, 5);
    t.decide();
    t.withdraw(1, 5);
    t.decide();
    expect(t.table.tombstones).toBe(1);
    expect(t.nlriOf(t.find(5))).toEqual(macIp(5, 1));
    t.table.reclaim(1);
    expect(t.table.tombstones).toBe(1);
    t.table.reclaim(2);
    expect(t.table.tombstones).toBe(0);
    expect(t.find(5)).toBe(-1);
    expect([t.riders.size, t.order.refs.size]).toEqual([0, 0]);
  });

  it('remembers withdrawn destinations in order, however many, and frees them in slices', () => {
    const t = setUp();
    const all = 10_000;
    let freed: number[] = [];
    const frees = (most: number) => {
      freed = [];
      return t.table.reclaim(t.table.version, (destination) => freed.push(destination), undefined, most);
    };
    const goes = (from: number, to: number) => {
      for (let key = from; key < to; key++) t.announce(1, 101, key);
      t.decide();
      const destinations = Array.from({ length: to - from }, (_, i) => t.find(from + i));
      for (let key = from; key < to; key++) t.withdraw(1, key);
      t.decide();
      return destinations;
    };
    const first = goes(0, 3000);
    expect(frees(2000)).toBe(true);
    expect(freed).toEqual(first.slice(0, 2000));
    // Those that are left are behind the beginning, and the others pass it on their way to more room.
    const second = goes(3000, all);
    expect(t.table.tombstones).toBe(1000 + second.length);
    expect(frees(Number.POSITIVE_INFINITY)).toBe(false);
    expect(freed).toEqual([...first.slice(2000), ...second]);
    expect([t.table.tombstones, t.riders.size, t.order.refs.size]).toEqual([0, 0, 0]);
  });

  it('removes the routes of a source that went, in slices', () => {
    const t = setUp();
    for (let key = 0; key < 100; key++) {
      t.announce(1, 101, key);
      if (key % 2 === 0) t.announce(2, 201, key);
    }
    t.decide();
    let from = 0;
    let slices = 0;
    while (from >= 0) {
      from = t.table.withdrawSource(1, from, 10);
      slices++;
    }
    expect(slices).toBeGreaterThan(5);
    expect(t.table.pathsOf(1)).toBe(0);
    const changed = t.decide();
    expect(changed.filter(([, now]) => now === 201)).toHaveLength(50);
    expect(changed.filter(([, now]) => now === -1)).toHaveLength(50);
  });

  describe('an epoch of a source', () => {
    const all = (t: ReturnType<typeof setUp>, source: number, budget = 10) => {
      let slices = 0;
      for (let from = 0; from >= 0; slices++) from = t.table.sweepStale(source, from, budget);
      return slices;
    };

    it('makes what it had stale; what it says again is no change, and the rest goes, in slices', () => {
      const t = setUp();
      for (let key = 0; key < 100; key++) {
        t.announce(1, 101, key);
        t.announce(2, 201, key);
      }
      t.decide();
      t.table.beginRefresh(1);
      expect([t.table.staleOf(1), t.table.staleOf(2), t.table.pathsOf(1)]).toEqual([100, 0, 100]);
      for (let key = 0; key < 50; key++) t.announce(1, 101, key);
      t.announce(1, 102, 50);
      t.announce(1, 101, 200);
      t.withdraw(1, 51);
      expect([t.table.staleOf(1), t.table.pathsOf(1)]).toEqual([48, 100]);
      expect(t.table.pathsTo(t.find(60)).map(({ source, stale }) => [source, stale])).toEqual([
        [1, true],
        [2, false],
      ]);
      expect(t.decide().map(([key]) => key)).toEqual([50, 200, 51]);
      expect(all(t, 1)).toBeGreaterThan(5);
      expect([t.table.staleOf(1), t.table.pathsOf(1), t.table.pathsOf(2)]).toEqual([0, 52, 100]);
      expect(t.decide().map(([, now]) => now)).toEqual(new Array(48).fill(201));
    });

    it('that begins before the last one ended leaves stale what neither has confirmed', () => {
      const t = setUp();
      for (const key of [1, 2, 3]) t.announce(1, 101, key);
      t.table.beginRefresh(1);
      t.announce(1, 101, 1);
      t.table.beginRefresh(1);
      expect(t.table.staleOf(1)).toBe(3);
      t.announce(1, 101, 2);
      all(t, 1);
      expect([t.find(1), t.find(3)].map((at) => t.table.pathsTo(at).length)).toEqual([0, 0]);
      expect(t.table.pathsOf(1)).toBe(1);
    });

    it('may have its stale paths under other sets, which stay stale, or lose them', () => {
      const t = setUp();
      for (let key = 0; key < 100; key++) t.announce(1, 101 + (key % 3), key);
      t.announce(2, 201, 0);
      t.decide();
      t.table.beginRefresh(1);
      t.announce(1, 101, 0);
      // 101 becomes 198, 102 one that may not be used, 103 goes; what is confirmed already stays.
      const next = new Map([
        [101, 198],
        [102, 199],
        [103, -1],
      ]);
      const replacement = (set: number) => {
        const to = next.get(set) as number;
        if (to >= 0) t.order.retain(to);
        return to;
      };
      let slices = 0;
      for (let from = 0; from >= 0; slices++) from = t.table.replaceStale(1, from, 10, replacement);
      expect(slices).toBe(11);
      expect([t.table.pathsOf(1), t.table.staleOf(1), t.table.unusableOf(1)]).toEqual([67, 66, 33]);
      const seen = new Map(t.decide().map(([key, now]) => [key, now]));
      expect([seen.size, seen.get(0), seen.get(3), seen.get(1), seen.get(2)]).toEqual([99, undefined, 198, -1, -1]);
      // Once more, it is what it is.
      const same = (set: number) => {
        t.order.retain(set);
        return set;
      };
      expect(t.table.replaceStale(1, 0, 1000, same)).toBe(-1);
      expect(t.decide()).toEqual([]);
      all(t, 1);
      t.withdraw(1, 0);
      t.withdraw(2, 0);
      t.decide();
      t.table.reclaim(t.table.version);
      expect([t.table.paths, t.order.refs.size, t.riders.size]).toEqual([0, 0, 0]);
    });

    it('may begin any number of times: what is older than all numbers stays stale', () => {
      const t = setUp();
      for (const key of [1, 2]) t.announce(1, 101, key);
      for (let round = 1; round < 600; round++) {
        t.table.beginRefresh(1);
        t.announce(1, 101, 1);
        expect([t.table.staleOf(1), t.table.pathsTo(t.find(2))[0]?.stale]).toEqual([1, true]);
      }
      all(t, 1);
      expect([t.table.pathsOf(1), t.table.pathsTo(t.find(1))[0]?.stale]).toEqual([1, false]);
    });

    it('of a source without routes is nothing, and does not concern who has its number next', () => {
      const t = setUp();
      t.table.beginRefresh(1);
      t.table.beginRefresh(60_000);
      expect([t.table.staleOf(1), t.table.staleOf(60_000), all(t, 1), all(t, 60_000)]).toEqual([0, 0, 1, 1]);
      t.announce(1, 101, 5);
      t.table.beginRefresh(1);
      t.table.withdrawSource(1, 0, 100);
      expect(t.table.staleOf(1)).toBe(0);
      t.announce(1, 101, 5);
      expect([t.table.staleOf(1), t.table.pathsTo(t.find(5))[0]?.stale]).toEqual([0, false]);
    });
  });

  it('agrees with a plain model, and holds nothing when all is gone', () => {
    const operation = fc.record({
      kind: fc.constantFrom(
        ...['announce', 'announce', 'announce', 'announce', 'announce', 'withdraw', 'decide', 'reclaim'],
        ...['drop', 'refresh', 'sweep'],
      ),
      source: fc.integer({ min: 0, max: 4 }),
      n: fc.integer({ min: 97, max: 99 }),
      key: fc.integer({ min: 0, max: 400 }),
      label: fc.integer({ min: 0, max: 2 }),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 600 }), (operations) => {
        const t = setUp();
        const model = new Map<number, Map<number, { set: number; label: number; stale?: true }>>();
        const each = (source: number, visit: (path: { stale?: true }, paths: Map<number, unknown>) => void) => {
          for (const paths of model.values()) {
            const path = paths.get(source);
            if (path !== undefined) visit(path, paths);
          }
        };
        /** What a reader of all changes holds. */
        const reader = new Map<number, number>();
        const read = () => {
          for (const [key, now] of t.decide()) {
            if (now < 0) reader.delete(key);
            else reader.set(key, now);
          }
        };
        for (const { kind, source, n, key, label } of operations) {
          if (kind === 'announce') {
            t.announce(source, source * 100 + n, key, label);
            if (!model.has(key)) model.set(key, new Map());
            model.get(key)?.set(source, { set: source * 100 + n, label });
          } else if (kind === 'withdraw') {
            expect(t.withdraw(source, key, label)).toBe(model.get(key)?.delete(source) ?? false);
          } else if (kind === 'drop') {
            let from = 0;
            while (from >= 0) from = t.table.withdrawSource(source, from, 50);
            each(source, (_, paths) => paths.delete(source));
          } else if (kind === 'refresh') {
            t.table.beginRefresh(source);
            each(source, (path) => {
              path.stale = true;
            });
          } else if (kind === 'sweep') {
            let from = 0;
            while (from >= 0) from = t.table.sweepStale(source, from, 50);
            each(source, ({ stale }, paths) => stale && paths.delete(source));
          } else if (kind === 'decide') read();
          else t.table.reclaim(t.table.version);
        }
        read();
        for (const [key, paths] of model) {
          const usable = [...paths.values()].filter((path) => path.set % 100 !== 99).sort((a, b) => a.set - b.set);
          expect(reader.get(key)).toBe(usable[0]?.set);
          if (usable[0] !== undefined) expect(t.nlriOf(t.find(key))).toEqual(macIp(key, usable[0].label));
          if (paths.size > 0) expect(t.table.pathsTo(t.find(key))).toHaveLength(paths.size);
        }
        for (let source = 0; source < 5; source++) {
          const held = [...model.values()].flatMap((paths) => paths.get(source) ?? []);
          expect(t.table.pathsOf(source)).toBe(held.length);
          expect(t.table.staleOf(source)).toBe(held.filter(({ stale }) => stale).length);
          expect(t.table.unusableOf(source)).toBe(held.filter((path) => path.set % 100 === 99).length);
          let from = 0;
          while (from >= 0) from = t.table.withdrawSource(source, from, 1 << 20);
        }
        read();
        t.table.reclaim(t.table.version);
        expect(reader.size).toBe(0);
        expect([t.table.routes, t.table.paths, t.table.tombstones]).toEqual([0, 0, 0]);
        expect([t.riders.size, t.order.refs.size]).toEqual([0, 0]);
      }),
      { numRuns: 150 },
    );
  });
});
