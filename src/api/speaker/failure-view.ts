/** How a session or an attempt ended without a NOTIFICATION. Pure. */
import type { PeerEnd } from 'bgp-ts';
import type { PeerFailure } from '../contract/peers.ts';

const systemErrors: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'the address to dial from is not on this machine',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTDOWN: 'host is down',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'no route to its network',
  EPERM: 'forbidden on this machine, perhaps by its firewall',
  EPIPE: 'connection closed',
  ETIMEDOUT: 'no answer',
};

/** An operating system's error code in words; anything else as it is. */
export const systemErrorText = (detail: string): string => systemErrors[detail] ?? detail;

/** Null where there was a NOTIFICATION, which tells more, and where somebody wanted the end. */
export function failureView(end: PeerEnd | undefined): PeerFailure | null {
  if (end === undefined || end.sent !== undefined || end.received !== undefined) return null;
  const { cause, detail, wasUp, at } = end;
  if (cause === 'manual-stop' || cause === 'connection-collision') return null;
  const name =
    cause === 'connection-failed' ? (wasUp ? 'connection lost' : 'connect failed') : cause.replaceAll('-', ' ');
  const text = detail === undefined && cause === 'connection-failed' ? 'it closed the connection' : detail;
  return { name, text: text === undefined ? null : systemErrorText(text), at: new Date(at).toISOString() };
}
