/**
 * The labels in front of a labelled prefix (RFC 8277 §2.2 and §2.3), whose octets the prefix's length counts.
 *
 * Without the Multiple Labels capability, which this library does not offer, an NLRI has exactly one label and its
 * bottom-of-stack bit means nothing (§2.2): that reading is taken whenever the length allows it. A longer NLRI can only
 * be a stack, and then that bit ends it. So a stack is relayed where it cannot be mistaken, and a peer that leaves the
 * bit clear, or withdraws with 0x800000 or 0, is still understood.
 */
import { readU24, u24 } from '../bytes.ts';
import { checkUint, EncodeError } from '../encode-error.ts';
import type { Label } from '../label.ts';
import { NlriFaultCode } from './fault.ts';

const LABEL_BITS = 24;
const BOTTOM_OF_STACK = 1;

export type ReadLabels =
  | { readonly ok: true; readonly labels: Label[]; readonly next: number; readonly bits: number }
  | { readonly ok: false; readonly code: Exclude<NlriFaultCode, 0> };

/**
 * Reads the labels at `at` of an NLRI of `bits` bits, all of which lie inside the buffer. `fixed` bits (the RD) stand
 * between labels and prefix, `longest` is the longest prefix. Gives what is left: offset and number of bits.
 */
export function readLabels(bytes: Uint8Array, at: number, bits: number, fixed: number, longest: number): ReadLabels {
  const single = bits - fixed - LABEL_BITS <= longest;
  const labels: Label[] = [];
  for (let left = bits; ; ) {
    if (left < LABEL_BITS + fixed) return { ok: false, code: NlriFaultCode.LabelledLength };
    const label = readU24(bytes, at);
    labels.push(label);
    at += 3;
    left -= LABEL_BITS;
    if (!single && (label & BOTTOM_OF_STACK) === 0) continue;
    if (left - fixed > longest) return { ok: false, code: NlriFaultCode.PrefixLength };
    return { ok: true, labels, next: at, bits: left };
  }
}

/**
 * The octets of `labels`, of which there is at least one, before a prefix of `prefixBits`. Throws an EncodeError for
 * labels that {@link readLabels} would read otherwise: a stack that could be one label, or whose bottom is not its last.
 */
export function writeLabels(labels: readonly Label[], prefixBits: number, longest: number): number[] {
  if (labels.length === 0) throw new EncodeError('a labelled prefix has no label');
  for (const label of labels) checkUint('label', label, 0xffffff);
  if (labels.length > 1) {
    const ambiguous = (labels.length - 1) * LABEL_BITS + prefixBits <= longest;
    const bottom = labels.findIndex((label) => (label & BOTTOM_OF_STACK) !== 0);
    if (ambiguous || bottom !== labels.length - 1) throw new EncodeError('this label stack could be read otherwise');
  }
  return labels.flatMap(u24);
}
