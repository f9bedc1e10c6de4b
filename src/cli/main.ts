/** nvactl: the process around {@link run}. */

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createHttpStream, createHttpTransport } from '../api/http-transport.ts';
import { ExitCode } from './exit-codes.ts';
import { run } from './run.ts';

let interrupted = false;
let wake: (() => void) | undefined;
/** Who ends a watch has what was asked for, also while nvad is being asked once more. */
let watching = false;
let following: AbortController | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupted = true;
    following?.abort();
    if (wake !== undefined) wake();
    else if (following !== undefined) return;
    else if (watching) process.exit(ExitCode.Ok);
    else process.exit(signal === 'SIGINT' ? 130 : 143);
  });
}

// Whoever reads our output may have seen enough (`| head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

process.exitCode = await run(process.argv.slice(2), manifest.version, {
  out: (text) => {
    process.stdout.write(text);
  },
  err: (text) => {
    process.stderr.write(text);
  },
  terminal: process.stdout.isTTY === true,
  env: process.env,
  now: Date.now,
  sleep: (ms) =>
    new Promise((resolve) => {
      watching = true;
      const timer = setTimeout(done, ms);
      wake = done;
      function done() {
        clearTimeout(timer);
        wake = undefined;
        resolve();
      }
      if (interrupted) done();
    }),
  interrupted: () => interrupted,
  following: () => {
    following ??= new AbortController();
    if (interrupted) following.abort();
    return following.signal;
  },
  absolute: (path) => resolve(path),
  readFile: (path) => readFileSync(path === '-' ? 0 : path, 'utf8'),
  connect: createHttpTransport,
  stream: (location, credentials) => createHttpStream(location, undefined, credentials),
});
