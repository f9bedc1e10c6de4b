/**
 * The guard of the hot path: measures it in several processes, since each compiles it a little differently, and compares
 * the result with what was accepted.
 */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What one process found out. */
export interface ProcessFigures {
  /** CPU time of the fastest slice. */
  readonly hotSeconds: number;
  readonly referenceSeconds: number;
  readonly allocatedPerRoute: number;
}

export interface HotPathFigures {
  /** CPU time of the hot path by that of the reference. */
  readonly ratio: number;
  /** Octets allocated on V8's heap for a route that 20 clients announce to each other and withdraw. */
  readonly allocatedPerRoute: number;
  /** CPU time of the reference: how fast the machine is now. */
  readonly referenceSeconds: number;
}

interface Accepted extends HotPathFigures {
  /** The ratio depends on it, allocations do not. */
  readonly processor: string;
}

export interface Verdict {
  readonly passed: boolean;
  readonly text: string;
}

/**
 * How much dearer it may get. What is 15 % dearer has to fail whatever the machine does meanwhile, and what is not dearer
 * must not: two runs on a busy machine differ by up to 3 %.
 */
const TOLERANCE = 0.1;
/** On another kind of processor, or one that is not as fast now, where what was accepted says less. */
const TOLERANCE_ELSEWHERE = 0.3;
/**
 * How far the reference's time may be from that of what was accepted for the machine to be the same. Names of processors say little:
 * of one name and one Node, one takes twice the time of another, and the hot path, which waits for memory, not in proportion.
 */
const SAME_SPEED = 0.15;
const PROCESSES = 5;

const folder = import.meta.dirname;
const file = join(folder, 'accepted.json');
const processor = () => cpus()[0]?.model ?? 'unknown';

/** Measures, and says whether the hot path is as cheap as what was accepted; with `accept`, makes it what is accepted. */
export async function guard(accept: boolean): Promise<Verdict> {
  const found = await measureHotPath(PROCESSES);
  if (accept) {
    const { ratio, allocatedPerRoute, referenceSeconds } = combine([...found, ...(await measureHotPath(PROCESSES))]);
    const accepted: Accepted = {
      ratio: Number(ratio.toFixed(3)),
      allocatedPerRoute: Math.round(allocatedPerRoute),
      referenceSeconds: Number(referenceSeconds.toPrecision(4)),
      processor: processor(),
    };
    writeFileSync(file, `${JSON.stringify(accepted, null, 2)}\n`);
    return { passed: true, text: `accepted: ${describe(accepted)}` };
  }
  const accepted = JSON.parse(readFileSync(file, 'utf8')) as Accepted;
  let verdict = judge(combine(found), accepted);
  // Before it is called dearer it is looked at twice.
  if (!verdict.passed) verdict = judge(combine([...found, ...(await measureHotPath(PROCESSES))]), accepted);
  return verdict;
}

/** Whether the figures are within what was accepted. */
export function judge(found: HotPathFigures, accepted: Accepted, on = processor()): Verdict {
  const speed = found.referenceSeconds / accepted.referenceSeconds - 1;
  const known = on === accepted.processor && Math.abs(speed) <= SAME_SPEED;
  const tolerance = known ? TOLERANCE : TOLERANCE_ELSEWHERE;
  const time = found.ratio / accepted.ratio - 1;
  const memory = found.allocatedPerRoute / accepted.allocatedPerRoute - 1;
  const passed = time <= tolerance && memory <= TOLERANCE;
  const where = known
    ? ''
    : `, on ${accepted.processor}, where the reference's time was other (here ${percent(speed)})`;
  const text = [
    `the hot path: ${describe(found)}; accepted: ${describe(accepted)}${where}.`,
    `Time ${percent(time)} (limit ${percent(tolerance)}), allocations ${percent(memory)} (limit ${percent(TOLERANCE)}).`,
    ...(passed
      ? []
      : [
          'It got dearer. If something else ran beside it, measure again on an idle machine first.',
          'If it is meant: npm run bench -- --guard --accept',
        ]),
  ];
  return { passed, text: text.join('\n') };
}

async function measureHotPath(processes: number): Promise<ProcessFigures[]> {
  const figures: ProcessFigures[] = [];
  for (let i = 0; i < processes; i++) {
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'main.ts')]);
    figures.push(JSON.parse(stdout) as ProcessFigures);
  }
  return figures;
}

/** The best of all processes; of the reference, which is simple enough to be always the same, the median. */
export function combine(figures: readonly ProcessFigures[]): HotPathFigures {
  const references = figures.map(({ referenceSeconds }) => referenceSeconds).sort((a, b) => a - b);
  const median = references[references.length >> 1] ?? 0;
  return {
    ratio: Math.min(...figures.map(({ hotSeconds }) => hotSeconds)) / median,
    referenceSeconds: median,
    allocatedPerRoute: Math.min(...figures.map(({ allocatedPerRoute }) => allocatedPerRoute)),
  };
}

const percent = (part: number) => `${part >= 0 ? '+' : ''}${(100 * part).toFixed(1)} %`;
const describe = ({ ratio, allocatedPerRoute }: HotPathFigures) =>
  `${ratio.toFixed(3)} of the reference's time, ${allocatedPerRoute.toFixed(0)} octets allocated for a route`;
