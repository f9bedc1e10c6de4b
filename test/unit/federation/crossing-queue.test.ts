import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CrossingQueue, type CrossingQueueOptions } from '../../../src/federation/crossing-queue.ts';
import { BY_ROUTE, type FlapKey } from '../../../src/federation/flap-groups.ts';

type KeyOf = (destination: number) => FlapKey;
const byRoute: KeyOf = (destination) => ({ network: BY_ROUTE, address: destination });
/** Of ten destinations all are to one MAC address. */
const byMac: KeyOf = (destination) => ({ network: 1217, address: 0x020000000000 + Math.floor(destination / 10) });

/** Takes all that may cross at `now`, and tells that it did; answers what crossed. */
function cross(queue: CrossingQueue, now: number, max = 100, keyOf: KeyOf = byRoute): number[] {
  const into = new Int32Array(max);
  const taken = [...into.subarray(0, queue.take(now, max, into))];
  return taken.filter((destination) => {
    const isAdmitted = queue.admits(destination, keyOf(destination));
    if (isAdmitted) queue.crossed(destination, keyOf(destination), now);
    return isAdmitted;
  });
}

function marked(options: CrossingQueueOptions, now: number, ...destinations: readonly number[]): CrossingQueue {
  const queue = new CrossingQueue(options);
  for (const destination of destinations) queue.mark(destination, now);
  return queue;
}

describe('how long the oldest has waited', () => {
  it('counts from its first mark, and not while it rests', () => {
    const queue = marked({ delay: 100, flap: { interval: 1000, allowance: 1 } }, 50, 1);
    queue.mark(2, 70);
    queue.mark(1, 90);
    expect(queue.waitingSince).toBe(50);
    expect(cross(queue, 150)).toEqual([1]);
    expect(queue.waitingSince).toBe(70);
    expect(cross(queue, 170)).toEqual([2]);
    queue.mark(1, 180);
    expect(cross(queue, 280)).toEqual([]);
    expect([queue.size, queue.damped, queue.waitingSince]).toEqual([1, 1, undefined]);
    expect(queue.take(1500, 0, new Int32Array(1))).toBe(0);
    // It might have crossed since.
    expect([queue.size, queue.damped, queue.waitingSince, queue.nextAt(1500)]).toEqual([1, 0, 1150, 1500]);
  });
});

describe('without limits', () => {
  it('gives what was marked, once, in this order', () => {
    const queue = marked({}, 0, 3, 1, 3, 2);
    expect(queue.size).toBe(3);
    expect(queue.nextAt(0)).toBe(0);
    expect(cross(queue, 0)).toEqual([3, 1, 2]);
    expect([queue.size, queue.nextAt(0)]).toEqual([0, undefined]);
    expect(cross(queue, 0)).toEqual([]);
  });

  it('gives no more than is asked for, and no more than there is room for', () => {
    const queue = marked({}, 0, 1, 2, 3, 4);
    expect(queue.take(0, 1, new Int32Array(8))).toBe(1);
    expect(queue.take(0, 8, new Int32Array(2))).toBe(2);
    expect(cross(queue, 0)).toEqual([4]);
  });

  it('has a destination that changed while it crossed once more', () => {
    const queue = marked({}, 0, 1);
    expect(queue.take(0, 1, new Int32Array(1))).toBe(1);
    queue.mark(1, 0);
    queue.crossed(1, byRoute(1), 0);
    expect(cross(queue, 0)).toEqual([1]);
  });

  it('forgets', () => {
    const queue = marked({}, 0, 1, 2, 3);
    for (const destination of [2, 99, 1_000_000]) queue.forget(destination);
    expect(queue.size).toBe(2);
    expect(cross(queue, 0)).toEqual([1, 3]);
  });

  it('takes numbers of any size', () => {
    const many = [5, 1023, 1024, 70_000, 3_000_000];
    const queue = marked({}, 0, ...many);
    expect(cross(queue, 0)).toEqual(many);
  });
});

