/** The charts of a session's results, by the names of their files. */
import { series as scalingSeries } from '../loads/scaling.ts';
import type { LoadResult, Outcome } from '../run/session.ts';
import { latencyChart } from './chart/latency.ts';
import { type RatioBar, ratioChart } from './chart/ratios.ts';
import { type Panel, scalingChart } from './chart/scaling.ts';
import type { Results } from './results.ts';
import { type StepSummary, summarise } from './summary.ts';
import { octets, seconds } from './units.ts';

/** Charts whose loads are among the results; no chart is drawn of nothing. */
export function chartsOf({ loads, reflectors }: Results): ReadonlyMap<string, string> {
  const charts = new Map<string, string>();
  const ratios = ratioBars(loads);
  if (ratios.length > 0) charts.set('ratios.svg', ratioChart("FRR's time, as a multiple of nvad's", ratios));
  const scalingLoads = loads.filter(({ load }) => isScaling(load));
  const shown = reflectors.filter(({ name }) => scalingLoads.some(({ outcomes }) => outcomes[name] !== undefined));
  if (scalingLoads.length > 0) {
    const names = shown.map(({ title }) => title);
    const panels = scalingPanels(
      scalingLoads,
      shown.map(({ name }) => name),
    );
    charts.set('scaling.svg', scalingChart('What doubling does (dashed: in proportion)', names, panels));
  }
  const churn = loads.find(({ load }) => load === 'churn');
  const latencies = reflectors.flatMap(({ name, title }) => {
    const values = latencyOf(churn?.outcomes[name] ?? []);
    return values === undefined ? [] : [{ title, values }];
  });
  if (churn !== undefined && latencies.length > 0) {
    const title = `From a change to its last reader: ${churn.title}`;
    const names = latencies.map((entry) => entry.title);
    charts.set(
      'latency.svg',
      latencyChart(
        title,
        names,
        latencies.map(({ values }) => values),
      ),
    );
  }
  return charts;
}

type Name = Results['reflectors'][number]['name'];

const isScaling = (load: string) => Object.values(scalingSeries).some((members) => members.includes(load));

function ratioBars(loads: readonly LoadResult[]): readonly RatioBar[] {
  return loads
    .filter(({ load }) => !isScaling(load))
    .flatMap((result) => {
      const frr = summarise(result, ['nvad', 'frr'])[1];
      return (frr?.steps ?? []).flatMap(({ step, ratio }) =>
        ratio === undefined ? [] : [{ load: result.title, step, ratio: ratio.median }],
      );
    });
}

function scalingPanels(loads: readonly LoadResult[], names: readonly Name[]): readonly Panel[] {
  const measures = [
    { title: 'time', unit: seconds, of: ({ seconds: { median } }: StepSummary) => median },
    { title: 'memory at most', unit: octets, of: ({ peak }: StepSummary) => peak },
  ];
  return measures.flatMap(({ title, unit, of }) =>
    (['clients', 'routes'] as const).map((below) => {
      const members = loads.filter(({ load }) => scalingSeries[below].includes(load));
      const points = names.map((name) =>
        members.flatMap((result) => {
          const step = summarise(result, [name])[0]?.steps[0];
          return step === undefined ? [] : [[result[below], of(step)] as const];
        }),
      );
      return { title, below, unit, points };
    }),
  );
}

/** Of the run in the middle. */
function latencyOf(outcomes: readonly Outcome[]): readonly number[] | undefined {
  const all = outcomes.flatMap((outcome) => {
    const found = 'run' in outcome ? outcome.run.steps.find(({ kind }) => kind === 'churn')?.latency : undefined;
    return found === undefined ? [] : [found];
  });
  const p99 = (values: readonly number[]) => values[Math.round((values.length - 1) * 0.99)] ?? 0;
  return [...all].sort((a, b) => p99(a) - p99(b))[all.length >> 1];
}
