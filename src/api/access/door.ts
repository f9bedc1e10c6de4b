import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Door } from './gate.ts';

export interface DoorModules {
  /** The user at the other end of a Unix socket; undefined where the system does not say. */
  readonly peerUser: (socket: Socket) => { readonly uid: number; readonly name?: string } | undefined;
}

/** What stays so for as long as a connection does. */
const doors = new WeakMap<Socket, Door>();

/** How the requests of a connection come in. */
export function doorOf(socket: Socket, modules: DoorModules): Door {
  let door = doors.get(socket);
  if (door === undefined) {
    door = lookAt(socket, modules);
    doors.set(socket, door);
  }
  return door;
}

function lookAt(socket: Socket, { peerUser }: DoorModules): Door {
  const { remoteAddress } = socket;
  // Only TCP has addresses.
  if (remoteAddress === undefined) {
    const user = peerUser(socket);
    return { address: '', local: true, ...(user !== undefined && { user }) };
  }
  const name = socket instanceof TLSSocket && socket.authorized ? commonName(socket) : undefined;
  return { address: remoteAddress, local: false, ...(name !== undefined && { certificate: name }) };
}

function commonName(socket: TLSSocket): string | undefined {
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' && name !== '' ? name : undefined;
}