describe('a delay', () => {
  it('counts from the first mark', () => {
    const queue = marked({ delay: 100 }, 0, 1);
    queue.mark(2, 60);
    queue.mark(1, 90);
    expect(queue.nextAt(90)).toBe(100);
    expect(cross(queue, 99)).toEqual([]);
    expect(cross(queue, 100)).toEqual([1]);
    expect(queue.nextAt(100)).toBe(160);
    expect(cross(queue, 200)).toEqual([2]);
  });
});

describe('a rate', () => {
  it('has a burst of a second, and at least of 1,000', () => {
    const all = Array.from({ length: 4000 }, (_, i) => i);
    expect(cross(marked({ changesPerSecond: 3000 }, 0, ...all), 0, 4000)).toHaveLength(3000);
    const slow = marked({ changesPerSecond: 10 }, 0, ...all);
    expect(cross(slow, 0, 4000)).toHaveLength(1000);
    expect(slow.nextAt(0)).toBe(100);
    expect(cross(slow, 99)).toEqual([]);
    expect(cross(slow, 100)).toHaveLength(1);
    expect(cross(slow, 1100)).toHaveLength(10);
  });

  it('is not paid for where there was nothing to tell', () => {
    const queue = new CrossingQueue({ changesPerSecond: 1 });
    for (let i = 0; i < 3000; i++) {
      queue.mark(i, 0);
      expect(queue.take(0, 1, new Int32Array(1))).toBe(1);
    }
  });

  it('is owed where more is taken than there is before it has crossed', () => {
    const queue = marked({ changesPerSecond: 1000 }, 0, ...Array.from({ length: 2000 }, (_, i) => i));
    const into = new Int32Array(1000);
    for (let i = 0; i < 2; i++) expect(queue.take(0, 1000, into)).toBe(1000);
    for (let i = 0; i < 2000; i++) queue.crossed(i, byRoute(i), 0);
    queue.mark(1, 0);
    expect(queue.nextAt(0)).toBe(1001);
    expect(cross(queue, 1000)).toEqual([]);
    expect(cross(queue, 1001)).toEqual([1]);
  });
});

