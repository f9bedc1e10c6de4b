/** From values to places. */

export interface Scale {
  readonly place: (value: number) => number;
  /** Values worth a line. */
  readonly ticks: readonly number[];
}

/** Where equal factors are equal distances; [least, greatest] is widened to what can be labelled. */
export function logScale(least: number, greatest: number, from: number, to: number, steps: readonly number[]): Scale {
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.ceil(Math.log10(greatest)); power++) {
    for (const step of steps) all.push(step * 10 ** power);
  }
  const start = all.findLast((value) => value <= least * (1 + 1e-9)) ?? least;
  const end = all.find((value) => value >= greatest * (1 - 1e-9)) ?? greatest;
  const ticks = all.filter((value) => value >= start && value <= end);
  const span = Math.log(end / start) || 1;
  return { place: (value) => from + (Math.log(value / start) / span) * (to - from), ticks };
}
