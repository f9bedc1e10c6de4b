/** How many times as long as nvad another reflector takes: a bar for each load and step. */
import { logScale } from './scale.ts';
import { drawing, element, legend, line, text } from './svg.ts';

export interface RatioBar {
  readonly load: string;
  readonly step: string;
  readonly ratio: number;
}

const WIDTH = 820;
const LABELS = 360;
const VALUES = 60;
const BAR = 13;
const GAP = 10;
const TOP = 64;

export function ratioChart(title: string, bars: readonly RatioBar[]): string {
  const loads = [...new Set(bars.map(({ load }) => load))];
  const ratios = bars.map(({ ratio }) => ratio);
  const scale = logScale(Math.min(1, ...ratios), Math.max(2, ...ratios), LABELS, WIDTH - VALUES, [1, 2, 5]);
  const one = scale.place(1);
  const parts: string[] = [];
  let y = TOP;
  for (const load of loads) {
    const own = bars.filter((bar) => bar.load === load);
    parts.push(text(LABELS - 12, y + (own.length * BAR) / 2 + 4, load, { 'text-anchor': 'end' }));
    for (const { step, ratio } of own) {
      const end = scale.place(ratio);
      const soft = step === 'withdraw' ? 's0 soft' : 's0';
      const place = { x: Math.min(one, end), y, width: Math.abs(end - one), height: BAR - 2 };
      parts.push(element('rect', { ...place, class: soft }));
      parts.push(text(Math.max(one, end) + 6, y + BAR - 3, `${ratio.toFixed(1)} ×`, { class: 'faint' }));
      y += BAR;
    }
    y += GAP;
  }
  const grid = scale.ticks.map(
    (tick) =>
      line(scale.place(tick), TOP - 8, scale.place(tick), y, { class: tick === 1 ? 'axis' : 'grid' }) +
      text(scale.place(tick), y + 16, `${tick} ×`, { 'text-anchor': 'middle', class: 'faint' }),
  );
  const names = ['announce and others', 'withdraw'];
  const key = legend(LABELS, 44, names, (index) => (index === 0 ? 's0' : 's0 soft'));
  return drawing(WIDTH, y + 28, title, [text(12, 22, title, { class: 'title' }), key, ...grid, ...parts]);
}