describe('a destination that flaps', () => {
  const flap = { interval: 1000, allowance: 3 };

  it('crosses as often as it is allowed, and then once in an interval with what it is last', () => {
    const queue = new CrossingQueue({ flap });
    const crossings: number[] = [];
    for (let now = 0; now < 4000; now += 10) {
      queue.mark(1, now);
      if (cross(queue, now).length > 0) crossings.push(now);
    }
    expect(crossings).toEqual([0, 10, 20, 1020, 2020, 3020]);
    expect([queue.size, queue.damped, queue.nextAt(3990)]).toEqual([1, 1, 4020]);
    expect(cross(queue, 4020)).toEqual([1]);
    expect(queue.nextAt(4020)).toBeUndefined();
  });

  it('does not hold up the others', () => {
    const queue = new CrossingQueue({ flap: { interval: 1000, allowance: 1 } });
    queue.mark(1, 0);
    expect(cross(queue, 0)).toEqual([1]);
    for (const destination of [1, 2]) queue.mark(destination, 10);
    expect(cross(queue, 10)).toEqual([2]);
    expect(cross(queue, 1000)).toEqual([1]);
  });

  it('regains its allowance when it is quiet, and at once when it is forgotten', () => {
    const queue = new CrossingQueue({ flap });
    const burst = (now: number) => {
      let count = 0;
      for (let i = 0; i < 10; i++) {
        queue.mark(1, now);
        count += cross(queue, now).length;
      }
      return count;
    };
    expect(burst(0)).toBe(3);
    expect(queue.remembers(1, 2999)).toBe(true);
    expect(burst(3000)).toBe(3);
    queue.forget(1);
    expect([queue.size, queue.damped, queue.remembers(1, 3000)]).toEqual([0, 0, false]);
    expect(burst(3000)).toBe(3);
    expect(burst(5000)).toBe(2);
  });

  it('rests also when it changed between being taken and being told of', () => {
    const queue = marked({ flap: { interval: 1000, allowance: 1 } }, 0, 1);
    expect(queue.take(0, 1, new Int32Array(1))).toBe(1);
    queue.mark(1, 5);
    queue.crossed(1, byRoute(1), 5);
    expect(cross(queue, 5)).toEqual([]);
    expect([queue.size, queue.damped, queue.nextAt(5)]).toEqual([1, 1, 1005]);
    expect(cross(queue, 1005)).toEqual([1]);
  });

  it('does not earn a second change by crossing late', () => {
    const queue = new CrossingQueue({ flap: { interval: 1000, allowance: 2 } });
    const crossings: number[] = [];
    for (let now = 0; now < 50_000; now += now % 1500 === 0 ? 10 : 1490) {
      queue.mark(1, now);
      if (cross(queue, now).length > 0) crossings.push(now);
    }
    expect(crossings.slice(0, 2)).toEqual([0, 10]);
    expect(crossings.slice(2).every((at, i) => at - crossings[i + 1] >= 1000)).toBe(true);
  });

  it('waits for the later of rest and delay', () => {
    const slow = marked({ delay: 2000, flap: { interval: 1000, allowance: 1 } }, 0, 1);
    expect(slow.take(2000, 1, new Int32Array(1))).toBe(1);
    slow.mark(1, 2005);
    slow.crossed(1, byRoute(1), 2010);
    expect([slow.damped, slow.nextAt(2010)]).toEqual([0, 4005]);
    expect(cross(slow, 4005)).toEqual([1]);
    const queue = new CrossingQueue({ delay: 300, flap: { interval: 1000, allowance: 1 } });
    queue.mark(1, 0);
    expect(cross(queue, 300)).toEqual([1]);
    queue.mark(1, 1200);
    expect(cross(queue, 1300)).toEqual([]);
    expect(queue.nextAt(1300)).toBe(1500);
    expect(cross(queue, 1500)).toEqual([1]);
    queue.mark(1, 1600);
    expect(cross(queue, 1900)).toEqual([]);
    expect(queue.nextAt(1900)).toBe(2500);
    expect(cross(queue, 2500)).toEqual([1]);
  });

  it('does not keep those that have been due for longer from crossing', () => {
    const queue = new CrossingQueue({ flap: { interval: 1000, allowance: 1 } });
    queue.mark(1, 0);
    expect(cross(queue, 0)).toEqual([1]);
    queue.mark(1, 1);
    expect(cross(queue, 1)).toEqual([]);
    queue.mark(2, 500);
    queue.mark(3, 1500);
    expect(cross(queue, 2000)).toEqual([2, 1, 3]);
  });
});

describe('other times and another rate', () => {
  const flap = { interval: 1000, allowance: 2 };
  const rate = { delay: 0, changesPerSecond: undefined, flap };
  /** One that has used up its allowance at 10 and wants to cross again. */
  const spent = () => {
    const queue = new CrossingQueue({ flap });
    for (const now of [0, 10]) {
      queue.mark(1, now);
      expect(cross(queue, now)).toEqual([1]);
    }
    queue.mark(1, 20);
    expect(cross(queue, 20)).toEqual([]);
    return queue;
  };

  it('hold for what waits as for what comes: from its mark on', () => {
    const queue = marked({ delay: 1000, flap }, 0, 1);
    queue.mark(2, 50);
    queue.become({ ...rate, delay: 100 }, 60);
    queue.mark(3, 70);
    expect([queue.nextAt(60), queue.waitingSince]).toEqual([100, 0]);
    expect([cross(queue, 100), cross(queue, 150), cross(queue, 170)]).toEqual([[1], [2], [3]]);
    queue.mark(4, 200);
    queue.become({ ...rate, delay: 500 }, 250);
    expect(queue.nextAt(250)).toBe(700);
  });

  it('hold for what rests, from its last change on', () => {
    const shorter = spent();
    shorter.become({ ...rate, flap: { interval: 300, allowance: 1 } }, 30);
    expect([shorter.damped, shorter.nextAt(30)]).toEqual([1, 310]);
    expect([cross(shorter, 309), cross(shorter, 310)]).toEqual([[], [1]]);
    shorter.mark(1, 320);
    expect(cross(shorter, 320)).toEqual([]);
    expect(shorter.nextAt(320)).toBe(610);
    const longer = spent();
    longer.become({ ...rate, flap: { interval: 5000, allowance: 4 } }, 30);
    expect(longer.nextAt(30)).toBe(5010);
    expect([cross(longer, 1010), cross(longer, 5010)]).toEqual([[], [1]]);
  });

  it('do not have one that crossed lately rest for longer than the new interval', () => {
    const queue = marked({ flap: { interval: 3_600_000, allowance: 2 } }, 0, 1);
    expect(cross(queue, 0)).toEqual([1]);
    queue.become(rate, 10);
    queue.mark(1, 2000);
    expect(cross(queue, 2000)).toEqual([1]);
    queue.mark(1, 3100);
    expect(cross(queue, 3100)).toEqual([1]);
  });

  it('are none, or some where there were none', () => {
    const queue = marked({ changesPerSecond: 1 }, 0, ...Array.from({ length: 1100 }, (_, i) => i));
    expect(cross(queue, 0, 2000)).toHaveLength(1000);
    queue.become({ ...rate, flap: { interval: 1000, allowance: 1 } }, 1);
    expect(cross(queue, 1, 2000)).toHaveLength(100);
    queue.mark(1099, 2);
    expect(cross(queue, 2)).toEqual([]);
    expect(queue.damped).toBe(1);
  });
});

