/**
 * What node:net has no words for: TCP-MD5 (RFC 2385) and GTSM (RFC 5082) on the descriptors of its sockets. The library
 * stands alone, so whoever wants them hands them in; `bgp-ts/linux` has them for Linux.
 */
import type { ConnectOptions, ProtectedPeers, Protection, ProtectionFault } from './transport.ts';

/** TCP-MD5 and GTSM for the sockets of a `TcpTransport`. What does not work is a value, never thrown. */
export interface TcpSecurity {
  /**
   * The descriptor of a TCP socket, not connected, whose segments will be protected from the first one on. The caller
   * has to close it.
   */
  open(options: ConnectOptions): { readonly ok: true; readonly descriptor: number } | OpenFailure;
  /** For one listening socket, as long as it listens; `::` takes IPv4 as well. */
  listener(descriptor: number, address: string): ListenerSecurity;
  /** See {@link Connection.protect}. */
  accepted(socket: SecuredSocket, protection: Protection): ProtectionFault | undefined;
  /** See {@link Connection.setMd5Key}. */
  setMd5Key(socket: SecuredSocket, key: string | undefined): ProtectionFault | undefined;
}

export interface OpenFailure {
  readonly ok: false;
  readonly fault: ProtectionFault;
}

export interface ListenerSecurity {
  /** See {@link Listener.protect}. */
  protect(peers: readonly ProtectedPeers[]): ProtectionFault | undefined;
}

/** Of the socket, not of who is on it: a socket for IPv6 may hold IPv4 connections, in their mapped form. */
export type SocketFamily = 4 | 6;

/** A connected socket. */
export interface SecuredSocket {
  readonly descriptor: number;
  readonly family: SocketFamily;
  /** The other side's, canonical and never mapped. */
  readonly address: string;
}
