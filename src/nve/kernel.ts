/** The kernel of one network namespace, by iproute2 and nftables. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Batch, Command } from './command.ts';
import { type KernelState, parseKernelState } from './kernel-state.ts';
import { type HostTable, type LearntHost, parseLearnt } from './learnt-hosts.ts';
import { routerNamespaces } from './names.ts';
import { parseRouterState, type RouterState } from './router-state.ts';

/** A command that the kernel, or the program that was to tell it, refused. */
export interface CommandFailure {
  readonly command: Command;
  /** The program's words, on one line. */
  readonly reason: string;
}

export interface Kernel {
  /** Rejects when it cannot be read at all. */
  read(): Promise<KernelState>;
  /** Does all commands in their order, whatever becomes of each. */
  run(batches: readonly Batch[]): Promise<readonly CommandFailure[]>;
  /** Calls `changed` when links and their addresses come, go or change, by whoever; the answer ends it. */
  watch(changed: () => void): () => void;
}

export interface LinuxKernelOptions {
  /** Words before each command, as `ip netns exec NAME`; none for the process's own namespace. */
  readonly prefix?: readonly string[];
  /** Its routers' namespaces are told apart by it; without one, none of them are looked at. */
  readonly tunnelAddress?: string;
}

/** What a program prints at most; far more than a million forwarding entries are. */
const MOST_OUTPUT = 512 * 1024 * 1024;

export class LinuxKernel implements Kernel, HostTable {
  readonly #prefix: readonly string[];
  readonly #routers: string | undefined;

  constructor({ prefix = [], tunnelAddress }: LinuxKernelOptions) {
    this.#prefix = prefix;
    this.#routers = tunnelAddress === undefined ? undefined : routerNamespaces(tunnelAddress);
  }

  async read(): Promise<KernelState> {
    const [links, addresses, fdb, neighbours, chains, netconf] = await Promise.all([
      this.#json('ip', '-j', '-d', 'link', 'show'),
      this.#json('ip', '-j', 'address', 'show'),
      this.#json('bridge', '-j', 'fdb', 'show'),
      this.#json('ip', '-j', 'neighbour', 'show', 'nud', 'permanent'),
      // Without nft there is no filter, which is said when one is wanted.
      this.#json('nft', '-j', 'list', 'chains').catch(() => undefined),
      this.#json('ip', '-j', '-4', 'netconf', 'show'),
    ]);
    return parseKernelState({ links, addresses, fdb, neighbours, chains, netconf }, await this.#readRouters());
  }

  async #readRouters(): Promise<Map<string, RouterState>> {
    const found = new Map<string, RouterState>();
    const routers = this.#routers;
    if (routers === undefined) return found;
    const namespaces = await this.#json('ip', '-j', 'netns', 'list');
    for (const { name } of Array.isArray(namespaces) ? (namespaces as { readonly name: unknown }[]) : []) {
      if (typeof name !== 'string' || !name.startsWith(routers)) continue;
      const [links, routes, routes6, neighbours, fdb, chains] = await Promise.all([
        this.#json('ip', '-n', name, '-j', 'address', 'show'),
        this.#json('ip', '-n', name, '-j', 'route', 'show'),
        this.#json('ip', '-n', name, '-j', '-6', 'route', 'show'),
        this.#json('ip', '-n', name, '-j', 'neighbour', 'show', 'nud', 'permanent'),
        this.#json('bridge', '-n', name, '-j', 'fdb', 'show'),
        this.#json('ip', 'netns', 'exec', name, 'nft', '-j', 'list', 'chains').catch(() => undefined),
      ]);
      found.set(name, parseRouterState({ links, routes, routes6, neighbours, fdb, chains }));
    }
    return found;
  }

