import { describe, expect, it } from 'vitest';
import { type InteropMeta, type RowTest, resultsOf } from '../../../../tools/test/interop/reporter.ts';
import type { InteropFile } from '../../../../tools/test/interop/result.ts';
import { renderTable } from '../../../../tools/test/interop/table.ts';

const row = { peer: 'FRR 8.4.4', what: 'Route refresh', standard: 'RFC 2918' };

function rowTest(state: string, said: Partial<InteropMeta> = {}): RowTest {
  return { meta: () => ({ interop: { ...row, notes: [], ...said } }), result: () => ({ state }) };
}

describe('results of a file', () => {
  it('are what became of each test and what it said of itself', () => {
    const results = resultsOf([
      rowTest('passed'),
      rowTest('passed', { outcome: 'limit', notes: ['no RT-Constrain'] }),
      rowTest('failed', { outcome: 'limit' }),
      { meta: () => ({}), result: () => ({ state: 'skipped' }) },
    ]);
    expect(results?.map(({ outcome, notes }) => [outcome, ...notes])).toEqual([
      ['works'],
      ['limit', 'no RT-Constrain'],
      ['fails'],
    ]);
  });

  it('are none when a row did not run, or the file has none', () => {
    expect(resultsOf([rowTest('passed'), rowTest('skipped')])).toBeUndefined();
    expect(resultsOf([rowTest('pending')])).toBeUndefined();
    expect(resultsOf([{ meta: () => ({}), result: () => ({ state: 'passed' }) }])).toBeUndefined();
  });
});

describe('the page', () => {
  const result = { ...row, outcome: 'works', notes: [] } as const;
  const files: InteropFile[] = [
    { file: 'test/b.test.ts', results: [result, { ...result, what: 'A | B', outcome: 'limit', notes: ['x', 'y'] }] },
    { file: 'test/a.test.ts', results: [{ ...result, peer: 'BIRD 2', outcome: 'limit', notes: ['no EVPN'] }] },
  ];

  it('has a table for each peer, rows in the order of the files, then their own', () => {
    expect(renderTable(files).split('\n## ').slice(1)).toEqual([
      'BIRD 2\n\n| what | standard | result | test |\n|---|---|---|---|\n' +
        '| Route refresh | RFC 2918 | limit of the peer; no EVPN | [a.test.ts](../test/a.test.ts) |\n',
      'FRR 8.4.4\n\n| what | standard | result | test |\n|---|---|---|---|\n' +
        '| Route refresh | RFC 2918 | works | [b.test.ts](../test/b.test.ts) |\n' +
        '| A \\| B | RFC 2918 | limit of the peer; x; y | [b.test.ts](../test/b.test.ts) |\n',
    ]);
  });

  it('has one row for all versions of which the same is said', () => {
    const gobgp = (version: string, what: string, notes: readonly string[] = []) =>
      ({ ...result, peer: `GoBGP ${version}`, what, notes }) as const;
    const file = 'test/c.test.ts';
    const results = [gobgp('3', 'A'), gobgp('3', 'B'), gobgp('4', 'A'), gobgp('4', 'B', ['x']), gobgp('4', 'C')];
    expect(renderTable([{ file, results }]).split('\n## ').slice(1)).toEqual([
      'GoBGP 3 and 4\n\n| version | what | standard | result | test |\n|---|---|---|---|---|\n' +
        '| 3, 4 | A | RFC 2918 | works | [c.test.ts](../test/c.test.ts) |\n' +
        '| 3 | B | RFC 2918 | works | [c.test.ts](../test/c.test.ts) |\n' +
        '| 4 | B | RFC 2918 | works; x | [c.test.ts](../test/c.test.ts) |\n' +
        '| 4 | C | RFC 2918 | works | [c.test.ts](../test/c.test.ts) |\n',
    ]);
  });

  it.each(['works', 'limit of the peer', 'fails'])('explains what “%s” means', (word) => {
    const [head = ''] = renderTable([]).split('\n## ');
    expect(head).toMatch(new RegExp(`^- \\*+${word}\\*+: .`, 'm'));
  });

  it('is the same in whatever order the files come', () => {
    expect(renderTable([...files].reverse())).toBe(renderTable(files));
  });
});
