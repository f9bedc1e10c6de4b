/**
 * BGP Prefix-SID (RFC 8669 §3, RFC 9252 §2): its TLVs, whose structure is checked and whose octets are kept, since a
 * reflector relays them untouched.
 */
import { concat, readU16, u16 } from '../bytes.ts';
import { UpdateSubcode } from '../constants.ts';
import { checkUint } from '../encode-error.ts';
import { ok } from '../result.ts';
import type { AttributeCodec, Malformed } from './codec.ts';

export interface PrefixSidTlv {
  readonly type: number;
  readonly value: Uint8Array;
}

/** Type of the TLV that says which SID a layer-3 service has (RFC 9252 §2). */
export const SRV6_L3_SERVICE = 5;
const TlvType = { LabelIndex: 1, OriginatorSrgb: 3, Srv6L3Service: SRV6_L3_SERVICE, Srv6L2Service: 6 } as const;
const SID_INFORMATION = 1;
const SID_STRUCTURE = 1;
/** SID, flags, behavior and reserved octets around the SID Information's sub-sub-TLVs (RFC 9252 §3.1). */
const SID_INFORMATION_LENGTH = 21;
const SID_STRUCTURE_LENGTH = 6;
const SID_BITS = 128;
/** Of the widest label field, that of EVPN routes. */
const LABEL_BITS = 24;

export const prefixSid: AttributeCodec<readonly PrefixSidTlv[]> = {
  decode(bytes, start, end) {
    const tlvs: PrefixSidTlv[] = [];
    const fault = eachTlv(bytes, start, end, (type, value, next) => {
      const wrong = tlvFault(bytes, type, value, next);
      tlvs.push({ type, value: bytes.slice(value, next) });
      return wrong;
    });
    return fault === undefined ? ok(tlvs) : { ok: false, fault };
  },
  encode(tlvs) {
    return concat(
      tlvs.map(({ type, value }) =>
        Uint8Array.of(
          checkUint('TLV type', type, 255),
          ...u16(checkUint('TLV length', value.length, 0xffff)),
          ...value,
        ),
      ),
    );
  },
};

type Visit = (type: number, value: number, next: number) => Malformed | undefined;

/** Type, two-octet length, value, again and again; the first fault ends it. */
function eachTlv(bytes: Uint8Array, start: number, end: number, visit: Visit): Malformed | undefined {
  for (let at = start; at < end; ) {
    const value = at + 3;
    const next = value + (value <= end ? readU16(bytes, at + 1) : 0);
    if (value > end || next > end) return wrong('prefix-sid-overrun', at, 'a TLV runs past what holds it');
    const fault = visit(bytes[at], value, next);
    if (fault !== undefined) return fault;
    at = next;
  }
  return undefined;
}

function tlvFault(bytes: Uint8Array, type: number, start: number, end: number): Malformed | undefined {
  const length = end - start;
  if (type === TlvType.LabelIndex && length !== 7) {
    return wrong('prefix-sid-label-index', start, `Label-Index TLV of ${length} octets instead of 7`);
  }
  // flags, then one or more ranges of six octets (RFC 8669 §3.2)
  if (type === TlvType.OriginatorSrgb && (length < 8 || (length - 2) % 6 !== 0)) {
    return wrong('prefix-sid-srgb', start, `Originator SRGB TLV of ${length} octets`);
  }
  if (type === TlvType.Srv6L3Service || type === TlvType.Srv6L2Service) return serviceFault(bytes, start, end);
  return undefined;
}

/**
 * SRv6 L3 and L2 Service TLV: a reserved octet, then sub-TLVs (RFC 9252 §2, §3). Malformed, they cost the route and not
 * only the attribute (§7), since without them it would be forwarded as something else.
 */
function serviceFault(bytes: Uint8Array, start: number, end: number): Malformed | undefined {
  if (start === end)
    return withdrawn(wrong('prefix-sid-service', start, 'SRv6 Service TLV without its reserved octet'));
  return withdrawn(
    eachTlv(bytes, start + 1, end, (type, value, next) => {
      if (type !== SID_INFORMATION) return undefined;
      if (next - value < SID_INFORMATION_LENGTH)
        return wrong('prefix-sid-information', value, 'SID Information is cut');
      return eachTlv(bytes, value + SID_INFORMATION_LENGTH, next, (inner, at, stop) =>
        inner === SID_STRUCTURE ? structureFault(bytes, at, stop) : undefined,
      );
    }),
  );
}

/** SID Structure: lengths of locator block, node, function, argument, transposition; its offset (RFC 9252 §3.2.1). */
function structureFault(bytes: Uint8Array, start: number, end: number): Malformed | undefined {
  if (end - start !== SID_STRUCTURE_LENGTH)
    return wrong('prefix-sid-structure', start, 'SID Structure is not 6 octets');
  const [block, node, func, argument, transposed, offset] = bytes.subarray(start, end);
  const bits = block + node + func + argument;
  if (bits > SID_BITS) return wrong('prefix-sid-structure', start, `SID Structure of ${bits} bits`);
  if (transposed > LABEL_BITS) return wrong('prefix-sid-structure', start, `${transposed} bits in a label field (§7)`);
  // only function and argument may be moved into a label (RFC 9252 §4)
  if (transposed > 0 && (offset < block + node || offset + transposed > bits)) {
    return wrong('prefix-sid-structure', start, 'transposed bits lie outside function and argument');
  }
  return undefined;
}

function withdrawn(fault: Malformed | undefined): Malformed | undefined {
  return fault && { ...fault, outcome: 'treat-as-withdraw' };
}

function wrong(code: string, offset: number, reason: string): Malformed {
  return { code, offset, reason, subcode: UpdateSubcode.OptionalAttribute };
}
