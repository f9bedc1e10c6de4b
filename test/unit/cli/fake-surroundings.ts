import { resolve } from 'node:path';
import type { TransportRequest, TransportResponse } from '../../../src/api/client.ts';
import type { StreamRequest, StreamTransport } from '../../../src/api/follow.ts';
import type { Credentials } from '../../../src/api/http-transport.ts';
import type { Surroundings } from '../../../src/cli/surroundings.ts';

export interface FakeSurroundings extends Surroundings {
  /** All that was written to standard output and standard error. */
  readonly written: { out: string; err: string };
  /** Where was connected to. */
  readonly locations: unknown[];
  /** How long was slept, in milliseconds. */
  readonly slept: number[];
  /** Who it was each time. */
  readonly credentials: Credentials[];
}

export interface FakeOptions {
  readonly terminal?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** The answer to the nth request; undefined stands for nobody there. */
  readonly answer?: (request: TransportRequest, at: number) => TransportResponse | undefined;
  /** The user interrupts during this sleep, counted from 1. */
  readonly interruptAt?: number;
  readonly files?: Readonly<Record<string, string>>;
  /** What the nth stream says, and how it ends. */
  readonly stream?: (request: StreamRequest, at: number) => Awaited<ReturnType<StreamTransport>>;
}

/** Surroundings without a process, a socket or a clock that moves. */
export function fakeSurroundings(options: FakeOptions = {}): FakeSurroundings {
  const written = { out: '', err: '' };
  const locations: unknown[] = [];
  const slept: number[] = [];
  const who: Credentials[] = [];
  const controller = new AbortController();
  let streamed = 0;
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
    following: () => controller.signal,
    absolute: (path) => resolve('/home/operator', path),
    readFile: (path) => {
      const text = options.files?.[path];
      if (text === undefined) throw Object.assign(new Error(`ENOENT, open '${path}'`), { code: 'ENOENT' });
      return text;
    },
    stream: () => async (request) => {
      const ended = options.stream?.(request, streamed++) ?? {
        unreachable: 'connection refused',
        code: 'ECONNREFUSED',
      };
      if (streamed >= (options.interruptAt ?? 1)) controller.abort();
      return ended;
    },
    credentials: who,
    connect: (location, _timeoutMs, credentials) => {
      locations.push(location);
      who.push(credentials);
      return async (request) =>
        options.answer?.(request, asked++) ?? { unreachable: 'connection refused', code: 'ECONNREFUSED' };
    },
  };
}