describe('destinations that are damped together', () => {
  const flap = { interval: 1000, allowance: 2 };
  /** Marks these, and answers which of all cross. */
  const say = (queue: CrossingQueue, now: number, ...destinations: readonly number[]) => {
    for (const destination of destinations) queue.mark(destination, now);
    return cross(queue, now, 100, byMac);
  };

  it('have one allowance, of which a move takes one, whether or not both halves come at once', () => {
    const queue = new CrossingQueue({ flap });
    expect(say(queue, 0, 1)).toEqual([1]);
    expect(say(queue, 10, 2)).toEqual([2]);
    // Back again: the second change.
    expect(say(queue, 20, 1)).toEqual([1]);
    expect(say(queue, 30, 2)).toEqual([2]);
    expect(say(queue, 40, 2)).toEqual([]);
    expect(say(queue, 50, 1, 11)).toEqual([11]);
    // Also what has not been heard of before.
    expect(say(queue, 60, 3)).toEqual([]);
    expect([queue.size, queue.damped, queue.nextAt(60)]).toEqual([3, 3, 1020]);
  });

  it('cross together when their rest is over, in their last state, as one change', () => {
    const queue = new CrossingQueue({ flap });
    const crossings: string[] = [];
    for (let now = 0; now <= 4000; now += 10) {
      const crossed = say(queue, now, now % 40 < 20 ? 1 : 2, 3);
      if (crossed.length > 0) crossings.push(`${now}: ${crossed.join(' ')}`);
    }
    expect(crossings).toEqual(['0: 1 3', '10: 1 3', '20: 2', '1010: 3 2 1', '2010: 2 3 1', '3010: 2 3 1']);
  });

  it('do so in however many turns they are taken', () => {
    const queue = new CrossingQueue({ flap: { interval: 1000, allowance: 1 } });
    expect(say(queue, 0, 1, 2, 3)).toEqual([1, 2, 3]);
    expect(say(queue, 10, 1, 2, 3)).toEqual([]);
    expect(cross(queue, 1000, 1, byMac)).toEqual([1]);
    expect([queue.size, queue.damped]).toEqual([2, 0]);
    queue.mark(1, 1001);
    expect(cross(queue, 1001, 1, byMac)).toEqual([2]);
    expect(cross(queue, 1002, 2, byMac)).toEqual([3]);
    expect([queue.size, queue.damped, queue.nextAt(1002)]).toEqual([1, 1, 2000]);
    expect(cross(queue, 2000, 2, byMac)).toEqual([1]);
  });

  it('are damped by those that have been forgotten meanwhile, and not where they crossed in another group', () => {
    const queue = new CrossingQueue({ flap });
    for (const now of [0, 10]) expect(say(queue, now, 1)).toEqual([1]);
    expect(say(queue, 20, 1)).toEqual([]);
    queue.forget(1);
    expect([queue.size, queue.damped]).toEqual([0, 0]);
    expect(say(queue, 30, 2)).toEqual([]);
    queue.mark(4, 40);
    expect(cross(queue, 40, 9, () => ({ network: 1218, address: 0x020000000000 }))).toEqual([4]);
  });

  it('have a change of their own of one that was in another group since', () => {
    const queue = new CrossingQueue({ flap });
    let crossings = 0;
    for (let now = 0; now < 1000; now++) {
      queue.mark(1, now);
      crossings += cross(queue, now, 9, () => ({ network: 1217 + (now % 2), address: 7 })).length;
    }
    expect(crossings).toBeLessThanOrEqual(2 * flap.allowance);
  });

  it('that had nothing to tell after their rest have not used anything of it', () => {
    const queue = new CrossingQueue({ flap: { interval: 1000, allowance: 1 } });
    expect(say(queue, 0, 1)).toEqual([1]);
    expect(say(queue, 10, 1)).toEqual([]);
    expect(queue.take(1000, 9, new Int32Array(9))).toBe(1);
    expect(queue.admits(1, byMac(1))).toBe(true);
    expect(say(queue, 1010, 1)).toEqual([1]);
  });
});

