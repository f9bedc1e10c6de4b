import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Transport } from './client.ts';

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

/** Most octets of an answer that are read; more than the largest page could have. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

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

/** A transport over node:http. `timeoutMs` is the longest silence, from connecting to the end of the answer. */
export function createHttpTransport(location: ApiLocation, timeoutMs = 15_000): Transport {
  const send = location.kind === 'https' ? httpsRequest : httpRequest;
  return ({ method, target, body }) =>
    new Promise((resolve) => {
      const fail = (code: string, detail: string) => resolve({ unreachable: words[code] ?? detail, code });
      const headers = {
        accept: 'application/json, application/problem+json, text/plain',
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
      };
      const where: RequestOptions =
        location.kind === 'unix'
          ? { socketPath: location.path, path: target, host: 'localhost' }
          : {
              hostname: location.url.hostname.replace(/^\[(.*)\]$/, '$1'),
              port: location.url.port,
              path: location.url.pathname.replace(/\/$/, '') + target,
            };
      const outgoing = send({ ...where, method, headers, timeout: timeoutMs, agent: false }, (response) => {
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
        response.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'UNKNOWN', error.message));
      });
      outgoing.on('timeout', () => {
        fail('ETIMEDOUT', '');
        outgoing.destroy();
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'UNKNOWN', error.message));
      outgoing.end(body);
    });
}
