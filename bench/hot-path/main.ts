/**
 * One process's measurement of the hot path, printed as JSON; guard.ts starts several. Slices of the hot path and of the
 * reference take turns, and of each the fastest counts: what disturbs them only makes them slower.
 */
import { getHeapStatistics } from 'node:v8';
import { everywhere } from '../model/population.ts';
import { prepare } from '../model/scenario.ts';
import { threadSeconds } from './cpu-clock.ts';
import type { ProcessFigures } from './guard.ts';
import { Reference } from './reference.ts';
import { Rig } from './rig.ts';

const WARM_UP = 300;
const PAIRS = 500;
/** Runs of the reference that take about as long as one of the hot path. */
const REFERENCE_RUNS = 6;

const scenario = prepare({
  name: 'hot-path',
  title: '20 clients × 100 routes',
  population: everywhere({ clients: 20, networks: 2, macs: 50 }),
  steps: [{ kind: 'announce' }, { kind: 'withdraw' }],
  shown: [],
});
const rig = await Rig.established(scenario);
const announced = scenario.steps[0]?.spans ?? [];
const reference = new Reference(
  scenario.streams,
  announced.flatMap((span) => span ?? []),
);

function hotPath(): void {
  for (const { spans } of scenario.steps) rig.play(spans);
}

function referenceWork(): void {
  for (let run = 0; run < REFERENCE_RUNS; run++) reference.run();
}

function timed(work: () => void): number {
  const before = threadSeconds();
  work();
  return threadSeconds() - before;
}

/** Octets that V8 has allocated for objects since the process began. */
const allocated = () =>
  (getHeapStatistics() as ReturnType<typeof getHeapStatistics> & { total_allocated_bytes: number })
    .total_allocated_bytes;

for (let i = 0; i < WARM_UP; i++) {
  hotPath();
  referenceWork();
}
// Every client but the announcer is told of each route twice; nothing is measured that does not do the work.
const before = rig.written;
hotPath();
const octets = rig.written - before;
const { clients } = scenario.load.population;
if (octets < 2 * (clients - 1) * scenario.routes.octets.length) throw new Error(`only ${octets} octets were written`);

let hotSeconds = Number.POSITIVE_INFINITY;
let referenceSeconds = Number.POSITIVE_INFINITY;
let octetsAllocated = 0;
for (let i = 0; i < PAIRS; i++) {
  referenceSeconds = Math.min(referenceSeconds, timed(referenceWork));
  const start = allocated();
  hotSeconds = Math.min(hotSeconds, timed(hotPath));
  octetsAllocated += allocated() - start;
}
const allocatedPerRoute = octetsAllocated / PAIRS / scenario.routes.count;
process.stdout.write(
  `${JSON.stringify({ hotSeconds, referenceSeconds, allocatedPerRoute } satisfies ProcessFigures)}\n`,
);
