/** A ping that goes on, and what became of each request. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Namespace } from './namespace.ts';
import { until } from './until.ts';

/** Seconds between two requests. */
const EVERY = 0.05;

export interface PingResult {
  readonly sent: number;
  /** Requests that came to the other end. */
  readonly arrived: number;
  readonly answered: number;
}

export class Ping {
  readonly #child: ChildProcess;
  readonly #to: Namespace;
  readonly #arrivedBefore: number;
  #answered = 0;
  #text = '';

  /** @param to where nobody else pings. */
  constructor(from: Namespace, to: Namespace, address: string) {
    this.#to = to;
    this.#arrivedBefore = echoRequests(to);
    const [program, ...args] = [...from.prefix, 'ping', '-n', '-i', String(EVERY), address];
    this.#child = spawn(program as string, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#text += text;
      this.#answered = this.#text.match(/ bytes from /g)?.length ?? 0;
    });
  }

  /** Requests that have come to the other end. */
  get arrived(): number {
    return echoRequests(this.#to) - this.#arrivedBefore;
  }

  get answered(): number {
    return this.#answered;
  }

  /** Waits until so many more requests were answered. */
  async isAnswered(count = 20, within = 10_000): Promise<void> {
    const wanted = this.#answered + count;
    await until(() => this.#answered >= wanted, { within, what: `${count} more answers` });
  }

  /** Ends it while requests are answered, and says what became of all of them. */
  async end(): Promise<PingResult> {
    await this.isAnswered();
    this.#child.kill('SIGINT');
    const summary = await until(() => /(\d+) packets transmitted, (\d+) received/.exec(this.#text), { within: 5000 });
    const [sent, answered] = summary.slice(1).map(Number) as [number, number];
    return { sent, arrived: this.arrived, answered };
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

function echoRequests(host: Namespace): number {
  const lines = host.run('cat', '/proc/net/snmp').split('\n');
  const [names = [], values = []] = lines.filter((line) => line.startsWith('Icmp:')).map((line) => line.split(' '));
  return Number(values[names.indexOf('InEchos')]);
}
