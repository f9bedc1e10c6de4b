/** What communities a route has on the other side. */
import { parseCommunity } from 'bgp-ts';
import type { CommunityChanges } from './policy.ts';

const unchanged: CommunityChanges = { strip: [], add: [] };

/**
 * Of a route that has `there`. Communities of our own domain stay in it; those of a neighbour come in, but for what they ask of that
 * domain's routers.
 */
export function communitiesThere(
  direction: 'import' | 'export',
  there: readonly string[],
  { strip, add } = unchanged,
): readonly string[] {
  if (direction === 'export' || strip === 'all') return [...new Set(add)];
  const left = there.filter((community) => isOrdinary(community) && !strip.includes(community));
  return [...new Set([...left, ...add])];
}

/** The reserved ones say what is to become of a route where it was (RFC 1997), and that was another domain. */
function isOrdinary(community: string): boolean {
  const standard = parseCommunity(community);
  return standard === undefined || standard >>> 16 !== 0xffff;
}
