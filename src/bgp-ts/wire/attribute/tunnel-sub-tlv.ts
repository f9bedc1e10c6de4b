/** The sub-TLVs of a tunnel (RFC 9012 §3), taken apart. */
import { fromHex, readU16, readU24, readU32, toHex } from '../bytes.ts';
import { Afi } from '../constants.ts';
import { EncodeError } from '../encode-error.ts';
import { formatIp } from '../ip.ts';
import { formatMac } from '../mac.ts';

/** One sub-TLV as it came. */
export interface SubTlv {
  readonly type: number;
  /** In hexadecimal. */
  readonly value: string;
}

/** Sub-TLV types (RFC 9012 §3). */
export const SubTlvType = {
  Encapsulation: 1,
  ProtocolType: 2,
  Color: 4,
  EgressEndpoint: 6,
  DsField: 7,
  UdpPort: 8,
  EmbeddedLabelHandling: 9,
  LabelStack: 10,
} as const;

/** Tunnel types that have an encapsulation sub-TLV (RFC 9012 §3.2). */
const TunnelType = { L2tpv3: 1, Gre: 2, Vxlan: 8, Nvgre: 9, MplsInGre: 11 } as const;

/** What a sub-TLV says; one that is unknown or malformed is opaque (RFC 9012 §13). */
export type SubTlvView =
  /** §3.2.1, §3.2.2: VXLAN and NVGRE; a field whose flag is clear is absent. */
  | { readonly kind: 'virtual-network'; readonly vni?: number; readonly mac?: string }
  /** §3.2.3. */
  | { readonly kind: 'l2tpv3'; readonly sessionId: number; readonly cookie: string }
  /** §3.2.4, §3.2.5. */
  | { readonly kind: 'gre'; readonly key: number }
  /** §3.4.1: an Ethertype. */
  | { readonly kind: 'protocol-type'; readonly ethertype: number }
  /** §3.4.2. */
  | { readonly kind: 'color'; readonly color: number }
  /** §3.1; without an address the endpoint is the next hop. */
  | { readonly kind: 'egress-endpoint'; readonly address?: string }
  /** §3.3.1. */
  | { readonly kind: 'ds-field'; readonly value: number }
  /** §3.3.2. */
  | { readonly kind: 'udp-port'; readonly port: number }
  /** §3.5: 1 payload begins with the embedded label, 2 it does not. */
  | { readonly kind: 'embedded-label-handling'; readonly value: 1 | 2 }
  /** §3.6: raw stack entries of four octets, TTL included. */
  | { readonly kind: 'label-stack'; readonly entries: readonly number[] }
  | { readonly kind: 'opaque' };

const OPAQUE: SubTlvView = { kind: 'opaque' };
const HAS_VNI = 0x80;
const HAS_MAC = 0x40;
/** Type and subtype of the color extended community. */
const COLOR = 0x030b;

/** Says what `subTlv` of a tunnel of `tunnelType` means. Never fails. */
export function describeSubTlv(tunnelType: number, subTlv: SubTlv): SubTlvView {
  const bytes = octetsOf(subTlv);
  const length = bytes.length;
  switch (subTlv.type) {
    case SubTlvType.Encapsulation:
      return describeEncapsulation(tunnelType, bytes);
    case SubTlvType.ProtocolType:
      return length === 2 && readU16(bytes, 0) !== 0xffff
        ? { kind: 'protocol-type', ethertype: readU16(bytes, 0) }
        : OPAQUE;
    case SubTlvType.Color:
      return length === 8 && readU16(bytes, 0) === COLOR ? { kind: 'color', color: readU32(bytes, 4) } : OPAQUE;
    case SubTlvType.EgressEndpoint:
      return describeEndpoint(bytes);
    case SubTlvType.DsField:
      return length === 1 ? { kind: 'ds-field', value: bytes[0] } : OPAQUE;
    case SubTlvType.UdpPort:
      return length === 2 && readU16(bytes, 0) !== 0 ? { kind: 'udp-port', port: readU16(bytes, 0) } : OPAQUE;
    case SubTlvType.EmbeddedLabelHandling:
      return length === 1 && (bytes[0] === 1 || bytes[0] === 2)
        ? { kind: 'embedded-label-handling', value: bytes[0] }
        : OPAQUE;
    case SubTlvType.LabelStack:
      return describeLabelStack(bytes);
    default:
      return OPAQUE;
  }
}

function octetsOf({ value }: SubTlv): Uint8Array {
  const bytes = fromHex(value);
  if (bytes === undefined) throw new EncodeError(`${JSON.stringify(value)} is no hexadecimal`);
  return bytes;
}

function describeEncapsulation(tunnelType: number, bytes: Uint8Array): SubTlvView {
  switch (tunnelType) {
    case TunnelType.Vxlan:
    case TunnelType.Nvgre:
      if (bytes.length !== 12) return OPAQUE;
      return {
        kind: 'virtual-network',
        ...((bytes[0] & HAS_VNI) === 0 ? {} : { vni: readU24(bytes, 1) }),
        ...((bytes[0] & HAS_MAC) === 0 ? {} : { mac: formatMac(bytes, 4) }),
      };
    case TunnelType.L2tpv3:
      if (bytes.length < 4 || bytes.length > 12) return OPAQUE;
      return { kind: 'l2tpv3', sessionId: readU32(bytes, 0), cookie: toHex(bytes, 4) };
    case TunnelType.Gre:
    case TunnelType.MplsInGre:
      return bytes.length === 4 ? { kind: 'gre', key: readU32(bytes, 0) } : OPAQUE;
    default:
      return OPAQUE;
  }
}

function describeLabelStack(bytes: Uint8Array): SubTlvView {
  if (bytes.length === 0 || bytes.length % 4 !== 0) return OPAQUE;
  const entries: number[] = [];
  for (let at = 0; at < bytes.length; at += 4) entries.push(readU32(bytes, at));
  return { kind: 'label-stack', entries };
}

/** Four reserved octets and two of address family stand before the address (§3.1). */
const ENDPOINT_ADDRESS = 6;

function describeEndpoint(bytes: Uint8Array): SubTlvView {
  const length = bytes.length - ENDPOINT_ADDRESS;
  if (length < 0) return OPAQUE;
  const expected = endpointLength(readU16(bytes, 4));
  if (length !== expected) return OPAQUE;
  return {
    kind: 'egress-endpoint',
    ...(expected === 0 ? {} : { address: formatIp(bytes, ENDPOINT_ADDRESS, expected) }),
  };
}

/** Octets of an endpoint's address, or undefined for a family that RFC 9012 does not use. */
function endpointLength(afi: number): 0 | 4 | 16 | undefined {
  if (afi === Afi.Ipv4) return 4;
  if (afi === Afi.Ipv6) return 16;
  return afi === 0 ? 0 : undefined;
}

/**
 * Whether `subTlv` is a tunnel egress endpoint whose length is not that of its address family (§3.1). One of another
 * family is unrecognised, which is not malformed.
 */
export function isMalformedEndpoint(subTlv: SubTlv): boolean {
  if (subTlv.type !== SubTlvType.EgressEndpoint) return false;
  const bytes = octetsOf(subTlv);
  if (bytes.length < ENDPOINT_ADDRESS) return true;
  const expected = endpointLength(readU16(bytes, 4));
  return expected !== undefined && bytes.length !== ENDPOINT_ADDRESS + expected;
}
