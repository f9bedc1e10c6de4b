import type { TransportRequest, TransportResponse } from '../../../src/api/client.ts';
import type { Surroundings } from '../../../src/cli/surroundings.ts';

export interface FakeSurroundings extends Surroundings {
  /** All that was written to standard output and standard error. */
  readonly written: { out: string; err: string };
  /** Where was connected to. */
  readonly locations: unknown[];
  /** How long was slept, in milliseconds. */
  readonly slept: number[];
}

export interface FakeOptions {
  readonly terminal?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** The answer to the nth request; undefined stands for nobody there. */
  readonly answer?: (request: TransportRequest, at: number) => TransportResponse | undefined;
  /** The user interrupts during this sleep, counted from 1. */
  readonly interruptAt?: number;
}

/** Surroundings without a process, a socket or a clock that moves. */
export function fakeSurroundings(options: FakeOptions = {}): FakeSurroundings {
  const written = { out: '', err: '' };
  const locations: unknown[] = [];
  const slept: number[] = [];
  let asked = 0;
  return {
    written,
    locations,
    slept,
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
    terminal: options.terminal ?? false,
    env: options.env ?? {},
    now: () => Date.parse('2026-01-02T04:06:05.000Z'),
    sleep: async (ms) => {
      slept.push(ms);
    },
    interrupted: () => slept.length >= (options.interruptAt ?? 1),
    connect: (location) => {
      locations.push(location);
      return async (request) =>
        options.answer?.(request, asked++) ?? { unreachable: 'connection refused', code: 'ECONNREFUSED' };
    },
  };
}
