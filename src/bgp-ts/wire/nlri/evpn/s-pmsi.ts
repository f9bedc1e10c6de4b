/** EVPN route type 10, S-PMSI A-D (RFC 9572 §3.2, wildcards as in RFC 6625). Key: all of it. */
import { concat, readU32, u32 } from '../../bytes.ts';
import { checkUint } from '../../encode-error.ts';
import { decodeRd, encodeRd, type RouteDistinguisher } from '../../rd.ts';
import type { NlriFaultCode } from '../fault.ts';
import { EVPN, type EvpnBase, RD, TAG } from './fields.ts';
import { type MulticastState, readMulticast, splitMulticast, writeMulticast } from './multicast.ts';

export interface SPmsi extends EvpnBase, MulticastState {
  readonly kind: 's-pmsi';
  readonly type: 10;
  readonly rd: RouteDistinguisher;
  readonly ethernetTag: number;
}

export function splitSPmsi(bytes: Uint8Array, start: number, end: number): NlriFaultCode {
  return splitMulticast(bytes, start + RD + TAG, end, 0, true);
}

/** Reads a value that {@link splitSPmsi} accepted. */
export function decodeSPmsi(bytes: Uint8Array, start: number): SPmsi {
  return {
    kind: 's-pmsi',
    ...EVPN,
    type: 10,
    rd: decodeRd(bytes, start),
    ethernetTag: readU32(bytes, start + RD),
    ...readMulticast(bytes, start + RD + TAG).state,
  };
}

export function encodeSPmsi(route: SPmsi): Uint8Array {
  checkUint('Ethernet tag', route.ethernetTag, 0xffffffff);
  return concat([encodeRd(route.rd), Uint8Array.from(u32(route.ethernetTag)), writeMulticast(route)]);
}
