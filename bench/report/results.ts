/** All that a session found out, as it is kept in a file. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Reflector, ReflectorName } from '../reflector/reflector.ts';
import type { LoadResult } from '../run/session.ts';
import { octets } from './units.ts';

const folder = join(import.meta.dirname, '../results');

export interface Results {
  readonly date: string;
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly memory: string;
    readonly kernel: string;
  };
  readonly node: string;
  readonly reflectors: readonly {
    readonly name: ReflectorName;
    readonly title: string;
  }[];
  readonly loads: readonly LoadResult[];
}

export function resultsOf(loads: readonly LoadResult[], reflectors: readonly Reflector[], now: Date): Results {
  const processors = cpus();
  return {
    date: now.toISOString(),
    machine: {
      processor: processors[0]?.model ?? 'unknown',
      cores: processors.length,
      memory: octets(totalmem()),
      kernel: release(),
    },
    node: process.version,
    reflectors: reflectors.map(({ name, title }) => ({ name, title })),
    loads,
  };
}

/** Writes them to a file that is named after the time, and answers its path. */
export function keepResults(results: Results): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${results.date.replaceAll(/[:.]/g, '-')}.json`);
  writeFileSync(path, `${JSON.stringify(results)}\n`);
  return path;
}

/** Reads what {@link keepResults} wrote; of a load that is in several files, the last one counts. */
export function readResults(paths: readonly string[]): Results {
  const all = paths.map((path) => JSON.parse(readFileSync(path, 'utf8')) as Results);
  const last = all.at(-1);
  if (last === undefined) throw new Error('no file of results');
  const loads = new Map(all.flatMap((results) => results.loads.map((load) => [load.load, load])));
  const reflectors = new Map(
    all.flatMap((results) => results.reflectors.map((reflector) => [reflector.name, reflector])),
  );
  return { ...last, loads: [...loads.values()], reflectors: [...reflectors.values()] };
}
