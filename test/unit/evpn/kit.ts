/** From the UPDATEs that are made to what the route table holds of them. */
import { defaultContext, emptySplit, Family, splitEvpn } from 'bgp-ts';
import { assess } from '../../../src/bgp-ts/rib/assess.ts';
import { type AttributeSet, AttributeStore } from '../../../src/bgp-ts/rib/attribute-store.ts';
import type { Source } from '../../../src/bgp-ts/rib/source.ts';
import { NlriFaultCode } from '../../../src/bgp-ts/wire/nlri/fault.ts';
import { emptyLayout, locateUpdate } from '../../../src/bgp-ts/wire/update-layout.ts';
import { factsOfRoute, factsOfSet, type RouteFacts, type SetFacts } from '../../../src/evpn/facts.ts';

const local = { asn: 65000, routerId: 0x0a0000fe, clusterId: 0x0a0000fe };

export const source: Source = {
  index: 1,
  kind: 'local',
  routerId: 0x0a000001,
  asn: 65000,
  address: '10.0.0.1',
  addressBytes: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1),
  decode: defaultContext,
  families: new Set([Family.Evpn]),
  longLived: true,
};

export interface Heard {
  readonly route: RouteFacts;
  readonly set: SetFacts;
  readonly interned: AttributeSet;
}

/** The routes that an UPDATE announces, as the way into the route table finds them. */
export function heard(update: Uint8Array, from: Source = source): Heard[] {
  const store = new AttributeStore({ hashSeed: 7 }, { assess: (block, sender) => assess(block, sender, local) });
  const layout = emptyLayout();
  locateUpdate(update, 0, update.length, layout);
  const nlri = layout.reachValue + 5 + update[layout.reachValue + 3];
  const interned = store.intern(from, update, layout, nlri);
  const split = emptySplit();
  const found: Heard[] = [];
  for (let at = nlri; at < layout.reachEnd; at = split.next) {
    const fault = splitEvpn(update, at, layout.reachEnd, split);
    if (fault !== NlriFaultCode.None) throw new Error(`NLRI fault ${fault} at ${at}`);
    found.push({ route: factsOfRoute(update, split), set: factsOfSet(interned), interned });
  }
  return found;
}
