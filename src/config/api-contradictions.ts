import { isLoopback } from './address.ts';
import { defaultApiListen } from './config.ts';
import { parseApiEndpoint } from './endpoint.ts';
import type { Finding } from './error.ts';
import { asMap, contradiction, type Raw } from './raw.ts';

/** What the API's section says against itself. */
export function apiContradictions(file: Raw): Finding[] {
  const { listen = defaultApiListen, tls, tokens } = asMap(file.api);
  const parsed = typeof listen === 'string' ? parseApiEndpoint(listen) : undefined;
  if (parsed?.ok !== true) return [];
  const { kind, text } = parsed.value;
  if (kind === 'unix') {
    if (tls === undefined) return [];
    const reason = `api.tls is for TCP, and ${text} is a Unix socket, which never leaves the machine`;
    return [contradiction(['api', 'tls'], reason, 'leave it out')];
  }
  if (isLoopback(parsed.value.host) || asMap(tls).clientCa !== undefined || tokens !== undefined) return [];
  const reason = `whoever reaches ${text} could do everything: api has neither tokens nor tls.clientCa`;
  return [contradiction(['api', 'listen'], reason, 'give one of them, or listen on 127.0.0.1 or unix:PATH')];
}
