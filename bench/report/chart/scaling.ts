/** What doubling does: time and memory over the number of clients and of routes. */
import { logScale } from './scale.ts';
import { drawing, element, legend, line, onAxis, polyline, text } from './svg.ts';

export interface Panel {
  readonly title: string;
  /** What is on the axis below. */
  readonly below: string;
  readonly unit: (value: number) => string;
  /** By series, in the order of the names: points that are there. */
  readonly points: readonly (readonly (readonly [x: number, y: number])[])[];
}

const PANEL_WIDTH = 400;
const PANEL_HEIGHT = 250;
const INSIDE = { left: 66, right: 16, top: 34, bottom: 44 } as const;
const TOP = 56;
const COLUMNS = 2;

export function scalingChart(title: string, names: readonly string[], panels: readonly Panel[]): string {
  const rows = Math.ceil(panels.length / COLUMNS);
  const drawn = panels.map((panel, index) => {
    const x = (index % COLUMNS) * PANEL_WIDTH;
    const y = TOP + Math.floor(index / COLUMNS) * PANEL_HEIGHT;
    return element('g', { transform: `translate(${x} ${y})` }, ...drawPanel(panel));
  });
  const key = legend(12, 44, names, (index) => `s${index}`);
  return drawing(COLUMNS * PANEL_WIDTH, TOP + rows * PANEL_HEIGHT, title, [
    text(12, 22, title, { class: 'title' }),
    key,
    ...drawn,
  ]);
}

function drawPanel({ title, below, unit, points }: Panel): readonly string[] {
  const all = points.flat();
  if (all.length === 0) return [];
  const [right, bottom] = [PANEL_WIDTH - INSIDE.right, PANEL_HEIGHT - INSIDE.bottom];
  const xs = [...new Set(all.map(([x]) => x))].sort((a, b) => a - b);
  const ys = all.map(([, y]) => y);
  const across = logScale(
    xs[0] as number,
    xs.at(-1) as number,
    INSIDE.left,
    right,
    xs.map((x) => x / 10 ** Math.floor(Math.log10(x))).sort((a, b) => a - b),
  );
  const up = logScale(Math.min(...ys), Math.max(...ys), bottom, INSIDE.top, [1, 2, 5]);
  const parts = [
    text(INSIDE.left, 20, title),
    text(right, PANEL_HEIGHT - 8, below, { 'text-anchor': 'end', class: 'faint' }),
  ];
  for (const tick of up.ticks) {
    const y = up.place(tick);
    parts.push(line(INSIDE.left, y, right, y, { class: 'grid' }));
    parts.push(text(INSIDE.left - 6, y + 4, onAxis(unit(tick)), { 'text-anchor': 'end', class: 'faint' }));
  }
  for (const x of xs) {
    parts.push(text(across.place(x), bottom + 16, short(x), { 'text-anchor': 'middle', class: 'faint' }));
  }
  points.forEach((series, index) => {
    const places = series.map(([x, y]) => [across.place(x), up.place(y)] as const);
    parts.push(polyline(places, { class: `l${index}` }));
    for (const [cx, cy] of places) parts.push(element('circle', { cx, cy, r: 3, class: `s${index}` }));
  });
  // What would double with every doubling, from where the first series begins.
  const [first] = points;
  const [start, end] = [first?.[0], first?.at(-1)];
  if (start !== undefined && end !== undefined) {
    const linear = start[1] * (end[0] / start[0]);
    const top = Math.min(linear, up.ticks.at(-1) as number);
    const until = start[0] * (top / start[1]);
    parts.push(
      line(across.place(start[0]), up.place(start[1]), across.place(until), up.place(top), { class: 'guide' }),
    );
  }
  return parts;
}

function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`;
  return value >= 10_000 ? `${value / 1e3}k` : String(value);
}
