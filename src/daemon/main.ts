import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { isatty } from 'node:tty';
import { setFlagsFromString } from 'node:v8';
import { loadLibc } from 'bgp-ts/linux';
import { checkFiles } from './check-files.ts';
import { systemClock } from './clock.ts';
import { startDaemon } from './daemon.ts';
import { linuxProcess } from './linux-process.ts';
import { descriptorDestination } from './logging.ts';
import { run } from './run.ts';

// A process that ends while V8 compiles on another thread may wait for that thread, which waits for a collection of garbage
// that is never made (nodejs/node#54918): so one in a hundred that had only to say what is wrong with its configuration.
setFlagsFromString('--no-concurrent-sparkplug');

const standardOutput = 1;
const log = descriptorDestination(standardOutput);

function end(code: number): never {
  log.flush();
  process.exit(code);
}

function fail(error: unknown): never {
  log.flush();
  process.stderr.write(`nvad: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

process.on('uncaughtException', fail);
// A log reader that goes away must not end a router.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const { version }: { version: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

run(
  {
    argv: process.argv.slice(2),
    environment: process.env,
    pid: process.pid,
    version,
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    terminal: isatty(standardOutput),
    logDestination: () => log.destination,
    readFile,
    checkFiles,
    isFolder: async (path) => (await stat(path).catch(() => undefined))?.isDirectory() ?? false,
    signals: process,
    clock: systemClock,
    libc: loadLibc,
    system: linuxProcess,
    exit: end,
  },
  startDaemon,
).then(async (code) => {
  await log.end();
  process.exit(code);
}, fail);
