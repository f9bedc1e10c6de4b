/** dumpcap in a namespace, and tshark on what it wrote. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Namespace } from '../../support/namespace.ts';
import { until } from '../../support/until.ts';

/** `TShark` and the version that the program itself gives; undefined where it or dumpcap is not installed. */
export function tsharkName(): string | undefined {
  const [dumpcap, tshark] = ['dumpcap', 'tshark'].map((program) =>
    spawnSync(program, ['--version'], { encoding: 'utf8' }),
  );
  if (dumpcap?.status !== 0 || tshark?.status !== 0) return undefined;
  return `TShark ${/\b(\d+\.\d+\.\d+)/.exec(tshark.stdout)?.[1]}`;
}

export class Capture {
  readonly file: string;
  readonly #child: ChildProcess;

  private constructor(file: string, child: ChildProcess) {
    this.file = file;
    this.#child = child;
  }

  /** Captures on a device of a namespace from when this resolves on. */
  static async start(namespace: Namespace, device: string, filter: string, file: string): Promise<Capture> {
    const [program, ...args] = [...namespace.prefix, 'dumpcap', '-q', '-i', device, '-f', filter, '-w', file];
    const child = spawn(program as string, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await until(() => said.includes('File:'), { within: 10_000, what: () => `dumpcap, which said ${said}` });
    return new Capture(file, child);
  }

  /** Waits until these octets were captured, and ends. */
  async end(last: Uint8Array): Promise<void> {
    await until(() => readFileSync(this.file).includes(last), { within: 10_000, every: 100, what: 'the last octets' });
    await this.stop();
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill('SIGINT');
    await once(this.#child, 'exit');
  }

  /** What tshark prints of it. */
  tshark(...words: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync('tshark', ['-r', this.file, ...words], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    if (status !== 0) throw new Error(`tshark: ${stderr}`);
    return stdout;
  }
}
