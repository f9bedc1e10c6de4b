/** UDP sockets as BFD needs them, as an interface, and by Node. */
import { createSocket, type RemoteInfo } from 'node:dgram';

/** Where a socket is bound. */
export interface SocketPlace {
  readonly family: 4 | 6;
  /** One of this machine's addresses; undefined: all of them. */
  readonly address: string | undefined;
  readonly port: number;
}

export interface Datagram {
  readonly bytes: Uint8Array;
  /** Of the sender, in canonical text. */
  readonly address: string;
}

export interface DatagramSocket {
  /** Sends with a TTL or hop limit of 255 (RFC 5881 §5). What cannot be sent is lost, as anything on the way may be. */
  send(bytes: Uint8Array, address: string, port: number): void;
  close(): void;
}

/** `code` is the system's name of the error, as EADDRINUSE. */
export type OpenedSocket =
  | { readonly ok: true; readonly socket: DatagramSocket }
  | { readonly ok: false; readonly code: string };

/** Opens a socket, at once. */
export type OpenSocket = (place: SocketPlace, receive: (datagram: Datagram) => void) => OpenedSocket;

/**
 * Node's sockets. The port is nobody else's: an address is not shared with another BFD program of this machine.
 *
 * Node does not tell the TTL of what arrives, so the check of RFC 5881 §5 for a single hop is not made here: packets
 * from further away that bear the address of somebody who is watched are believed.
 */
export const openNodeSocket: OpenSocket = ({ family, address, port }, receive) => {
  const socket = createSocket({
    type: family === 4 ? 'udp4' : 'udp6',
    ipv6Only: family === 6,
    // Addresses are all that is given, and so no name is looked up: the socket is bound when bind() returns.
    lookup: (host, _options, found) => found(null, host, family),
  });
  let code: string | undefined = 'EAGAIN';
  socket.on('error', (error: NodeJS.ErrnoException) => {
    code = error.code ?? error.message;
  });
  socket.on('listening', () => {
    code = undefined;
  });
  socket.bind({ port, ...(address !== undefined && { address }) });
  if (code !== undefined) {
    socket.close();
    return { ok: false, code };
  }
  socket.setTTL(255);
  socket.on('message', (bytes: Buffer, { address: sender }: RemoteInfo) => receive({ bytes, address: sender }));
  return {
    ok: true,
    socket: {
      send: (bytes, to, toPort) => socket.send(bytes, toPort, to, () => {}),
      close: () => void socket.close(),
    },
  };
};
