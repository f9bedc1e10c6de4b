/** What communities a route has on the other side. */
import { parseCommunity } from 'bgp-ts';
import type { CommunityChanges } from './policy.ts';

/** RFC 1997: how far a route goes. */
const bounds: ReadonlySet<string> = new Set(['no-export', 'no-export-subconfed']);

const unchanged: CommunityChanges = { strip: [], add: [] };

/**
 * Of a route that has `there`. Communities of our own domain stay in it; those of a neighbour come in, but for what they ask of that
 * domain's routers. That a route is not to be told further holds here too, until a policy says by name that it does not.
 */
export function communitiesThere(
  direction: 'import' | 'export',
  there: readonly string[],
  { strip, add } = unchanged,
): readonly string[] {
  if (direction === 'export') return [...new Set(add)];
  const isStripped = (one: string) => (strip === 'all' ? !bounds.has(one) : strip.includes(one));
  const left = there.filter((one) => (bounds.has(one) || isOrdinary(one)) && !isStripped(one));
  return [...new Set([...left, ...add])];
}

/** The reserved ones say what is to become of a route where it was (RFC 1997), and that was another domain. */
function isOrdinary(community: string): boolean {
  const standard = parseCommunity(community);
  return standard === undefined || standard >>> 16 !== 0xffff;
}
