/**
 * How many segments the kernel dropped because of TCP-MD5 (RFC 2385 §2: without a word to either side). The figures are
 * of the whole network namespace, whoever the sockets belong to, since it was made.
 */
import { readFileSync } from 'node:fs';

/** Counts of segments, by what was wrong with them. */
export interface Md5Drops {
  /** A key was expected and there was none: the peer has no key, or it came before both sides had theirs. */
  readonly missing: number;
  /** There was a key and none was expected. */
  readonly unexpected: number;
  /** Made with another key. */
  readonly wrong: number;
}

/** From /proc/net/netstat; undefined where the kernel does not count them. */
export function readMd5Drops(): Md5Drops | undefined {
  try {
    return parseMd5Drops(readFileSync('/proc/net/netstat', 'latin1'));
  } catch {
    return undefined;
  }
}

/** From the text of /proc/net/netstat: pairs of lines with one name, the first of which names the columns. */
export function parseMd5Drops(text: string): Md5Drops | undefined {
  const [names, values] = text
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.split(' '));
  const read = (name: string) => {
    const at = names?.indexOf(name) ?? -1;
    return at < 0 ? Number.NaN : Number(values?.[at]);
  };
  const drops = { missing: read('TCPMD5NotFound'), unexpected: read('TCPMD5Unexpected'), wrong: read('TCPMD5Failure') };
  return Object.values(drops).every(Number.isFinite) ? drops : undefined;
}
