/** All that a session found out, as it is kept in a file. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Reflector } from '../reflector/reflector.ts';
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
  readonly reflectors: readonly { readonly name: string; readonly title: string; readonly missing: string | null }[];
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
    reflectors: reflectors.map(({ name, title, missing = null }) => ({ name, title, missing })),
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
