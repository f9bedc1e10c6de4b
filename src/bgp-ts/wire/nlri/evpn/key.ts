/**
 * The EVPN route key, on the hot path: every EVPN NLRI of every UPDATE comes through {@link splitEvpn}, which finds the
 * octets that identify the route without decoding or allocating anything.
 *
 * The key is not the NLRI. A route of type 2 stays the same route when its ESI or labels change (RFC 7432 §7.2), one of
 * type 5 also when its gateway does (RFC 9136 §3.1), and a withdrawal may carry any label, or one where the
 * announcement had two. So the key's octets are the NLRI's value without what {@link NlriSplit} calls the rider: first
 * `value[0, 8)`, the RD, then what lies between `mid` and `tail`. The length octet follows from the rest. Types that
 * this library does not know are key altogether. In offsets: `[valueStart, midStart)` and `[midStart + midLength,
 * tailStart)`, for every type.
 *
 * The rules on the fields are those of the route types' own files, which the full decoder takes from here: what this
 * accepts, it decodes, and nothing else.
 */
import { concat } from '../../bytes.ts';
import { EncodeError } from '../../encode-error.ts';
import { NlriFaultCode } from '../fault.ts';
import { splitEthernetAutoDiscovery } from './ethernet-auto-discovery.ts';
import { splitEthernetSegment } from './ethernet-segment.ts';
import { ESI, RD } from './fields.ts';
import { splitInclusiveMulticast } from './inclusive-multicast.ts';
import { splitIpPrefix } from './ip-prefix.ts';
import { splitLeaf } from './leaf.ts';
import { splitLeaveSynch } from './leave-synch.ts';
import { splitMacIpAdvertisement } from './mac-ip-advertisement.ts';
import { splitMembershipReportSynch } from './membership-report-synch.ts';
import { splitPerRegionIPmsi } from './per-region-i-pmsi.ts';
import { splitSPmsi } from './s-pmsi.ts';
import { splitSelectiveMulticast } from './selective-multicast.ts';
import { emptySplit, type NlriSplit } from './split.ts';

/**
 * Splits the EVPN NLRI whose type octet is at `at` into `out`, reading no further than `end`.
 *
 * `NlriFaultCode.Overrun` says that the NLRI cannot be located (RFC 7606 §5.3), and leaves `out` as it was. Every other
 * fault is of this route alone: `out.type`, `out.valueStart` and `out.next` are set, so that the next can be read.
 */
export function splitEvpn(bytes: Uint8Array, at: number, end: number, out: NlriSplit): NlriFaultCode {
  const start = at + 2;
  if (start > end) return NlriFaultCode.Overrun;
  const next = start + bytes[at + 1];
  if (next > end) return NlriFaultCode.Overrun;
  const type = bytes[at];
  out.type = type;
  out.valueStart = start;
  out.next = next;
  out.midStart = start;
  out.tailStart = next;
  out.midLength = out.tailLength = 0;
  switch (type) {
    case 1:
      return splitEthernetAutoDiscovery(start, next, out);
    case 2:
      return splitMacIpAdvertisement(bytes, start, next, out);
    case 3:
      return splitInclusiveMulticast(bytes, start, next);
    case 4:
      return splitEthernetSegment(bytes, start, next);
    case 5:
      return splitIpPrefix(bytes, start, next, out);
    case 6:
      return splitSelectiveMulticast(bytes, start, next, out);
    case 7:
      return splitMembershipReportSynch(bytes, start, next, out);
    case 8:
      return splitLeaveSynch(bytes, start, next, out);
    case 9:
      return splitPerRegionIPmsi(start, next);
    case 10:
      return splitSPmsi(bytes, start, next);
    case 11:
      return splitLeaf(bytes, start, next);
    default:
      // RFC 7606 §5.4 would let an endpoint discard it; a reflector relays it.
      return NlriFaultCode.None;
  }
}

/**
 * The key octets of the one NLRI at `bytes[start, end)`, type octet excluded. For those who are not in a hurry; the hot
 * path works on the split alone. Throws an EncodeError when there is not exactly one well-formed NLRI.
 */
export function keyEvpn(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const split = emptySplit();
  const fault = splitEvpn(bytes, start, end, split);
  if (fault !== NlriFaultCode.None || split.next !== end) throw new EncodeError('not one well-formed EVPN NLRI');
  const head = bytes.subarray(split.valueStart, split.midStart);
  const rest = bytes.subarray(split.midStart + split.midLength, split.tailStart);
  return concat([head, rest]);
}

/** Octets of a rider's `mid` part: the ESI of types 2 and 5. */
export function midLengthOf(type: number): number {
  return type === 2 || type === 5 ? ESI : 0;
}

/**
 * The NLRI of `type` made of its key octets and its rider, `mid` octets before `tail` octets; undoes {@link splitEvpn}.
 * Throws an EncodeError when the result has no length octet, or the rider is shorter than the type's `mid`.
 */
export function joinEvpn(type: number, key: Uint8Array, rider: Uint8Array): Uint8Array {
  const mid = midLengthOf(type);
  const length = key.length + rider.length;
  if (length > 255 || rider.length < mid) throw new EncodeError(`key and rider make no EVPN route of type ${type}`);
  const head = mid === 0 ? 0 : RD;
  return concat([
    Uint8Array.of(type, length),
    key.subarray(0, head),
    rider.subarray(0, mid),
    key.subarray(head),
    rider.subarray(mid),
  ]);
}
