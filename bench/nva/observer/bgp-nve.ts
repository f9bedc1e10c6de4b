/** A BGP neighbour that takes everything, read octet by octet by the tests' own client. */
import type { BgpClient } from '../../../test/system/support/bgp-client.ts';
import { type Comparison, compare } from '../model.ts';

const EXTENDED_COMMUNITIES = 16;

/** What it holds, against the model's routes; those with one of `others` as their next hop, in hexadecimal, are left out. */
export function compareRoutes(
  client: BgpClient,
  routes: ReadonlyMap<string, string>,
  others: ReadonlySet<string>,
): Comparison {
  const wanted = new Map([...routes].filter(([, value]) => !others.has(value.slice(0, 8))));
  const found = new Map<string, string>();
  for (const { nlri, nextHop, attributes } of client.routes.values()) {
    if (others.has(nextHop)) continue;
    const communities = attributes.get(EXTENDED_COMMUNITIES)?.value.match(/.{16}/g) ?? [];
    found.set(nlri, `${nextHop} ${communities.sort().join(' ')}`);
  }
  return compare(`BGP client ${client.address}`, found, wanted);
}
