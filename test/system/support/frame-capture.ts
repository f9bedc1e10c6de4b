/** What passes a device, taken apart by tshark. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Bench } from './bench.ts';
import type { Namespace } from './namespace.ts';
import { until } from './until.ts';

export interface CapturedFrame {
  /** Outermost IP addresses; empty where there are none. */
  readonly source: string;
  readonly destination: string;
  /** Of VXLAN; empty where it is none. */
  readonly vni: string;
}

const fields = ['ip.src', 'ip.dst', 'vxlan.vni'];

export class Capture {
  readonly frames: CapturedFrame[] = [];
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  #said = '';

  /** @param filter in the language of libpcap. */
  constructor(bench: Pick<Bench, 'defer'>, namespace: Pick<Namespace, 'prefix'>, device: string, filter: string) {
    const shown = fields.flatMap((field) => ['-e', field]);
    const words = ['tshark', '-n', '-l', '-i', device, '-f', filter, '-T', 'fields', '-E', 'occurrence=f', ...shown];
    const [program, ...args] = [...namespace.prefix, ...words];
    this.#child = spawn(program as string, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let rest = '';
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const [source = '', destination = '', vni = ''] = line.split('\t');
        this.frames.push({ source, destination, vni });
      }
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
    bench.defer(() => this.end());
  }

  /** Waits until nothing that passes is missed. */
  async begun(): Promise<void> {
    await until(() => /Capturing on/.test(this.#said), { within: 10_000, what: () => `tshark; it said ${this.#said}` });
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGINT');
    await closed;
  }
}