/** Whatever happens to a handful of destinations, in what order and how far apart. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('mark' as const), destination: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('take' as const), max: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), destination: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), milliseconds: fc.nat(400) }) },
);
const inPairs: KeyOf = (destination) => ({ network: 1217, address: destination >> 1 });
const anyOptions = fc.record(
  {
    delay: fc.constantFrom(0, 50, 700),
    flap: fc.record({ interval: fc.constantFrom(100, 500), allowance: fc.integer({ min: 1, max: 3 }) }),
    changesPerSecond: fc.constantFrom(1, 50),
  },
  { requiredKeys: ['delay'] },
);

describe('whatever happens', () => {
  it('queues nothing twice, loses nothing, is early for nobody, and damps what flaps', () => {
    fc.assert(
      fc.property(
        anyOptions,
        fc.constantFrom(byRoute, inPairs),
        fc.array(step, { maxLength: 200 }),
        (options, keyOf, steps) => {
          const queue = new CrossingQueue(options);
          const since = new Map<number, number>();
          const crossings = new Map<number, number[]>();
          let now = 1000;
          const take = (max: number) => {
            const taken = cross(queue, now, max, keyOf);
            for (const destination of taken) {
              const first = since.get(destination);
              expect(first).toBeDefined();
              expect(now - first!).toBeGreaterThanOrEqual(options.delay);
              since.delete(destination);
              const before = crossings.get(destination) ?? [];
              crossings.set(destination, [...before, now]);
              if (options.flap === undefined) continue;
              const { interval, allowance } = options.flap;
              const lately = before.filter((at) => now - at < interval);
              // Of several one may have taken part late in a change that the others had begun before.
              expect(lately.length).toBeLessThan(keyOf === byRoute ? allowance : allowance + 1);
            }
            return taken.length;
          };
          for (const what of steps) {
            if (what.do === 'mark') {
              queue.mark(what.destination, now);
              if (!since.has(what.destination)) since.set(what.destination, now);
            } else if (what.do === 'take') take(what.max);
            else if (what.do === 'wait') now += what.milliseconds;
            else {
              queue.forget(what.destination);
              since.delete(what.destination);
              crossings.delete(what.destination);
            }
            expect(queue.size).toBe(since.size);
            expect(queue.damped).toBeLessThanOrEqual(queue.size);
          }
          // Whoever comes when nextAt says gets all of it, and is told so seldom that it is nobody's work.
          let turns = 0;
          for (let at = queue.nextAt(now); at !== undefined; at = queue.nextAt(now)) {
            expect(at).toBeGreaterThanOrEqual(now);
            now = at;
            take(100);
            expect(++turns).toBeLessThan(30);
          }
          expect([...since.keys()]).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });
});
