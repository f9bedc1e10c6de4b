import type { ProtectedPeers } from '../session/transport.ts';
import type { DynamicNeighbours, Neighbour } from './neighbour.ts';

/**
 * What is asked of those who connect, by who they are. Neighbours of whom nothing is asked are named too, since they may
 * lie in a prefix of which something is; without any of those the answer is empty.
 */
export function protectedPeers(
  neighbours: Iterable<Neighbour>,
  prefixes: Iterable<{ readonly value: DynamicNeighbours }>,
): readonly ProtectedPeers[] {
  const all: ProtectedPeers[] = [];
  for (const { address, prefix, policy } of neighbours) {
    if (prefix === undefined) all.push(entry(address, policy));
  }
  for (const { value } of prefixes) all.push(entry(value.prefix, value));
  const isAsked = all.some(({ md5Key, ttlSecurity }) => md5Key !== undefined || ttlSecurity !== undefined);
  return isAsked ? all : [];
}

function entry(peers: string, { md5Key, ttlSecurity }: Omit<ProtectedPeers, 'peers'>): ProtectedPeers {
  return { peers, ...(md5Key !== undefined && { md5Key }), ...(ttlSecurity !== undefined && { ttlSecurity }) };
}
