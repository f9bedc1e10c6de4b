/** What every command has at hand: the client, the clock, the colours, and how to say things. */
import { type Client, createClient } from '../api/client.ts';
import type { StreamTransport } from '../api/follow.ts';
import { parseApiLocation } from '../api/http-transport.ts';
import { type CredentialOptions, readCredentials } from './credentials.ts';
import { ExitCode } from './exit-codes.ts';
import { createPaint, type Paint } from './format/paint.ts';
import { failed, type Outcome } from './outcome.ts';
import type { Surroundings } from './surroundings.ts';

export const DEFAULT_API = 'http://127.0.0.1:8080';

/** The options that every command has. */
export interface GlobalOptions extends CredentialOptions {
  readonly api?: string;
  readonly json?: boolean;
  readonly color: boolean;
}

export interface Session {
  readonly client: Client;
  readonly stream: StreamTransport;
  /** The address of the API, as it was given. */
  readonly api: string;
  readonly json: boolean;
  readonly paint: Paint;
  readonly now: () => number;
}

/** The session for these options, or what is wrong with them. */
export function openSession(
  options: GlobalOptions,
  surroundings: Surroundings,
  timeoutMs?: number,
): Session | { readonly refused: Outcome } {
  const { NVACTL_API: fromEnvironment, NO_COLOR: noColour } = surroundings.env;
  const api = options.api ?? (fromEnvironment || DEFAULT_API);
  const location = parseApiLocation(api);
  if (location === undefined) {
    const where = options.api === undefined ? 'NVACTL_API' : '--api';
    const reason = `${where}: '${api}' is no address of an API; use http://HOST:PORT or unix:///PATH`;
    return { refused: failed(ExitCode.Usage, reason) };
  }
  const credentials = readCredentials(options, surroundings);
  if ('refused' in credentials) return credentials;
  return {
    client: createClient(surroundings.connect(location, timeoutMs, credentials)),
    stream: surroundings.stream(location, credentials),
    api,
    json: options.json ?? false,
    paint: createPaint(options.color && surroundings.terminal && !noColour),
    now: surroundings.now,
  };
}
