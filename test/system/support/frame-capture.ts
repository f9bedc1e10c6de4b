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
  /** Octets of the outermost IP packet. */
  readonly length: number;
  /** Of VXLAN; empty where it is none. */
  readonly vni: string;
  /** Of TCP, in hexadecimal digits; empty where there is none. */
  readonly payload: string;
}

const fields = ['ip.src', 'ip.dst', 'ip.len', 'vxlan.vni', 'tcp.payload'];

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
        const [source = '', destination = '', length, vni = '', payload = ''] = line.split('\t');
        this.frames.push({ source, destination, length: Number(length), vni, payload });
      }
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
    bench.defer(() => this.end());
  }

  /** Waits until nothing that passes is missed: until what `send` makes pass is seen, for tshark says so too early. */
  async begun(send: () => Promise<unknown>): Promise<void> {
    const isSeen = async () => {
      await send();
      return this.frames.length > 0;
    };
    await until(isSeen, { within: 10_000, what: () => `tshark; it said ${this.#said}` });
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGINT');
    await closed;
  }
}
