/** nved: the process, from its command line to its exit code. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { formatConfigError } from '../config/error.ts';
import { readProblem } from '../config/load.ts';
import { parseArguments } from './arguments.ts';
import { ask } from './ask.ts';
import { loadNvedConfig, nvedSchema } from './config.ts';
import { startDaemon } from './daemon.ts';
import { readSecrets } from './secrets.ts';
import { tell } from './show.ts';
import type { TenantRequest } from './tenant-protocol.ts';

// Whoever reads our output may have seen enough (`| head`).
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const { version }: { version: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

const out = (text: string) => void process.stdout.write(text);
const err = (text: string) => void process.stderr.write(text);

process.exitCode = await main();

async function main(): Promise<number> {
  const request = parseArguments(process.argv.slice(2), version);
  switch (request.kind) {
    case 'text':
      out(request.text);
      return 0;
    case 'usage':
      err(request.text);
      return 2;
    case 'print-schema':
      out(`${JSON.stringify(z.toJSONSchema(nvedSchema, { io: 'input' }), null, 2)}\n`);
      return 0;
    case 'ask':
      return asked(request.socket, request.request, request.json);
    case 'check':
    case 'run': {
      const result = await loadNvedConfig(request.config, (path) => readFile(path));
      if (!result.ok) {
        for (const error of result.errors) err(`${formatConfigError(error)}\n`);
        return 2;
      }
      try {
        // Neither does nved start with files that it cannot use.
        readSecrets(result.config);
      } catch (error) {
        err(`${request.config}: ${(error as Error).message}\n`);
        return 2;
      }
      if (request.kind === 'check') {
        out(`${request.config}: ok\n`);
        return 0;
      }
      try {
        const daemon = await startDaemon(result.config);
        await new Promise<void>((resolve) => {
          for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
        });
        await daemon.stop();
        return 0;
      } catch (error) {
        err(`nved: ${startProblem(error)}\n`);
        return 1;
      }
    }
  }
}

/** What the system says of a path, in words. */
function startProblem(error: unknown): string {
  const { path, dest, address } = error as NodeJS.ErrnoException & {
    readonly address?: string;
    readonly dest?: string;
  };
  const where = dest ?? path ?? address;
  const words = readProblem(error);
  if (where === undefined) return words;
  return `cannot use ${where}: ${words}${process.getuid?.() === 0 ? '' : '; nved runs as root'}`;
}

async function asked(socket: string, request: TenantRequest, json: boolean): Promise<number> {
  try {
    const answer = await ask(socket, request);
    const { code, text } = tell(answer);
    if (json) out(`${JSON.stringify(answer, null, 2)}\n`);
    else if (code === 0 || code >= 4) out(text);
    else err(text);
    return code;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const absent = code === 'ENOENT' || code === 'ECONNREFUSED';
    const denied = code === 'EACCES' ? 'only root may use it' : message;
    err(`nved: ${socket}: ${absent ? 'no nved runs there; start one, or name its socket with --socket' : denied}\n`);
    return 3;
  }
}
