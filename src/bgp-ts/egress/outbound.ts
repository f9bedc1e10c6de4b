/**
 * How attributes change on their way out (RFC 4271 §5.1, RFC 4456 §8): ORIGINATOR_ID and CLUSTER_LIST between internal
 * neighbours, AS_PATH towards external ones, unless we are their route server (RFC 7947 §2.2). The next hop is never ours: a reflector is not in the path of the traffic,
 * and the next hop of an overlay route is the tunnel's end. Whatever else came in goes out as it came, unrecognised
 * transitive attributes with the Partial bit (RFC 4271 §5).
 */
import type { LocalIdentity } from '../rib/assess.ts';
import { DEFAULT_LOCAL_PREF } from '../rib/assess.ts';
import type { AttributeSet, OutboundForm } from '../rib/attribute-store.ts';
import type { Source } from '../rib/source.ts';
import { type AsSegment, isConfedSegment } from '../wire/attribute/as-path-segments.ts';
import { decodeAttributes } from '../wire/attribute/decode.ts';
import { encodeAttributes } from '../wire/attribute/encode.ts';
import type { PathAttributes } from '../wire/attribute/path-attributes.ts';
import { attributeKey } from '../wire/attribute/registry.ts';
import { relayAttributes } from '../wire/attribute/relay.ts';
import { readU16 } from '../wire/bytes.ts';
import { isTransitive } from '../wire/community/extended/octets.ts';
import { AttributeCode, AttributeFlag, MAX_MESSAGE_LENGTH } from '../wire/constants.ts';
import { EncodeError } from '../wire/encode-error.ts';
import { ipv4FromNumber } from '../wire/ip.ts';
import type { NeighbourClass } from './neighbour-class.ts';

/** AS numbers in one AS_SEQUENCE at most (RFC 4271 §4.3). */
const MAX_SEGMENT = 255;

const NO_OCTETS = new Uint8Array(0);
const unsendable: OutboundForm = { reach: NO_OCTETS, others: NO_OCTETS, size: Number.POSITIVE_INFINITY };

/** The form of `set` for neighbours of class `to`; made at the first asking and kept on the set. */
export function outboundForm(set: AttributeSet, to: NeighbourClass, local: LocalIdentity): OutboundForm {
  const known = set.forms[to.index];
  if (known !== undefined) return known;
  const form = makeForm(set, to, local);
  set.forms[to.index] = form;
  return form;
}

function makeForm({ source, block, faults }: AttributeSet, to: NeighbourClass, local: LocalIdentity): OutboundForm {
  // Behind its header of four octets the block begins with MP_REACH_NLRI up to the reserved octet.
  const end = 9 + block[7];
  let reach = block.subarray(4, end);
  if (block[end - 1] !== 0) {
    reach = reach.slice();
    reach[reach.length - 1] = 0;
  }
  if (source.kind === 'local' && to.kind !== 'ebgp' && to.asn4 && faults.length === 0 && isAsToldInside(block, end)) {
    const others = block.subarray(end);
    return { reach, others, size: reach.length + others.length };
  }
  return encodeForm(reach, outboundAttributes(receivedAttributes(block, source), source, to, local), to);
}

/**
 * Whether internal neighbours are told the attributes behind MP_REACH_NLRI octet for octet, where they are our own and without
 * a fault: LOCAL_PREF is there, and nothing that {@link outboundAttributes} would take away or mark.
 */
function isAsToldInside(block: Uint8Array, start: number): boolean {
  let hasLocalPref = false;
  for (let at = start; at < block.length; ) {
    const code = block[at + 1];
    if (code === AttributeCode.LocalPref) hasLocalPref = true;
    const isOfRoutes = code === AttributeCode.NextHop || code === AttributeCode.MpUnreachNlri;
    if (isOfRoutes || attributeKey(code) === undefined) return false;
    const isExtended = (block[at] & AttributeFlag.ExtendedLength) !== 0;
    at += isExtended ? 4 + readU16(block, at + 2) : 3 + block[at + 2];
  }
  return hasLocalPref;
}

