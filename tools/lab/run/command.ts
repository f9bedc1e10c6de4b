import { spawn } from 'node:child_process';

export type Output = {
  /** The exit code, or 128 plus the signal's number as a shell counts it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
};

export type RunOptions = {
  readonly input?: string;
  /** After so many milliseconds the command is killed; its code is then 137. */
  readonly timeoutMs?: number;
  /** When it fires, the command is killed as well. */
  readonly interrupt?: AbortSignal | undefined;
};

/** Runs one command to its end and collects what it printed. A program that is missing gives code 127. */
export type Run = (argv: readonly string[], options?: RunOptions) => Promise<Output>;

const signals: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

export const run: Run = (argv, options = {}) =>
  new Promise((done) => {
    const [program, ...args] = argv;
    // A session of its own: Ctrl-C at the terminal must reach the runner, which then cleans up, and not its commands.
    const child = spawn(program as string, args, { stdio: 'pipe', detached: true });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    const stop = () => child.kill('SIGKILL');
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(stop, options.timeoutMs);
    options.interrupt?.addEventListener('abort', stop);
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    // The command may end without having read its input.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    const finish = (code: number, extra = '') => {
      clearTimeout(timer);
      options.interrupt?.removeEventListener('abort', stop);
      done({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() + extra });
    };
    child.on('error', (error) => finish(127, `${program}: ${error.message}\n`));
    child.on('close', (code, signal) => finish(code ?? 128 + (signals[signal ?? ''] ?? 0)));
  });
