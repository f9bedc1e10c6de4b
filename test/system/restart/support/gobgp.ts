/** GoBGP in a namespace: its daemon, and its command line to talk to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from '../../support/namespace.ts';
import { until } from '../../support/until.ts';

export const hasGobgp = existsSync('/usr/bin/gobgpd') && existsSync('/usr/bin/gobgp');

export interface GobgpOptions {
  /** Where its configuration is written. */
  readonly folder: string;
  /** YAML. */
  readonly config: string;
}

/** A path of its table. */
export interface GobgpPath {
  readonly stale?: boolean;
  readonly attrs: readonly { readonly type: number; readonly communities?: readonly number[] }[];
}

export class Gobgp {
  log = '';
  readonly #options: GobgpOptions;
  readonly #file: string;
  readonly #namespace: Namespace;
  #child: ChildProcess | undefined;

  constructor(options: GobgpOptions, namespace: Namespace) {
    this.#options = options;
    this.#file = join(options.folder, 'gobgpd.yaml');
    this.#namespace = namespace;
  }

  /** Starts the daemon and waits until it answers; `-r` as an argument tells it that it has restarted. */
  async start(...more: readonly string[]): Promise<this> {
    writeFileSync(this.#file, this.#options.config);
    const [program, ...args] = [...this.#namespace.prefix, 'gobgpd', '-t', 'yaml', '-f', this.#file, '--pprof-disable'];
    const child = spawn(program as string, [...args, ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.log += text;
      });
    }
    this.#child = child;
    await until(async () => (await this.run('global')) !== undefined, { within: 10_000, what: 'gobgpd' });
    return this;
  }

  /** SIGKILL; waits until it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'close');
  }

  /** What `gobgp` prints; undefined when it fails. */
  async run(...words: readonly string[]): Promise<string | undefined> {
    const [program, ...args] = [...this.#namespace.prefix, 'gobgp', ...words];
    const child = spawn(program as string, args, { stdio: ['ignore', 'pipe', 'ignore'], timeout: 5000 });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const [code] = await once(child, 'close');
    return code === 0 ? text : undefined;
  }

  /**
   * Announces IP prefixes of this router (RFC 9136). No MAC addresses: GoBGP 3.10 ends with a fault of its own when it
   * is to keep those of a neighbour that restarts.
   */
  async announce(router: string, ...prefixes: readonly string[]): Promise<void> {
    for (const prefix of prefixes) {
      const route = [prefix, 'etag', '0', 'label', '100', 'rd', `${router}:100`, 'rt', '65000:100', 'encap', 'vxlan'];
      const added = await this.run('global', 'rib', 'add', '-a', 'evpn', 'prefix', ...route);
      if (added === undefined) throw new Error(`gobgp did not take ${prefix}`);
    }
  }

  /** Its EVPN paths to IP prefixes. */
  async paths(): Promise<ReadonlyMap<string, GobgpPath>> {
    const text = (await this.run('global', 'rib', '-a', 'evpn', '-j')) ?? '{}';
    const found = new Map<string, GobgpPath>();
    for (const [key, paths] of Object.entries(JSON.parse(text) as Record<string, readonly GobgpPath[]>)) {
      const prefix = /\[prefix:([0-9./]+)\]/.exec(key)?.[1];
      if (prefix !== undefined && paths[0] !== undefined) found.set(prefix, paths[0]);
    }
    return found;
  }
}
