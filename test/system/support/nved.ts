/** nved as a real process, in a namespace. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { NveView } from '../../../src/nve/nve.ts';
import type { Namespace } from './namespace.ts';
import { runTool, type ToolResult } from './nvad.ts';
import { until } from './until.ts';

const bin = fileURLToPath(new URL('../../../bin/nved', import.meta.url));

export interface NvedOptions {
  /** Where its files are. */
  readonly folder: string;
  readonly name: string;
  readonly tunnelAddress: string;
  readonly nvas: readonly string[];
  /** Lines of YAML. */
  readonly more?: string;
}

export class Nved {
  readonly #namespace: Namespace;
  readonly #folder: string;
  readonly #config: string;
  #child: ChildProcessByStdio<null, Readable, Readable> | undefined;
  /** What it printed, of all its lives. */
  output = '';

  constructor({ folder, name, tunnelAddress, nvas, more = '' }: NvedOptions, namespace: Namespace) {
    this.#namespace = namespace;
    this.#folder = join(folder, name);
    mkdirSync(this.#folder, { recursive: true });
    this.#config = join(this.#folder, 'nved.yaml');
    writeFileSync(
      this.#config,
      `name: ${name}\ntunnelAddress: ${tunnelAddress}\nnvas: ${JSON.stringify(nvas)}\n` +
        `socket: nved.sock\nstate: attachments.json\nlog: { level: debug }\n${more}`,
    );
  }

  /** Starts it, and waits until it is ready. */
  async start(): Promise<this> {
    // Unlike `ip netns exec` it leaves mounts as they are: namespaces that nved makes are there for the next one.
    const inside = ['nsenter', `--net=/run/netns/${this.#namespace.name}`];
    const [program, ...args] = [...inside, bin, '--config', this.#config];
    const child = spawn(program as string, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    const from = this.output.length;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    await until(() => this.output.slice(from).includes('nved is ready') || child.exitCode !== null, {
      within: 20_000,
      what: () => `nved to be ready; it said:\n${this.output}`,
    });
    return this;
  }

  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** SIGTERM, and waits until it is gone. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** `nved` with these words, and its socket. */
  ctl(...words: readonly string[]): Promise<ToolResult> {
    return runTool(this.#namespace, ['nved', ...words, '--socket', join(this.#folder, 'nved.sock')]);
  }

  async show(): Promise<NveView> {
    const { stdout, stderr } = await this.ctl('show', '--json');
    if (stdout === '') throw new Error(stderr);
    return (JSON.parse(stdout) as { readonly view: NveView }).view;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }
}
