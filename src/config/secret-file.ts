/** What the permissions of a file with secrets say; modes as stat(2) has them. */
import type { Finding } from './error.ts';

const readableByOthers = 0o004;
const writableByOthersOrGroup = 0o022;

export const isReadableByAll = (mode: number) => (mode & readableByOthers) !== 0;

/** A fault, where others than its owner could let themselves in. */
export function writableByOthers(file: string, mode: number): Finding | undefined {
  if ((mode & writableByOthersOrGroup) === 0) return undefined;
  const reason = 'others than its owner can write it, and so let themselves in';
  return { code: 'system', path: [], reason, suggestion: `chmod go-w ${file}` };
}
