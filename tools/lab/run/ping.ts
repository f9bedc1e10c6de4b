import type { Lab } from './lab.ts';
import { childrenOf, identify, signal } from './process.ts';

export type PingCount = {
  readonly sent: number;
  readonly received: number;
  /** Sequence numbers below the last answered one that were never answered. */
  readonly lost: number;
  /** The longest time between two answers. */
  readonly longestGapMs: number;
};

/** A ping that runs in a node until it is stopped, one packet each `intervalSeconds`. */
export class PingRun {
  readonly #ended: Promise<void>;
  #over = false;
  readonly #pid: number | undefined;
  #text = '';

  constructor(lab: Lab, from: string, to: string, intervalSeconds = 0.05) {
    // -D stamps each answer with the time, which is what gaps are measured by; -b lets `to` be a broadcast address.
    const child = lab.spawn(from, ['ping', '-b', '-D', '-i', String(intervalSeconds), to]);
    this.#pid = child.pid;
    child.stdout?.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString();
    });
    this.#ended = new Promise((done) => {
      const end = () => {
        this.#over = true;
        done();
      };
      child.on('close', end);
      child.on('error', end);
    });
  }

  /** Answers so far. */
  get received(): number {
    return answers(this.#text).length;
  }

  /** When the last answer came, in milliseconds since 1970; 0 before the first. */
  get lastAnswerAt(): number {
    return answers(this.#text).at(-1)?.at ?? 0;
  }

  /** Ends the run, if it has not ended, and counts. */
  async stop(): Promise<PingCount> {
    // The process that was spawned stands outside the node; ping itself is its child, and counts on SIGINT.
    for (const pid of this.#over || this.#pid === undefined ? [] : childrenOf(this.#pid)) {
      const ping = identify(pid);
      if (ping) signal(ping, 'SIGINT');
    }
    await this.#ended;
    return countPings(this.#text);
  }
}

type Answer = { readonly at: number; readonly sequence: number };

function answers(text: string): Answer[] {
  return [...text.matchAll(/^\[(\d+\.\d+)\] \d+ bytes from .*icmp_seq=(\d+)/gm)].map((match) => ({
    at: Number(match[1]) * 1000,
    sequence: Number(match[2]),
  }));
}

/** What the output of `ping -D` says, from its lines and its last sentence. */
export function countPings(text: string): PingCount {
  const got = answers(text);
  const last = Math.max(0, ...got.map((answer) => answer.sequence));
  const gaps = got.slice(1).map((answer, i) => answer.at - (got[i] as Answer).at);
  return {
    sent: Number(/(\d+) packets transmitted/.exec(text)?.[1] ?? 0),
    received: got.length,
    lost: last - new Set(got.map((answer) => answer.sequence)).size,
    longestGapMs: Math.round(Math.max(0, ...gaps)),
  };
}
