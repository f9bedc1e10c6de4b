/**
 * EVPN route type 8, Multicast Leave Synch (RFC 9251 §9.3). Key: all but the reserved field, maximum response time and
 * flags, which are the last six octets.
 */
import { concat, readU32, u32 } from '../../bytes.ts';
import { checkUint } from '../../encode-error.ts';
import { decodeEsi, type Esi, encodeEsi } from '../../esi.ts';
import { decodeRd, encodeRd, type RouteDistinguisher } from '../../rd.ts';
import { NlriFaultCode } from '../fault.ts';
import { ESI, EVPN, type EvpnBase, RD, TAG } from './fields.ts';
import { type MulticastState, readMulticast, splitMulticast, writeMulticast } from './multicast.ts';
import type { NlriSplit } from './split.ts';

export interface LeaveSynch extends EvpnBase, MulticastState {
  readonly kind: 'leave-synch';
  readonly type: 8;
  readonly rd: RouteDistinguisher;
  readonly esi: Esi;
  readonly ethernetTag: number;
  /** Four octets without a meaning, relayed. */
  readonly reserved: number;
  /** Seconds. */
  readonly maximumResponseTime: number;
  /** One octet: IGMP versions and the exclude bit. */
  readonly flags: number;
}

const STATE = RD + ESI + TAG;
const RIDER = 6;

export function splitLeaveSynch(bytes: Uint8Array, start: number, end: number, out: NlriSplit): NlriFaultCode {
  const fault = splitMulticast(bytes, start + STATE, end, RIDER, false);
  if (fault !== NlriFaultCode.None) return fault;
  out.tailStart = end - RIDER;
  out.tailLength = RIDER;
  return NlriFaultCode.None;
}

/** Reads a value that {@link splitLeaveSynch} accepted. */
export function decodeLeaveSynch(bytes: Uint8Array, start: number): LeaveSynch {
  const { state, next } = readMulticast(bytes, start + STATE);
  return {
    kind: 'leave-synch',
    ...EVPN,
    type: 8,
    rd: decodeRd(bytes, start),
    esi: decodeEsi(bytes, start + RD),
    ethernetTag: readU32(bytes, start + RD + ESI),
    ...state,
    reserved: readU32(bytes, next),
    maximumResponseTime: bytes[next + 4],
    flags: bytes[next + 5],
  };
}

export function encodeLeaveSynch(route: LeaveSynch): Uint8Array {
  checkUint('Ethernet tag', route.ethernetTag, 0xffffffff);
  checkUint('reserved field', route.reserved, 0xffffffff);
  checkUint('maximum response time', route.maximumResponseTime, 0xff);
  checkUint('flags', route.flags, 0xff);
  return concat([
    encodeRd(route.rd),
    encodeEsi(route.esi),
    Uint8Array.from(u32(route.ethernetTag)),
    writeMulticast(route),
    Uint8Array.of(...u32(route.reserved), route.maximumResponseTime, route.flags),
  ]);
}
