import { UpdateSubcode } from '../constants.ts';
import type { AsSegment } from './as-path-segments.ts';
import { decodeSegments, encodeSegments, isConfedSegment } from './as-path-segments.ts';
import type { AttributeCodec } from './codec.ts';
import { malformed } from './malformed.ts';

/**
 * AS_PATH (RFC 4271 §5.1.2, RFC 6793 §4.1, RFC 7606 §7.2). With two-octet AS numbers the caller has already put
 * AS_TRANS where a number needs four.
 */
export const asPath: AttributeCodec<readonly AsSegment[]> = {
  decode(bytes, start, end, ctx) {
    const decoded = decodeSegments('as-path', bytes, start, end, ctx.asn4 ? 4 : 2);
    // RFC 5065 §5: confederation segments never leave the confederation
    if (decoded.ok && ctx.session === 'ebgp' && decoded.value.some(isConfedSegment)) {
      return malformed('as-path-confed', start, 'a confederation segment came from outside', {
        subcode: UpdateSubcode.MalformedAsPath,
      });
    }
    return decoded;
  },
  encode(segments, ctx) {
    return encodeSegments(segments, ctx.asn4 ? 4 : 2);
  },
};
