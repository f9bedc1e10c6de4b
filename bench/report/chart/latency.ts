/** How many changes took longer than a time to reach everybody. */
import { milliseconds } from '../units.ts';
import { logScale } from './scale.ts';
import { drawing, legend, line, onAxis, polyline, text } from './svg.ts';

const WIDTH = 820;
const HEIGHT = 340;
const INSIDE = { left: 66, right: 24, top: 62, bottom: 48 } as const;
const SHARES = [1, 0.1, 0.01, 0.001] as const;
const LEAST_SHARE = 0.001;

/** @param series seconds, sorted, in equal steps from the least to the greatest. */
export function latencyChart(title: string, names: readonly string[], series: readonly (readonly number[])[]): string {
  const all = series.flat().filter((value) => value > 0);
  const [right, bottom] = [WIDTH - INSIDE.right, HEIGHT - INSIDE.bottom];
  const across = logScale(1000 * Math.min(...all), 1000 * Math.max(...all), INSIDE.left, right, [1, 2, 5]);
  const up = logScale(LEAST_SHARE, 1, bottom, INSIDE.top, [1]);
  const parts = [text(12, 22, title, { class: 'title' }), legend(12, 46, names, (index) => `s${index}`)];
  for (const share of SHARES) {
    const y = up.place(share);
    parts.push(line(INSIDE.left, y, right, y, { class: 'grid' }));
    parts.push(text(INSIDE.left - 6, y + 4, `${100 * share} %`, { 'text-anchor': 'end', class: 'faint' }));
  }
  for (const tick of across.ticks) {
    const x = across.place(tick);
    parts.push(line(x, INSIDE.top, x, bottom, { class: 'grid' }));
    parts.push(text(x, bottom + 16, onAxis(milliseconds(tick)), { 'text-anchor': 'middle', class: 'faint' }));
  }
  parts.push(text(right, HEIGHT - 8, 'changes that took longer', { 'text-anchor': 'end', class: 'faint' }));
  series.forEach((values, index) => {
    const places = values.flatMap((value, at) => {
      const share = 1 - at / (values.length - 1);
      return value > 0 ? [[across.place(1000 * value), up.place(Math.max(share, LEAST_SHARE))] as const] : [];
    });
    parts.push(polyline(places, { class: `l${index}` }));
  });
  return drawing(WIDTH, HEIGHT, title, parts);
}
