/** The generator's program, compiled where it is run. */
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const folder = import.meta.dirname;
const place = join(folder, '../.build');
const program = join(place, 'load');

/** Compiles what changed; answers the program's path. Throws what the compiler said. */
export function buildGenerator(): string {
  const sources = globSync('*.{c,h}', { cwd: folder }).map((name) => join(folder, name));
  const newest = Math.max(...sources.map((path) => statSync(path).mtimeMs));
  const built = statSync(program, { throwIfNoEntry: false });
  if (built !== undefined && built.mtimeMs > newest) return program;
  mkdirSync(place, { recursive: true });
  // Others may be running the old one, or compiling too.
  const fresh = `${program}.${process.pid}`;
  const words = ['-O2', '-std=c11', '-Wall', '-Wextra', '-o', fresh, ...sources.filter((path) => path.endsWith('.c'))];
  const { status, stderr, error } = spawnSync('cc', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cc could not compile the load generator: ${error?.message ?? stderr}`);
  renameSync(fresh, program);
  return program;
}