/** What a set's block holds besides the multiprotocol attributes and NEXT_HOP. */
export function receivedAttributes(block: Uint8Array, source: Source): PathAttributes {
  const { attributes } = decodeAttributes(block, 0, block.length, source.decode);
  const { mpReachNlri: _reach, mpUnreachNlri: _unreach, nextHop: _nextHop, ...received } = attributes;
  return received;
}

/** The form made of `reach` (see {@link OutboundForm}) and the attributes beside it. */
export function encodeForm(reach: Uint8Array, attributes: PathAttributes, to: NeighbourClass): OutboundForm {
  try {
    const others = encodeAttributes(attributes, {
      asn4: to.asn4,
      addPath: new Set(),
      extendedMessages: to.maxMessage > MAX_MESSAGE_LENGTH,
    });
    return { reach, others, size: reach.length + others.length };
  } catch (error) {
    // What came in may grow beyond an attribute's length field: an AS_PATH of two-octet numbers that becomes one of four.
    if (error instanceof EncodeError) return unsendable;
    throw error;
  }
}

/** The attributes other than MP_REACH_NLRI as a neighbour of class `to` is sent them. Pure. */
export function outboundAttributes(
  received: PathAttributes,
  source: Source,
  to: NeighbourClass,
  local: LocalIdentity,
): PathAttributes {
  const attributes = relayAttributes(received);
  return to.kind === 'ebgp' ? external(attributes, to) : internal(attributes, source, local);
}

function internal(attributes: PathAttributes, source: Source, local: LocalIdentity): PathAttributes {
  const localPref = attributes.localPref ?? DEFAULT_LOCAL_PREF;
  // What comes from outside, and what is our own, begins here; only what is reflected is marked (RFC 4456 §8).
  if (source.kind === 'ebgp' || source.kind === 'local') return { ...attributes, localPref };
  return {
    ...attributes,
    localPref,
    originatorId: attributes.originatorId ?? ipv4FromNumber(source.routerId),
    clusterList: [ipv4FromNumber(local.clusterId), ...(attributes.clusterList ?? [])],
  };
}

function external(attributes: PathAttributes, to: NeighbourClass): PathAttributes {
  // RFC 4271 §5.1.4, §5.1.5; RFC 4456 §8.
  const { multiExitDisc, localPref: _preference, originatorId: _id, clusterList: _list, ...rest } = attributes;
  // AIGP stays inside unless the session is set up for it (RFC 7311 §3.3).
  const { aigp: _aigp, asPath: received = [], extendedCommunities, ...others } = rest;
  // Confederation segments do not leave the confederation (RFC 5065 §4.1).
  const asPath = received.filter((segment) => !isConfedSegment(segment));
  // RFC 7947 §2.2.2, §2.2.3. What begins in our AS comes from nobody who could be named instead of it.
  const isPassedThrough = to.isRouteServerClient === true && asPath.length > 0;
  // RFC 4360 §6.
  const transitive = extendedCommunities?.filter(isTransitive) ?? [];
  return {
    ...others,
    ...(transitive.length > 0 && { extendedCommunities: transitive }),
    ...(isPassedThrough && multiExitDisc !== undefined && { multiExitDisc }),
    asPath: isPassedThrough ? asPath : prepend(asPath, to.localAsn),
  };
}

/** RFC 4271 §5.1.2. */
function prepend(path: readonly AsSegment[], asn: number): readonly AsSegment[] {
  const [first, ...rest] = path;
  if (first?.type === 'sequence' && first.asns.length < MAX_SEGMENT) {
    return [{ ...first, asns: [asn, ...first.asns] }, ...rest];
  }
  return [{ type: 'sequence', asns: [asn] }, ...path];
}
