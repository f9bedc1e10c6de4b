/**
 * PMSI_TUNNEL (RFC 6514 §5): how a route's sender floods, and where. Flags, tunnel type, label, tunnel identifier.
 *
 * Departs from RFC 6514 §5 in one point: a tunnel type that is not known is kept opaque instead of being malformed, so
 * that types defined since then (RFC 7524, RFC 8556, RFC 9574) pass through a reflector.
 */
import { concat, fromHex, readU16, readU24, toHex, u24 } from '../bytes.ts';
import { Afi } from '../constants.ts';
import { checkUint, EncodeError } from '../encode-error.ts';
import { formatIp, parseIp } from '../ip.ts';
import type { Label } from '../label.ts';
import { ok } from '../result.ts';
import type { AttributeCodec } from './codec.ts';
import { malformed, wrongLength } from './malformed.ts';

/** Tunnel types (RFC 6514 §5, RFC 7524 §14.1). */
const PmsiTunnelType = {
  None: 0,
  RsvpTeP2mp: 1,
  MldpP2mp: 2,
  PimSsm: 3,
  PimSm: 4,
  BidirPim: 5,
  IngressReplication: 6,
  MldpMp2mp: 7,
  TransportTunnel: 8,
} as const;

/** Tunnel types whose identifier is ⟨source or root or sender, group⟩. */
type PimType = typeof PmsiTunnelType.PimSsm | typeof PmsiTunnelType.PimSm | typeof PmsiTunnelType.BidirPim;

/** The tunnel identifier by tunnel type. */
export type PmsiTunnelIdentifier =
  /** RFC 6514 §5, and RFC 7432 §11.2 for EVPN: the address that others send copies to. */
  | {
      readonly kind: 'ingress-replication';
      readonly type: typeof PmsiTunnelType.IngressReplication;
      readonly endpoint: string;
    }
  /** Root or sender address, and group, of one address family. */
  | { readonly kind: 'pim'; readonly type: PimType; readonly source: string; readonly group: string }
  /** All others, in hexadecimal. */
  | { readonly kind: 'opaque'; readonly type: number; readonly octets: string };

export interface PmsiTunnel {
  /** One octet; bit 0x01 asks for leaf information. */
  readonly flags: number;
  /** Raw 24 bits: a VNI with the overlay encapsulations (RFC 8365 §5.1.3), an MPLS label else. */
  readonly label: Label;
  readonly tunnel: PmsiTunnelIdentifier;
}

const IDENTIFIER = 5;

const isPim = (type: number): type is PimType => type >= PmsiTunnelType.PimSsm && type <= PmsiTunnelType.BidirPim;

/** The identifier at `[start, end)`, or undefined when it is none of its type (RFC 6514 §5). */
function decodeIdentifier(
  type: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): PmsiTunnelIdentifier | undefined {
  const length = end - start;
  if (type === PmsiTunnelType.IngressReplication) {
    if (length !== 4 && length !== 16) return undefined;
    return { kind: 'ingress-replication', type, endpoint: formatIp(bytes, start, length) };
  }
  if (isPim(type)) {
    if (length !== 8 && length !== 32) return undefined;
    const half = length === 8 ? 4 : 16;
    return { kind: 'pim', type, source: formatIp(bytes, start, half), group: formatIp(bytes, start + half, half) };
  }
  if (!isOpaqueIdentifier(type, bytes, start, end)) return undefined;
  return { kind: 'opaque', type, octets: toHex(bytes, start, end) };
}

/** Whether an identifier that is kept opaque has the form of its type, as far as that is looked at. */
function isOpaqueIdentifier(type: number, bytes: Uint8Array, start: number, end: number): boolean {
  switch (type) {
    case PmsiTunnelType.RsvpTeP2mp:
      // Extended tunnel id of 4 or 16 octets, reserved, tunnel id, P2MP id.
      return end - start === 12 || end - start === 24;
    case PmsiTunnelType.MldpP2mp:
    case PmsiTunnelType.MldpMp2mp:
      return isMldpFec(bytes, start, end);
    case PmsiTunnelType.TransportTunnel:
      // An address and a number that its owner gave (RFC 8502 §3), each of four octets at least.
      return end - start >= 8;
    default:
      return true;
  }
}

/** RFC 6388 §2.2 and §3.2: FEC type, address family, address length, root address, opaque length and value. */
function isMldpFec(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 4) return false;
  const afi = readU16(bytes, start + 1);
  const root = bytes[start + 3];
  if (root !== (afi === Afi.Ipv4 ? 4 : 16) || (afi !== Afi.Ipv4 && afi !== Afi.Ipv6)) return false;
  const opaqueAt = start + 4 + root;
  return opaqueAt + 2 <= end && opaqueAt + 2 + readU16(bytes, opaqueAt) === end;
}

function encodeIdentifier(tunnel: PmsiTunnelIdentifier): Uint8Array {
  switch (tunnel.kind) {
    case 'ingress-replication':
      return address(tunnel.endpoint);
    case 'pim': {
      const [source, group] = [address(tunnel.source), address(tunnel.group)];
      if (source.length !== group.length) throw new EncodeError('source and group of a PIM tunnel differ in family');
      return concat([source, group]);
    }
    case 'opaque': {
      const octets = fromHex(tunnel.octets);
      const typed = tunnel.type === PmsiTunnelType.IngressReplication || isPim(tunnel.type);
      if (octets === undefined || typed || !isOpaqueIdentifier(tunnel.type, octets, 0, octets.length)) {
        throw new EncodeError(`${JSON.stringify(tunnel.octets)} is no opaque identifier of tunnel type ${tunnel.type}`);
      }
      return octets;
    }
  }
}

function address(text: string): Uint8Array {
  const octets = parseIp(text);
  if (octets === undefined) throw new EncodeError(`${JSON.stringify(text)} in a PMSI tunnel is no IP address`);
  return octets;
}

export const pmsiTunnel: AttributeCodec<PmsiTunnel> = {
  decode(bytes, start, end) {
    if (end - start < IDENTIFIER) return wrongLength('pmsi-tunnel', start, end, `${IDENTIFIER} or more`);
    const tunnel = decodeIdentifier(bytes[start + 1], bytes, start + IDENTIFIER, end);
    if (tunnel === undefined) {
      const reason = `${end - start - IDENTIFIER} octets are no identifier of tunnel type ${bytes[start + 1]}`;
      return malformed('pmsi-tunnel-identifier', start + IDENTIFIER, reason);
    }
    return ok({ flags: bytes[start], label: readU24(bytes, start + 2), tunnel });
  },
  encode({ flags, label, tunnel }) {
    checkUint('PMSI flags', flags, 0xff);
    checkUint('PMSI tunnel type', tunnel.type, 0xff);
    checkUint('PMSI label', label, 0xffffff);
    return concat([Uint8Array.of(flags, tunnel.type, ...u24(label)), encodeIdentifier(tunnel)]);
  },
};
