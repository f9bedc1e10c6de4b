import { unlink } from 'node:fs/promises';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';

/** The address in use after all (port 0 resolved), or the system's reason. */
export type ListenOutcome =
  | { readonly ok: true; readonly address: ListenAddress }
  | { readonly ok: false; readonly code: string; readonly reason: string };

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program',
  EADDRNOTAVAIL: 'is no address of this machine',
  EACCES: 'needs a permission this user does not have',
  ENOENT: 'lies in a directory that does not exist',
};

function listen(server: Server, address: ListenAddress): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => {
      server.off('listening', listening);
      resolve(error);
    };
    const listening = () => {
      server.off('error', failed);
      resolve(undefined);
    };
    server.once('error', failed);
    server.once('listening', listening);
    server.listen(address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port });
  });
}

/** A socket file is left behind by a process that was killed: nobody answers behind it. */
function isAbandoned(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
}

/** Makes `server` listen; a Unix socket whose owner is gone is replaced. */
export async function listenAt(server: Server, address: ListenAddress): Promise<ListenOutcome> {
  let error = await listen(server, address);
  if (error?.code === 'EADDRINUSE' && address.kind === 'unix' && (await isAbandoned(address.path))) {
    await unlink(address.path);
    error = await listen(server, address);
  }
  if (error !== undefined) {
    const code = error.code ?? 'UNKNOWN';
    return { ok: false, code, reason: `${formatListenAddress(address)} ${reasons[code] ?? `: ${error.message}`}` };
  }
  const bound = server.address();
  if (address.kind === 'unix' || bound === null || typeof bound === 'string') return { ok: true, address };
  return { ok: true, address: { ...address, port: bound.port } };
}
