import { describe, expect, it } from 'vitest';
import { judge } from '../../../bench/report/aims.ts';
import type { LoadResult } from '../../../bench/run/session.ts';
import { failed, load, outcome } from './results.ts';

/** Verdict and figure of the one aim whose words begin so. */
function on(words: string, ...results: readonly LoadResult[]): readonly [verdict: string, found: string] {
  const found = judge(results).filter(({ aim }) => aim.startsWith(words));
  expect(found.map(({ aim }) => aim)).toHaveLength(1);
  return [found[0]?.verdict ?? '', found[0]?.found ?? ''];
}

const million = (...nvad: readonly ReturnType<typeof outcome>[]) =>
  load({ load: '20x50000', title: '20 clients × 50,000 routes', outcomes: { nvad } });

describe('aims', () => {
  it('are never met by what was not measured', () => {
    expect([...new Set(judge([]).map(({ verdict }) => verdict))]).toEqual(['not measured']);
    expect(new Set(judge([]).map(({ aim }) => aim)).size).toBe(judge([]).length);
  });

  it('are judged at full size only', () => {
    const outcomes = { nvad: [outcome(1)], frr: [outcome(10)] };
    const words = "FRR's time ÷ nvad's, announce: 100 clients × 1,000";
    expect(on(words, load({ outcomes }))).toEqual(['met', '10.0 × in 1 run']);
    expect(on(words, load({ outcomes, size: 'quick' }))).toEqual(['not measured', '']);
  });
});

describe("FRR's time by nvad's", () => {
  const words = "FRR's time ÷ nvad's, announce: 100 clients × 1,000";

  it('is reached when every single run reaches it', () => {
    const nvad = [outcome(1), outcome(1), outcome(1)];
    const frr = [outcome(3), outcome(5), outcome(4)];
    expect(on(words, load({ outcomes: { nvad, frr } }))).toEqual(['met', '3.00 × to 5.00 × in 3 runs']);
    expect(on(words, load({ outcomes: { nvad, frr: [...frr.slice(0, 2), outcome(2.9)] } }))).toEqual([
      'missed',
      '2.90 × to 5.00 × in 3 runs',
    ]);
  });

  it('is missed with a run of nvad that gave no figure, and not known without FRR', () => {
    const frr = [outcome(9), outcome(9)];
    expect(on(words, load({ outcomes: { nvad: [outcome(1), failed], frr } }))).toEqual([
      'missed',
      '1 of 2 runs gave no figure',
    ]);
    expect(on(words, load({ outcomes: { nvad: [outcome(1)] } }))).toEqual(['not measured', '']);
    expect(on(words, load({ outcomes: { nvad: [outcome(1)], frr: [failed] } }))).toEqual(['not measured', '']);
  });

  it('has limits of its own for each load, and one for withdrawing', () => {
    const limits = judge([]).flatMap(({ aim, limit }) => (aim.startsWith("FRR's") ? [limit] : []));
    expect(limits).toEqual([...[3, 5, 1.5, 2.5, 10], ...Array(5).fill(1.2)].map((least) => `at least ${least}`));
  });
});

describe('memory', () => {
  const routes = 1_000_000;
  const step = (resident: number, peak: number) => ({ resident: 1000 + resident, peak: 1000 + peak });

  it('is that which stands when everything is announced, by route', () => {
    const with249 = { ...million(outcome(1, step(249e6, 300e6)), outcome(1, step(200e6, 300e6))), routes };
    expect(on('standing memory for a route', with249)).toEqual(['met', '200 B to 249 B in 2 runs']);
    const with250 = { ...million(outcome(1, step(250e6, 300e6))), routes };
    expect(on('standing memory for a route', with250)).toEqual(['missed', '250 B in 1 run']);
  });

  it('is at most twice as much, in whatever step', () => {
    const run = (peak: number) => million(outcome(1, step(100e6, 150e6), { kind: 'withdraw', ...step(1e6, peak) }));
    expect(on('peak ÷ standing', run(200e6))).toEqual(['met', '2.00 × in 1 run']);
    expect(on('peak ÷ standing', run(201e6))).toEqual(['missed', '2.01 × in 1 run']);
  });
});

describe('changes', () => {
  const churned = (...latencies: readonly (readonly number[])[]) => {
    const nvad = latencies.map((latency) => outcome(60, { kind: 'churn', latency }));
    return load({ load: 'churn', shown: ['churn'], outcomes: { nvad } });
  };
  const sorted = (p99: number, max: number) => [...Array<number>(990).fill(0.001), ...Array<number>(10).fill(p99), max];

  it('reach everybody in time in every run', () => {
    expect(on('99 of 100', churned(sorted(0.004, 0.03), sorted(0.0049, 0.03)))[0]).toBe('met');
    expect(on('99 of 100', churned(sorted(0.004, 0.03), sorted(0.005, 0.03)))).toEqual([
      'missed',
      '4.00 ms to 5.00 ms in 2 runs',
    ]);
    expect(on('all changes', churned(sorted(0.004, 0.039)))).toEqual(['met', '39.0 ms in 1 run']);
    expect(on('all changes', churned(sorted(0.004, 0.04)))[0]).toBe('missed');
  });
});

