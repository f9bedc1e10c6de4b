/**
 * Which TCP-MD5 keys a listening socket has to be given so that every address has the key of the longest entry that
 * holds it, or none where that entry has none. Pure.
 *
 * The kernel too takes the longest prefix that holds an address, but it has no way to say "no key here". So around
 * peers without a key, a prefix that has one is cut into those smaller prefixes that leave them out.
 */
import { type Prefix, parsePrefix, prefixContains } from '../session/prefix.ts';
import type { ProtectedPeers } from '../session/transport.ts';

export interface PlannedKey {
  readonly prefix: Prefix;
  readonly key: string;
  /** The entry it comes from. */
  readonly peers: string;
}

interface Entry {
  readonly prefix: Prefix;
  readonly key: string | undefined;
  readonly peers: string;
}

/** Of two entries for one prefix the first counts; what is no prefix is passed over. */
export function planKeys(peers: readonly ProtectedPeers[], families: readonly (4 | 6)[]): PlannedKey[] {
  const entries = peers.flatMap(({ peers: text, md5Key }): Entry[] => {
    const prefix = parsePrefix(text);
    return prefix === undefined ? [] : [{ prefix, key: md5Key, peers: text }];
  });
  if (entries.every(({ key }) => key === undefined)) return [];
  const planned: PlannedKey[] = [];
  for (const family of families) {
    const octets = new Uint8Array(family === 4 ? 4 : 16);
    const inside = entries.filter(({ prefix }) => prefix.octets.length === octets.length);
    plan({ octets, length: 0 }, inside, undefined, undefined, planned);
  }
  return planned;
}

/**
 * @param inside the entries that lie in `at`
 * @param around the entry that counts in `at` unless one of `inside` does
 * @param covering the key that addresses in `at` have already, by what is planned
 */
function plan(
  at: Prefix,
  inside: readonly Entry[],
  around: Entry | undefined,
  covering: string | undefined,
  planned: PlannedKey[],
): void {
  const own = inside.find(({ prefix }) => prefix.length === at.length) ?? around;
  const deeper = inside.filter(({ prefix }) => prefix.length > at.length);
  let covered = covering;
  if (own?.key !== undefined && deeper.every(({ key }) => key !== undefined)) {
    if (own.key !== covering) planned.push({ prefix: at, key: own.key, peers: own.peers });
    covered = own.key;
    if (deeper.every(({ key }) => key === covered)) return;
  }
  if (deeper.length === 0) return;
  // Where nothing has to be cut out, what lies between here and the deeper ones is not looked at.
  const next = own?.key === covered ? narrowest(deeper) : at;
  if (next.length > at.length) {
    plan(next, deeper, own, covered, planned);
    return;
  }
  for (const half of halves(at)) {
    const within = deeper.filter(({ prefix }) => prefixContains(half, prefix.octets));
    plan(half, within, own, covered, planned);
  }
}

/** The longest prefix that holds all of the entries. */
function narrowest(entries: readonly Entry[]): Prefix {
  const [{ prefix: first }] = entries as readonly [Entry];
  const length = entries.reduce((bits, { prefix }) => Math.min(bits, prefix.length, commonBits(first, prefix)), 128);
  return {
    octets: first.octets.map((octet, i) => octet & (0xff00 >> Math.min(8, Math.max(0, length - 8 * i)))),
    length,
  };
}

function commonBits(a: Prefix, b: Prefix): number {
  const at = a.octets.findIndex((octet, i) => octet !== b.octets[i]);
  return at < 0 ? a.octets.length * 8 : 8 * at + Math.clz32(a.octets[at] ^ b.octets[at]) - 24;
}

function halves({ octets, length }: Prefix): readonly [Prefix, Prefix] {
  const upper = Uint8Array.from(octets);
  upper[length >> 3] |= 0x80 >> (length & 7);
  return [
    { octets, length: length + 1 },
    { octets: upper, length: length + 1 },
  ];
}
