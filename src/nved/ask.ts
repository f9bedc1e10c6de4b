/** One request to a running nved. */
import { connect } from 'node:net';
import type { TenantAnswer, TenantRequest } from './tenant-protocol.ts';

/** Rejects with an error that has a `code` when there is no nved to ask. */
export function ask(path: string, request: TenantRequest): Promise<TenantAnswer> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(path);
    socket.setEncoding('utf8');
    socket.on('error', reject);
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('close', () => {
      try {
        resolve(JSON.parse(text) as TenantAnswer);
      } catch {
        reject(new Error('nved ended before it had answered'));
      }
    });
  });
}
