/**
 * EVPN NLRI (RFC 7432 §7): type, length, and a value whose form the type says. One row per route type; its rules on
 * the fields are applied by {@link splitEvpn}, after which decoding cannot fail.
 */
import { EncodeError } from '../../encode-error.ts';
import type { NlriCodec } from '../base.ts';
import { NlriFaultCode } from '../fault.ts';
import {
  decodeEthernetAutoDiscovery,
  type EthernetAutoDiscovery,
  encodeEthernetAutoDiscovery,
} from './ethernet-auto-discovery.ts';
import { decodeEthernetSegment, type EthernetSegment, encodeEthernetSegment } from './ethernet-segment.ts';
import { decodeInclusiveMulticast, encodeInclusiveMulticast, type InclusiveMulticast } from './inclusive-multicast.ts';
import { decodeIpPrefix, encodeIpPrefix, type IpPrefix } from './ip-prefix.ts';
import { splitEvpn } from './key.ts';
import { decodeLeaf, encodeLeaf, type Leaf } from './leaf.ts';
import { decodeLeaveSynch, encodeLeaveSynch, type LeaveSynch } from './leave-synch.ts';
import { decodeMacIpAdvertisement, encodeMacIpAdvertisement, type MacIpAdvertisement } from './mac-ip-advertisement.ts';
import {
  decodeMembershipReportSynch,
  encodeMembershipReportSynch,
  type MembershipReportSynch,
} from './membership-report-synch.ts';
import { decodeOpaqueEvpn, encodeOpaqueEvpn, type OpaqueEvpn } from './opaque.ts';
import { decodePerRegionIPmsi, encodePerRegionIPmsi, type PerRegionIPmsi } from './per-region-i-pmsi.ts';
import { decodeSPmsi, encodeSPmsi, type SPmsi } from './s-pmsi.ts';
import { decodeSelectiveMulticast, encodeSelectiveMulticast, type SelectiveMulticast } from './selective-multicast.ts';
import { emptySplit, type NlriSplit } from './split.ts';

/** An EVPN route whose type this library knows. */
export type KnownEvpnNlri =
  | EthernetAutoDiscovery
  | MacIpAdvertisement
  | InclusiveMulticast
  | EthernetSegment
  | IpPrefix
  | SelectiveMulticast
  | MembershipReportSynch
  | LeaveSynch
  | PerRegionIPmsi
  | SPmsi
  | Leaf;

/** Any EVPN route; `kind` tells which. */
export type EvpnNlri = KnownEvpnNlri | OpaqueEvpn;

interface RouteType<N> {
  /** Reads the value at `start`, which {@link splitEvpn} has accepted. */
  decode(bytes: Uint8Array, start: number, split: NlriSplit): N;
  /** The value's octets. */
  encode(route: N): Uint8Array;
}

const routeTypes = {
  1: { decode: decodeEthernetAutoDiscovery, encode: encodeEthernetAutoDiscovery },
  2: { decode: decodeMacIpAdvertisement, encode: encodeMacIpAdvertisement },
  3: { decode: decodeInclusiveMulticast, encode: encodeInclusiveMulticast },
  4: { decode: decodeEthernetSegment, encode: encodeEthernetSegment },
  5: { decode: decodeIpPrefix, encode: encodeIpPrefix },
  6: { decode: decodeSelectiveMulticast, encode: encodeSelectiveMulticast },
  7: { decode: decodeMembershipReportSynch, encode: encodeMembershipReportSynch },
  8: { decode: decodeLeaveSynch, encode: encodeLeaveSynch },
  9: { decode: decodePerRegionIPmsi, encode: encodePerRegionIPmsi },
  10: { decode: decodeSPmsi, encode: encodeSPmsi },
  11: { decode: decodeLeaf, encode: encodeLeaf },
} as const satisfies { [T in KnownEvpnNlri['type']]: RouteType<Extract<KnownEvpnNlri, { type: T }>> };

const isKnownType = (type: number): type is KnownEvpnNlri['type'] => type in routeTypes;

export const evpn: NlriCodec<EvpnNlri> = {
  read(bytes, at, end) {
    const split = emptySplit();
    const code = splitEvpn(bytes, at, end, split);
    if (code === NlriFaultCode.Overrun) return { ok: false, code, at };
    const { type, valueStart, next } = split;
    if (code !== NlriFaultCode.None) return { ok: false, code, at, next };
    const nlri = isKnownType(type)
      ? routeTypes[type].decode(bytes, valueStart, split)
      : decodeOpaqueEvpn(bytes, type, valueStart, next);
    return { ok: true, nlri, next };
  },
  write(nlri) {
    const value = nlri.kind === 'opaque-evpn' ? encodeOpaqueEvpn(nlri) : encodeKnown(nlri);
    if (value.length > 255) throw new EncodeError(`an EVPN route of ${value.length} octets has no encoding`);
    return Uint8Array.of(nlri.type, value.length, ...value);
  },
};

function encodeKnown(nlri: KnownEvpnNlri): Uint8Array {
  // Row and route belong together by `type`, which the table's own type has made sure of.
  const row: RouteType<KnownEvpnNlri> = routeTypes[nlri.type];
  return row.encode(nlri);
}
