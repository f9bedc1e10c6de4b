import { describe, expect, it } from 'vitest';
import { judge, type Result } from '../../../bench/nva/aims.ts';

const right = { compared: 1, wrong: 0, examples: [] };
const percentiles = (p99: number) => ({ count: 1, p50: 0, p99, max: p99 });

const pulls = (p99: number, wrong = 0): Result => ({
  figure: 'pulls',
  answered: percentiles(p99),
  library: percentiles(0),
  early: percentiles(0),
  ownDelay: percentiles(0),
  cpu: 0,
  changed: 0,
  comparison: { ...right, wrong },
});

const moves = (batch: number, seen: Readonly<Record<string, number>>): Result => ({
  figure: 'moves',
  batch,
  moves: 1,
  acknowledged: percentiles(0),
  seen: Object.fromEntries(Object.entries(seen).map(([name, p99]) => [name, percentiles(p99)])),
  early: {},
  ownDelay: percentiles(0),
  cpu: 0,
  comparison: right,
});

/** Verdict and figure of the one aim whose words hold these. */
function on(words: string, ...results: readonly Result[]): readonly [verdict: string, found: string] {
  const found = judge(results).filter(({ aim }) => aim.includes(words));
  expect(found.map(({ aim }) => aim)).toHaveLength(1);
  return [found[0]?.verdict ?? '', found[0]?.found ?? ''];
}

describe('aims of the authority', () => {
  it('are never met by what was not measured', () => {
    expect(new Set(judge([]).map(({ verdict }) => verdict))).toEqual(new Set(['not measured']));
  });

  it('are missed by a figure with a wrong end state', () => {
    expect(on('NVE that pulls', pulls(1.5))).toEqual(['met', '1.50 ms']);
    expect(on('NVE that pulls', pulls(2.5))).toEqual(['missed', '2.50 ms']);
    expect(on('NVE that pulls', pulls(1.5, 3))).toEqual(['missed', '1.50 ms; 3 things are wrong']);
  });

  it('are judged by who was last', () => {
    const results = [moves(1, { bgp: 20, agent0: 60 }), moves(10, { bgp: 20, agent0: 10 })];
    expect(on('each a PUT', ...results)).toEqual(['missed', '60.0 ms, agent0']);
    expect(on('transactions of 10', ...results)).toEqual(['met', '20.0 ms, bgp']);
  });
});
