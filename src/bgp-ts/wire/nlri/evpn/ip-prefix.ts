/**
 * EVPN route type 5, IP Prefix (RFC 9136 §3.1). Key: RD, Ethernet tag, prefix length and prefix; ESI, gateway address
 * and label ride along. The prefix field has a fixed size, and RFC 9136 does not call the bits behind its length
 * irrelevant, so they are kept as they came.
 */
import { concat, readU24, readU32, u24, u32 } from '../../bytes.ts';
import { checkUint, EncodeError } from '../../encode-error.ts';
import { decodeEsi, type Esi, encodeEsi } from '../../esi.ts';
import { formatIp, parseIp } from '../../ip.ts';
import type { Label } from '../../label.ts';
import { decodeRd, encodeRd, type RouteDistinguisher } from '../../rd.ts';
import { NlriFaultCode } from '../fault.ts';
import { parsePrefix } from '../prefix.ts';
import { ESI, EVPN, type EvpnBase, LABEL, RD, TAG } from './fields.ts';
import type { NlriSplit } from './split.ts';

export interface IpPrefix extends EvpnBase {
  readonly kind: 'ip-prefix';
  readonly type: 5;
  readonly rd: RouteDistinguisher;
  readonly esi: Esi;
  readonly ethernetTag: number;
  /** `address/length`, the address as it came. */
  readonly prefix: string;
  /** Of the prefix's address family; `0.0.0.0` or `::` when it is no overlay index. */
  readonly gateway: string;
  /** Raw 24 bits. */
  readonly label: Label;
}

const PREFIX_LENGTH = RD + ESI + TAG;
const PREFIX = PREFIX_LENGTH + 1;
const IPV4_LENGTH = PREFIX + 4 + 4 + LABEL;
const IPV6_LENGTH = PREFIX + 16 + 16 + LABEL;

export function splitIpPrefix(bytes: Uint8Array, start: number, end: number, out: NlriSplit): NlriFaultCode {
  const length = end - start;
  if (length !== IPV4_LENGTH && length !== IPV6_LENGTH) return NlriFaultCode.EvpnLength;
  const octets = length === IPV4_LENGTH ? 4 : 16;
  if (bytes[start + PREFIX_LENGTH] > octets * 8) return NlriFaultCode.EvpnPrefixLength;
  out.midStart = start + RD;
  out.midLength = ESI;
  out.tailStart = start + PREFIX + octets;
  out.tailLength = octets + LABEL;
  return NlriFaultCode.None;
}

/** Reads a value that {@link splitIpPrefix} accepted, with the gateway address where it found it. */
export function decodeIpPrefix(bytes: Uint8Array, start: number, split: NlriSplit): IpPrefix {
  const octets = split.tailLength === 4 + LABEL ? 4 : 16;
  return {
    kind: 'ip-prefix',
    ...EVPN,
    type: 5,
    rd: decodeRd(bytes, start),
    esi: decodeEsi(bytes, start + RD),
    ethernetTag: readU32(bytes, start + RD + ESI),
    prefix: `${formatIp(bytes, start + PREFIX, octets)}/${bytes[start + PREFIX_LENGTH]}`,
    gateway: formatIp(bytes, split.tailStart, octets),
    label: readU24(bytes, split.tailStart + octets),
  };
}

export function encodeIpPrefix(route: IpPrefix): Uint8Array {
  checkUint('Ethernet tag', route.ethernetTag, 0xffffffff);
  checkUint('label', route.label, 0xffffff);
  const { bits, address } = parsePrefix(route.prefix);
  const gateway = parseIp(route.gateway);
  // RFC 9136 §3.1: prefix and gateway are of one address family.
  if (gateway?.length !== address.length) {
    throw new EncodeError(`gateway ${JSON.stringify(route.gateway)} is not of the address family of ${route.prefix}`);
  }
  return concat([
    encodeRd(route.rd),
    encodeEsi(route.esi),
    Uint8Array.of(...u32(route.ethernetTag), bits),
    address,
    gateway,
    Uint8Array.from(u24(route.label)),
  ]);
}
