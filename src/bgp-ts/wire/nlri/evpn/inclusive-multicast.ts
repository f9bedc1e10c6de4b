/** EVPN route type 3, Inclusive Multicast Ethernet Tag (RFC 7432 §7.3). Key: all of it. */
import { concat, readU32, u32 } from '../../bytes.ts';
import { checkUint } from '../../encode-error.ts';
import { decodeRd, encodeRd, type RouteDistinguisher } from '../../rd.ts';
import { NlriFaultCode } from '../fault.ts';
import { EVPN, type EvpnBase, RD, readAddress, TAG, writeAddress } from './fields.ts';
import { splitOriginator } from './originator.ts';

export interface InclusiveMulticast extends EvpnBase {
  readonly kind: 'inclusive-multicast';
  readonly type: 3;
  readonly rd: RouteDistinguisher;
  readonly ethernetTag: number;
  /** IPv4 or IPv6. */
  readonly originator: string;
}

const ORIGINATOR = RD + TAG;

export function splitInclusiveMulticast(bytes: Uint8Array, start: number, end: number): NlriFaultCode {
  if (start + ORIGINATOR >= end) return NlriFaultCode.EvpnLength;
  return splitOriginator(bytes, start + ORIGINATOR, end);
}

/** Reads a value that {@link splitInclusiveMulticast} accepted. */
export function decodeInclusiveMulticast(bytes: Uint8Array, start: number): InclusiveMulticast {
  return {
    kind: 'inclusive-multicast',
    ...EVPN,
    type: 3,
    rd: decodeRd(bytes, start),
    ethernetTag: readU32(bytes, start + RD),
    originator: readAddress(bytes, start + ORIGINATOR) as string,
  };
}

export function encodeInclusiveMulticast(route: InclusiveMulticast): Uint8Array {
  checkUint('Ethernet tag', route.ethernetTag, 0xffffffff);
  return concat([
    encodeRd(route.rd),
    Uint8Array.from(u32(route.ethernetTag)),
    writeAddress('originator', route.originator),
  ]);
}
