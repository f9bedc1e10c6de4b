/** Labelled IPv4 and IPv6 prefixes (RFC 8277 §2). */
import { checkUint } from '../encode-error.ts';
import type { Label } from '../label.ts';
import type { NlriBase, NlriCodec } from './base.ts';
import { NlriFaultCode } from './fault.ts';
import { readLabels, writeLabels } from './label-stack.ts';
import { octetsOf, readPrefix, writePrefix } from './prefix.ts';

/** AFI 1 and 2 with SAFI 4. */
export const LabelledFamily = { Ipv4: 260, Ipv6: 516 } as const;

export interface LabelledNlri<F extends number = number> extends NlriBase {
  readonly kind: 'labelled';
  readonly family: F;
  /** From the top of the stack, each the raw 24 bits. */
  readonly labels: readonly Label[];
  /** `address/length`, host bits zero. */
  readonly prefix: string;
}

function codec<F extends number>(family: F, addressLength: 4 | 16): NlriCodec<LabelledNlri<F>> {
  return {
    read(bytes, at, end) {
      const next = at + 1 + octetsOf(bytes[at]);
      if (next > end) return { ok: false, code: NlriFaultCode.Overrun, at };
      const stack = readLabels(bytes, at + 1, bytes[at], 0, addressLength * 8);
      if (!stack.ok) return { ok: false, code: stack.code, at };
      const prefix = readPrefix(bytes, stack.next, stack.bits, addressLength);
      return { ok: true, nlri: { kind: 'labelled', family, labels: stack.labels, prefix }, next };
    },
    write(nlri) {
      const { bits, octets } = writePrefix(nlri.prefix, addressLength);
      const labels = writeLabels(nlri.labels, bits, addressLength * 8);
      checkUint('NLRI length in bits', labels.length * 8 + bits, 255);
      return Uint8Array.of(labels.length * 8 + bits, ...labels, ...octets);
    },
  };
}

export const ipv4Labelled = codec(LabelledFamily.Ipv4, 4);
export const ipv6Labelled = codec(LabelledFamily.Ipv6, 16);
