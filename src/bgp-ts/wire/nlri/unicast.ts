/** IPv4 and IPv6 prefixes without a label: unicast and multicast (RFC 4271 §4.3, RFC 4760 §5). */
import { Family } from '../constants.ts';
import type { NlriBase, NlriCodec } from './base.ts';
import { NlriFaultCode } from './fault.ts';
import { octetsOf, readPrefix, writePrefix } from './prefix.ts';

export interface PrefixNlri<F extends number = number> extends NlriBase {
  readonly kind: 'prefix';
  readonly family: F;
  /** `address/length`, host bits zero. */
  readonly prefix: string;
}

function codec<F extends number>(family: F, addressLength: 4 | 16): NlriCodec<PrefixNlri<F>> {
  return {
    read(bytes, at, end) {
      const bits = bytes[at];
      if (bits > addressLength * 8) return { ok: false, code: NlriFaultCode.PrefixLength, at };
      const next = at + 1 + octetsOf(bits);
      if (next > end) return { ok: false, code: NlriFaultCode.Overrun, at };
      const prefix = readPrefix(bytes, at + 1, bits, addressLength);
      return { ok: true, nlri: { kind: 'prefix', family, prefix }, next };
    },
    write(nlri) {
      const { bits, octets } = writePrefix(nlri.prefix, addressLength);
      return Uint8Array.of(bits, ...octets);
    },
  };
}

/** AFI 1 and 2 with SAFI 2. */
export const MulticastFamily = { Ipv4: 258, Ipv6: 514 } as const;

export const ipv4Unicast = codec(Family.Ipv4Unicast, 4);
export const ipv6Unicast = codec(Family.Ipv6Unicast, 16);
export const ipv4Multicast = codec(MulticastFamily.Ipv4, 4);
export const ipv6Multicast = codec(MulticastFamily.Ipv6, 16);