describe('the event loop', () => {
  const late = (p99Ms: number) => outcome(1, { loopDelay: { p99Ms, maxMs: 100 } });

  it('is judged by the worst of all steps, where a million routes went through', () => {
    const other = load({ load: 'other', title: 'the other', outcomes: { nvad: [late(10), late(49)] } });
    expect(on('event loop', million(late(20)), other)).toEqual(['met', '49.0 ms (the other, announce)']);
    expect(on('event loop', other)[0]).toBe('not measured');
    const worse = load({ load: 'worse', title: 'the worse', outcomes: { nvad: [late(50)] } });
    expect(on('event loop', worse, other)).toEqual(['missed', '50.0 ms (the worse, announce)']);
    const none = load({ load: 'none', title: 'none', outcomes: { nvad: [failed] } });
    expect(on('event loop', million(late(20)), none)).toEqual(['missed', 'a run gave no figure: none']);
  });
});

describe('silence', () => {
  const silent = (silence: number) => outcome(1, { silence });

  it('is judged by the longest, where it was watched for long enough and a million routes went through', () => {
    const other = load({ load: 'other', title: 'the other', outcomes: { nvad: [silent(3), silent(4.5)] } });
    expect(on('longest silence', million(silent(1)), other)).toEqual(['met', '4.50 s (the other, announce)']);
    expect(on('longest silence', other)[0]).toBe('not measured');
    expect(on('longest silence', million(silent(4.6)))).toEqual([
      'missed',
      '4.60 s (20 clients × 50,000 routes, announce)',
    ]);
    const short = silent(1);
    const hurried = 'run' in short ? { run: { ...short.run, watched: 4 } } : short;
    expect(on('longest silence', million(hurried))[0]).toBe('not measured');
  });
});

describe('a slow reader', () => {
  const at = (seconds: number, peak: number) => outcome(seconds, { peak });
  const slow = (patch: Partial<LoadResult>) => load({ load: 'slow', ...patch });
  const nvad = [at(1.04, 104e6), at(2, 204e6), at(1.02, 100e6)];
  const undisturbed = [at(1, 100e6), at(1, 100e6), at(1, 100e6)];

  it('is judged by the median of pairs of runs with and without it', () => {
    const both = slow({ outcomes: { nvad }, undisturbed });
    expect(on("everybody else's time", both)).toEqual(['met', '4.0 %, median of 3 pairs (2.0 % to 100.0 %)']);
    expect(on('memory at most that', both)).toEqual(['met', '4.00 MB, median of 3 pairs (0.00 MB to 104 MB)']);
    const pairsThatMiss = slow({ outcomes: { nvad: [at(1.05, 105e6)] }, undisturbed });
    expect(on("everybody else's time", pairsThatMiss)[0]).toBe('missed');
    expect(on('memory at most that', pairsThatMiss)[0]).toBe('missed');
  });

  it('is not known by itself', () => {
    expect(on("everybody else's time", slow({ outcomes: { nvad } }))).toEqual(['not measured', '']);
    expect(on("everybody else's time", slow({ outcomes: { nvad }, undisturbed: [failed] }))[0]).toBe('missed');
  });
});

describe('doubling', () => {
  const series = (...times: readonly number[]) =>
    times.map((seconds, at) =>
      load({ load: `clients-${125 * 2 ** at}`, clients: 125 * 2 ** at, outcomes: { nvad: [outcome(seconds)] } }),
    );

  it('is judged by its worst step', () => {
    expect(on('time when clients', ...series(1, 2, 3, 4))).toEqual(['met', '2.00 × from 125 to 250']);
    expect(on('time when clients', ...series(1, 2, 3, 6.3))).toEqual(['missed', '2.10 × from 500 to 1,000']);
    expect(on('memory at most when clients', ...series(1, 2, 3, 6.3))[0]).toBe('met');
    expect(on('time when routes', ...series(1, 2, 3, 4))[0]).toBe('not measured');
  });

  it('is not met when a size is missing, and missed when one gave no figure', () => {
    const all = series(1, 2, 3, 4);
    expect(on('time when clients', ...all.slice(0, 3))[0]).toBe('not measured');
    const broken = load({ load: 'clients-1000', title: 'most', outcomes: { nvad: [failed] } });
    expect(on('time when clients', ...all.slice(0, 3), broken)).toEqual(['missed', 'a run gave no figure: most']);
  });
});
