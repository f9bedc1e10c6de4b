import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Transport } from './client.ts';
import type { StreamTransport } from './follow.ts';

/** Where an API is: from `http://…`, `https://…`, `unix:/path` or `unix:///path`. */
export type ApiLocation =
  | { readonly kind: 'http' | 'https'; readonly url: URL }
  | { readonly kind: 'unix'; readonly path: string };

/** Undefined when the text is none of the forms that {@link ApiLocation} names. */
export function parseApiLocation(text: string): ApiLocation | undefined {
  const unix = /^unix:(?:\/\/)?(\/.+)$/.exec(text);
  if (unix !== null) return { kind: 'unix', path: unix[1]! };
  const url = URL.parse(text);
  if (url === null || url.host === '') return undefined;
  if (url.protocol === 'http:') return { kind: 'http', url };
  return url.protocol === 'https:' ? { kind: 'https', url } : undefined;
}

/** Who asks, and whom it believes. */
export interface Credentials {
  readonly token?: string;
  /** PEM texts: who signs for nvad, where that is nobody whom the system knows, and a certificate of one's own. */
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/** Most octets of an answer that are read; more than the largest page could have. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/** Characters of a refusal of a stream that are read. */
const MAX_REFUSAL = 65_536;

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOENT: 'no such socket',
  ENOTFOUND: 'no such host',
  EACCES: 'permission denied',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'no answer in time',
};

function where(location: ApiLocation, target: string, { ca, certificate, key }: Credentials): RequestOptions {
  if (location.kind === 'unix') return { socketPath: location.path, path: target, host: 'localhost' };
  const { hostname, port, pathname } = location.url;
  const place = {
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    path: pathname.replace(/\/$/, '') + target,
  };
  if (location.kind === 'http') return place;
  return {
    ...place,
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(key !== undefined && { key }),
  } as RequestOptions;
}

const shown = ({ token }: Credentials) => (token === undefined ? {} : { authorization: `Bearer ${token}` });

const unreachable = (error: NodeJS.ErrnoException) => {
  const code = error.code ?? 'UNKNOWN';
  return { unreachable: words[code] ?? error.message, code };
};

/** A transport over node:http. `timeoutMs` is the longest silence, from connecting to the end of the answer. */
export function createHttpTransport(
  location: ApiLocation,
  timeoutMs = 15_000,
  credentials: Credentials = {},
): Transport {
  const send = location.kind === 'https' ? httpsRequest : httpRequest;
  return ({ method, target, body }) =>
    new Promise((resolve) => {
      const fail = (error: NodeJS.ErrnoException) => resolve(unreachable(error));
      const headers = {
        accept: 'application/json, application/problem+json, text/plain',
        ...shown(credentials),
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
      };
      const options = { ...where(location, target, credentials), method, headers, timeout: timeoutMs, agent: false };
      const outgoing = send(options, (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_ANSWER_BYTES) outgoing.destroy(new Error('the answer is too long'));
          else chunks.push(chunk);
        });
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            contentType: response.headers['content-type'] ?? '',
            body: Buffer.concat(chunks).toString(),
          });
        });
        response.on('error', fail);
      });
      outgoing.on('timeout', () => {
        resolve({ unreachable: words['ETIMEDOUT']!, code: 'ETIMEDOUT' });
        outgoing.destroy();
      });
      outgoing.on('error', fail);
      outgoing.end(body);
    });
}

/** Streams over node:http. `silenceMs` is the longest silence; nvad says every ten seconds that it is alive. */
export function createHttpStream(
  location: ApiLocation,
  silenceMs = 35_000,
  credentials: Credentials = {},
): StreamTransport {
  const send = location.kind === 'https' ? httpsRequest : httpRequest;
  return ({ target, lastEventId, text, signal }) =>
    new Promise((resolve) => {
      const headers = {
        accept: 'text/event-stream, application/problem+json',
        ...shown(credentials),
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      };
      const options = { ...where(location, target, credentials), headers, timeout: silenceMs, agent: false };
      const fail = (error: NodeJS.ErrnoException) => {
        signal.removeEventListener('abort', stop);
        resolve(signal.aborted ? { ended: true } : unreachable(error));
      };
      const outgoing = send(options, (response) => {
        const { statusCode: status = 0 } = response;
        const contentType = response.headers['content-type'] ?? '';
        let refusal = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          try {
            if (status === 200) text(chunk);
            else refusal = (refusal + chunk).slice(0, MAX_REFUSAL);
          } catch (error) {
            outgoing.destroy(error instanceof Error ? error : new Error(String(error)));
          }
        });
        response.on('end', () => {
          signal.removeEventListener('abort', stop);
          resolve(status === 200 ? { ended: true } : { status, contentType, body: refusal });
        });
        response.on('error', fail);
      });
      const stop = () => outgoing.destroy(new Error('stopped'));
      signal.addEventListener('abort', stop);
      outgoing.on('timeout', () => outgoing.destroy(Object.assign(new Error(''), { code: 'ETIMEDOUT' })));
      outgoing.on('error', fail);
      outgoing.end();
    });
}
