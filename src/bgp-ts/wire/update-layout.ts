/**
 * Where the parts of an UPDATE lie, without decoding them: the first look at every UPDATE, on the hot path and
 * in the full decoder alike. Nothing is allocated; the caller owns one {@link UpdateLayout} and reuses it.
 *
 * RFC 4271 §4.3 (the three fields), RFC 4760 §3–4 (MP_REACH_NLRI, MP_UNREACH_NLRI), RFC 7606 §3 (a, g) and §4
 * (what an inconsistent length costs).
 */
import { AttributeCode, AttributeFlag, HEADER_LENGTH } from './constants.ts';

/**
 * Offsets into the buffer that was scanned; a start of -1 says that the part is absent. The three fields of RFC 4271 §4.3:
 * withdrawn routes in [`withdrawnStart`, `withdrawnEnd`), attributes in [`attributesStart`, `attributesEnd`), NLRI in
 * [`nlriStart`, `nlriEnd`). And two attributes, each with its header before it: the value of MP_REACH_NLRI in
 * [`reachValue`, `reachEnd`), that of MP_UNREACH_NLRI in [`unreachValue`, `unreachEnd`).
 */
export interface UpdateLayout {
  withdrawnStart: number;
  withdrawnEnd: number;
  attributesStart: number;
  attributesEnd: number;
  nlriStart: number;
  nlriEnd: number;
  /** MP_REACH_NLRI: its header's first octet, its value's first octet, its end. */
  reachHeader: number;
  reachValue: number;
  reachEnd: number;
  /** MP_UNREACH_NLRI, the same. */
  unreachHeader: number;
  unreachValue: number;
  unreachEnd: number;
}

/** Why the fields of an UPDATE could not be located; numbers, as they are asked for on the hot path. */
export const LayoutFault = {
  None: 0,
  /** Withdrawn Routes Length or Total Path Attribute Length runs past the message: NOTIFICATION 3/1. */
  FieldOverrun: 1,
  /** An attribute runs past the attribute field: treat-as-withdraw of what could be located (RFC 7606 §4). */
  AttributeOverrun: 2,
  /** MP_REACH_NLRI or MP_UNREACH_NLRI twice: NOTIFICATION 3/1 (RFC 7606 §3 g). */
  RepeatedMultiprotocol: 3,
} as const;
export type LayoutFault = (typeof LayoutFault)[keyof typeof LayoutFault];

/** A layout to be filled by {@link locateUpdate}: every offset -1, which says that there is no such field. */
export function emptyLayout(): UpdateLayout {
  return {
    withdrawnStart: -1,
    withdrawnEnd: -1,
    attributesStart: -1,
    attributesEnd: -1,
    nlriStart: -1,
    nlriEnd: -1,
    reachHeader: -1,
    reachValue: -1,
    reachEnd: -1,
    unreachHeader: -1,
    unreachValue: -1,
    unreachEnd: -1,
  };
}

/**
 * Fills `layout` for the UPDATE at `bytes[start, end)`, header included.
 * On `FieldOverrun` the layout is not to be used; on the other faults it holds what could be located.
 */
export function locateUpdate(bytes: Uint8Array, start: number, end: number, layout: UpdateLayout): LayoutFault {
  layout.reachHeader = layout.reachValue = layout.reachEnd = -1;
  layout.unreachHeader = layout.unreachValue = layout.unreachEnd = -1;

  const withdrawnStart = start + HEADER_LENGTH + 2;
  if (withdrawnStart + 2 > end) return LayoutFault.FieldOverrun;
  const withdrawnEnd = withdrawnStart + ((bytes[withdrawnStart - 2] << 8) | bytes[withdrawnStart - 1]);
  const attributesStart = withdrawnEnd + 2;
  if (attributesStart > end) return LayoutFault.FieldOverrun;
  const attributesEnd = attributesStart + ((bytes[withdrawnEnd] << 8) | bytes[withdrawnEnd + 1]);
  if (attributesEnd > end) return LayoutFault.FieldOverrun;
  layout.withdrawnStart = withdrawnStart;
  layout.withdrawnEnd = withdrawnEnd;
  layout.attributesStart = attributesStart;
  layout.attributesEnd = attributesEnd;
  layout.nlriStart = attributesEnd;
  layout.nlriEnd = end;
  return locateMultiprotocol(bytes, attributesStart, attributesEnd, layout);
}

/** The attribute field alone: finds MP_REACH_NLRI and MP_UNREACH_NLRI in `bytes[start, end)`, or says which fault it has. */
export function locateMultiprotocol(bytes: Uint8Array, start: number, end: number, layout: UpdateLayout): LayoutFault {
  let at = start;
  while (at < end) {
    if (at + 3 > end) return LayoutFault.AttributeOverrun;
    const code = bytes[at + 1];
    let value = at + 3;
    let length = bytes[at + 2];
    if ((bytes[at] & AttributeFlag.ExtendedLength) !== 0) {
      if (at + 4 > end) return LayoutFault.AttributeOverrun;
      length = (length << 8) | bytes[at + 3];
      value = at + 4;
    }
    const next = value + length;
    if (next > end) return LayoutFault.AttributeOverrun;
    if (code === AttributeCode.MpReachNlri) {
      if (layout.reachHeader >= 0) return LayoutFault.RepeatedMultiprotocol;
      layout.reachHeader = at;
      layout.reachValue = value;
      layout.reachEnd = next;
    } else if (code === AttributeCode.MpUnreachNlri) {
      if (layout.unreachHeader >= 0) return LayoutFault.RepeatedMultiprotocol;
      layout.unreachHeader = at;
      layout.unreachValue = value;
      layout.unreachEnd = next;
    }
    at = next;
  }
  return LayoutFault.None;
}
