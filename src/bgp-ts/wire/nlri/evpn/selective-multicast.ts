/** EVPN route type 6, Selective Multicast Ethernet Tag (RFC 9251 §9.1). Key: all but the flags. */
import { concat, readU32, u32 } from '../../bytes.ts';
import { checkUint } from '../../encode-error.ts';
import { decodeRd, encodeRd, type RouteDistinguisher } from '../../rd.ts';
import { NlriFaultCode } from '../fault.ts';
import { EVPN, type EvpnBase, RD, TAG } from './fields.ts';
import { type MulticastState, readMulticast, splitMulticast, writeMulticast } from './multicast.ts';
import type { NlriSplit } from './split.ts';

export interface SelectiveMulticast extends EvpnBase, MulticastState {
  readonly kind: 'selective-multicast';
  readonly type: 6;
  readonly rd: RouteDistinguisher;
  readonly ethernetTag: number;
  /** One octet: IGMP versions and the exclude bit. */
  readonly flags: number;
}

const FLAGS = 1;

export function splitSelectiveMulticast(bytes: Uint8Array, start: number, end: number, out: NlriSplit): NlriFaultCode {
  const fault = splitMulticast(bytes, start + RD + TAG, end, FLAGS, false);
  if (fault !== NlriFaultCode.None) return fault;
  out.tailStart = end - FLAGS;
  out.tailLength = FLAGS;
  return NlriFaultCode.None;
}

/** Reads a value that {@link splitSelectiveMulticast} accepted. */
export function decodeSelectiveMulticast(bytes: Uint8Array, start: number): SelectiveMulticast {
  const { state, next } = readMulticast(bytes, start + RD + TAG);
  return {
    kind: 'selective-multicast',
    ...EVPN,
    type: 6,
    rd: decodeRd(bytes, start),
    ethernetTag: readU32(bytes, start + RD),
    ...state,
    flags: bytes[next],
  };
}

export function encodeSelectiveMulticast(route: SelectiveMulticast): Uint8Array {
  checkUint('Ethernet tag', route.ethernetTag, 0xffffffff);
  checkUint('flags', route.flags, 0xff);
  return concat([
    encodeRd(route.rd),
    Uint8Array.from(u32(route.ethernetTag)),
    writeMulticast(route),
    Uint8Array.of(route.flags),
  ]);
}
