/** A flood of connections from a process of its own, so that neither the test nor its clients slow it down. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Namespace } from './namespace.ts';
import { until } from './until.ts';

const script = fileURLToPath(new URL('../fixtures/flood.ts', import.meta.url));

export interface FloodOptions {
  readonly host: string;
  readonly port: number;
  readonly localAddress: string;
  /** Connections a second that it tries to make. */
  readonly rate: number;
  /** How the body of a message begins that is counted as a refusal, in hexadecimal. */
  readonly refusal: string;
}

export interface FloodReport {
  /** It has made its last, and all have ended. */
  readonly end: boolean;
  /** Attempts in all, those of them that have ended, and those that ended with a refusal. */
  readonly made: number;
  readonly closed: number;
  readonly refusals: number;
  /** Attempts a second since the report before. */
  readonly rate: number;
}

export class Flood {
  /** One a second. */
  readonly reports: FloodReport[] = [];
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;

  constructor({ host, port, localAddress, rate, refusal }: FloodOptions, namespace: Namespace) {
    const words = [process.execPath, script, host, String(port), localAddress, String(rate), refusal];
    const [program, ...args] = [...namespace.prefix, ...words];
    this.#child = spawn(program as string, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let rest = '';
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.reports.push(JSON.parse(line) as FloodReport);
    });
  }

  /** Makes no more, and waits until all that were made have ended. */
  async stop(): Promise<FloodReport> {
    this.#child.stdin.end();
    return until(() => this.reports.find(({ end }) => end), {
      within: 30_000,
      what: () => `the end of the flood: ${JSON.stringify(this.reports.at(-1))}`,
    });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
