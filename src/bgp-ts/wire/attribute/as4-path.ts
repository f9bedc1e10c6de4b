import { UpdateSubcode } from '../constants.ts';
import { ok } from '../result.ts';
import { type AsSegment, decodeSegments, encodeSegments, isConfedSegment } from './as-path-segments.ts';
import type { AttributeCodec } from './codec.ts';
import { malformed } from './malformed.ts';

/** AS4_PATH (RFC 6793 §3, §6): the part of the path that needs four-octet AS numbers, from a speaker that has two. */
export const as4Path: AttributeCodec<readonly AsSegment[]> = {
  decode(bytes, start, end) {
    if (end - start < 6) {
      return malformed('as4-path-length', start, `length ${end - start} holds no AS number`, {
        subcode: UpdateSubcode.MalformedAsPath,
      });
    }
    const decoded = decodeSegments('as4-path', bytes, start, end, 4);
    // RFC 6793 §6: confederation segments are left out, and the rest goes on
    return decoded.ok ? ok(decoded.value.filter((segment) => !isConfedSegment(segment))) : decoded;
  },
  encode(segments) {
    return encodeSegments(segments, 4);
  },
};
