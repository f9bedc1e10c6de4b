/** Who is at the other end of a Unix socket: SO_PEERCRED (unix(7)), by the C library. */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { LibcLoad } from 'bgp-ts/linux';
import type { DoorModules } from '../api/access/door.ts';

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const getsockopt = 'int getsockopt(int fd, int level, int name, void *value, void *length)';

/** struct ucred: process, user and group, each an int. */
const CREDENTIALS = 12;

export function peerUserBy(load: () => LibcLoad): DoorModules['peerUser'] {
  let loaded: LibcLoad | undefined;
  return (socket) => {
    loaded ??= load();
    const descriptor = descriptorOf(socket);
    if (!loaded.ok || descriptor === undefined) return undefined;
    const credentials = new Int32Array(CREDENTIALS / 4);
    const length = new Uint8Array(Uint32Array.of(CREDENTIALS).buffer);
    const octets = new Uint8Array(credentials.buffer);
    const { value } = loaded.libc.call(getsockopt, descriptor, SOL_SOCKET, SO_PEERCRED, octets, length);
    if (value < 0) return undefined;
    const uid = (credentials[1] ?? 0) >>> 0;
    const name = nameOf(uid);
    return name === undefined ? { uid } : { uid, name };
  };
}

/** Node has a descriptor for each socket, and no word for it. */
function descriptorOf(socket: Socket): number | undefined {
  const handle: unknown = (socket as { readonly _handle?: unknown })._handle;
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return undefined;
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}

function nameOf(uid: number): string | undefined {
  let passwd: string;
  try {
    passwd = readFileSync('/etc/passwd', 'utf8');
  } catch {
    return undefined;
  }
  for (const line of passwd.split('\n')) {
    const [name, , number] = line.split(':');
    if (number === String(uid) && name !== '') return name;
  }
  return undefined;
}
