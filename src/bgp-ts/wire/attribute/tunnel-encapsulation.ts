/**
 * TUNNEL_ENCAPSULATION (RFC 9012 §2, §13): tunnels, each a type and a list of sub-TLVs. A sub-TLV's octets are kept as
 * they came; what they say is {@link describeSubTlv}'s matter, since RFC 9012 §13 has a malformed one passed over, not
 * refused. Two things are not passed over: a structure that does not close, which costs the route, and a malformed
 * tunnel egress endpoint, which costs its tunnel: that tunnel is left out of the decoded value, as it must not be
 * distributed, and when none is left the route is lost too.
 *
 * Whether the endpoint is an address that may be used at all (the second and third condition of §3.1) is not checked.
 */
import { concat, fromHex, readU16, toHex, u16 } from '../bytes.ts';
import { checkUint, EncodeError } from '../encode-error.ts';
import { ok } from '../result.ts';
import type { AttributeCodec } from './codec.ts';
import { malformed } from './malformed.ts';
import { isMalformedEndpoint, type SubTlv } from './tunnel-sub-tlv.ts';

export interface Tunnel {
  /** IANA's BGP Tunnel Encapsulation Attribute Tunnel Types; 8 is VXLAN. */
  readonly type: number;
  readonly subTlvs: readonly SubTlv[];
}

/** Sub-TLV types from here on have a length of two octets (RFC 9012 §2). */
const LONG_LENGTH = 128;

const overrun = (offset: number, what: string) =>
  malformed('tunnel-encapsulation-overrun', offset, `a ${what} runs past its end`);

/** The sub-TLVs of `[start, end)`, or the offset of the one that does not fit. */
function decodeSubTlvs(bytes: Uint8Array, start: number, end: number): SubTlv[] | number {
  const subTlvs: SubTlv[] = [];
  for (let at = start; at < end; ) {
    const type = bytes[at];
    const value = at + (type < LONG_LENGTH ? 2 : 3);
    if (value > end) return at;
    const next = value + (type < LONG_LENGTH ? bytes[at + 1] : readU16(bytes, at + 1));
    if (next > end) return at;
    subTlvs.push({ type, value: toHex(bytes, value, next) });
    at = next;
  }
  return subTlvs;
}

export const tunnelEncapsulation: AttributeCodec<readonly Tunnel[]> = {
  decode(bytes, start, end) {
    const tunnels: Tunnel[] = [];
    for (let at = start; at < end; ) {
      const value = at + 4;
      if (value > end) return overrun(at, 'tunnel TLV');
      const next = value + readU16(bytes, at + 2);
      if (next > end) return overrun(at, 'tunnel TLV');
      const subTlvs = decodeSubTlvs(bytes, value, next);
      if (typeof subTlvs === 'number') return overrun(subTlvs, 'sub-TLV');
      if (!subTlvs.some(isMalformedEndpoint)) tunnels.push({ type: readU16(bytes, at), subTlvs });
      at = next;
    }
    if (tunnels.length === 0) return malformed('tunnel-encapsulation-empty', start, 'there is no valid tunnel');
    return ok(tunnels);
  },
  encode(tunnels) {
    if (tunnels.length === 0) throw new EncodeError('a tunnel encapsulation without a tunnel has no encoding');
    return concat(tunnels.map(encodeTunnel));
  },
};

function encodeTunnel({ type, subTlvs }: Tunnel): Uint8Array {
  const value = concat(subTlvs.map(encodeSubTlv));
  checkUint('tunnel type', type, 0xffff);
  checkUint('tunnel length', value.length, 0xffff);
  return concat([Uint8Array.of(...u16(type), ...u16(value.length)), value]);
}

function encodeSubTlv(subTlv: SubTlv): Uint8Array {
  const value = fromHex(subTlv.value);
  if (value === undefined) throw new EncodeError(`${JSON.stringify(subTlv.value)} is no hexadecimal`);
  if (isMalformedEndpoint(subTlv)) throw new EncodeError(`${subTlv.value} is no tunnel egress endpoint`);
  checkUint('sub-TLV type', subTlv.type, 0xff);
  const long = subTlv.type >= LONG_LENGTH;
  checkUint('sub-TLV length', value.length, long ? 0xffff : 0xff);
  return Uint8Array.of(subTlv.type, ...(long ? u16(value.length) : [value.length]), ...value);
}
