/** AS path segments, which AS_PATH and AS4_PATH share (RFC 4271 §4.3 b, RFC 5065 §3). */
import { concat, readU16, readU32, u16, u32 } from '../bytes.ts';
import { UpdateSubcode } from '../constants.ts';
import { checkUint, EncodeError } from '../encode-error.ts';
import { ok } from '../result.ts';
import type { Decoded } from './codec.ts';
import { malformed } from './malformed.ts';

/** By their numbers; the first is not defined. */
const segmentTypes = [undefined, 'set', 'sequence', 'confed-sequence', 'confed-set'] as const;
/** What a segment of an AS path may be: `set`, `sequence`, `confed-sequence`, `confed-set`. */
export type AsSegmentType = Exclude<(typeof segmentTypes)[number], undefined>;

/** One segment of an AS path (RFC 4271 §4.3 b, RFC 5065 §3). */
export interface AsSegment {
  /** Whether the order counts, and whether it stays inside a confederation (RFC 5065 §3). */
  readonly type: AsSegmentType;
  /** At least one, none of them zero. */
  readonly asns: readonly number[];
}

export function isConfedSegment(segment: AsSegment): boolean {
  return segment.type === 'confed-sequence' || segment.type === 'confed-set';
}

/** Reads `bytes[start, end)` with AS numbers of `width` octets; `name` begins the codes of its faults. */
export function decodeSegments(
  name: string,
  bytes: Uint8Array,
  start: number,
  end: number,
  width: 2 | 4,
): Decoded<readonly AsSegment[]> {
  const bad = (what: string, at: number, reason: string) =>
    malformed(`${name}-${what}`, at, reason, { subcode: UpdateSubcode.MalformedAsPath });
  const segments: AsSegment[] = [];
  for (let at = start; at < end; ) {
    // RFC 7606 §7.2: one octet left is an underrun, too many wanted an overrun
    if (end - at < 2) return bad('segment-underrun', at, 'a single octet is left behind the last segment');
    const type = segmentTypes[bytes[at]];
    if (type === undefined) return bad('segment-type', at, `segment type ${bytes[at]} is not defined`);
    const count = bytes[at + 1];
    if (count === 0) return bad('segment-empty', at + 1, 'a segment holds no AS number');
    const next = at + 2 + count * width;
    if (next > end) return bad('segment-overrun', at + 1, `a segment of ${count} AS numbers runs past the attribute`);
    const asns: number[] = [];
    for (let i = at + 2; i < next; i += width) {
      const asn = width === 2 ? readU16(bytes, i) : readU32(bytes, i);
      if (asn === 0) return bad('as-zero', i, 'AS number 0 belongs to nobody'); // RFC 7607 §2
      asns.push(asn);
    }
    segments.push({ type, asns });
    at = next;
  }
  return ok(segments);
}

/** The octets, a segment of more than 255 AS numbers as several (RFC 4271 §5.1.2); a set cannot be cut. */
export function encodeSegments(segments: readonly AsSegment[], width: 2 | 4): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { type, asns } of segments) {
    const number = segmentTypes.indexOf(type);
    if (number < 1) throw new EncodeError(`no AS path segment type ${type}`);
    if (asns.length > 255 && type.endsWith('set')) throw new EncodeError('an AS set of more than 255 AS numbers');
    for (let i = 0; i < asns.length; i += 255) {
      const some = asns.slice(i, i + 255);
      const octets = some.flatMap((asn) =>
        width === 2 ? u16(checkUint('two-octet AS number', asn, 0xffff)) : u32(checkUint('AS number', asn, 0xffffffff)),
      );
      parts.push(Uint8Array.of(number, some.length, ...octets));
    }
  }
  return concat(parts);
}

/** Length of the path as route selection counts it: a set is one, confederation segments none (RFC 4271 §9.1.2.2 a, RFC 5065 §5.3). */
export function asPathLength(segments: readonly AsSegment[]): number {
  let length = 0;
  for (const segment of segments) {
    if (segment.type === 'sequence') length += segment.asns.length;
    else if (segment.type === 'set') length += 1;
  }
  return length;
}
