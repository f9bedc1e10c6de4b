/**
 * How a route target membership goes out (RFC 4684 §3.2). A client is sent it with us as its originator and as its next
 * hop, so that it does not take its own membership for a loop and knows that routes with that target are wanted here. To
 * all others it goes like any route, with the next hop replaced where it is ours to give.
 */
import type { LocalIdentity } from '../rib/assess.ts';
import type { AttributeSet, OutboundForm } from '../rib/attribute-store.ts';
import { Family, familyAfi, familySafi } from '../wire/constants.ts';
import { ipv4FromNumber, parseIp } from '../wire/ip.ts';
import type { NeighbourClass } from './neighbour-class.ts';
import { encodeForm, outboundAttributes, receivedAttributes } from './outbound.ts';

/** The form of `set` for neighbours of class `to`; made at the first asking and kept on the set. */
export function rtConstrainForm(set: AttributeSet, to: NeighbourClass, local: LocalIdentity): OutboundForm {
  const known = set.forms[to.index];
  if (known !== undefined) return known;
  const { source, block } = set;
  const attributes = outboundAttributes(receivedAttributes(block, source), source, to, local);
  const form = encodeForm(
    reachOf(set, to),
    to.kind === 'client' ? { ...attributes, originatorId: ipv4FromNumber(local.routerId) } : attributes,
    to,
  );
  set.forms[to.index] = form;
  return form;
}

function reachOf({ source, block }: AttributeSet, to: NeighbourClass): Uint8Array {
  const isOurs = to.kind !== 'non-client' || source.kind === 'local';
  const nextHop = isOurs ? parseIp(to.nextHop ?? '') : undefined;
  const family = Family.RtConstrain;
  const octets = nextHop ?? block.subarray(8, 8 + block[7]);
  return Uint8Array.of(familyAfi(family) >> 8, familyAfi(family), familySafi(family), octets.length, ...octets, 0);
}
