import type { Transport } from '../api/client.ts';
import type { StreamTransport } from '../api/follow.ts';
import type { ApiLocation, Credentials } from '../api/http-transport.ts';

/** All that nvactl touches outside itself; handed in, so that tests need no process. */
export interface Surroundings {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Standard output is a terminal. */
  readonly terminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves after `ms`, or at once when the user interrupts. */
  readonly sleep: (ms: number) => Promise<void>;
  /** The user has asked to stop (Ctrl-C, SIGTERM). */
  readonly interrupted: () => boolean;
  /** Begins something that goes on until the user interrupts, which the signal then says. */
  readonly following: () => AbortSignal;
  /** The path of a file from the root of the file system. */
  readonly absolute: (path: string) => string;
  /** The text of a file; `-` is standard input. Throws what the system says. */
  readonly readFile: (path: string) => string;
  readonly connect: (location: ApiLocation, timeoutMs: number | undefined, credentials: Credentials) => Transport;
  readonly stream: (location: ApiLocation, credentials: Credentials) => StreamTransport;
}