  async run(batches: readonly Batch[]): Promise<readonly CommandFailure[]> {
    const failures: CommandFailure[] = [];
    for (const batch of batches) failures.push(...(await this.#batch(batch)));
    return failures;
  }

  watch(changed: () => void): () => void {
    return this.#monitor('link', changed);
  }

  async learntAt(port: string): Promise<readonly LearntHost[] | undefined> {
    const { code, stdout, stderr } = await this.#spawn(['bridge', '-j', 'fdb', 'show', 'brport', port], '');
    if (code === 0) return stdout.trim() === '' ? [] : parseLearnt(JSON.parse(stdout));
    return /^Cannot find/.test(stderr) ? [] : undefined;
  }

  async settleAt(port: string, mac: string): Promise<void> {
    await this.#spawn(['bridge', 'fdb', 'replace', mac, 'dev', port, 'master', 'dynamic'], '');
  }

  watchHosts(ports: readonly string[], changed: () => void): () => void {
    const at = ports.map((port) => ` dev ${port} `);
    return this.#monitor('fdb', (text) => {
      if (text === undefined || at.some((words) => text.includes(words))) changed();
    });
  }

  /** Calls with what is said, and with nothing when the monitor had ended, and something may have been missed. */
  #monitor(what: 'link' | 'fdb', changed: (text?: string) => void): () => void {
    let ended = false;
    let child: ReturnType<typeof spawn> | undefined;
    const start = () => {
      const words = what === 'link' ? ['ip', '-o', 'monitor', 'link', 'address'] : ['bridge', 'monitor', 'fdb'];
      const [program, ...args] = [...this.#prefix, ...words];
      child = spawn(program as string, args, { stdio: ['ignore', 'pipe', 'ignore'] });
      child.stdout?.setEncoding('utf8').on('data', changed);
      child.on('error', () => {});
      child.on('close', () => {
        if (ended) return;
        setTimeout(() => {
          if (ended) return;
          start();
          changed();
        }, RESTART_MONITOR).unref();
      });
    };
    start();
    return () => {
      ended = true;
      child?.kill();
    };
  }

  async #batch(batch: Batch): Promise<CommandFailure[]> {
    const { program, text, commands } = batch;
    const words = wordsFor(batch);
    const { code, stderr } = await this.#spawn(words, text);
    if (code === 0) return [];
    // nft does a transaction as a whole, or nothing of it.
    if (program === 'nft' || program === 'sysctl')
      return commands.map((command) => ({ command, reason: oneLine(stderr) }));
    return failedLines(stderr, commands);
  }

  async #json(...words: readonly string[]): Promise<unknown> {
    const { code, stdout, stderr } = await this.#spawn(words, '');
    if (code !== 0) throw new Error(`${words.join(' ')}: ${oneLine(stderr)}`);
    return stdout.trim() === '' ? [] : JSON.parse(stdout);
  }

  async #spawn(words: readonly string[], input: string) {
    const [program, ...args] = [...this.#prefix, ...words];
    const child = spawn(program as string, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      if (stdout.length > MOST_OUTPUT) child.kill('SIGKILL');
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      if (stderr.length < MOST_OUTPUT) stderr += chunk;
    });
    // A program that ends without reading all of its input says why by itself.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    try {
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, stdout, stderr };
    } catch (error) {
      return { code: -1, stdout, stderr: `${program}: ${error instanceof Error ? error.message : String(error)}` };
    }
  }
}

function wordsFor({ program, namespace }: Batch): readonly string[] {
  const inside = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
  switch (program) {
    case 'nft':
      return [...inside, 'nft', '-f', '-'];
    case 'sysctl':
      return [...inside, 'sysctl', '-q', '-p', '-'];
    default:
      return [program, ...(namespace === undefined ? [] : ['-n', namespace]), '-force', '-batch', '-'];
  }
}

/** Milliseconds. */
const RESTART_MONITOR = 1000;

/** A batch goes on after a failure, and says of each in which line it was, after why. */
export function failedLines(stderr: string, commands: readonly Command[]): CommandFailure[] {
  const failures: CommandFailure[] = [];
  let reasons: string[] = [];
  for (const line of stderr.split('\n')) {
    const number = /^Command failed [^:]*:(\d+)$/.exec(line.trim())?.[1];
    if (number === undefined) {
      if (line.trim() !== '') reasons.push(line.trim());
      continue;
    }
    const command = commands[Number(number) - 1];
    if (command !== undefined) failures.push({ command, reason: reasons.join('; ') });
    reasons = [];
  }
  if (failures.length > 0) return failures;
  // The program did not start, or died: nothing is known of any of them.
  return commands.map((command) => ({ command, reason: oneLine(stderr) }));
}

const oneLine = (text: string) => text.trim().split('\n').slice(0, 3).join('; ') || 'it ended without a word';
