/** What the kernel says of a process: see proc(5). */
import { readFileSync, writeFileSync } from 'node:fs';

const TICKS_A_SECOND = 100;
const KIB = 1024;

/** Octets of memory, and the most there has been since the last {@link forgetPeak}. */
export interface MemoryFigures {
  readonly resident: number;
  readonly peak: number;
}

export function memoryOf(pid: number): MemoryFigures {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * KIB;
  return { resident: field('VmRSS'), peak: field('VmHWM') };
}

export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** Seconds of CPU, in the program and in the kernel, of all its threads. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Behind the name, which may have anything in it: state is the first, utime and stime are the 12th and 13th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
