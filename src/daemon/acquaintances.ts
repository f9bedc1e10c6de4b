/**
 * Who has spoken with this machine lately, as its kernel remembers it. An NVE that dialled before nvad was there has
 * been refused and may not try again for two minutes; that it was there stands in the neighbour table, and its last
 * session, for a minute, in the table of TCP connections.
 */
import { readFile } from 'node:fs/promises';
import { endianness, networkInterfaces } from 'node:os';
import { canonicalIp, formatIp } from 'bgp-ts';

/** Addresses looked at; a neighbour table holds about a thousand (gc_thresh3). */
const MAX_ACQUAINTANCES = 1024;
/** ATF_COM of arp(7): the neighbour has answered, or has spoken of itself. */
const COMPLETE = 0x2;
const LISTEN = '0A';
const BGP_PORT = 179;

/** Where connections are accepted. */
interface Place {
  readonly address: string;
  readonly port: number;
}

/** Addresses of neighbours and of the far ends of recent BGP connections; canonical, each once, none of them ours. */
export async function acquaintances(listening: readonly Place[]): Promise<readonly string[]> {
  const [arp, tcp, tcp6] = await Promise.all(['arp', 'tcp', 'tcp6'].map(table));
  const ports = listening.map(({ port }) => port);
  const found = [...remoteAddresses(`${tcp}${tcp6}`, ports), ...neighbours(arp as string)];
  const machine = Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.map(({ address }) => address),
  );
  const others = found.filter((address) => !leadsBack(address, listening, machine));
  return [...new Set(others)].slice(0, MAX_ACQUAINTANCES);
}

/**
 * Whether who calls BGP's port at this address gets one of our own listeners. Another speaker on this machine has an
 * address that we do not listen at.
 * @param machine all addresses of this machine.
 */
export function leadsBack(address: string, listening: readonly Place[], machine: readonly string[]): boolean {
  return listening.some(({ address: at, port }) => {
    const wildcard = at === '::' || at === '0.0.0.0';
    return port === BGP_PORT && (at === address || (wildcard && machine.includes(address)));
  });
}

async function table(name: string): Promise<string> {
  try {
    return await readFile(`/proc/net/${name}`, 'utf8');
  } catch {
    // Without IPv6, and elsewhere than on Linux, there is nothing to be learnt.
    return '';
  }
}

/** The IPv4 addresses in /proc/net/arp (proc(5)) whose owners have been heard. */
export function neighbours(arp: string): string[] {
  const found: string[] = [];
  for (const line of arp.split('\n')) {
    const [address = '', , flags] = line.trim().split(/\s+/);
    const canonical = canonicalIp(address);
    if (canonical !== undefined && (Number(flags) & COMPLETE) !== 0) found.push(canonical);
  }
  return found;
}

/**
 * The far ends in /proc/net/tcp or tcp6 (proc(5)) of connections that came to one of our `ports` or went to BGP's port,
 * those that ended a moment ago (TIME_WAIT) included.
 */
export function remoteAddresses(tcp: string, ports: readonly number[], order: 'LE' | 'BE' = endianness()): string[] {
  const found: string[] = [];
  for (const line of tcp.split('\n')) {
    const fields = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) ((?:[0-9A-F]{8}){1,4}):([0-9A-F]{4}) ([0-9A-F]{2}) /.exec(line);
    if (fields === null) continue;
    const [, localPort = '', address = '', remotePort = '', state] = fields;
    const ours = ports.includes(Number.parseInt(localPort, 16)) || Number.parseInt(remotePort, 16) === BGP_PORT;
    if (ours && state !== LISTEN) found.push(readAddress(Buffer.from(address, 'hex'), order));
  }
  return found;
}

/** Words of 32 bits, each in the machine's own order; IPv4 in its mapped form is IPv4 (RFC 4291 §2.5.5.2). */
function readAddress(octets: Buffer, order: 'LE' | 'BE'): string {
  if (order === 'LE') octets.swap32();
  if (octets.length === 4) return formatIp(octets, 0, 4);
  const mapped = octets.subarray(0, 12).toString('hex') === `${'00'.repeat(10)}ffff`;
  return mapped ? formatIp(octets, 12, 4) : formatIp(octets, 0, 16);
}
