/** A file that is read again when it has changed; what is wrong with it then leaves in force what was before. */
import { readFileSync, statSync } from 'node:fs';
import { readProblem } from '../config/load.ts';

export interface FileText {
  readonly path: string;
  readonly text: string;
  /** Permissions, as stat(2) has them. */
  readonly mode: number;
}

export type Understood<T> =
  /** `notes`: sentences about what is probably not as it was meant. */
  | { readonly ok: true; readonly value: T; readonly notes?: readonly string[] }
  /** Sentences for people. */
  | { readonly ok: false; readonly reasons: readonly string[] };

export interface WatchedFilesModules<T> {
  /** What all files together mean, in the order of their paths. */
  readonly understand: (files: readonly FileText[]) => Understood<T>;
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Told what is wrong, once for each state of the files. */
  readonly failed: (reasons: readonly string[]) => void;
  /** Told what there is to note, of the first value and of each new one. */
  readonly noted?: (notes: readonly string[]) => void;
  /** Told of each new value but the first. */
  readonly changed?: (value: T) => void;
}

export interface WatchedFiles<T> {
  /** What the files mean now; looked at again a second after the time before. */
  current(): T;
}

/** Milliseconds between two looks. */
const INTERVAL = 1000;

/** Reads the files for the first time. */
export function watchFiles<T>(
  paths: readonly string[],
  { understand, now, failed, noted, changed }: WatchedFilesModules<T>,
):
  | { readonly ok: true; readonly files: WatchedFiles<T> }
  | { readonly ok: false; readonly reasons: readonly string[] } {
  let seen = stateOf(paths);
  const first = readFiles(paths, understand);
  if (!first.ok) return first;
  let { value } = first;
  if (first.notes !== undefined) noted?.(first.notes);
  let looked = now();
  return {
    ok: true,
    files: {
      current: () => {
        if (now() - looked < INTERVAL) return value;
        looked = now();
        const state = stateOf(paths);
        if (state === seen) return value;
        seen = state;
        const next = readFiles(paths, understand);
        if (!next.ok) failed(next.reasons);
        else {
          value = next.value;
          if (next.notes !== undefined) noted?.(next.notes);
          changed?.(value);
        }
        return value;
      },
    },
  };
}

/** Something else after each change of a file, also one that keeps its size. */
function stateOf(paths: readonly string[]): string {
  return paths
    .map((path) => {
      try {
        const { ino, size, mtimeMs, ctimeMs } = statSync(path);
        return [ino, size, mtimeMs, ctimeMs].join(' ');
      } catch {
        return 'none';
      }
    })
    .join(';');
}

/** Reads files once, and says what they mean together. */
function readFiles<T>(paths: readonly string[], understand: WatchedFilesModules<T>['understand']): Understood<T> {
  const read = paths.map(readText);
  const reasons = read.filter((one) => typeof one === 'string');
  return reasons.length > 0 ? { ok: false, reasons } : understand(read.filter((one) => typeof one !== 'string'));
}

/** What is in a file, or the sentence that says why nobody can read it. */
export function readText(path: string): FileText | string {
  try {
    return { path, text: readFileSync(path, 'utf8'), mode: statSync(path).mode };
  } catch (error) {
    return `cannot read ${path}: ${readProblem(error)}`;
  }
}
