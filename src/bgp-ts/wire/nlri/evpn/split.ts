/**
 * Where the parts of one EVPN NLRI lie. What belongs to the route key is RFC 7432 §7.1–§7.4, RFC 9136 §3.1, RFC 9251
 * §9.1–§9.3; the rest is the *rider*: `mid` octets behind the RD (the ESI of types 2 and 5) and `tail` octets at the
 * end (labels, gateway address, flags). One object is reused for every NLRI: the hot path allocates nothing.
 */
export interface NlriSplit {
  /** EVPN route type, the octet that an NLRI begins with. */
  type: number;
  /** Offset of the value, behind type and length octets. */
  valueStart: number;
  /** Offset behind this NLRI, and so the value's end. */
  next: number;
  /** `valueStart` where there is no `mid`. */
  midStart: number;
  /** 10 for types 2 and 5, else 0. */
  midLength: number;
  /** `next` where there is no `tail`. */
  tailStart: number;
  /** Types 1 (3), 2 (3 or 6), 5 (7 or 19), 6 and 7 (1), 8 (6), else 0. */
  tailLength: number;
}

/** A split to be filled, and filled again, by the type's function. */
export function emptySplit(): NlriSplit {
  return { type: 0, valueStart: 0, next: 0, midStart: 0, midLength: 0, tailStart: 0, tailLength: 0 };
}
