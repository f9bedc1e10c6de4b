/** The ⟨source, group, originator⟩ run that types 6, 7, 8 and 10 share (RFC 9251 §9, RFC 9572 §3.2). */
import { concat } from '../../bytes.ts';
import { formatIp } from '../../ip.ts';
import { NlriFaultCode } from '../fault.ts';
import { addressOctets, readAddress, writeAddress } from './fields.ts';

export interface MulticastState {
  /** Absent for any source. */
  readonly source?: string;
  /** Absent for any group. */
  readonly group?: string;
  readonly originator: string;
}

/**
 * Checks the run whose first length octet would be at `at`; `behind` octets must follow it up to `end`. Any group is
 * for type 10 only, which takes its wildcards from RFC 6625.
 */
export function splitMulticast(
  bytes: Uint8Array,
  at: number,
  end: number,
  behind: number,
  anyGroup: boolean,
): NlriFaultCode {
  if (at >= end) return NlriFaultCode.EvpnLength;
  const source = addressOctets(bytes[at]);
  if (source < 0) return NlriFaultCode.EvpnSourceLength;
  const groupAt = at + 1 + source;
  if (groupAt >= end) return NlriFaultCode.EvpnLength;
  const group = addressOctets(bytes[groupAt]);
  if (group < 0 || (group === 0 && !anyGroup)) return NlriFaultCode.EvpnGroupLength;
  const originatorAt = groupAt + 1 + group;
  if (originatorAt >= end) return NlriFaultCode.EvpnLength;
  const originator = addressOctets(bytes[originatorAt]);
  if (originator <= 0) return NlriFaultCode.EvpnOriginatorLength;
  return originatorAt + 1 + originator + behind === end ? NlriFaultCode.None : NlriFaultCode.EvpnLength;
}

/** Reads a run that {@link splitMulticast} accepted; `next` is the offset behind it. */
export function readMulticast(bytes: Uint8Array, at: number): { state: MulticastState; next: number } {
  const source = readAddress(bytes, at);
  const groupAt = at + 1 + addressOctets(bytes[at]);
  const group = readAddress(bytes, groupAt);
  const originatorAt = groupAt + 1 + addressOctets(bytes[groupAt]);
  const octets = bytes[originatorAt] === 32 ? 4 : 16;
  const originator = formatIp(bytes, originatorAt + 1, octets);
  const state = { ...(source === undefined ? {} : { source }), ...(group === undefined ? {} : { group }), originator };
  return { state, next: originatorAt + 1 + octets };
}

export function writeMulticast(state: MulticastState): Uint8Array {
  return concat([
    writeAddress('multicast source', state.source),
    writeAddress('multicast group', state.group),
    writeAddress('originator', state.originator),
  ]);
}
