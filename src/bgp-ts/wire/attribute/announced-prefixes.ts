import { Family, UpdateSubcode } from '../constants.ts';
import type { DecodeContext } from '../context.ts';
import type { Fault } from '../fault.ts';
import { splitEvpn } from '../nlri/evpn/key.ts';
import { IP_PREFIX, overlayIndexFault, prefixTerms } from '../nlri/evpn/overlay-index.ts';
import { emptySplit } from '../nlri/evpn/split.ts';
import { NlriFaultCode, nlriFault } from '../nlri/fault.ts';
import { type AttributeSpan, attributeFault } from './attribute-fault.ts';
import type { WireAttributes } from './registry.ts';

const PATH_ID = 4;
/** AFI, SAFI and the next hop's length stand before the next hop, a reserved octet behind it. */
const AROUND_NEXT_HOP = 5;
const NEXT_HOP_LENGTH = 3;

/** The first type-5 route in the MP_REACH_NLRI at `span` that does not go with the attributes beside it (RFC 9136 §3). */
export function announcedPrefixFault(
  bytes: Uint8Array,
  span: AttributeSpan,
  attributes: WireAttributes,
  ctx: DecodeContext,
): Fault | undefined {
  if (attributes.mpReachNlri?.family !== Family.Evpn) return undefined;
  const before = ctx.addPath.has(Family.Evpn) ? PATH_ID : 0;
  const split = emptySplit();
  const terms = prefixTerms(attributes);
  const nlri = span.value + AROUND_NEXT_HOP + bytes[span.value + NEXT_HOP_LENGTH];
  for (let at = nlri; at < span.end; at = split.next) {
    const malformed = splitEvpn(bytes, at + before, span.end, split);
    if (malformed === NlriFaultCode.Overrun) return undefined;
    if (malformed !== NlriFaultCode.None || split.type !== IP_PREFIX) continue;
    const code = overlayIndexFault(bytes, split, terms);
    if (code === NlriFaultCode.None) continue;
    const subcode = UpdateSubcode.OptionalAttribute;
    const fault = nlriFault(code, at + before, Family.Evpn);
    return attributeFault(bytes, span, { ...fault, subcode }, fault.outcome);
  }
  return undefined;
}
