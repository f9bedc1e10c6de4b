import type { ConfigError, ConfigPath } from '../config/error.ts';
import { type LoadedConfig, locate } from '../config/load.ts';
import { messageOf } from './message-of.ts';

export interface ListenAttempt {
  /** Where the listener stands in the file: `['listen', 0]` or `['api', 'listen']`. */
  readonly path: ConfigPath;
  /** Canonical text of the listener, for example `10.0.0.1:179`. */
  readonly text: string;
  /** Whether nvad was running already, and has given up its privileges. */
  readonly reloading: boolean;
}

/**
 * Why a socket could not be bound, as an error of the configuration that asked for it: one sentence with the
 * listener's place in the file, and what to do.
 */
export function listenError(error: unknown, attempt: ListenAttempt, loaded: LoadedConfig): ConfigError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const { reason, suggestion } = explain(code, error, attempt);
  const sentence = `cannot listen on ${attempt.text}: ${reason}`;
  const finding = { code: 'system', path: attempt.path, reason: sentence } as const;
  return locate(suggestion === undefined ? finding : { ...finding, suggestion }, loaded);
}

interface Explanation {
  readonly reason: string;
  readonly suggestion?: string;
}

function explain(code: string, error: unknown, { text, reloading }: ListenAttempt): Explanation {
  const port = text.slice(text.lastIndexOf(':') + 1);
  const isUnix = text.startsWith('unix:');
  switch (code) {
    case 'EADDRINUSE':
      return isUnix
        ? { reason: 'the socket is in use', suggestion: 'another nvad may be running' }
        : { reason: `port ${port} is in use`, suggestion: `"ss -ltnp sport = :${port}" shows by whom` };
    case 'EADDRNOTAVAIL':
      return { reason: 'this machine does not have the address', suggestion: '"ip address" shows those it has' };
    case 'EAFNOSUPPORT':
      return { reason: 'this machine has no IPv6', suggestion: `write "0.0.0.0:${port}" for all IPv4 addresses` };
    case 'EACCES':
    case 'EPERM':
      return denied(port, isUnix, reloading);
    case 'ENOENT':
      return { reason: 'the folder of the socket does not exist', suggestion: 'create it first' };
    default:
      return { reason: messageOf(error) };
  }
}

function denied(port: string, isUnix: boolean, reloading: boolean): Explanation {
  if (isUnix) return { reason: 'permission denied', suggestion: "nvad's user must be able to write in its folder" };
  if (reloading) {
    return {
      reason: `nvad gave up the right to bind port ${port} after it had started`,
      suggestion: 'restart it to take the new file',
    };
  }
  return {
    reason: `permission denied for port ${port}`,
    suggestion: 'start nvad as root or with CAP_NET_BIND_SERVICE, or use a port from 1024 on',
  };
}
