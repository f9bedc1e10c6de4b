/** The generator as a process in a namespace: told its steps one after the other, and asked for what it received. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { ClientIndex } from '../model/population.ts';
import type { Expected } from '../model/scenario.ts';
import type { Span } from '../model/streams.ts';

/** One step as the generator is told it. */
export interface StepOrder {
  /** Lines of its language that go before: see the head of load.c. */
  readonly options: readonly string[];
  /** By client. */
  readonly spans: readonly (Span | undefined)[];
  readonly expected: readonly Expected[];
}

/** What the generator measured in a step; times in seconds since it began. */
export interface StepResult {
  readonly timedOut: boolean;
  /** To the read that completed the last client; to the end, when that never came. */
  readonly seconds: number;
  /** To the last UPDATE, and to the first route. */
  readonly last: number;
  readonly first: number;
  /** Clients that were not complete when time was up. */
  readonly incomplete: number;
  /** Sessions that came up, since the beginning. */
  readonly established: number;
  readonly updates: number;
  readonly octets: number;
  readonly announced: number;
  readonly withdrawn: number;
  /** Seconds of CPU that the generator took itself. */
  readonly cpu: number;
  /** Longest time that any session was silent, since the step before ended. */
  readonly silence: number;
  /** Connections that were turned away and tried again. */
  readonly refusals: number;
  /** Pieces of memory that had not been touched before. */
  readonly untouched: number;
  /** By client: octets received since the session began. */
  readonly kept: readonly number[];
  /** Changes that not everybody has read. */
  readonly unread?: number;
  /** Changes that a client was told of again; they are not taken for somebody else's. */
  readonly repeats?: number;
  /** Of changes: from the write to the last read, sorted, in equal steps from the least to the greatest. */
  readonly latency?: readonly number[];
}

interface Kept {
  readonly base: string;
  readonly chunk: number;
  /** By client: number of a chunk and the octets used in it, again and again. */
  readonly clients: readonly (readonly number[])[];
}

export class Generator {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  #stderr = '';
  #closed: Promise<void>;

  /** @param prefix words before a command that make it run in the namespace. */
  constructor(program: string, plan: string, prefix: readonly string[]) {
    const [first = program, ...words] = [...prefix, program, plan];
    this.#child = spawn(first, words, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    // What is written to one that has ended is told by its end.
    this.#child.stdin.on('error', () => {});
    this.#closed = new Promise((resolve) => {
      this.#child.once('close', () => resolve());
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Runs a step to its end. Rejects when a session failed. */
  step({ options, spans, expected }: StepOrder): Promise<StepResult> {
    const lines = [...options];
    spans.forEach((span, client) => {
      if (span !== undefined) lines.push(`stream ${client} ${span.offset} ${span.length}`);
    });
    expected.forEach(({ reach, unreach }, client) => {
      lines.push(`expect ${client} ${reach} ${unreach}`);
    });
    return this.#ask<StepResult>([...lines, 'go']);
  }

  /** What each client received, in pieces of whole messages, read from the generator's memory when they are asked for. */
  async received(): Promise<(client: ClientIndex) => Iterable<Buffer>> {
    const { base, chunk, clients } = await this.#ask<Kept>(['kept']);
    const start = Number(base);
    const memory = `/proc/${this.#child.pid}/mem`;
    return function* (client) {
      const buffer = Buffer.allocUnsafe(chunk);
      const file = openSync(memory, 'r');
      try {
        const pieces = clients[client] ?? [];
        for (let at = 0; at < pieces.length; at += 2) {
          const [number = 0, used = 0] = pieces.slice(at, at + 2);
          for (let have = 0; have < used; ) {
            have += readSync(file, buffer, have, used - have, start + number * chunk + have);
          }
          yield buffer.subarray(0, used);
        }
      } finally {
        closeSync(file);
      }
    };
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  async #ask<T>(lines: readonly string[]): Promise<T> {
    this.#child.stdin.write(`${lines.join('\n')}\n`);
    const { done, value } = await this.#lines.next();
    if (done !== true) return JSON.parse(value) as T;
    await this.#closed;
    throw new Error(this.#stderr.trim() || 'the load generator ended');
  }
}
