import { describe, expect, it } from 'vitest';
import { readArguments } from '../../../bench/arguments.ts';
import type { StepKind } from '../../../bench/model/load.ts';
import { chartsOf } from '../../../bench/report/charts.ts';
import { runsSentence, withFigures } from '../../../bench/report/document.ts';
import type { Results } from '../../../bench/report/results.ts';
import { remarks, rowsOf } from '../../../bench/report/rows.ts';
import { summarise } from '../../../bench/report/summary.ts';
import { failed, load, outcome } from './results.ts';

const named = [
  { name: 'nvad', title: 'nvad 1' },
  { name: 'frr', title: 'FRR 2' },
] as const;

describe('what is said of several runs', () => {
  it('is medians, and ratios of runs that were neighbours', () => {
    const result = load({
      outcomes: { nvad: [outcome(1), outcome(4), outcome(2)], frr: [outcome(3), outcome(4), outcome(10)] },
    });
    const [own, other] = summarise(result, ['nvad', 'frr']);
    expect(own?.steps[0]).toMatchObject({
      seconds: { median: 2, least: 1, greatest: 4 },
      advertsPerSecond: 500,
      ratio: undefined,
      perRoute: 20,
    });
    expect(other?.steps[0]?.ratio).toEqual({ median: 3, least: 1, greatest: 5 });
    expect(rowsOf(result, named).map(({ ratio, least }) => [ratio, least])).toEqual([
      ['', ''],
      ['3.00 ×', '1.00 ×'],
    ]);
  });

  it('leaves out runs that gave no figure, with their partners, and says so', () => {
    const result = load({
      outcomes: { nvad: [outcome(1), outcome(2)], frr: [failed, outcome(8)] },
      skipped: { gobgp: 'it would take minutes' },
    });
    expect(summarise(result, ['nvad', 'frr'])[1]).toMatchObject({ runs: 1, steps: [{ ratio: { median: 4 } }] });
    expect(remarks(result, [...named, { name: 'gobgp', title: 'GoBGP 3' }])).toEqual([
      'a load: no figure of FRR 2: announce took more than 60 s',
      'a load: no figure of GoBGP 3: it would take minutes',
    ]);
    expect(summarise(load({ outcomes: { nvad: [failed] } }), ['nvad'])[0]?.steps).toEqual([]);
  });

  it('says when clients were told something twice, where they should not be', () => {
    const told = (kind: StepKind, ...repeats: readonly number[]) =>
      load({ shown: [kind], outcomes: { frr: repeats.map((count) => outcome(1, { kind, repeats: count })) } });
    expect(remarks(told('announce', 0, 1200), named)).toEqual([
      'a load: in announce, FRR 2 told clients 1,200 times what they knew already; the time is that of the last UPDATE',
    ]);
    expect(remarks(told('churn', 1), named)).toEqual([
      'a load: in churn, FRR 2 told clients 1 time what they knew already; the first time counts',
    ]);
    expect(remarks(told('churn', 0), named)).toEqual([]);
    expect(remarks(told('refresh', 1000), named)).toEqual([]);
  });

  it('is how long the API took to answer, of all runs together', () => {
    const nvad = [
      outcome(1, { answers: [0.001, 0.002] }),
      outcome(1, { answers: [] }),
      outcome(1, { answers: [0.03] }),
    ];
    expect(rowsOf(load({ outcomes: { nvad } }), named)[0]?.answers).toBe('30.0 ms, 30.0 ms');
    expect(rowsOf(load({ outcomes: { nvad: [outcome(1)] } }), named)[0]?.answers).toBe('');
  });

  it('is what a slow reader adds', () => {
    const [nvad, undisturbed] = [
      [outcome(1.5), outcome(1.1)],
      [outcome(1), failed],
    ];
    expect(remarks(load({ outcomes: { nvad }, undisturbed }), named)).toEqual([
      'a load: no figure of nvad without the slow reader: announce took more than 60 s',
      "a load: to nvad's time it adds 50.0 % (50.0 % to 50.0 %), to its peak 0.00 MB (0.00 MB to 0.00 MB), " +
        'medians of 1 pair of runs with and without it',
    ]);
  });

  it('is the latency of changes where there are changes', () => {
    const latency = Array.from({ length: 1001 }, (_, i) => i / 1000);
    const result = load({ shown: ['churn'], outcomes: { nvad: [outcome(60, { kind: 'churn', latency })] } });
    expect(rowsOf(result, named)[0]).toMatchObject({
      reflector: 'nvad 1',
      time: '500 ms p50, 990 ms p99, 1.00 s max',
      adverts: '',
    });
  });
});

