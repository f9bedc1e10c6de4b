/** Which of the policies in use a file is, by its name: who says it may be at another machine, with other folders. Pure. */
import { basename, isAbsolute } from 'node:path/posix';

/** `perhaps`: several files that are policies have that name, in different folders. */
export const namings = ['yes', 'perhaps', 'no'] as const;
export type Naming = (typeof namings)[number];

/**
 * For each policy, which goes by one file or by several, whether `file` is it: by the same path, and where no policy has that, by
 * the same name in whatever folder. A file without its folder goes with any of its name.
 */
export function namedBy(file: string, policies: readonly (readonly string[])[]): readonly Naming[] {
  const isNamed = (names: readonly string[]) => names.includes(file);
  if (policies.some(isNamed)) return policies.map((names) => (isNamed(names) ? 'yes' : 'no'));
  const alike = policies.map((names) => names.filter((name) => basename(name) === basename(file)));
  const folders = new Set(alike.flatMap((names) => names.find((name) => isAbsolute(name)) ?? []));
  return alike.map((names) => (names.length === 0 ? 'no' : folders.size > 1 ? 'perhaps' : 'yes'));
}
