/** VPN-IPv4 and VPN-IPv6 routes: labels, route distinguisher, prefix (RFC 4364 §4.3.4, RFC 4659 §3.2). */
import { Family } from '../constants.ts';
import { checkUint } from '../encode-error.ts';
import type { Label } from '../label.ts';
import { decodeRd, encodeRd, RD_LENGTH, type RouteDistinguisher } from '../rd.ts';
import type { NlriBase, NlriCodec } from './base.ts';
import { NlriFaultCode } from './fault.ts';
import { readLabels, writeLabels } from './label-stack.ts';
import { octetsOf, readPrefix, writePrefix } from './prefix.ts';

export interface VpnNlri<F extends number = number> extends NlriBase {
  readonly kind: 'vpn';
  readonly family: F;
  /** From the top of the stack, each the raw 24 bits; a withdrawn route's is often 0x800000. */
  readonly labels: readonly Label[];
  readonly rd: RouteDistinguisher;
  /** `address/length`, host bits zero. */
  readonly prefix: string;
}

const RD_BITS = RD_LENGTH * 8;

function codec<F extends number>(family: F, addressLength: 4 | 16): NlriCodec<VpnNlri<F>> {
  return {
    read(bytes, at, end) {
      const next = at + 1 + octetsOf(bytes[at]);
      if (next > end) return { ok: false, code: NlriFaultCode.Overrun, at };
      const stack = readLabels(bytes, at + 1, bytes[at], RD_BITS, addressLength * 8);
      if (!stack.ok) return { ok: false, code: stack.code, at };
      const rd = decodeRd(bytes, stack.next);
      const prefix = readPrefix(bytes, stack.next + RD_LENGTH, stack.bits - RD_BITS, addressLength);
      return { ok: true, nlri: { kind: 'vpn', family, labels: stack.labels, rd, prefix }, next };
    },
    write(nlri) {
      const { bits, octets } = writePrefix(nlri.prefix, addressLength);
      const labels = writeLabels(nlri.labels, bits, addressLength * 8);
      const length = checkUint('NLRI length in bits', labels.length * 8 + RD_BITS + bits, 255);
      return Uint8Array.of(length, ...labels, ...encodeRd(nlri.rd), ...octets);
    },
  };
}

export const ipv4Vpn = codec(Family.Ipv4Vpn, 4);
export const ipv6Vpn = codec(Family.Ipv6Vpn, 16);
