/** EVPN route type 4, Ethernet Segment (RFC 7432 §7.4). Key: all of it. */
import { concat } from '../../bytes.ts';
import { decodeEsi, type Esi, encodeEsi } from '../../esi.ts';
import { decodeRd, encodeRd, type RouteDistinguisher } from '../../rd.ts';
import { NlriFaultCode } from '../fault.ts';
import { ESI, EVPN, type EvpnBase, RD, readAddress, writeAddress } from './fields.ts';
import { splitOriginator } from './originator.ts';

export interface EthernetSegment extends EvpnBase {
  readonly kind: 'ethernet-segment';
  readonly type: 4;
  readonly rd: RouteDistinguisher;
  readonly esi: Esi;
  /** IPv4 or IPv6. */
  readonly originator: string;
}

const ORIGINATOR = RD + ESI;

export function splitEthernetSegment(bytes: Uint8Array, start: number, end: number): NlriFaultCode {
  if (start + ORIGINATOR >= end) return NlriFaultCode.EvpnLength;
  return splitOriginator(bytes, start + ORIGINATOR, end);
}

/** Reads a value that {@link splitEthernetSegment} accepted. */
export function decodeEthernetSegment(bytes: Uint8Array, start: number): EthernetSegment {
  return {
    kind: 'ethernet-segment',
    ...EVPN,
    type: 4,
    rd: decodeRd(bytes, start),
    esi: decodeEsi(bytes, start + RD),
    originator: readAddress(bytes, start + ORIGINATOR) as string,
  };
}

export function encodeEthernetSegment(route: EthernetSegment): Uint8Array {
  return concat([encodeRd(route.rd), encodeEsi(route.esi), writeAddress('originator', route.originator)]);
}
