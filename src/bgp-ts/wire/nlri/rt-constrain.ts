/**
 * Route target membership (RFC 4684 §4): a prefix over ⟨origin AS, route target⟩, 0 bits for the default route target,
 * else 32 to 96. In the route target's place may stand any extended community that is one, or that nobody knows: new kinds
 * of route targets are to be relayed. One that is known to be something else, like a route origin, is refused.
 */
import { fromHex, readU32, toHex, u32 } from '../bytes.ts';
import { describeExtendedCommunity } from '../community/extended/extended.ts';
import type { ExtendedCommunityView } from '../community/extended/view.ts';
import { Family } from '../constants.ts';
import { checkUint, EncodeError } from '../encode-error.ts';
import type { NlriBase, NlriCodec } from './base.ts';
import type { NlriSplit } from './evpn/split.ts';
import { NlriFaultCode } from './fault.ts';
import { maskedOctets, octetsOf } from './prefix.ts';

export interface RtConstrainNlri extends NlriBase {
  readonly kind: 'rt-constrain';
  readonly family: typeof Family.RtConstrain;
  /** Bits of ⟨origin AS, route target⟩ that count: 0 (everything) or 32 to 96. */
  readonly length: number;
  /** 0 when `length` is 0. */
  readonly originAs: number;
  /** The octets of the route target that `length` covers, in hexadecimal; bits behind the length are zero. */
  readonly routeTarget: string;
}

const SHORTEST = 32;
const LONGEST = 96;
/** Bits from which on type and subtype of the route target are there. */
const TYPED = 48;

const targetKinds: readonly ExtendedCommunityView['kind'][] = [
  'route-target',
  'es-import',
  'evi-route-target',
  'opaque',
];

/** Whether what the prefix of `length` bits at `start` covers of a route target may be of one. */
function mayBeTarget(length: number, bytes: Uint8Array, start: number): boolean {
  if (length < TYPED) return true;
  const target = toHex(maskedOctets(bytes, start, length), 4).padEnd(16, '0');
  return targetKinds.includes(describeExtendedCommunity(target).kind);
}

/**
 * Where the key of the membership at `at` lies, in the terms of an EVPN route: its type is the length in bits, its key
 * the octets behind, and nothing rides along. The rules are those of {@link rtConstrain}.
 */
export function splitRtConstrain(bytes: Uint8Array, at: number, end: number, out: NlriSplit): NlriFaultCode {
  if (at >= end) return NlriFaultCode.Overrun;
  const length = bytes[at];
  const start = at + 1;
  const next = start + octetsOf(length);
  if (length > LONGEST) return NlriFaultCode.PrefixLength;
  if (next > end) return NlriFaultCode.Overrun;
  out.type = length;
  out.valueStart = out.midStart = start;
  out.next = out.tailStart = next;
  out.midLength = out.tailLength = 0;
  if (length !== 0 && length < SHORTEST) return NlriFaultCode.RtConstrainLength;
  return mayBeTarget(length, bytes, start) ? NlriFaultCode.None : NlriFaultCode.RtConstrainTarget;
}

/**
 * What {@link splitRtConstrain} found, with the bits behind the prefix cleared, which nobody is to look at (RFC 4271 §4.3):
 * returns the octets that `split` is of from then on, which are `bytes` where there is nothing to clear.
 */
export function canonicalRtConstrain(bytes: Uint8Array, split: NlriSplit): Uint8Array {
  if ((split.type & 7) === 0) return bytes;
  const key = maskedOctets(bytes, split.valueStart, split.type);
  split.valueStart = split.midStart = 0;
  split.next = split.tailStart = key.length;
  return key;
}

export const rtConstrain: NlriCodec<RtConstrainNlri> = {
  read(bytes, at, end) {
    const length = bytes[at];
    if (length > LONGEST) return { ok: false, code: NlriFaultCode.PrefixLength, at };
    const next = at + 1 + octetsOf(length);
    if (next > end) return { ok: false, code: NlriFaultCode.Overrun, at };
    if (length !== 0 && length < SHORTEST) return { ok: false, code: NlriFaultCode.RtConstrainLength, at, next };
    if (!mayBeTarget(length, bytes, at + 1)) return { ok: false, code: NlriFaultCode.RtConstrainTarget, at, next };
    const octets = maskedOctets(bytes, at + 1, length);
    const originAs = length === 0 ? 0 : readU32(octets, 0);
    const routeTarget = length === 0 ? '' : toHex(octets, 4);
    return {
      ok: true,
      nlri: { kind: 'rt-constrain', family: Family.RtConstrain, length, originAs, routeTarget },
      next,
    };
  },
  write(nlri) {
    if (nlri.length === 0) return Uint8Array.of(0);
    checkUint('route target membership length', nlri.length, LONGEST);
    checkUint('origin AS', nlri.originAs, 0xffffffff);
    const target = fromHex(nlri.routeTarget);
    if (nlri.length < SHORTEST || target === undefined || target.length !== octetsOf(nlri.length) - 4) {
      throw new EncodeError(`no route target membership has ${nlri.length} bits and target ${nlri.routeTarget}`);
    }
    const octets = Uint8Array.of(...u32(nlri.originAs), ...target);
    if (!mayBeTarget(nlri.length, octets, 0)) {
      throw new EncodeError(`extended community ${nlri.routeTarget} is no route target`);
    }
    return Uint8Array.of(nlri.length, ...maskedOctets(octets, 0, nlri.length));
  },
};
