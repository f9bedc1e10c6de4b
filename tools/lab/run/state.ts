import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../fault.ts';
import type { PlannedNode } from '../plan/plan.ts';
import { identify, isAlive, type ProcessId } from './process.ts';

/**
 * What is remembered of a lab from `up` to `down`. It lives in /run, as long as the namespaces it speaks of: both are
 * gone after a reboot. It is written before anything is made, so that a crash at any point leaves a trace.
 */
export type LabState = {
  readonly lab: string;
  readonly file: string;
  readonly phase: 'making' | 'up';
  /** The process that brought the lab up for itself (the demo, a test): while it lives, no other takes the lab down. */
  readonly holder?: ProcessId;
  readonly logs: string;
  readonly hostInterfaces: readonly string[];
  readonly nodes: readonly (PlannedNode & { readonly process?: ProcessId })[];
};

export class StateStore {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  read(lab: string): LabState | undefined {
    try {
      return JSON.parse(readFileSync(this.#path(lab), 'utf8')) as LabState;
    } catch {
      return undefined;
    }
  }

  write(state: LabState): void {
    mkdirSync(this.folder, { recursive: true });
    const path = this.#path(state.lab);
    writeFileSync(`${path}.new`, JSON.stringify(state, undefined, 2));
    renameSync(`${path}.new`, path);
  }

  remove(lab: string): void {
    rmSync(this.#path(lab), { force: true });
  }

  list(): LabState[] {
    let names: string[];
    try {
      names = readdirSync(this.folder);
    } catch {
      return [];
    }
    return names
      .filter((name) => name.endsWith('.json'))
      .sort()
      .flatMap((name) => this.read(name.slice(0, -'.json'.length)) ?? []);
  }

  /**
   * Holds the lab for one `up` or `down` at a time. A holder that died is no holder: the lock names its process.
   * Returns the release.
   */
  lock(lab: string): () => void {
    mkdirSync(this.folder, { recursive: true });
    const path = join(this.folder, `${lab}.lock`);
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        const fd = openSync(path, 'wx');
        writeFileSync(fd, JSON.stringify(identify(process.pid)));
        closeSync(fd);
        return () => rmSync(path, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = readHolder(path);
      if (holder && isAlive(holder)) {
        throw new LabError('busy', `another run (process ${holder.pid}) is working on lab ${lab}; wait for it to end`);
      }
      rmSync(path, { force: true });
    }
    throw new LabError('busy', `the lock ${path} keeps coming back; is another run working on lab ${lab}?`);
  }

  #path(lab: string): string {
    return join(this.folder, `${lab}.json`);
  }
}

function readHolder(path: string): ProcessId | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessId;
  } catch {
    return undefined;
  }
}
