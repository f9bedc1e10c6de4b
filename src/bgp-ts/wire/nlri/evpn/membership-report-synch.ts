/** EVPN route type 7, Multicast Membership Report Synch (RFC 9251 §9.2). Key: all but the flags. */
import { concat, readU32, u32 } from '../../bytes.ts';
import { checkUint } from '../../encode-error.ts';
import { decodeEsi, type Esi, encodeEsi } from '../../esi.ts';
import { decodeRd, encodeRd, type RouteDistinguisher } from '../../rd.ts';
import { NlriFaultCode } from '../fault.ts';
import { ESI, EVPN, type EvpnBase, RD, TAG } from './fields.ts';
import { type MulticastState, readMulticast, splitMulticast, writeMulticast } from './multicast.ts';
import type { NlriSplit } from './split.ts';

export interface MembershipReportSynch extends EvpnBase, MulticastState {
  readonly kind: 'membership-report-synch';
  readonly type: 7;
  readonly rd: RouteDistinguisher;
  readonly esi: Esi;
  readonly ethernetTag: number;
  /** One octet: IGMP versions and the exclude bit. */
  readonly flags: number;
}

const STATE = RD + ESI + TAG;
const FLAGS = 1;

export function splitMembershipReportSynch(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: NlriSplit,
): NlriFaultCode {
  const fault = splitMulticast(bytes, start + STATE, end, FLAGS, false);
  if (fault !== NlriFaultCode.None) return fault;
  out.tailStart = end - FLAGS;
  out.tailLength = FLAGS;
  return NlriFaultCode.None;
}

/** Reads a value that {@link splitMembershipReportSynch} accepted. */
export function decodeMembershipReportSynch(bytes: Uint8Array, start: number): MembershipReportSynch {
  const { state, next } = readMulticast(bytes, start + STATE);
  return {
    kind: 'membership-report-synch',
    ...EVPN,
    type: 7,
    rd: decodeRd(bytes, start),
    esi: decodeEsi(bytes, start + RD),
    ethernetTag: readU32(bytes, start + RD + ESI),
    ...state,
    flags: bytes[next],
  };
}

export function encodeMembershipReportSynch(route: MembershipReportSynch): Uint8Array {
  checkUint('Ethernet tag', route.ethernetTag, 0xffffffff);
  checkUint('flags', route.flags, 0xff);
  return concat([
    encodeRd(route.rd),
    encodeEsi(route.esi),
    Uint8Array.from(u32(route.ethernetTag)),
    writeMulticast(route),
    Uint8Array.of(route.flags),
  ]);
}
