/** BIRD in a namespace: one daemon, and its own command line. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from './namespace.ts';
import { until } from './until.ts';

const daemon = '/usr/sbin/bird';
export const hasBird = existsSync(daemon);

/** `BIRD` and the version that it gives itself. */
export function birdName(): string {
  if (!hasBird) return 'BIRD';
  const { stderr, stdout } = spawnSync(daemon, ['--version'], { encoding: 'utf8' });
  return `BIRD ${/version (\S+)/.exec(stdout + stderr)?.[1]}`;
}

export class Bird {
  log = '';
  readonly #namespace: Namespace;
  readonly #socket: string;
  readonly #child: ChildProcess;
  #ended = false;

  /** @param config as an operator of BIRD writes it, but for where it logs. */
  constructor(folder: string, config: string, namespace: Namespace) {
    this.#namespace = namespace;
    this.#socket = join(folder, 'bird.ctl');
    const file = join(folder, 'bird.conf');
    writeFileSync(file, `log stderr all;\ndebug protocols { states, events };\n${config}`);
    const [program, ...args] = [...namespace.prefix, daemon, '-f', '-c', file, '-s', this.#socket];
    this.#child = spawn(program as string, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.log += text;
    });
    this.#child.once('close', () => {
      this.#ended = true;
    });
  }

  async up(): Promise<this> {
    await until(
      () => (this.#ended ? Promise.reject(new Error(`bird ended: ${this.log}`)) : /<INFO> Started/.test(this.log)),
      { within: 10_000, what: () => `BIRD to start; it said: ${this.log}` },
    );
    return this;
  }

  /** What birdc prints for a command. */
  async show(command: string): Promise<string> {
    const [program, ...args] = [...this.#namespace.prefix, 'birdc', '-s', this.#socket, ...command.split(' ')];
    const birdc = spawn(program as string, args, { stdio: ['ignore', 'pipe', 'ignore'], timeout: 5000 });
    let text = '';
    birdc.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await once(birdc, 'close');
    return text;
  }

  /** Waits for a line of its log. */
  async logged(text: RegExp, within = 10_000): Promise<void> {
    await until(() => text.test(this.log), { within, what: () => `BIRD to log ${text}; it said:\n${this.log}` });
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    if (this.#ended) return;
    this.#child.kill('SIGKILL');
    await until(() => this.#ended, { within: 5000, what: 'the end of bird' });
  }
}
