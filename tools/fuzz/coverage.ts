/**
 * Which branches of the library ran, from the engine's own block counters. An input that runs a block which none ran
 * before is worth keeping: that is all the guidance there is, without counts and without edges.
 */
import { type Profiler, Session } from 'node:inspector';

/** Half-open ranges of source offsets, ascending, not overlapping. */
type Ranges = readonly (readonly [start: number, end: number])[];

/** Per function: what has not run yet. */
type Uncovered = ReadonlyMap<string, Ranges>;

const watched = /\/src\/bgp-ts\/(wire|rib|egress)\//;

export class Coverage {
  readonly #session = new Session();
  #uncovered: Uncovered = new Map();

  start(): void {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    this.#take();
  }

  stop(): void {
    this.#session.disconnect();
  }

  /** Functions entered since the start. */
  get functions(): number {
    return this.#uncovered.size;
  }

  /** Whether something new ran since the last call; remembered only when `keep`. */
  grown(keep: boolean): boolean {
    const next = new Map(this.#uncovered);
    let grown = false;
    for (const [name, zero] of this.#take()) {
      const before = this.#uncovered.get(name);
      const left = before === undefined ? zero : intersect(before, zero);
      if (before === undefined || size(left) < size(before)) {
        grown = true;
        next.set(name, left);
      }
    }
    if (keep) this.#uncovered = next;
    return grown;
  }

  /** Functions that ran since the last call, with the blocks in them that did not. */
  #take(): Uncovered {
    const ran = new Map<string, Ranges>();
    // a session with its own thread answers within the call
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error !== null) throw new Error(error.message);
      for (const { url, functions } of answer.result) {
        if (!watched.test(url)) continue;
        for (const { ranges } of functions) {
          const [whole] = ranges;
          if (whole.count > 0) ran.set(`${url}:${whole.startOffset}`, zeroRanges(ranges));
        }
      }
    });
    return ran;
  }
}

/** Blocks that did not run. Ranges nest, and an inner one speaks for its octets. */
function zeroRanges(ranges: readonly Profiler.CoverageRange[]): Ranges {
  const zero: [number, number][] = [];
  for (const { startOffset, endOffset, count } of ranges) {
    const last = zero.at(-1);
    if (count === 0 && (last === undefined || startOffset >= last[1])) zero.push([startOffset, endOffset]);
  }
  return zero;
}

function intersect(a: Ranges, b: Ranges): Ranges {
  const both: [number, number][] = [];
  for (const [start, end] of a) {
    for (const [from, to] of b) {
      if (from < end && start < to) both.push([Math.max(start, from), Math.min(end, to)]);
    }
  }
  return both;
}

function size(ranges: Ranges): number {
  return ranges.reduce((sum, [start, end]) => sum + end - start, 0);
}
