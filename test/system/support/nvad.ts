/** nvad as a real process, in a namespace. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Namespace } from './namespace.ts';
import { until } from './until.ts';

const bin = (name: string) => fileURLToPath(new URL(`../../../bin/${name}`, import.meta.url));

export interface NvadOptions {
  /** Where its configuration is written, as `nvad.yaml` unless `file` says otherwise. */
  readonly folder: string;
  readonly file?: string;
  readonly config: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Where the tests find its API; default 127.0.0.1 port 8080. */
  readonly api?: { readonly host: string; readonly port: number };
}

export interface LogLine {
  readonly level: string;
  readonly component: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ToolResult extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

export class Nvad {
  readonly pid: number;
  readonly configFile: string;
  readonly logs: LogLine[] = [];
  /** What it printed on standard error. */
  stderr = '';
  /** Its end, once it came. */
  ended: Exit | undefined;
  readonly startedAt = performance.now();
  readonly #namespace: Namespace;
  readonly #api: { readonly host: string; readonly port: number };
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #closed: Promise<unknown>;

  constructor(options: NvadOptions, namespace: Namespace) {
    const { folder, file = 'nvad.yaml', config, environment = {}, api = { host: '127.0.0.1', port: 8080 } } = options;
    this.#namespace = namespace;
    this.#api = api;
    this.configFile = join(folder, file);
    writeFileSync(this.configFile, config);
    const [program, ...args] = [...namespace.prefix, bin('nvad'), '--config', this.configFile];
    this.#child = spawn(program as string, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    this.pid = this.#child.pid as number;
    let rest = '';
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.logs.push(JSON.parse(line) as LogLine);
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#closed = once(this.#child, 'close').then(([code, signal]) => {
      this.ended = { code, signal };
    });
  }

  /** Waits until it says that it is up. */
  async up(): Promise<this> {
    await this.logged(/^nvad is ready/, { within: 30_000 });
    return this;
  }

  /** The first log line with this text, from line number `from` on. */
  async logged(text: RegExp, { within = 10_000, from = 0 } = {}): Promise<LogLine> {
    const found = () => this.logs.slice(from).find(({ msg }) => text.test(msg));
    return until(() => found() ?? (this.ended !== undefined ? Promise.reject(this.#unexpectedEnd()) : undefined), {
      within,
      what: () => `the log line ${text}; there are:\n${this.messages().join('\n')}`,
    });
  }

  messages(): string[] {
    return this.logs.map(({ level, msg }) => `${level}: ${msg}`);
  }

  /** Writes the configuration anew; a SIGHUP makes nvad read it. */
  configure(config: string): void {
    writeFileSync(this.configFile, config);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async exit(within = 10_000): Promise<Exit> {
    return until(() => this.ended, { within, what: 'the end of nvad' });
  }

  /** SIGKILL, and waits until it is gone. */
  async kill(): Promise<void> {
    if (this.ended === undefined) this.#child.kill('SIGKILL');
    await this.#closed;
  }

  /** Octets of memory that are its own (RSS). */
  residentOctets(): number {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1];
    return Number(kib) * 1024;
  }

  /** One request to its API. */
  http(path: string, method = 'GET', body?: unknown): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const { host, port } = this.#api;
      const sent = request(
        {
          path,
          method,
          createConnection: () => this.#namespace.connect({ host, port }),
          headers: { host: 'localhost', ...(body !== undefined && { 'content-type': 'application/json' }) },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
          response.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** The JSON that its API answers; rejects for anything but status 200. */
  async get<T>(path: string): Promise<T> {
    const found = await this.find<T>(path);
    if (found === undefined) throw new Error(`GET ${path}: 404`);
    return found;
  }

  /** The same of what may have gone meanwhile; undefined for status 404. */
  async find<T>(path: string): Promise<T | undefined> {
    const { status, text } = await this.http(path);
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${text}`);
    return JSON.parse(text) as T;
  }

  /** Runs nvactl in nvad's namespace. */
  async ctl(...words: readonly string[]): Promise<ToolResult> {
    const { host, port } = this.#api;
    return runTool(this.#namespace, ['nvactl', '--api', `http://${host}:${port}`, ...words]);
  }

  #unexpectedEnd(): Error {
    return new Error(`nvad ended: ${JSON.stringify(this.ended)}\n${this.stderr}${this.messages().join('\n')}`);
  }
}

/** Runs one of the project's programs to its end. */
export async function runTool(namespace: Namespace, [name, ...words]: readonly string[]): Promise<ToolResult> {
  const [program, ...args] = [...namespace.prefix, bin(name as string), ...words];
  const child = spawn(program as string, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}