describe('the document', () => {
  const mark = '<!-- figures: written by npm run bench -- --document -->';

  it('gets other figures, and keeps what people wrote', () => {
    const text = `before\n${mark}\nold\n<!-- end of figures -->\nafter\n`;
    expect(withFigures(text, 'new\n')).toBe(`before\n${mark}\n\nnew\n\n<!-- end of figures -->\nafter\n`);
  });

  it('says how many runs its medians are of', () => {
    const once = load({ title: 'once', outcomes: { nvad: [outcome(1)] } });
    const thrice = load({ title: 'thrice', outcomes: { nvad: [outcome(1), outcome(1), outcome(1)], frr: [failed] } });
    expect(runsSentence([thrice])).toBe('Medians of 3 runs each.');
    expect(runsSentence([once, thrice, thrice])).toBe('Medians of 3 runs each; of 1 run: once.');
    expect(runsSentence([once, thrice, { ...once, title: 'once too' }])).toBe(
      'Medians of 1 run each; of 3 runs: thrice.',
    );
  });

  it('is refused when it has no place for them', () => {
    expect(() => withFigures('before', 'new')).toThrow('the page has no "<!-- figures');
  });
});

describe('charts', () => {
  const results: Results = {
    date: '2026-01-01T00:00:00.000Z',
    machine: { processor: 'one', cores: 2, memory: '1 GB', kernel: '6' },
    node: 'v26',
    reflectors: named,
    loads: [
      load({ title: '10 < 20 clients', outcomes: { nvad: [outcome(1)], frr: [outcome(4)] } }),
      load({ load: 'clients-125', clients: 125, outcomes: { nvad: [outcome(1)], frr: [outcome(2)] } }),
      load({ load: 'clients-250', clients: 250, outcomes: { nvad: [outcome(2)], frr: [outcome(4)] } }),
      load({
        load: 'churn',
        shown: ['churn'],
        outcomes: { nvad: [outcome(60, { kind: 'churn', latency: [0.001, 0.002, 0.01] })] },
      }),
    ],
  };

  it('are drawn of what there is, and of nothing else', () => {
    expect([...chartsOf(results).keys()]).toEqual(['ratios.svg', 'scaling.svg', 'latency.svg']);
    expect([...chartsOf({ ...results, loads: [] }).keys()]).toEqual([]);
  });

  it('are well-formed, and show the figures', () => {
    const charts = chartsOf(results);
    for (const chart of charts.values()) expect(tagsLeftOpen(chart)).toEqual([]);
    expect(charts.get('ratios.svg')).toContain('>4.0 ×<');
    expect(charts.get('ratios.svg')).toContain('10 &lt; 20 clients');
    expect(charts.get('ratios.svg')).not.toContain('NaN');
    expect(charts.get('scaling.svg')).toMatch(/>125<.*>250</s);
    expect(charts.get('latency.svg')).toContain('nvad 1');
  });
});

describe('arguments', () => {
  const choice = {
    loads: [
      { name: 'one', title: '' },
      { name: 'two', title: '' },
      { name: 'three', title: '' },
    ],
    groups: { design: ['one', 'two'] },
    reflectors: ['nvad', 'frr'],
  } as const;

  it('name loads and groups of them', () => {
    expect(readArguments(['--loads', 'three,design,one'], choice)).toMatchObject({ loads: ['three', 'one', 'two'] });
    expect(readArguments(['--only', 'frr', '--quick'], choice)).toMatchObject({ only: ['frr'], runs: 1, quick: true });
  });

  it.each([
    [['--loads', 'four'], 'there is no load "four"; --help names them'],
    [['--only', 'bird'], 'there is no reflector "bird"; there are nvad, frr'],
    [['--runs', '0'], '--runs 0 is no number of runs'],
    [['--bound', 'x'], '--bound x is no time'],
    [['--accept'], '--accept goes with --guard'],
    [['--quick', '--document'], '--quick shows that everything works; its figures are none for the document'],
  ])('are refused with a reason: %j', (words, reason) => {
    expect(readArguments(words, choice)).toBe(reason);
  });
});

/** Names of elements that are not closed, or closed but not open. */
function tagsLeftOpen(xml: string): string[] {
  const open: string[] = [];
  for (const [, closing, name = '', selfClosing] of xml.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (selfClosing === '/') continue;
    if (closing === '') open.push(name);
    else if (open.pop() !== name) return [...open, name];
  }
  return open;
}
