import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const nvactlPath = fileURLToPath(new URL('../../../bin/nvactl', import.meta.url));

/** Fails with what to do when there is no build to test. */
export function requireBuild(): void {
  if (!existsSync(fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url)))) {
    throw new Error("these tests run bin/nvactl; run 'npm run build' first");
  }
}

export function startNvactl(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  const { PATH = '' } = process.env;
  return spawn(nvactlPath, args, { env: { PATH, ...env } });
}

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function finished(child: ChildProcessWithoutNullStreams): Promise<Finished> {
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

/** Runs bin/nvactl to its end. */
export const nvactl = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> =>
  finished(startNvactl(args, env));
