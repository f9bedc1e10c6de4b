/** nvad as a process, whose log goes to a file so that nobody who measures has to read it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Namespace } from '../../test/system/support/namespace.ts';
import { until } from '../../test/system/support/until.ts';
import { ApiConnection } from './api-connection.ts';

const root = join(import.meta.dirname, '../..');
const api = { host: '127.0.0.1', port: 8080 };
/** Where nvad is to write what `--cpu-prof` finds, when it is to. */
const profiles = process.env['NVA_PROFILE'];

export class Daemon {
  readonly #namespace: Namespace;
  readonly #folder: string;
  readonly #config: string;
  #child: ChildProcess | undefined;
  #closed: Promise<unknown> = Promise.resolve();
  /** When it was started last, by performance.now(). */
  startedAt = 0;

  constructor(namespace: Namespace, folder: string, config: string) {
    this.#namespace = namespace;
    this.#folder = folder;
    this.#config = join(folder, 'nvad.yaml');
    writeFileSync(this.#config, config);
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  start(): void {
    const log = openSync(join(this.#folder, 'nvad.log'), 'a');
    const node = join(root, 'node_modules/.bin/node');
    const profile = profiles === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profiles];
    const words = [node, ...profile, join(root, 'dist/daemon/main.js'), '--config', this.#config];
    const [program, ...args] = [...this.#namespace.prefix, ...words];
    this.startedAt = performance.now();
    const child = spawn(program as string, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    this.#child = child;
    this.#closed = once(child, 'close').then(() => {
      if (this.#child === child) this.#child = undefined;
    });
  }

  /** Waits until it says that it may be relied on; answers how many milliseconds after its start that was. */
  async ready(within = 60_000): Promise<number> {
    let connection: ApiConnection | undefined;
    await until(
      async () => {
        if (this.#child === undefined) throw new Error(`nvad has ended: ${this.log()}`);
        if (connection === undefined || connection.closed) connection = this.connect();
        try {
          return (await connection.request('GET', '/readyz')).status === 200;
        } catch {
          return false;
        }
      },
      { within, every: 10, what: () => `nvad: ${this.log()}` },
    );
    connection?.close();
    return performance.now() - this.startedAt;
  }

  connect(): ApiConnection {
    return new ApiConnection(this.#namespace.connect(api));
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** SIGKILL, and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#closed;
  }

  async stop(): Promise<void> {
    this.signal('SIGTERM');
    await Promise.race([this.#closed, delay(20_000)]);
    await this.kill();
  }

  /** The end of its log. */
  log(): string {
    return readFileSync(join(this.#folder, 'nvad.log'), 'utf8').slice(-2000);
  }
}
