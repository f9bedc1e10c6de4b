import { isIPv6 } from 'node:net';
import { type IpAddress, isMulticast, isUnspecified, parseAddress, quote } from './address.ts';
import { accept, type Parsed, refuse } from './parsed.ts';

/** A TCP address to listen on. */
export interface TcpEndpoint {
  readonly kind: 'tcp';
  /** Canonical, without brackets: what sockets take. `::` accepts IPv4 as well. */
  readonly host: string;
  readonly port: number;
  readonly family: 4 | 6;
  /** Canonical `10.0.0.1:179` or `[::]:179`. */
  readonly text: string;
}

/** A unix stream socket to listen on. */
export interface UnixEndpoint {
  readonly kind: 'unix';
  readonly path: string;
  /** `unix:PATH`. */
  readonly text: string;
}

/** sockaddr_un holds 108 octets, the last of them zero (unix(7)). */
const unixPathLimit = 107;
const usualApiPort = 8080;
/** Nothing is assigned; the one that messages suggest. */
export const usualNveProtocolPort = 8394;

/** `10.0.0.1:179` or `[2001:db8::1]:179`; names and port 0 are refused, since both change between two starts. */
export function parseTcpEndpoint(text: string, usualPort = 179): Parsed<TcpEndpoint> {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(text);
  if (match === null) return refuse(`${quote(text)} is not an address with a port`, missingPartHint(text, usualPort));
  const [, bracketed, plain, portText = ''] = match;
  const port = /^[1-9]\d{0,4}$/.test(portText) ? Number(portText) : 0;
  if (port < 1 || port > 65535) return refuse(`${quote(text)} has an impossible port`, 'a port is 1 to 65535');
  const hostText = bracketed ?? plain ?? '';
  if (hostText === '' || hostText === '*') {
    return refuse(
      `${quote(text)} names no address`,
      `write "[::]:${port}" for all addresses or "127.0.0.1:${port}" for this machine only`,
    );
  }
  if (hostText === 'localhost') {
    return refuse(
      `${quote(text)} has a name where an IP address is needed`,
      `write "127.0.0.1:${port}" or "[::1]:${port}"`,
    );
  }
  const parsed = parseAddress(hostText);
  if (!parsed.ok) return parsed;
  const address = parsed.value;
  if (bracketed !== undefined && address.family === 4) {
    return refuse(`${quote(text)} has brackets around an IPv4 address`, `write "${address.text}:${port}"`);
  }
  if (isMulticast(address)) return refuse(`${quote(text)} is a multicast address, on which no session can be`);
  return accept({ kind: 'tcp', host: address.text, port, family: address.family, text: endpointText(address, port) });
}

/** What {@link parseTcpEndpoint} takes, or `unix:/path/of/socket`. */
export function parseApiEndpoint(text: string): Parsed<TcpEndpoint | UnixEndpoint> {
  if (!text.startsWith('unix:')) return parseTcpEndpoint(text, usualApiPort);
  const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
  if (path === '') return refuse(`${quote(text)} names no socket file`, 'write unix:/run/nvad/api.sock');
  if (Buffer.byteLength(path) > unixPathLimit) {
    return refuse(`the socket's path is longer than the ${unixPathLimit} octets a unix socket can have`);
  }
  if (path.includes('\0')) return refuse(`${quote(text)} has a zero octet in its path`);
  return accept({ kind: 'unix', path, text: `unix:${path}` });
}

/** Whether two listeners cannot both be bound: one port, and one address includes the other. */
export function overlaps(a: TcpEndpoint, b: TcpEndpoint): boolean {
  if (a.port !== b.port) return false;
  // Linux: a listener on :: takes IPv4 connections too, so it excludes every other on that port.
  if (a.host === '::' || b.host === '::') return true;
  return a.host === b.host || (a.family === b.family && (a.host === '0.0.0.0' || b.host === '0.0.0.0'));
}

function endpointText(address: IpAddress, port: number): string {
  return address.family === 6 ? `[${address.text}]:${port}` : `${address.text}:${port}`;
}

function missingPartHint(text: string, port: number): string {
  if (isIPv6(text)) return `write "[${text}]:${port}"`;
  const parsed = parseAddress(text.replace(/^\[(.*)\]$/, '$1'));
  if (parsed.ok && !isUnspecified(parsed.value)) return `add the port: "${endpointText(parsed.value, port)}"`;
  return port === usualApiPort
    ? `write it as in "127.0.0.1:${port}" or unix:/run/nvad/api.sock`
    : `write it as in "10.0.0.1:${port}" or "[::]:${port}"`;
}
