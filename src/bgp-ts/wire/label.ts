/**
 * The three-octet label field. Its 24 bits are kept as they came; what they mean depends on the encapsulation that
 * goes with the route: a VNI or VSID fills the whole field (RFC 8365 §5.1.3), an MPLS label its upper 20 bits, above
 * traffic class and bottom-of-stack (RFC 3032 §2.1, RFC 8277 §2.2).
 */
import { checkUint } from './encode-error.ts';

/** The raw 24 bits of a label field. */
export type Label = number;

/** A withdrawn route may say this for its label (RFC 8277 §2.4). */
export const WITHDRAW_LABEL: Label = 0x800000;

export interface MplsLabel {
  /** 20 bits. */
  readonly label: number;
  /** 3 bits. */
  readonly trafficClass: number;
  readonly bottomOfStack: boolean;
}

/** The field read as a VNI: all 24 bits. */
export function labelVni(label: Label): number {
  return label;
}

/** The field read as an MPLS label stack entry without its TTL. */
export function labelMpls(label: Label): MplsLabel {
  return { label: label >>> 4, trafficClass: (label >>> 1) & 7, bottomOfStack: (label & 1) === 1 };
}

/** The field for a VNI, 0 to 16,777,215. Throws an EncodeError outside. */
export function vniLabel(vni: number): Label {
  return checkUint('VNI', vni, 0xffffff);
}

/** The field for an MPLS label, 0 to 1,048,575. Throws an EncodeError outside. */
export function mplsLabel(label: number, trafficClass = 0, bottomOfStack = true): Label {
  checkUint('MPLS label', label, 0xfffff);
  checkUint('traffic class', trafficClass, 7);
  return (label << 4) | (trafficClass << 1) | (bottomOfStack ? 1 : 0);
}
