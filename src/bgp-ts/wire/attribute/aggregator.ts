import { readU16, readU32, u16, u32 } from '../bytes.ts';
import { UpdateSubcode } from '../constants.ts';
import { checkUint, EncodeError } from '../encode-error.ts';
import { formatIpv4, parseIpv4 } from '../ip.ts';
import { ok } from '../result.ts';
import type { AttributeCodec, Decoded } from './codec.ts';
import { malformed, wrongLength } from './malformed.ts';

/** Who aggregated the route. */
export interface Aggregator {
  /** Of the speaker that aggregated, never zero (RFC 7607). */
  readonly asn: number;
  /** BGP Identifier of the speaker, in dotted decimal. */
  readonly address: string;
}

/** Reads AS number of `width` octets and address; `name` begins the codes of its faults. */
export function decodeAggregator(
  name: string,
  bytes: Uint8Array,
  start: number,
  end: number,
  width: 2 | 4,
): Decoded<Aggregator> {
  if (end - start !== width + 4) return wrongLength(name, start, end, width + 4);
  const asn = width === 2 ? readU16(bytes, start) : readU32(bytes, start);
  // RFC 7607 §2
  if (asn === 0) {
    return malformed(`${name}-as-zero`, start, 'AS number 0 belongs to nobody', {
      subcode: UpdateSubcode.OptionalAttribute,
    });
  }
  return ok({ asn, address: formatIpv4(bytes, start + width) });
}

export function encodeAggregator({ asn, address }: Aggregator, width: 2 | 4): Uint8Array {
  const octets = parseIpv4(address);
  if (octets === undefined) throw new EncodeError(`AGGREGATOR address ${address} is no IPv4 address`);
  checkUint('AGGREGATOR AS number', asn, width === 2 ? 0xffff : 0xffffffff);
  return Uint8Array.of(...(width === 2 ? u16(asn) : u32(asn)), ...octets);
}

/** AGGREGATOR (RFC 4271 §5.1.7, RFC 6793 §4.1, RFC 7606 §7.7). */
export const aggregator: AttributeCodec<Aggregator> = {
  decode(bytes, start, end, ctx) {
    return decodeAggregator('aggregator', bytes, start, end, ctx.asn4 ? 4 : 2);
  },
  encode(value, ctx) {
    return encodeAggregator(value, ctx.asn4 ? 4 : 2);
  },
};
