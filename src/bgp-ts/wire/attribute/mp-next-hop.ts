/**
 * The next hop field of MP_REACH_NLRI: which lengths a family allows, and what lies in it (RFC 4760 §3, RFC 2545 §3,
 * RFC 4364 §4.3.2, RFC 4659 §3.2.1, RFC 8950 §3, RFC 8955 §4, RFC 9552 §5.5).
 */
import { concat, fromHex, toHex } from '../bytes.ts';
import { Afi, Family, type FamilyId, familyAfi, familySafi, Safi } from '../constants.ts';
import type { DecodeContext } from '../context.ts';
import { EncodeError } from '../encode-error.ts';
import { formatIp, isHostAddress, parseIp } from '../ip.ts';

export interface MpNextHop {
  /** Canonical address; null where the family has none (flow specifications), or one that is not understood. */
  readonly nextHop: string | null;
  /** The field in hexadecimal, where the family is not known here and its length is none of the usual ones. */
  readonly octets?: string;
  /** The link-local address that may stand behind an IPv6 next hop (RFC 2545 §3). */
  readonly linkLocal?: string;
}

const RD_LENGTH = 8;
const FLOW_SPECIFICATION = 133;
const FLOW_SPECIFICATION_VPN = 134;
const MULTICAST_VPN = 129;
const LINK_STATE_VPN = 72;

/** Whether a route distinguisher of zero stands before each address. */
function hasRd(family: FamilyId): boolean {
  const safi = familySafi(family);
  return safi === Safi.MplsVpn || safi === MULTICAST_VPN || safi === LINK_STATE_VPN;
}

/** Lengths in octets, route distinguishers left out; undefined where the family is not known here. */
function lengthsOf(family: FamilyId, ctx: DecodeContext): readonly number[] | undefined {
  const afi = familyAfi(family);
  const safi = familySafi(family);
  if (safi === FLOW_SPECIFICATION || safi === FLOW_SPECIFICATION_VPN) return [0, 4, 16, 32];
  if (safi === Safi.RtConstrain) return [4, 16]; // RFC 4684 §4
  if (safi === Safi.Evpn) return [4, 16]; // RFC 7432 §7
  const isIp = safi === Safi.Unicast || safi === Safi.Multicast || safi === Safi.MplsLabel || hasRd(family);
  if (isIp && afi === Afi.Ipv4) return ctx.extendedNextHop.has(family) ? [4, 16, 32] : [4];
  if (isIp && afi === Afi.Ipv6) return [16, 32];
  return undefined;
}

const usualLengths: readonly number[] = [0, 4, 16, 32];

/** Reads `length` octets at `at`, or says undefined when the family has no next hop of that length (RFC 7606 §7.11). */
export function decodeMpNextHop(
  family: FamilyId,
  bytes: Uint8Array,
  at: number,
  length: number,
  ctx: DecodeContext,
): MpNextHop | undefined {
  const skip = hasRd(family) ? RD_LENGTH : 0;
  // two addresses bring two route distinguishers
  const plain = skip === 0 || length === 0 ? length : length > 16 + skip ? length - 2 * skip : length - skip;
  const lengths = lengthsOf(family, ctx);
  const isRdAlone = plain === 0 && length > 0;
  if (isRdAlone || !(lengths ?? usualLengths).includes(plain)) {
    // no rule says which lengths a family has that is not known here, so none of them is wrong
    return lengths === undefined ? { nextHop: null, octets: toHex(bytes, at, at + length) } : undefined;
  }
  if (plain === 0) return { nextHop: null };
  if (plain === 4) return { nextHop: formatIp(bytes, at + skip, 4) };
  const nextHop = formatIp(bytes, at + skip, 16);
  return plain === 16 ? { nextHop } : { nextHop, linkLocal: formatIp(bytes, at + 2 * skip + 16, 16) };
}

/**
 * Whether a next hop of 4 or 16 octets is syntactically a host's address, as RFC 4271 §6.3 asks of NEXT_HOP. Asked of the
 * families whose routes are held: EVPN, where it is an address of the PE (RFC 7432 §8.4.1, §9.2.1, §11.1), and route
 * target membership. What it is worth in the others is for who uses their routes to say.
 */
export function namesHost(family: FamilyId, bytes: Uint8Array, at: number, length: number): boolean {
  if (family !== Family.Evpn && family !== Family.RtConstrain) return true;
  return isHostAddress(bytes, at, length === 4 ? 4 : 16);
}

export function encodeMpNextHop(family: FamilyId, { nextHop, linkLocal, octets }: MpNextHop): Uint8Array {
  if (nextHop === null) {
    const field = fromHex(octets ?? '');
    if (field === undefined) throw new EncodeError(`next hop ${octets} is no hexadecimal`);
    return field;
  }
  const rd = new Uint8Array(hasRd(family) ? RD_LENGTH : 0);
  const parts: Uint8Array[] = [];
  for (const text of linkLocal === undefined ? [nextHop] : [nextHop, linkLocal]) {
    const address = parseIp(text);
    if (address === undefined) throw new EncodeError(`next hop ${text} is no IP address`);
    parts.push(rd, address);
  }
  return concat(parts);
}
