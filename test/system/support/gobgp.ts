/** GoBGP in a namespace: the daemon, and its own command line. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from './namespace.ts';
import { until } from './until.ts';

/** One version of GoBGP, as far as this machine has it. */
export interface GobgpProgram {
  /** `GoBGP` and the version that the daemon itself gives; where it is missing, the one that would be installed. */
  readonly name: string;
  readonly major: 3 | 4;
  /** Where gobgpd and gobgp are. */
  readonly folder: string;
  /** Why it is missing. */
  readonly missing: string | undefined;
}

const built = join(import.meta.dirname, '../../../.peers/gobgp-4');

/** The one that Debian has, and the one that tools/setup.sh builds where there is Go. */
export const gobgpPrograms: readonly GobgpProgram[] = [
  program(3, '/usr/bin', 'GoBGP 3.10.0', 'the package gobgpd is not installed'),
  program(4, built, 'GoBGP 4', 'it is built where Go is installed, and it is not'),
];

function program(major: 3 | 4, folder: string, otherwise: string, why: string): GobgpProgram {
  const daemon = join(folder, 'gobgpd');
  if (!existsSync(daemon)) return { name: otherwise, major, folder, missing: why };
  const { stdout } = spawnSync(daemon, ['--version'], { encoding: 'utf8' });
  return { name: `GoBGP ${/version (\S+)/.exec(stdout)?.[1]}`, major, folder, missing: undefined };
}

export type Tree = { readonly [key: string]: Tree | readonly Tree[] | readonly string[] | string | number | boolean };

/** What an operator writes into the file of gobgpd, in its own words. */
export interface GobgpConfig {
  readonly global: Tree;
  readonly neighbors: readonly Tree[];
  readonly [section: string]: Tree | readonly Tree[];
}

export interface GobgpOptions {
  /** Where its configuration is written. */
  readonly folder: string;
  readonly config: GobgpConfig;
  /** Of its gRPC interface on 127.0.0.1; each daemon of a namespace needs one of its own. Default 50051. */
  readonly apiPort?: number;
  /** It comes back from a graceful restart (RFC 4724 §4.1). */
  readonly restarted?: boolean;
  /** Its neighbours are configured to be down at first. */
  readonly down?: boolean;
}

export interface GobgpAttribute {
  readonly type: number;
  /** Of those that are lists. */
  readonly value?: readonly unknown[];
  readonly [field: string]: unknown;
}

/** A path as `gobgp … rib -j` prints it. */
export interface GobgpPath {
  readonly nlri: { readonly type: number; readonly value: Readonly<Record<string, unknown>> };
  readonly attrs: readonly GobgpAttribute[];
  readonly best?: boolean;
  readonly stale?: boolean;
}

export class Gobgp {
  log = '';
  readonly pid: number;
  readonly #program: GobgpProgram;
  readonly #namespace: Namespace;
  readonly #apiPort: number;
  readonly #neighbors: number;
  readonly #child: ChildProcess;
  #ended = false;

  constructor(program: GobgpProgram, options: GobgpOptions, namespace: Namespace) {
    const { folder, config, apiPort = 50051, restarted = false, down = false } = options;
    this.#program = program;
    this.#namespace = namespace;
    this.#apiPort = apiPort;
    this.#neighbors = down ? 0 : config.neighbors.length;
    const file = join(folder, `gobgpd-${namespace.name}-${apiPort}.json`);
    writeFileSync(file, JSON.stringify(config));
    const api = `--api-hosts=127.0.0.1:${apiPort}`;
    const [enter, ...args] = [...namespace.prefix, join(program.folder, 'gobgpd'), '-t', 'json', '-f', file, api];
    if (restarted) args.push('-r');
    args.push('-l', 'debug', '--log-plain');
    this.#child = spawn(enter as string, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.pid = this.#child.pid as number;
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.log += text;
      });
    }
    this.#child.once('close', () => {
      this.#ended = true;
    });
  }

  /** Waits until its command line answers and it takes connections of its neighbours: in Idle it refuses them. */
  async up(): Promise<this> {
    await until(
      async () => {
        if (this.#ended) throw new Error(`gobgpd ended: ${this.log}`);
        const { code, stdout } = await this.#run(['neighbor']);
        return (
          code === 0 && stdout.split('\n').filter((line) => / (Active|Establ) /.test(line)).length === this.#neighbors
        );
      },
      { within: 10_000, what: () => `gobgpd to take connections; it said: ${this.log}` },
    );
    return this;
  }

  /** Runs `gobgp` with these words to its end and answers what it printed; it has to succeed. */
  async cli(...words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#run(words);
    // It ends with 0 for some arguments that it does not understand, and says so.
    if (code !== 0 || stderr !== '') throw new Error(`gobgp ${words.join(' ')}: ${code} ${stderr}${stdout}`);
    return stdout;
  }

  async json<T>(...words: readonly string[]): Promise<T> {
    return JSON.parse(await this.cli(...words, '-j')) as T;
  }

  /** Adds an EVPN route, written as its manual has it: `multicast 10.0.0.1 etag 100 rd 1.1.1.1:65000`. */
  async add(route: string): Promise<void> {
    await this.cli('global', 'rib', 'add', '-a', 'evpn', ...route.split(' '));
  }

  async remove(route: string): Promise<void> {
    await this.cli('global', 'rib', 'del', '-a', 'evpn', ...route.split(' '));
  }

  /** All EVPN paths that it holds, by its own text for the route. */
  async rib(): Promise<ReadonlyMap<string, readonly GobgpPath[]>> {
    const text = await this.cli('global', 'rib', '-a', 'evpn', '-j');
    return new Map(Object.entries(JSON.parse(text) as Record<string, GobgpPath[]>));
  }

  async neighbor<T>(address: string): Promise<T> {
    return this.json<T>('neighbor', address);
  }

  /** Waits until its session with this neighbour is up. */
  async established(address: string, within = 10_000): Promise<void> {
    let last = '';
    await until(
      async () => {
        last = await this.cli('neighbor', address);
        return /BGP state = \w*ESTABLISHED/i.test(last);
      },
      { within, every: 50, what: () => `a session of GoBGP with ${address}:\n${last}\n${this.log.slice(-3000)}` },
    );
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** SIGKILL, and waits until it is gone. */
  async kill(): Promise<void> {
    if (this.#ended) return;
    this.#child.kill('SIGKILL');
    await until(() => this.#ended, { within: 5000, what: 'the end of gobgpd' });
  }

  async #run(words: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const own = [join(this.#program.folder, 'gobgp'), '-p', String(this.#apiPort), ...words];
    const [enter, ...args] = [...this.#namespace.prefix, ...own];
    const child = spawn(enter as string, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 10_000 });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout, stderr };
  }
}
